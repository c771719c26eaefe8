"""`forget_notifications`: what was read long ago is removed."""

from typing import Any

from shared.notifications import in_app


async def forget_notifications(ctx: dict[Any, Any]) -> None:  # noqa: ARG001  # arq hands its context to every job
    """Remove notifications read more than 90 days ago."""
    await in_app.forget_old()
