"""What may go wrong in a round, through nobody's fault or through ours, and how it is noted."""

from typing import Final

import asyncpg
import structlog
from prometheus_client import Counter

from shared.db.not_now import CONNECTION_LOST
from shared.errors import AppError

TROUBLE: Final = (AppError, asyncpg.PostgresError, OSError, *CONNECTION_LOST)
"""The database is away, busy or refuses: the work is left as it is and found again in a second."""

_TROUBLES = Counter("huiyin_worker_troubles", "Rounds that the database did not let end.", ("part",))
_FAULTS = Counter("huiyin_worker_faults", "Failures of our own that kept a part from its work.", ("part",))
_log = structlog.stdlib.get_logger("huiyin.worker")


def note_trouble(part: str, error: BaseException) -> None:
    """Count it and log it."""
    _TROUBLES.labels(part).inc()
    _log.warning(
        "trouble", part=part, reason=str(error) if isinstance(error, AppError) else type(error).__name__
    )


def note_fault(part: str, error: Exception, *, owner: object = None) -> None:
    """Count and log a failure of our own, whose work it was, and what was noted on the exception."""
    _FAULTS.labels(part).inc()
    whose = {} if owner is None else {"owner": str(owner)}
    notes = list(getattr(error, "__notes__", ()))
    _log.error("fault", part=part, notes=notes, exc_info=error, **whose)
