"""Waiting for what other processes do: polling with a deadline instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")

DEADLINE_S = 20.0
_POLL_S = 0.02


def wait_until(condition: Callable[[], Value], what: str, deadline_s: float = DEADLINE_S) -> Value:
    """The first true value of `condition`; fails the test after `deadline_s` seconds."""
    end = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s:g} s in vain: {what}")
        time.sleep(_POLL_S)
    return value


async def eventually(
    condition: Callable[[], Awaitable[Value]], what: object, deadline_s: float = DEADLINE_S
) -> Value:
    """The first true value that `condition` comes to; fails the test after `deadline_s` seconds.

    `what` is waited for is said as it is then: it may be something that the condition changes.
    """
    end = time.monotonic() + deadline_s
    while not (value := await condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s:g} s in vain: {what}")
        await asyncio.sleep(_POLL_S)
    return value
