"""Ending a task that loses a cancellation."""

import asyncio
import contextlib
from typing import Any

import pytest

from services.worker import main
from services.worker.arq_worker import _run
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
        await cut(task, again_after_s=0.05)
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


async def test_what_is_cut_may_put_its_things_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "GRACE_S", 0.0)
    in_order = False

    async def late() -> None:
        nonlocal in_order
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)
            in_order = True

    stop = asyncio.Event()
    stop.set()
    assert await main._until_stopped(stop, late=late(), ending=stop.wait()) == 0
    assert in_order


class LosingWorker:
    """arq's worker at the moment in which its loop loses a cancellation, and takes up one more job."""

    def __init__(self) -> None:
        self.tasks: dict[str, asyncio.Task[Any]] = {}
        self.allow_pick_jobs = True
        self._loop: asyncio.Task[None] | None = None

    async def async_run(self) -> None:
        self.tasks["first"] = asyncio.create_task(asyncio.Event().wait())
        self._loop = asyncio.create_task(self._main())
        await self._loop

    async def _main(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        self.tasks["second"] = asyncio.create_task(asyncio.Event().wait())
        await asyncio.Event().wait()

    def handle_sig(self, _: int) -> None:
        for task in (*self.tasks.values(), self._loop):
            assert task is not None
            task.cancel()


async def test_a_job_taken_up_when_the_cancellation_was_lost_is_cut_too() -> None:
    worker, stop = LosingWorker(), asyncio.Event()
    running = asyncio.create_task(_run(worker, stop))  # type: ignore[arg-type]
    while "first" not in worker.tasks:
        await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(5):
        await running
    assert {name: task.cancelled() for name, task in worker.tasks.items()} == {"first": True, "second": True}
