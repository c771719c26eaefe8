"""Workers of two versions side by side: what the old one does not know is left to the new one (issue 4)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from arq.worker import func

from services.worker.arq_worker import Queue, run_arq
from services.worker.handlers import build_handlers
from services.worker.loop import Loop
from shared.db.engine import Transaction, transaction
from shared.file_jobs import running
from shared.file_jobs.repository import JobKind
from shared.files.store import FileStore
from shared.notifications.delivery import TEMPLATES, deliver_to_endpoint
from shared.notifications.releases import oems_with_held
from shared.outbox import endpoint_claims, messages
from shared.outbox.endpoint_claims import Endpoint
from shared.outbox.events import Event, EventKind, Handlers, NewEvent, emit
from shared.outbox.jobs import connect
from shared.outbox.vocabulary import Delivery
from shared.settings import RedisSettings
from shared.tenancy import Scope
from tests.integration.tenancy.world import MAKERS, Place, insert
from tests.support.background import LINKS, Company
from tests.support.outbox import deliver_all
from tests.support.redis_leftovers import LEFT_TO_THE_COLLECTOR
from tests.support.waiting import eventually

pytestmark = LEFT_TO_THE_COLLECTOR

NEWER = EventKind.CASE_MENTIONED
"""What the old worker has never heard of."""
QUEUE = "huiyin:rolling"


@asynccontextmanager
async def loop_of(handlers: Handlers) -> AsyncIterator[None]:
    loop, stop = Loop(handlers, {}, LINKS), asyncio.Event()
    work = asyncio.create_task(loop.run(stop))
    try:
        yield
    finally:
        stop.set()
        await work
        await loop.finish(5)


async def place(company: Company) -> Place:
    dealer = company.dealers[0]
    return Place(
        oem_id=company.oem_id,
        region_id=dealer.region_id,
        dealer_id=dealer.id,
        membership_id=dealer.owner_id,
        case_id=await company.case(),
    )


async def states(company: Company) -> dict[str, tuple[str, int]]:
    rows = await company.connection.fetch(
        "SELECT kind, state, attempts FROM app.events WHERE oem_id = $1", company.oem_id
    )
    return {row["kind"]: (row["state"], row["attempts"]) for row in rows}


async def allow_anything(company: Company, column: str) -> None:
    """What the migration of a newer version does."""
    await company.connection.execute(
        f"ALTER TABLE app.messages DROP CONSTRAINT IF EXISTS messages_{column}_check"
    )


async def test_an_event_that_the_old_worker_does_not_know_is_handled_by_the_new_one(company: Company) -> None:
    """Rolling deploy: unknown kinds are left alone, not destroyed; what both know goes on meanwhile."""
    case_id, seen = await company.case(), asyncio.Queue[UUID]()

    async def react(_: Transaction, event: Event) -> None:
        seen.put_nowait(event.id)

    new = {**build_handlers(LINKS), NEWER: react}
    old = {kind: handler for kind, handler in new.items() if kind is not NEWER}
    async with transaction(Scope.oem(company.oem_id)) as tx:
        for kind in (NEWER, EventKind.CASE_DIAGNOSED):
            event = NewEvent(kind=kind, dealer_id=company.dealers[0].id, case_id=case_id)
            await emit(tx, company.oem_id, datetime.now(UTC), event)
    await company.connection.execute(
        "INSERT INTO app.events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)"
        " VALUES ($1, $2, $3, $4, 'vehicle.recalled', '{}', now(), now())",
        company.oem_id,
        uuid4(),
        company.dealers[0].id,
        case_id,
    )
    known = EventKind.CASE_DIAGNOSED.value
    async with loop_of(old):

        async def known_done() -> bool:
            return (await states(company))[known][0] == "done"

        await eventually(known_done, "the old worker does what it knows")
        assert (await states(company))[NEWER.value] == ("pending", 0)
        async with loop_of(new):
            async with asyncio.timeout(20):
                await seen.get()

            async def newer_done() -> bool:
                return (await states(company))[NEWER.value] == ("done", 1)

            await eventually(newer_done, "the new worker has handled it, once")
    assert (await states(company))["vehicle.recalled"] == ("pending", 0), "neither knows it: it waits"
    assert seen.empty()


async def test_a_message_by_a_channel_that_is_not_known_is_left_alone(company: Company) -> None:
    """Rolling deploy: a channel that came later is neither claimed nor given up."""
    row = MAKERS["messages"](await place(company)) | {"state": "queued", "next_attempt_at": datetime.now(UTC)}
    row |= {"expires_at": datetime.now(UTC) + timedelta(hours=1), "channel": "pigeon"}
    await allow_anything(company, "channel")
    await insert(company.connection, "messages", row)
    async with transaction(Scope.system()) as tx:
        lanes = await messages.lanes_with_messages(tx, TEMPLATES)
        endpoints = await endpoint_claims.endpoints_with_messages(tx)
    assert company.oem_id not in {lane.oem_id for lane in lanes}
    assert company.oem_id not in {each.oem_id for each in endpoints}
    assert await deliver_all(company.oem_id, {}) == 0
    assert await deliver_to_endpoint(Endpoint(company.oem_id, row["recipient_id"]), {}) == 0
    [left] = await company.messages()
    assert (left["state"], left["attempts"]) == ("queued", 0)


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("known_delivery", list(Delivery))
async def test_a_message_of_a_template_that_is_not_known_is_left_alone(
    company: Company, channel: str, known_delivery: Delivery
) -> None:
    """Rolling deploy: no try is burnt, and what may go once only does not become unknown."""
    row = MAKERS["messages"](await place(company)) | {"state": "queued", "next_attempt_at": datetime.now(UTC)}
    row |= {"expires_at": datetime.now(UTC) + timedelta(hours=1), "channel": channel}
    row |= {"template": "good_news", "delivery": known_delivery.value}
    await insert(company.connection, "messages", row)
    async with transaction(Scope.system()) as tx:
        lanes = await messages.lanes_with_messages(tx, TEMPLATES)
    assert company.oem_id not in {lane.oem_id for lane in lanes}
    assert await deliver_all(company.oem_id, {}) == 0
    [left] = await company.messages()
    assert (left["state"], left["attempts"], left["last_error"]) == ("queued", 0, None)


@pytest.mark.parametrize("column", ["template", "channel", "held_for"])
async def test_a_held_message_that_the_old_worker_does_not_know_waits_for_the_new_one(
    company: Company, column: str
) -> None:
    """Rolling deploy: neither let go nor expired, and whatever else is held goes meanwhile."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    known = MAKERS["messages"](await place(company)) | {
        "state": "held",
        "held_for": "digest",
        "held_until": past,
        "next_attempt_at": past,
        "expires_at": past + timedelta(hours=1),
    }
    newer = known | {"id": uuid4(), "dedupe_key": "newer", column: "pigeon", "expires_at": past}
    await allow_anything(company, column)
    await insert(company.connection, "messages", newer)
    async with transaction(Scope.system()) as tx:
        assert company.oem_id not in await oems_with_held(tx)
    await insert(company.connection, "messages", known)
    async with loop_of(build_handlers(LINKS)):

        async def gone() -> bool:
            return len(await company.messages(state="queued")) == 1

        await eventually(gone, "what it knows goes")
    (left,) = await company.messages(state="held")
    assert (left["id"], left["attempts"], left["last_error"]) == (newer["id"], 0, None)


async def test_a_job_that_the_old_worker_does_not_know_is_done_by_the_new_one(redis_url: str) -> None:
    """Rolling deploy: arq would throw away a job whose name it does not know; ours leaves it in the queue."""
    settings, done = RedisSettings(redis_url), asyncio.Queue[str]()

    async def known(ctx: dict[Any, Any]) -> None:
        done.put_nowait(f"known by {ctx['worker']}")

    async def newer(ctx: dict[Any, Any], word: str) -> None:
        done.put_nowait(f"{word} by {ctx['worker']}, try {ctx['job_try']}")

    redis = connect(settings, patient=True)
    await redis.flushdb()
    job = await redis.enqueue_job("newer", "hello", _queue_name=QUEUE)
    assert job is not None
    async with arq_of(settings, "old", [func(known, name="known")]):
        for _ in range(2):
            score = await redis.zscore(QUEUE, job.job_id)

            async def put_back(before: float = score) -> bool:
                return (await redis.zscore(QUEUE, job.job_id) or 0) > before

            await eventually(put_back, "the old worker has seen it and put it back", 20)
        await redis.enqueue_job("known", _queue_name=QUEUE)
        async with asyncio.timeout(20):
            assert await done.get() == "known by old"
        async with arq_of(settings, "new", [func(known, name="known"), func(newer, name="newer")]):
            async with asyncio.timeout(40):
                assert await done.get() == "hello by new, try 1"
    assert await redis.zcard(QUEUE) == 0
    await redis.aclose(close_connection_pool=True)


@asynccontextmanager
async def arq_of(settings: RedisSettings, name: str, functions: Sequence[Any]) -> AsyncIterator[None]:
    queue = Queue(name=QUEUE, functions=functions, max_jobs=2, job_timeout=timedelta(seconds=5))
    stop = asyncio.Event()
    work = asyncio.create_task(run_arq(queue, settings, {"worker": name}, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(work, 10)


async def test_a_file_job_of_a_newer_kind_waits_for_who_can_make_it(company: Company, tmp_path: Path) -> None:
    """Rolling deploy: the row is not taken, so that no try is lost and nothing is failed."""
    row = MAKERS["file_jobs"](await place(company))
    row |= {"kind": JobKind.IMPORT.value, "state": "queued"}
    await insert(company.connection, "file_jobs", row)
    assert not await running.run(company.oem_id, row["id"], {}, FileStore.open(tmp_path.as_uri()))
    left = await company.connection.fetchrow(
        "SELECT state, attempts, error FROM app.file_jobs WHERE id = $1", row["id"]
    )
    assert isinstance(left, asyncpg.Record)
    assert (left["state"], left["attempts"], left["error"]) == ("queued", 0, None)
