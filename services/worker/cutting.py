"""Ending a task that does not notice at the first word."""

import asyncio
from typing import Any, Final

_AGAIN_AFTER_S: Final = 0.05


async def cut(task: asyncio.Task[Any]) -> None:
    """Cancel the task until it has ended, however it ends; its outcome is left to whoever awaits it.

    Before Python 3.12 `asyncio.wait_for` loses a cancellation that comes in the moment in which what it waits
    for is done (python/cpython#86296). redis-py sends by it, so that a single cancellation may pass unseen.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_AFTER_S)
