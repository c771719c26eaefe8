"""Identifiers made by the application."""

from datetime import datetime
from itertools import count
from secrets import randbits
from typing import Final
from uuid import UUID

from uuid_utils import compat

_COUNTER_BITS: Final = 20
_RANDOM_BITS: Final = 62 - _COUNTER_BITS
_made = count(randbits(_COUNTER_BITS - 1))


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7 (RFC 9562): unique everywhere and sorted by time of making.

    `at` sets the instant inside the id, so that history written today sorts where it happened. Its
    microseconds are kept, and ids that one process makes for the same instant sort as they were made.
    """
    if at is None:
        return compat.uuid7()
    milliseconds, rest = divmod(int(at.timestamp() * 1_000_000), 1_000)
    counted = next(_made) % (1 << _COUNTER_BITS) << _RANDOM_BITS | randbits(_RANDOM_BITS)
    return UUID(int=milliseconds << 80 | 7 << 76 | (rest << 12) // 1_000 << 64 | 2 << 62 | counted)
