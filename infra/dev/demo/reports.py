"""The demo's monthly reports: asked for as the product does, made by its reports worker."""

from datetime import datetime, timedelta
from typing import Final

from infra.dev.demo.people import Cast
from infra.dev.demo.plan import ZONE, working
from shared.reports import service
from shared.reports.month import Month
from shared.reports.month_end import FIRST_HOUR, request_of_oem
from shared.web.locale import Locale

_EARLIER: Final = 2
"""Months before the last one that the first area's manager has asked for, of the first dealer."""


async def close_last_month(oem_id: int, now: datetime) -> None:
    """Have every dealer's report of the last whole month, in both languages; again adds nothing."""
    await request_of_oem(oem_id, ZONE.key, _month_end(now))


async def ask_for_earlier_months(cast: Cast, now: datetime) -> None:
    """Have the reports of the first dealer's months before that."""
    last = Month.of(_month_end(now).date()).plus(-1)
    for back in range(_EARLIER, 0, -1):
        month = last.plus(-back)
        asked_at = working(month.bounds(ZONE.key)[1], timedelta(minutes=30))
        for locale in Locale:
            await service.request(cast.managers[0], cast.dealers[0].id, month, locale, as_of=asked_at)


def _month_end(now: datetime) -> datetime:
    """When the product last asked for reports by itself, local time."""
    local = now.astimezone(ZONE)
    first = local.replace(day=1, hour=FIRST_HOUR, minute=0, second=30, microsecond=0)
    return first if first <= local else (first - timedelta(days=1)).replace(day=1)
