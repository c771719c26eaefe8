"""The one place where Python reads a clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC.

    Inside a transaction use `Transaction.now()` instead: there PostgreSQL's clock rules, so that several
    machines agree.
    """
    return datetime.now(UTC)
