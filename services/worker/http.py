"""The worker's small port: `/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from shared.settings import RedisSettings
from shared.tenancy import Scope
from shared.web.health import health_router


class HealthServer(uvicorn.Server):
    """Serves until `should_exit`; signals are the worker's business."""

    def __init__(self, redis: RedisSettings) -> None:
        app = Litestar([health_router(Scope.system(), redis)], openapi_config=None, logging_config=None)
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nothing to capture."""
        yield
