"""One lane per OEM."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from services.worker.lanes import LONGEST_WAIT_S, Lanes
from shared.errors import Unavailable


class Rows:
    """How many rows each OEM has, and the order in which batches of them were taken."""

    def __init__(self, **waiting: int) -> None:
        self.waiting = Counter({int(key.removeprefix("oem_")): count for key, count in waiting.items()})
        self.taken: list[int] = []

    async def take(self, oem_id: int) -> int:
        await asyncio.sleep(0)
        count = min(5, self.waiting[oem_id])
        self.waiting[oem_id] -= count
        self.taken.append(oem_id)
        return count


def lanes(
    work: Callable[[int], Awaitable[int]],
    width: int = 2,
    progress: list[int] | None = None,
    seconds: Callable[[], float] = time.monotonic,
) -> Lanes:
    noted = progress if progress is not None else []
    return Lanes("test", work, batch=5, width=width, on_progress=lambda: noted.append(1), seconds=seconds)


def faulty() -> float | None:
    return REGISTRY.get_sample_value("huiyin_worker_faulty", {"part": "test"})


async def ended(made: Lanes) -> None:
    async with asyncio.timeout(5):
        while made._running:
            await asyncio.sleep(0)


async def test_each_lane_goes_on_until_less_than_a_full_batch_is_left() -> None:
    rows, progress = Rows(oem_1=12, oem_2=5), list[int]()
    made = lanes(rows.take, progress=progress)
    made.start([1, 2])
    await ended(made)
    assert rows.waiting.total() == 0
    assert Counter(rows.taken) == {1: 3, 2: 2}
    assert len(progress) == 4


async def test_a_busy_oem_does_not_keep_the_others_waiting() -> None:
    rows = Rows(oem_1=1_000, oem_2=5)
    made = lanes(rows.take, width=1)
    made.start([1, 2])
    await ended(made)
    assert rows.taken.index(2) <= 2


async def test_an_oem_has_one_lane_at_a_time() -> None:
    rows = Rows(oem_1=3)
    made = lanes(rows.take)
    made.start([1])
    made.start([1])
    await ended(made)
    assert rows.taken == [1]
    made.start([1])
    await ended(made)
    assert rows.taken == [1, 1]


async def test_no_more_batches_are_under_way_than_the_lanes_are_wide() -> None:
    under_way, most = 0, 0

    async def take(oem_id: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return 0

    made = lanes(take, width=3)
    made.start(range(20))
    await ended(made)
    assert most == 3


async def test_a_lane_ends_in_trouble_and_is_opened_again_later() -> None:
    troubles = 1

    async def take(oem_id: int) -> int:
        nonlocal troubles
        if troubles:
            troubles -= 1
            raise Unavailable("database_unreachable")
        return 0

    made = lanes(take)
    made.start([1])
    await ended(made)
    made.start([1])
    await ended(made)
    assert troubles == 0


async def test_what_one_owner_fails_with_keeps_no_other_waiting_and_is_tried_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row that nobody can read ends no worker: it is logged, counted and tried again after a wait."""
    noted: list[tuple[str, str, object]] = []
    monkeypatch.setattr(
        "services.worker.lanes.note_fault",
        lambda part, error, owner: noted.append((part, type(error).__name__, owner)),
    )
    passed, tries, is_broken = 0.0, Counter[int](), True

    async def take(oem_id: int) -> int:
        tries[oem_id] += 1
        if oem_id == 1 and is_broken:
            raise ZeroDivisionError
        return 0

    made = lanes(take, seconds=lambda: passed)

    async def look(at_s: float) -> Counter[int]:
        nonlocal passed
        passed = at_s
        made.start([1, 2])
        await ended(made)
        return Counter(tries)

    assert await look(0) == {1: 1, 2: 1}
    assert await look(1) == {1: 1, 2: 2}, "it waits for two seconds"
    assert await look(2.1) == {1: 2, 2: 3}
    assert await look(5) == {1: 2, 2: 4}, "then for four"
    is_broken = False
    assert await look(7) == {1: 3, 2: 5}
    assert await look(7) == {1: 4, 2: 6}, "all is well again"
    assert noted == [("test", "ZeroDivisionError", 1)] * 2
    assert faulty() == 0


async def test_a_failure_of_who_has_no_work_any_more_is_forgotten() -> None:
    """Another worker, of a newer version, has done it: the operator is alarmed no longer."""
    passed = 0.0

    async def take(oem_id: int) -> int:
        raise ZeroDivisionError

    made = lanes(take, seconds=lambda: passed)
    made.start([1])
    await ended(made)
    assert faulty() == 1
    passed = 3
    made.start([])
    assert faulty() == 0


async def test_the_wait_after_failures_has_an_end() -> None:
    passed, tries = 0.0, 0

    async def take(oem_id: int) -> int:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    made = lanes(take, seconds=lambda: passed)
    for _ in range(100):
        made.start([1])
        await ended(made)
        passed += LONGEST_WAIT_S
    assert tries == 100


async def test_when_closing_batches_end_and_slow_ones_are_cut() -> None:
    started, cut = asyncio.Event(), []

    async def take(oem_id: int) -> int:
        started.set()
        try:
            await asyncio.sleep(0.05 if oem_id == 1 else 60)
        except asyncio.CancelledError:
            cut.append(oem_id)
            raise
        return 5

    made = lanes(take)
    made.start([1, 2])
    await started.wait()
    await made.finish(patience_s=0.2)
    assert cut == [2]
    made.start([3])
    assert not made._running


async def test_a_busy_oem_has_a_second_lane_and_never_a_third() -> None:
    """Issue 4: 1,000 messages per second against a gateway answering in 20 ms."""
    left, under_way, most = 30, 0, 0

    async def work(_: int) -> int:
        nonlocal left, under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        taken = min(left, 2)
        left -= taken
        under_way -= 1
        return taken

    lanes = Lanes("messages", work, batch=2, width=5, depth=2, on_progress=lambda: None)
    lanes.start([1])
    while left:  # the lanes say nothing
        await asyncio.sleep(0)
    await lanes.finish(1)
    assert most == 2
