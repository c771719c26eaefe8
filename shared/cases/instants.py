"""Instants that people enter: with a time zone, on the right side of now (pure)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from shared.errors import Invalid


def instant(field: str, value: datetime | None) -> datetime | None:
    """`value` in UTC; raises `Invalid` (`time_zone_missing`, `not_a_date` at the ends of time)."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise Invalid.field(field, "time_zone_missing")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise Invalid.field(field, "not_a_date") from error


FARTHEST: Final = timedelta(days=1826)
"""Five years: what lies beyond was mistyped."""


def future(field: str, value: datetime | None, now: datetime, code: str) -> datetime | None:
    """An instant after `now`, within five years; raises `Invalid`, with `code` for one that has passed."""
    # Compared before it is brought to UTC: the ends of time have no such instant.
    if value is not None and value.tzinfo is not None:
        if value <= now:
            raise Invalid.field(field, code)
        if value > now + FARTHEST:
            raise Invalid.field(field, "promised_too_far")
    return instant(field, value)


def window(
    begins: datetime | None, ends: datetime | None, now: datetime
) -> tuple[datetime, datetime] | tuple[None, None]:
    """From `window_from` to `window_until`, not over yet; both or neither. Raises `Invalid`."""
    first, last = instant("window_from", begins), instant("window_until", ends)
    if first is None and last is None:
        return None, None
    if first is None or last is None:
        raise Invalid.field("window_from" if first is None else "window_until", "required")
    if last <= first:
        raise Invalid.field("window_until", "ends_before_it_begins")
    if last <= now:
        raise Invalid.field("window_until", "window_over")
    if last > now + FARTHEST:
        raise Invalid.field("window_until", "promised_too_far")
    return first, last
