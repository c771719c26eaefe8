"""Identifiers made by the application."""

from datetime import datetime
from uuid import UUID

from uuid_utils import compat


def new_id(at: datetime | None = None) -> UUID:
    """A UUIDv7: unique everywhere and sorted by time of making.

    `at` sets the instant inside the id, so that history written today sorts where it happened.
    """
    if at is None:
        return compat.uuid7()
    return compat.uuid7(nanoseconds=int(at.timestamp() * 1_000_000) * 1000)
