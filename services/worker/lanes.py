"""Lanes of an OEM's own: an OEM with fifty thousand rows keeps its own lanes busy and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from services.worker.trouble import TROUBLE, note_trouble

Work = Callable[[int], Awaitable[int]]
"""Handles a batch of an OEM's rows; how many there were."""


class Lanes:
    """Works on several OEMs at a time, on each until less than a full batch is left.

    `width`: how many batches may be under way at once; the lanes take turns. `depth`: how many of them may
    be one OEM's, which has a second lane once a batch was full. `on_progress` is called after each batch
    that held something.
    """

    def __init__(
        self,
        name: str,
        work: Work,
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
        self._running: dict[int, set[asyncio.Task[None]]] = {}
        self._failure: BaseException | None = None
        self._closing = False

    def start(self, oem_ids: Iterable[int]) -> None:
        """Open a lane for each OEM that has none; raises what a lane failed with beyond the usual trouble."""
        if self._failure is not None:
            raise self._failure
        for oem_id in oem_ids:
            if oem_id not in self._running and not self._closing:
                self._open(oem_id)

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

    async def _run(self, oem_id: int) -> None:
        while not self._closing:
            async with self._turns:
                try:
                    count = await self._work(oem_id)
                except TROUBLE as error:
                    note_trouble(self._name, error)
                    return
            if count:
                self._on_progress()
            if count < self._batch:
                return
            if len(self._running[oem_id]) < self._depth and not self._closing:
                self._open(oem_id)

    def _open(self, oem_id: int) -> None:
        task = asyncio.create_task(self._run(oem_id), name=f"{self._name}-{oem_id}")
        self._running.setdefault(oem_id, set()).add(task)
        task.add_done_callback(lambda done: self._ended(oem_id, done))

    def _ended(self, oem_id: int, task: asyncio.Task[None]) -> None:
        self._running[oem_id].discard(task)
        if not self._running[oem_id]:
            del self._running[oem_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self._on_progress()
