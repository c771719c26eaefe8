"""When somebody is on duty (pure)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Final

import msgspec

MOST_DUTIES: Final = 21


_LocalTime = Annotated[time, msgspec.Meta(tz=False)]


class DutyHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local hours of one weekday (0 is Monday); with `until` not after `since` they end the next day."""

    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)]
    since: _LocalTime
    until: _LocalTime


def is_on_duty(hours: Sequence[DutyHours], local: datetime) -> bool:
    """Whether the hours hold the local instant; their end does not belong to them."""
    return any(_holds(each, local) for each in hours)


def _holds(hours: DutyHours, local: datetime) -> bool:
    at = local.time()
    if hours.since < hours.until:
        return local.weekday() == hours.weekday and hours.since <= at < hours.until
    day_before = (local - timedelta(days=1)).weekday()
    return (local.weekday() == hours.weekday and at >= hours.since) or (
        day_before == hours.weekday and at < hours.until
    )
