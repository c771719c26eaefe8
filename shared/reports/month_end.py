"""The reports nobody has to ask for: every dealer's past month, in both languages (R6.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from shared.audit.log import AuditEntry, append
from shared.db.engine import transaction
from shared.ids import new_id
from shared.reports import repository
from shared.reports.month import Month
from shared.reports.repository import NewRun
from shared.tenancy import Actor, Scope
from shared.tenants.oems import all_oems
from shared.web.locale import Locale

FIRST_HOUR: Final = 2
"""Local hour of the first day at which the past month's reports are asked for."""
LAST_DAY: Final = 3
"""Until this day they are asked for late, when no worker ran before."""

# Every active dealer without a run since the month ended: one made before shows a month that was not over.
_MISSING: Final = """
SELECT d.id FROM dealers d
WHERE d.oem_id = $1 AND d.active AND NOT d.is_desk AND d.created_at < $4
  AND NOT EXISTS (
    SELECT FROM report_runs run
    WHERE run.oem_id = d.oem_id AND run.dealer_id = d.id AND run.month = $2 AND run.locale = $3
      AND (run.created_at >= $4 OR run.state IN ('queued', 'running')))
ORDER BY d.id
"""


def month_to_close(now: datetime, time_zone: str) -> Month | None:
    """The past month, while its reports are to be asked for in that time zone; None on other days. Pure."""
    local = now.astimezone(ZoneInfo(time_zone))
    if local.day > LAST_DAY or (local.day == 1 and local.hour < FIRST_HOUR):
        return None
    return Month.of(local.date()).plus(-1)


async def request_all(as_of: datetime | None = None) -> int:
    """Ask for what is missing in every OEM; how many reports. Asking again adds nothing."""
    oems = await all_oems(Scope.system())
    return sum([await request_of_oem(oem.id, oem.time_zone, as_of) for oem in oems])


async def request_of_oem(oem_id: int, time_zone: str, as_of: datetime | None) -> int:
    """The same in one OEM; `as_of` is the instant it is asked at (demo history, tests)."""
    actor = Actor.system(oem_id)
    async with transaction(actor.scope, as_of=as_of) as tx:
        at = await tx.now()
        month = month_to_close(at, time_zone)
        if month is None:
            return 0
        _, ended_at = month.bounds(time_zone)
        asked: list[NewRun] = []
        for locale in Locale:
            missing = await tx.values(_MISSING, oem_id, month.first_day, locale.value, ended_at)
            asked += _runs(missing, month, locale, actor.name, at)
        for run in asked:
            await repository.insert(tx, oem_id, run)
        entries = [
            AuditEntry(action="report.request", entity="report", entity_id=run.id, dealer_id=run.dealer_id)
            for run in asked
        ]
        await append(tx, actor, at, *entries)
        return len(asked)


def _runs(dealer_ids: Sequence[int], month: Month, locale: Locale, name: str, at: datetime) -> list[NewRun]:
    return [
        NewRun(
            id=new_id(at),
            dealer_id=dealer_id,
            month=month,
            locale=locale,
            requested_by=None,
            requested_name=name,
            created_at=at,
        )
        for dealer_id in dealer_ids
    ]
