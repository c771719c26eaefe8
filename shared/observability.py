"""What a process tells its operator: structured logs and Prometheus metrics.

Logs are one JSON object per line with the ids of the request and the tenant, never personal data: no
addresses, no bodies, no values from the database's messages.
"""

import logging.config
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, cast

import asyncpg
import msgspec
import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.clock import utc_now
from shared.settings import LogSettings

disable_created_metrics()

METRICS_MEDIA_TYPE: Final = CONTENT_TYPE_LATEST
MULTIPROCESS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Set by `huiyin api --workers N`: the workers' metrics are then added up by whichever is asked."""

REQUESTS: Final = Counter("huiyin_http_requests", "Requests answered.", ("method", "route", "status"))
REQUEST_SECONDS: Final = Histogram(
    "huiyin_http_request_seconds",
    "Time to answer a request.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CONNECTIONS: Final = Gauge(
    "huiyin_database_connections", "Connections to the database.", ("state",), multiprocess_mode="livesum"
)
REFUSED_SIGN_INS: Final = Counter("huiyin_sign_ins_refused", "Sign-ins that were refused.", ("reason",))


def render_metrics() -> bytes:
    """All metrics of the process, or of its siblings too, in Prometheus' text format."""
    if MULTIPROCESS_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


def configure_logging(settings: LogSettings) -> None:
    """Send our logs and those of the libraries to standard output in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _add_time,
        _tell_exception,
    ]
    if settings.format == "json":
        renderers: list[Any] = [structlog.processors.JSONRenderer(_as_json)]
    else:
        renderers = [_exception_in_lines, structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"huiyin": formatter},
            "handlers": {
                "out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "huiyin"}
            },
            "root": {"handlers": ["out"], "level": settings.level.upper()},
            "loggers": {
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.error": {"handlers": [], "propagate": True},
                # Our own line per request says more.
                "uvicorn.access": {"handlers": [], "propagate": False},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def exception_facts(error: BaseException) -> dict[str, Any]:
    """What may be logged of an exception: kind, frames and, unless it came from the database, the message."""
    facts: dict[str, Any] = {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
    }
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        # PostgreSQL and asyncpg quote values of rows and parameters.
        for name in ("sqlstate", "table_name", "constraint_name"):
            if value := getattr(error, name, None):
                facts[name] = value
    else:
        facts["message"] = str(error)
    if error.__cause__ is not None:
        facts["cause"] = exception_facts(error.__cause__)
    return facts


def _exception_in_lines(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    # The console shows an exception as text.
    if facts := event.get("exception"):
        heading = f"{facts['error']}: {facts.get('message', facts.get('sqlstate', ''))}"
        event["exception"] = "\n  ".join([heading, *facts["frames"]])
    return event


def _as_json(event: Mapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def _add_time(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    event["at"] = utc_now().isoformat(timespec="milliseconds")
    return event


def _tell_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    given: object = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = cast("tuple[object, ...]", given)[1]
    if isinstance(given, BaseException):
        event["exception"] = exception_facts(given)
    return event
