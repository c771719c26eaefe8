"""Lanes of an OEM's or an endpoint's own: whoever has fifty thousand rows keeps no lanes busy but the own."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Generic, TypeVar

from services.worker.trouble import TROUBLE, note_trouble

Owner = TypeVar("Owner", bound=Hashable)
"""Whose a lane is: an OEM by its id, or a system of one that is told of events."""


class Lanes(Generic[Owner]):
    """Works for several owners at a time, for each until less than a full batch is left.

    `work` handles a batch of an owner's rows and says how many there were.

    `width`: how many batches may be under way at once; the lanes take turns. `depth`: how many of them may
    be one owner's, which has a second lane once a batch was full. `on_progress` is called after each batch
    that held something.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Owner], Awaitable[int]],
        *,
        batch: int,
        width: int,
        on_progress: Callable[[], None],
        depth: int = 1,
    ) -> None:
        self._name = name
        self._work = work
        self._batch = batch
        self._depth = depth
        self._turns = asyncio.Semaphore(width)
        self._on_progress = on_progress
        self._running: dict[Owner, set[asyncio.Task[None]]] = {}
        self._failure: BaseException | None = None
        self._closing = False

    def start(self, owners: Iterable[Owner]) -> None:
        """Open a lane for each owner without one; raises what a lane failed with beyond the usual trouble."""
        if self._failure is not None:
            raise self._failure
        for owner in owners:
            if owner not in self._running and not self._closing:
                self._open(owner)

    async def finish(self, patience_s: float) -> None:
        """Let the batches under way end, and cut those that take longer than `patience_s`."""
        self._closing = True
        running = [task for tasks in self._running.values() for task in tasks]
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, owner: Owner) -> None:
        while not self._closing:
            async with self._turns:
                try:
                    count = await self._work(owner)
                except TROUBLE as error:
                    note_trouble(self._name, error)
                    return
            if count:
                self._on_progress()
            if count < self._batch:
                return
            if len(self._running[owner]) < self._depth and not self._closing:
                self._open(owner)

    def _open(self, owner: Owner) -> None:
        task = asyncio.create_task(self._run(owner), name=f"{self._name}-{owner}")
        self._running.setdefault(owner, set()).add(task)
        task.add_done_callback(lambda done: self._ended(owner, done))

    def _ended(self, owner: Owner, task: asyncio.Task[None]) -> None:
        self._running[owner].discard(task)
        if not self._running[owner]:
            del self._running[owner]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self._on_progress()
