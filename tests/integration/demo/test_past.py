"""The demo's past, told twice."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import pytest

from infra.dev.demo import network
from infra.dev.demo.fill import Extent, fill
from infra.dev.demo.plan import ZONE, Moment, Turn
from infra.dev.demo.play import FORMS_FOR
from infra.dev.servers import Servers
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.reports.month import Month
from shared.tenancy import Scope
from tests.support.background import LINKS, open_engine
from tests.support.servers import Database, new_database

SMALL: Final = Extent(cases=15, showcase=(Turn(2, Moment.MANAGER), Turn(3, Moment.BREACH)))
_CASES: Final = """
SELECT c.number, d.code, m.name AS owner, c.state, c.urgency, c.category, c.received_at, c.registered_at
FROM cases c JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
JOIN memberships m ON m.oem_id = c.oem_id AND m.id = c.owner_id
ORDER BY c.number
"""
_CLOCKS: Final = """
SELECT c.number, k.cycle, k.metric, k.turn, k.due_at, k.met_at, k.step
FROM clocks k JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id
ORDER BY c.number, k.cycle, k.metric, k.turn
"""
_ESCALATIONS: Final = """
SELECT c.number, e.metric, e.step, e.fired_at, e.told_at, e.recipient_names, e.acknowledged_at
FROM escalations e JOIN cases c ON c.oem_id = e.oem_id AND c.id = e.case_id
ORDER BY c.number, e.fired_at, e.metric, e.step
"""
_RUNS: Final = """
SELECT d.code, r.month, r.locale, r.state, r.requested_name, r.created_at FROM report_runs r
JOIN dealers d ON d.oem_id = r.oem_id AND d.id = r.dealer_id
ORDER BY r.month, d.code, r.locale
"""
_FORMS: Final = """
SELECT c.number, c.closed_at, count(f.id) AS forms FROM cases c
LEFT JOIN case_forms f ON f.oem_id = c.oem_id AND f.case_id = c.id AND f.kind <> 'dossier'
GROUP BY c.number, c.closed_at ORDER BY c.number
"""


async def _past(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with open_engine(database.app_url), transaction(Scope.platform(), read_only=True) as tx:
        oem_id: int = await tx.value("SELECT id FROM oems WHERE slug = $1", network.SLUG)
    async with open_engine(database.worker_url), transaction(Scope.oem(oem_id), read_only=True) as tx:
        return {
            sql: [tuple(row) for row in await tx.connection.fetch(sql)]
            for sql in (_CASES, _CLOCKS, _ESCALATIONS, _RUNS, _FORMS)
        }


@pytest.mark.timeout(240)
async def test_the_same_seed_and_instant_tell_the_same_past(servers: Servers, template: str) -> None:
    """Issue 2: the demo is deterministic by (seed, now): numbers, owners, states, clocks, escalations."""
    now = utc_now().replace(microsecond=0) - timedelta(minutes=1)
    told: list[dict[str, list[tuple[object, ...]]]] = []
    for _ in range(2):
        with new_database(servers, template) as made:
            own = Servers(made.owner_url, made.app_url, made.worker_url, "", postgres_embedded=True)
            await fill(own, now, LINKS, print, SMALL)
            told.append(await _past(made))
    first, second = told
    assert len(first[_CASES]) >= 10
    assert len(first[_ESCALATIONS]) >= 5
    assert first == second
    _check_reports(first[_RUNS], now)
    _check_forms(first[_FORMS], now)


def _check_reports(runs: list[tuple[object, ...]], now: datetime) -> None:
    """R6.6: every dealer's last whole month waits in both languages, and two before it of the first."""
    last = Month.of(now.astimezone(ZONE).date()).plus(-1)
    places = [place for area in network.AREAS for district in area.districts for place in district.dealers]
    of_month = Counter(run[1] for run in runs)
    assert of_month == {
        last.first_day: 2 * len(places),
        last.plus(-1).first_day: 2,
        last.plus(-2).first_day: 2,
    }
    assert {run[3] for run in runs} == {"queued"}


def _check_forms(forms: list[tuple[object, ...]], now: datetime) -> None:
    """What is open has its forms, what was closed long ago keeps nobody's processor busy."""
    for number, closed_at, count in forms:
        is_old = isinstance(closed_at, datetime) and closed_at < now - FORMS_FOR
        assert bool(count) is not is_old, number
