"""`wake`: somebody has written work and does not want to wait for the second to end."""

from typing import Any


async def wake(ctx: dict[Any, Any]) -> None:
    """Let the loop look at once."""
    ctx["wake"]()
