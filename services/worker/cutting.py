"""Ending a task that does not notice at the first word."""

import asyncio
from typing import Any, Final

CLEAN_UP_S: Final = 1.0
"""How long what ends may put its things in order before it is cancelled once more."""


async def cut(task: asyncio.Task[Any], *, again_after_s: float = CLEAN_UP_S) -> None:
    """Cancel the task until it has ended, however it ends; its outcome is left to whoever awaits it.

    Being cancelled once more interrupts its clean-up, too: only what has none is asked again sooner.

    Before Python 3.12 `asyncio.wait_for` loses a cancellation that comes in the moment in which what it waits
    for is done (python/cpython#86296). redis-py sends by it, so that a single cancellation may pass unseen.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=again_after_s)
