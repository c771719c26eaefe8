"""What may go wrong without being our fault, and how it is noted."""

from typing import Final

import asyncpg
import structlog
from prometheus_client import Counter

from shared.db.engine import CONNECTION_LOST
from shared.errors import AppError

TROUBLE: Final = (AppError, asyncpg.PostgresError, OSError, *CONNECTION_LOST)
"""The database is away, busy or refuses: the work is left as it is and found again in a second."""

_TROUBLES = Counter("huiyin_worker_troubles", "Rounds that the database did not let end.", ("part",))
_log = structlog.stdlib.get_logger("huiyin.worker")


def note_trouble(part: str, error: BaseException) -> None:
    """Count it and log it."""
    _TROUBLES.labels(part).inc()
    _log.warning(
        "trouble", part=part, reason=str(error) if isinstance(error, AppError) else type(error).__name__
    )
