"""Everything that a filter finds among what did not get through is sent again at once (R4.4)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.db.engine import transaction
from shared.errors import Forbidden
from shared.notifications import failed
from shared.notifications.failed import SentAgain, failed_messages, send_failed_again
from shared.outbox.failed import FailedCount
from shared.outbox.message_pages import MessageFilter
from shared.outbox.messages import write
from shared.outbox.vocabulary import MessageChannel, MessageState, RecipientKind
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.support.background import Company
from tests.support.outbox import new_message

DEAD = MessageFilter(states=(MessageState.DEAD,))
ANY = MessageFilter()


def head_office(company: Company) -> Actor:
    return Actor(ActorKind.PERSON, Role.HEAD_OFFICE, Scope.oem(company.oem_id), "测试员", id=uuid4())


def manager(company: Company, dealer_id: int = 1) -> Actor:
    scope = Scope.dealer(company.oem_id, dealer_id)
    return Actor(ActorKind.PERSON, Role.SERVICE_MANAGER, scope, "测试员", id=uuid4())


async def ended(company: Company, state: str = "dead", error: str = "http 503", **values: Any) -> UUID:
    """A message that ended like this."""
    key = uuid4().hex
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await write(tx, company.oem_id, [new_message(dedupe_key=key, **values)])
    found: UUID = await company.connection.fetchval(
        "UPDATE app.messages SET state = $3, attempts = 3, last_error = $4, expires_at = now(),"
        " sent_at = CASE WHEN $3 IN ('sent', 'historical') THEN now() END"
        " WHERE oem_id = $1 AND dedupe_key = $2 RETURNING id",
        company.oem_id,
        key,
        state,
        error,
    )
    return found


async def queued(company: Company) -> set[UUID]:
    return {row["id"] for row in await company.messages(state="queued")}


def counts(found: list[FailedCount]) -> dict[str, tuple[int, int]]:
    return {each.state.value: (each.count, each.unwanted) for each in found}


async def test_after_an_outage_all_that_failed_goes_once_more(company: Company) -> None:
    """R4.4: as one message does when it is sent again, and the log names each."""
    dead, expired = await ended(company), await ended(company, "expired")
    await ended(company, "sent")
    actor = head_office(company)
    assert counts(await failed_messages(actor, ANY)) == {"dead": (1, 0), "expired": (1, 0)}
    assert await send_failed_again(actor, ANY) == SentAgain(count=2, left=0)
    assert await queued(company) == {dead, expired}
    rows = await company.messages(state="queued")
    assert {(row["attempts"], row["last_error"], row["lease_token"]) for row in rows} == {(0, None, None)}
    assert all(row["expires_at"] > datetime.now(UTC) + timedelta(hours=1) for row in rows)
    written = await company.connection.fetch(
        "SELECT entity_id, action, actor_id FROM app.audit_entries WHERE oem_id = $1 AND entity = 'message'",
        company.oem_id,
    )
    assert {row["entity_id"] for row in written} == {str(dead), str(expired)}
    assert {(row["action"], row["actor_id"]) for row in written} == {("message.requeue", actor.id)}
    assert await send_failed_again(actor, ANY) == SentAgain(count=0, left=0)


async def test_only_what_the_filter_finds_goes(company: Company) -> None:
    """State, channel, template and time."""
    await ended(company, "unknown")
    await ended(company, template="breach")
    await ended(company, channel=MessageChannel.SMS, address="+8613800001234")
    old = await ended(company)
    await company.connection.execute(
        "UPDATE app.messages SET created_at = now() - interval '9 days' WHERE oem_id = $1 AND id = $2",
        company.oem_id,
        old,
    )
    wanted = await ended(company)
    day = datetime.now(UTC) - timedelta(days=1)
    narrow = MessageFilter(
        states=(MessageState.DEAD,),
        channels=(MessageChannel.EMAIL,),
        templates=("assignment",),
        written_from=day,
        written_before=day + timedelta(days=2),
    )
    assert counts(await failed_messages(head_office(company), narrow)) == {"dead": (1, 0)}
    assert (await send_failed_again(head_office(company), narrow)).count == 1
    assert await queued(company) == {wanted}


async def test_what_waits_or_was_sent_is_no_failure_whatever_is_asked_for(company: Company) -> None:
    await ended(company)
    for state in ("sent", "historical"):
        asked = MessageFilter(states=(MessageState(state),))
        await ended(company, state)
        assert await failed_messages(head_office(company), asked) == []
        assert await send_failed_again(head_office(company), asked) == SentAgain(count=0, left=0)
    assert await queued(company) == set()


async def test_no_more_than_so_many_go_at_once_and_what_is_urgent_goes_first(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that has just come back is not flooded."""
    monkeypatch.setattr(failed, "MOST_AT_ONCE", 2)
    await ended(company)
    urgent = {await ended(company, priority=1), await ended(company, priority=1)}
    assert await send_failed_again(head_office(company), DEAD) == SentAgain(count=2, left=1)
    assert await queued(company) == urgent
    assert await send_failed_again(head_office(company), DEAD) == SentAgain(count=1, left=0)


async def test_what_a_customer_does_without_stays(company: Company) -> None:
    """R3.7, R5.1: taken back, or failed before he said so; what he has to be told goes."""
    case_id = await company.case()
    customer_id = await company.connection.fetchval(
        "SELECT customer_id FROM app.cases WHERE id = $1", case_id
    )
    of_customer: dict[str, Any] = {
        "recipient_kind": RecipientKind.CUSTOMER,
        "recipient_id": customer_id,
        "case_id": case_id,
    }
    result = await ended(company, template="result", **of_customer)
    survey = await ended(company, template="survey", **of_customer)
    taken_back = await ended(company, "expired", "not_wanted", template="progress", **of_customer)
    actor = manager(company)
    assert counts(await failed_messages(actor, ANY)) == {"dead": (2, 0), "expired": (0, 1)}
    await company.connection.execute(
        "INSERT INTO app.customer_choices"
        " (oem_id, id, dealer_id, case_id, customer_id, wanted, via, chosen_at)"
        " VALUES ($1, gen_random_uuid(), 1, $2, $3, false, 'phone', now())",
        company.oem_id,
        case_id,
        customer_id,
    )
    assert counts(await failed_messages(actor, ANY)) == {"dead": (1, 1), "expired": (0, 1)}
    assert await send_failed_again(actor, ANY) == SentAgain(count=1, left=0)
    assert await queued(company) == {result}
    assert {row["id"] for row in await company.messages() if row["state"] != "queued"} == {survey, taken_back}


async def test_another_dealers_messages_stay(company: Company) -> None:
    """R9.1."""
    here, _ = await ended(company), await ended(company, dealer_id=2)
    assert await send_failed_again(manager(company), ANY) == SentAgain(count=1, left=0)
    assert await queued(company) == {here}


async def test_it_takes_the_permission_of_sending_one_again(company: Company) -> None:
    await ended(company)
    advisor = Actor(
        ActorKind.PERSON, Role.CUSTOMER_RELATIONS, Scope.dealer(company.oem_id, 1), "测", id=uuid4()
    )
    with pytest.raises(Forbidden):
        await failed_messages(advisor, ANY)
    with pytest.raises(Forbidden):
        await send_failed_again(advisor, ANY)
    assert await queued(company) == set()
