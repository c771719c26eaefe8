"""Ending a task that loses a cancellation."""

import asyncio
import contextlib

from services.worker.cutting import cut


async def test_a_task_that_loses_its_first_cancellations_ends_all_the_same() -> None:
    lost = 0

    async def go_on() -> None:
        nonlocal lost
        for _ in range(3):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            lost += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(go_on())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cut(task)
    assert task.cancelled()
    assert lost == 3


async def test_an_error_met_while_ending_stays_with_the_task() -> None:
    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await cut(task)
    assert isinstance(task.exception(), ZeroDivisionError)
