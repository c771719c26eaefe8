"""Messages: written once, leased, recorded by whoever holds the lease."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from shared.db.engine import transaction
from shared.errors import Invalid, NotFound
from shared.notifications.delivery import TEMPLATES
from shared.outbox import endpoint_claims, messages
from shared.outbox.message_pages import (
    MessageFilter,
    StateCount,
    message_counts,
    message_view,
    messages_page,
)
from shared.outbox.messages import ClaimedMessage, Lane, NewMessage
from shared.outbox.outcomes import Verdict
from shared.outbox.vocabulary import Delivery, MessageChannel, MessageState
from shared.tenancy import Scope
from tests.support.background import Company
from tests.support.outbox import new_message

LEASE = timedelta(seconds=30)
SENT = Verdict(state=MessageState.SENT, reference="provider-1")


async def write(company: Company, *new: NewMessage, as_of: datetime | None = None) -> None:
    async with transaction(Scope.oem(company.oem_id), as_of=as_of) as tx:
        await messages.write(tx, company.oem_id, new)


def mail_of(company: Company) -> Lane:
    return Lane(company.oem_id, MessageChannel.EMAIL)


async def claim(company: Company, limit: int = 5, lease: timedelta = LEASE) -> list[ClaimedMessage]:
    async with transaction(Scope.system()) as tx:
        return await messages.claim(tx, mail_of(company), TEMPLATES, limit, lease)


async def record(message: ClaimedMessage, verdict: Verdict) -> bool:
    async with transaction(Scope.system()) as tx:
        return bool(await messages.record(tx, message.oem_id, [(message, verdict)]))


async def rows(company: Company) -> list[asyncpg.Record]:
    return await company.connection.fetch(
        "SELECT * FROM app.messages WHERE oem_id = $1 ORDER BY priority, created_at", company.oem_id
    )


async def test_a_message_is_written_once_per_key(company: Company) -> None:
    await write(company, new_message(dedupe_key="once"), new_message(dedupe_key="once"))
    await write(company, new_message(dedupe_key="once"))
    assert len(await rows(company)) == 1


async def test_at_a_past_instant_a_message_is_history_and_never_claimed(company: Company) -> None:
    then = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
    await write(company, new_message(), as_of=then)
    (row,) = await rows(company)
    assert (row["state"], row["sent_at"], row["created_at"]) == ("historical", then, then)
    assert await claim(company) == []


async def test_a_claim_takes_the_urgent_first_and_only_as_many_as_asked(company: Company) -> None:
    await write(company, *(new_message(priority=priority) for priority in (9, 1, 5)))
    taken = [message.id for message in await claim(company, limit=2)]
    by_priority = [row["id"] for row in await rows(company)]
    assert taken == by_priority[:2] or set(taken) == set(by_priority[:2])
    assert [message.id for message in await claim(company)] == by_priority[2:]
    assert await claim(company) == []


async def test_what_was_sent_is_recorded_with_its_reference(company: Company) -> None:
    await write(company, new_message())
    (message,) = await claim(company)
    assert (message.attempts, message.state) == (1, MessageState.QUEUED)
    assert 3_500 < message.expires_in_s <= 3_600
    assert await record(message, SENT)
    (row,) = await rows(company)
    assert (row["state"], row["provider_ref"], row["lease_token"]) == ("sent", "provider-1", None)
    assert row["sent_at"] is not None


async def test_the_token_stays_the_same_over_all_tries(company: Company) -> None:
    await write(company, new_message())
    tokens = set()
    for _ in range(3):
        (message,) = await claim(company)
        tokens.add(message.idem_token)
        assert await record(message, Verdict(state=MessageState.QUEUED, error="503"))
    assert len(tokens) == 1
    (row,) = await rows(company)
    assert (row["attempts"], row["last_error"]) == (3, "503")


async def test_a_retry_waits_for_its_time(company: Company) -> None:
    await write(company, new_message())
    (message,) = await claim(company)
    await record(message, Verdict(state=MessageState.QUEUED, wait=timedelta(minutes=5), error="429"))
    assert await claim(company) == []
    (row,) = await rows(company)
    wait = row["next_attempt_at"] - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=50) < wait <= timedelta(minutes=5, seconds=1)


async def test_a_late_record_of_a_worker_that_lost_its_lease_is_refused(company: Company) -> None:
    await write(company, new_message())
    (slow,) = await claim(company, lease=timedelta(0))
    (quick,) = await claim(company)
    assert not await record(slow, Verdict(state=MessageState.DEAD, error="late"))
    assert await record(quick, SENT)
    assert not await record(slow, Verdict(state=MessageState.DEAD, error="late"))
    (row,) = await rows(company)
    assert (row["state"], row["attempts"], row["last_error"]) == ("sent", 2, None)


async def test_after_a_lost_worker_what_may_go_twice_is_repeated_and_the_rest_is_unknown(
    company: Company,
) -> None:
    await write(company, new_message(priority=1), new_message(priority=2, delivery=Delivery.AT_MOST_ONCE))
    await claim(company, lease=timedelta(0))
    again = await claim(company)
    assert {message.delivery: message.state for message in again} == {
        Delivery.AT_LEAST_ONCE: MessageState.QUEUED,
        Delivery.AT_MOST_ONCE: MessageState.UNKNOWN,
    }
    row = (await rows(company))[1]
    assert (row["state"], row["last_error"], row["attempts"]) == ("unknown", "worker_lost", 1)


async def test_a_message_past_its_time_is_expired_instead_of_sent(company: Company) -> None:
    await write(company, new_message(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert [message.state for message in await claim(company)] == [MessageState.EXPIRED]
    (row,) = await rows(company)
    assert (row["state"], row["attempts"]) == ("expired", 0)


async def test_a_message_that_kills_its_worker_every_time_ends_dead(company: Company) -> None:
    await write(company, new_message())
    states = [(await claim(company, lease=timedelta(0)))[0].state for _ in range(13)]
    assert states == [MessageState.QUEUED] * 12 + [MessageState.DEAD]
    (row,) = await rows(company)
    assert (row["last_error"], row["attempts"], row["losses"]) == ("worker_lost", 12, 12)


async def test_workers_lost_now_and_then_cost_a_message_nothing(company: Company) -> None:
    """A worker that comes back says that it was not the message's fault."""
    await write(company, new_message())
    for _ in range(3):
        for _ in range(10):
            await claim(company, lease=timedelta(0))
        (message,) = await claim(company)
        assert message.state is MessageState.QUEUED
        await record(message, Verdict(state=MessageState.QUEUED, error="http 503"))
    (row,) = await rows(company)
    assert (row["state"], row["attempts"], row["losses"]) == ("queued", 33, 0)


async def test_workers_share_the_messages_and_take_each_once(company: Company) -> None:
    await write(company, *(new_message() for _ in range(40)))
    taken = await asyncio.gather(*(claim(company, limit=7) for _ in range(8)))
    ids = [message.id for batch in taken for message in batch]
    assert (len(ids), len(set(ids))) == (40, 40)


async def test_the_lanes_with_messages_are_those_with_one_that_is_ready(company: Company) -> None:
    await write(company, new_message())
    async with transaction(Scope.system()) as tx:
        assert mail_of(company) in await messages.lanes_with_messages(tx, TEMPLATES)
    await claim(company)
    async with transaction(Scope.system()) as tx:
        assert mail_of(company) not in await messages.lanes_with_messages(tx, TEMPLATES)


@pytest.mark.parametrize("state", ["dead", "unknown", "expired"])
async def test_what_was_given_up_is_queued_again_under_its_old_token(company: Company, state: str) -> None:
    await write(company, new_message(expires_at=datetime.now(UTC) - timedelta(days=1)))
    (before,) = await rows(company)
    await company.connection.execute(
        "UPDATE app.messages SET state = $2, attempts = 12 WHERE oem_id = $1", company.oem_id, state
    )
    async with transaction(Scope.oem(company.oem_id)) as tx:
        assert await messages.requeue(tx, company.oem_id, before["id"], timedelta(hours=1))
        assert not await messages.requeue(tx, company.oem_id, before["id"], timedelta(hours=1))
    (message,) = await claim(company)
    assert (message.idem_token, message.attempts) == (before["idem_token"], 1)
    assert message.expires_in_s > 3_500


async def test_pages_hold_every_message_once_newest_first(company: Company) -> None:
    for _ in range(5):
        await write(company, new_message())
    await write(company, new_message(channel=MessageChannel.SMS))
    seen, cursor = [], None
    wanted = MessageFilter(channels=(MessageChannel.EMAIL,))
    async with transaction(Scope.oem(company.oem_id)) as tx:
        while True:
            page = await messages_page(tx, company.oem_id, wanted, cursor=cursor, limit=2)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == len({message.id for message in seen}) == 5
    assert [message.created_at for message in seen] == sorted(
        (message.created_at for message in seen), reverse=True
    )


async def test_a_dealer_sees_its_own_messages_with_their_cases_only(company: Company) -> None:
    own, other = company.dealers
    case_id = await company.case(own)
    await write(company, new_message(dealer_id=own.id, case_id=case_id), new_message(dealer_id=other.id))
    async with transaction(Scope.dealer(company.oem_id, own.id)) as tx:
        page = await messages_page(tx, company.oem_id, MessageFilter(case_id=case_id))
        everything = await messages_page(tx, company.oem_id, MessageFilter())
        counts = await message_counts(tx, company.oem_id)
    assert page.items == everything.items
    assert page.items[0].case_number is not None
    assert counts == [StateCount(MessageState.QUEUED, 1)]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bnVsbA", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwieCJd"])
async def test_a_cursor_that_is_not_ours_is_refused(company: Company, cursor: str) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        with pytest.raises(Invalid):
            await messages_page(tx, company.oem_id, MessageFilter(), cursor=cursor)


async def test_a_message_of_another_tenant_does_not_exist(company: Company) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        with pytest.raises(NotFound):
            await message_view(tx, company.oem_id, uuid4())


def test_every_channel_is_claimed_for_people_or_for_other_systems() -> None:
    """A worker takes what it knows: a message by a channel that came later is left alone."""
    for people, systems in (
        (messages._CLAIM, endpoint_claims._CLAIM),
        (messages._LANES, endpoint_claims._WAITING),
    ):
        for channel in MessageChannel:
            assert (f"'{channel.value}'" in people) != (f"'{channel.value}'" in systems)
        assert "channel IN" in people
        assert "channel =" in systems
