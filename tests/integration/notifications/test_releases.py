"""Held messages that cannot be let go wait, the others go, and the worker lives (issue 4, Surviving)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from prometheus_client import REGISTRY

from services.worker.gauges import measure
from services.worker.handlers import build_handlers
from services.worker.loop import Loop
from shared.db.engine import transaction
from shared.notifications.holding import MessagePolicy
from shared.notifications.holds import message_policy
from shared.notifications.releases import oems_with_held, release_of_oem
from shared.outbox.vocabulary import MessageChannel
from shared.tenancy import Scope
from tests.integration.notifications.test_digests import GATHER, late, manager_of, pass_time, policy
from tests.integration.tenancy.world import MAKERS, Place, insert
from tests.support.background import LINKS, Company, build_company
from tests.support.waiting import eventually

SPOILED = (
    # Neither can be made by this version: a row that cannot be read, and one that cannot be dealt with.
    "provider_template = '{\"pages\": 3}'",
    "quiet_zone = 'Mars/Olympus_Mons'",
)


def night_elsewhere() -> MessagePolicy:
    """Quiet hours that nobody in China has at present."""
    far = datetime.now(UTC) + timedelta(hours=12)
    return msgspec.structs.replace(
        GATHER, quiet_from=f"{far:%H}:00", quiet_until=f"{far + timedelta(hours=1):%H}:00"
    )


@pytest.mark.parametrize("spoiled", SPOILED)
async def test_a_message_that_cannot_be_let_go_waits_alone(company: Company, spoiled: str) -> None:
    """Its reader has the others by themselves, everybody else a digest as ever; the operator sees it."""
    await policy(company, night_elsewhere())
    await late(company, 3)
    await pass_time(company)
    manager = manager_of(company).id
    bad = (await company.messages(recipient_id=manager, channel="sms"))[1]["id"]
    await company.connection.execute(
        f"UPDATE app.messages SET {spoiled} WHERE oem_id = $1 AND id = $2", company.oem_id, bad
    )
    assert await release_of_oem(company.oem_id, LINKS) == 4
    by_sms = await company.messages(recipient_id=manager, channel="sms")
    assert sorted((row["template"], row["state"]) for row in by_sms) == [
        ("breach", "held"),
        ("breach", "queued"),
        ("breach", "queued"),
    ]
    assert len(await company.messages(template="digest", state="queued")) == 3
    assert len(await company.messages(state="digested")) == 9
    (waits,) = await company.messages(state="held")
    assert (waits["id"], waits["last_error"]) == (bad, "not_released")
    assert waits["held_until"] < datetime.now(UTC) < waits["next_attempt_at"]
    async with transaction(Scope.system()) as tx:
        assert company.oem_id not in await oems_with_held(tx), "not before its next try"
        await measure(tx)
    assert (REGISTRY.get_sample_value("huiyin_messages_not_released") or 0) >= 1
    assert (REGISTRY.get_sample_value("huiyin_held_lag_seconds") or 0) >= 1
    await company.connection.execute(
        "UPDATE app.messages SET provider_template = NULL, quiet_zone = 'Asia/Shanghai' WHERE id = $1", bad
    )
    await pass_time(company)
    assert await release_of_oem(company.oem_id, LINKS) == 1
    (gone,) = [row for row in await company.messages(state="queued") if row["id"] == bad]
    assert gone["last_error"] is None


async def test_what_cannot_be_let_go_expires_in_the_end(company: Company) -> None:
    await policy(company, GATHER)
    await late(company, 1)
    await pass_time(company)
    await company.connection.execute(
        "UPDATE app.messages SET provider_template = '3', expires_at = now() WHERE oem_id = $1",
        company.oem_id,
    )
    assert await release_of_oem(company.oem_id, LINKS) == 4
    assert {(row["state"], row["last_error"]) for row in await company.messages()} == {
        ("expired", "not_released")
    }


@asynccontextmanager
async def worker() -> AsyncIterator[asyncio.Task[None]]:
    loop, stop = Loop(build_handlers(LINKS), {}, LINKS), asyncio.Event()
    work = asyncio.create_task(loop.run(stop))
    try:
        yield work
    finally:
        stop.set()
        await asyncio.gather(work, return_exceptions=True)
        await loop.finish(5)


async def test_an_oem_whose_policy_nobody_can_read_ends_no_worker_and_keeps_no_other_waiting(
    company: Company,
) -> None:
    """Issue 4: impossible to lose. Its own messages go as soon as its policy can be read again."""
    other = await build_company(company.connection)
    for each in (company, other):
        await policy(each, GATHER)
        await late(each, 2)
    body = msgspec.json.encode({"digest_minutes": "five"}).decode()
    row = MAKERS["policies"](Place(company.oem_id, 0, 0)) | {"name": "messages", "body": body, "version": 2}
    await insert(company.connection, "policies", row)
    await pass_time(company)
    async with worker() as work:

        async def failed() -> bool:
            return (REGISTRY.get_sample_value("huiyin_worker_faulty", {"part": "held"}) or 0) >= 1

        await eventually(failed, "the operator sees that one OEM's messages wait")
        await pass_time(other)

        async def told() -> bool:
            return len(await other.messages(template="digest")) == 4

        await eventually(told, "the other's go")
        assert {row["state"] for row in await company.messages()} == {"held"}
        assert {row["last_error"] for row in await company.messages()} == {None}
        await policy(company, GATHER, version=3)

        async def told_too() -> bool:
            return len(await company.messages(template="digest")) == 4

        await eventually(told_too, "and its own, with the policy mended")
        assert not work.done()
    assert REGISTRY.get_sample_value("huiyin_worker_faulty", {"part": "held"}) == 0


async def test_a_policy_of_a_newer_version_holds_as_far_as_it_is_known(company: Company) -> None:
    """Rolling deploy: fields and channels that came later are left alone."""
    body = {"digest_minutes": 7, "quiet_channels": ["email", "pigeon"], "most_per_moon": 3}
    row = MAKERS["policies"](Place(company.oem_id, 0, 0)) | {"name": "messages", "version": 1}
    await insert(company.connection, "policies", row | {"body": msgspec.json.encode(body).decode()})
    async with transaction(Scope.oem(company.oem_id)) as tx:
        found = await message_policy(tx, company.oem_id)
    assert found == MessagePolicy(digest_minutes=7, quiet_channels=(MessageChannel.EMAIL,))
