"""Lanes of an OEM's or an endpoint's own: whoever has fifty thousand rows keeps no lanes busy but the own."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Final, Generic, NamedTuple, TypeVar

from prometheus_client import Gauge

from services.worker.trouble import TROUBLE, note_fault, note_trouble

Owner = TypeVar("Owner", bound=Hashable)
"""Whose a lane is: an OEM by its id, or a system of one that is told of events."""

LONGEST_WAIT_S: Final = 60.0
"""How long an owner's work waits at most after a failure of our own."""

_FAULTY = Gauge("huiyin_worker_faulty", "Whose work waits after a failure of our own.", ("part",))


class _Fault(NamedTuple):
    times: int
    again_at: float


class Lanes(Generic[Owner]):
    """Works for several owners at a time, for each until less than a full batch is left.

    `work` handles a batch of an owner's rows and says how many there were.

    `width`: how many batches may be under way at once; the lanes take turns. `depth`: how many of them may
    be one owner's, which has a second lane once a batch was full. `on_progress` is called after each batch
    that held something.

    Whatever one owner's batch fails with keeps no other's waiting. What is beyond the usual trouble is a
    failure of our own, or a row that this version cannot read: it is logged, counted, and tried again after
    a wait that doubles; `seconds` is the clock by which it waits.
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
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._work = work
        self._batch = batch
        self._depth = depth
        self._turns = asyncio.Semaphore(width)
        self._on_progress = on_progress
        self._seconds = seconds
        self._running: dict[Owner, set[asyncio.Task[None]]] = {}
        self._faults: dict[Owner, _Fault] = {}
        self._closing = False

    def start(self, owners: Collection[Owner]) -> None:
        """Open a lane for each owner without one that has not to wait; `owners` are all that have work."""
        self._forget_faults(except_of=set(owners))
        for owner in owners:
            if owner not in self._running and not self._closing and not self._has_to_wait(owner):
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
                except Exception as error:  # noqa: BLE001  # one OEM's row shall not end everybody's worker
                    self._put_off(owner, error)
                    return
            self._recover(owner)
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

    def _put_off(self, owner: Owner, error: Exception) -> None:
        times = self._faults[owner].times + 1 if owner in self._faults else 1
        wait_s = min(2.0 ** min(times, 16), LONGEST_WAIT_S)
        self._faults[owner] = _Fault(times, self._seconds() + wait_s)
        _FAULTY.labels(self._name).set(len(self._faults))
        note_fault(self._name, error, owner=owner)

    def _recover(self, owner: Owner) -> None:
        if self._faults.pop(owner, None) is not None:
            _FAULTY.labels(self._name).set(len(self._faults))

    def _has_to_wait(self, owner: Owner) -> bool:
        return owner in self._faults and self._seconds() < self._faults[owner].again_at

    def _forget_faults(self, *, except_of: Collection[Owner]) -> None:
        for owner in [each for each in self._faults if each not in except_of]:
            if owner not in self._running and not self._has_to_wait(owner):
                self._recover(owner)
