"""A customer whom no message reaches is not passed over in silence (R4.4)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from shared.db.engine import transaction
from shared.notifications import delivery
from shared.notifications.channels.sms_gateway import SmsGateway
from shared.notifications.channels.smtp import SmtpChannel
from shared.notifications.delivery import TEMPLATES
from shared.notifications.releases import release_of_oem
from shared.outbox import messages
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.messages import Lane, claim, record
from shared.outbox.outcomes import Verdict
from shared.outbox.vocabulary import MessageChannel, MessageState
from shared.settings import SmtpSettings
from shared.tenancy import Scope
from tests.support.background import LINKS, LONG_AGO, PUBLIC_URL, Company
from tests.support.outbox import deliver_all
from tests.support.providers import Behaviour, Provider, sms_gateway, smtp_server
from tests.support.servers import Database


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server and an SMS gateway, and the OEM's messages on their way to them."""

    company: Company
    mail: Provider
    sms: Provider
    channels: delivery.Channels
    app_url: str

    async def deliver(self) -> None:
        """One try of everything that waits, and what follows from it."""
        await self.company.connection.execute(
            "UPDATE app.messages SET next_attempt_at = now() WHERE state = 'queued'"
        )
        await deliver_all(self.company.oem_id, self.channels)
        await self.company.handle_events()

    async def told(self, **values: Any) -> UUID:
        """A case whose customer is about to be told the result, by both channels unless told otherwise."""
        case_id = await self.company.case(result="已更换阀体。", **values)
        await happen(self.company, EventKind.CASE_RESULT_TOLD, case_id)
        return case_id

    async def said(self, case_id: UUID) -> list[dict[str, Any]]:
        """What the case's timeline says of the customer not being reached."""
        entries = await self.company.timeline(case_id)
        return [
            msgspec.json.decode(each["data"]) for each in entries if each["kind"] == "customer_not_reached"
        ]

    async def owner_was_told(self) -> list[asyncpg.Record]:
        return await self.company.messages(template="customer_unreached")


async def happen(company: Company, kind: EventKind, case_id: UUID, **payload: Any) -> None:
    """Let an event happen and be handled."""
    async with transaction(Scope.oem(company.oem_id)) as tx:
        event = NewEvent(kind=kind, dealer_id=1, case_id=case_id, payload=payload)
        await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()


@pytest.fixture
async def post(database: Database, company: Company) -> AsyncIterator[Post]:
    async with smtp_server() as mail, sms_gateway() as sms:
        smtp = SmtpChannel(SmtpSettings(host="127.0.0.1", port=mail.port), 2.0)
        gateway = SmsGateway(f"http://127.0.0.1:{sms.port}/sms", "secret", 2.0)
        channels = {MessageChannel.EMAIL: smtp, MessageChannel.SMS: gateway}
        yield Post(company, mail, sms, channels, database.app_url)
        await smtp.close()
        await gateway.close()


async def test_the_owner_of_a_case_whose_customer_no_channel_reached_is_told_once_and_why(post: Post) -> None:
    """R4.4, R3.7: the customer who was to hear the result has not; nobody may take it for told."""
    case_id = await post.told()
    post.mail.behaviour = post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    (said,) = await post.said(case_id)
    assert (said["template"], said["channels"]) == ("result", ["email", "sms"])
    assert said["ways"] == ["email:dead:smtp 550 5.1.1", "sms:dead:http 422"]
    (mail,) = await post.owner_was_told()
    assert (mail["recipient_id"], mail["channel"]) == (post.company.dealers[0].owner_id, "email")
    assert "邮件：邮箱不存在或拒收邮件。" in mail["body"]
    assert mail["link"] == f"{PUBLIC_URL}/cases/{case_id}"
    (inside,) = await post.company.connection.fetch(
        "SELECT * FROM app.notifications WHERE oem_id = $1 AND template = 'customer_unreached'",
        post.company.oem_id,
    )
    assert inside["membership_id"] == post.company.dealers[0].owner_id
    events = await post.company.connection.fetch(
        "SELECT state FROM app.events WHERE oem_id = $1 AND kind = 'customer.unreached'", post.company.oem_id
    )
    assert [each["state"] for each in events] == ["done", "done"]


async def test_a_customer_reached_by_one_of_two_channels_was_reached(post: Post) -> None:
    case_id = await post.told()
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    assert {each["state"] for each in await post.company.messages(template="result")} == {"sent", "dead"}
    assert await post.said(case_id) == []
    assert await post.owner_was_told() == []


async def test_while_another_channel_may_still_reach_him_nothing_is_said(post: Post) -> None:
    case_id = await post.told()
    post.sms.behaviour, post.mail.behaviour = Behaviour.REFUSE, Behaviour.TROUBLE
    await post.deliver()
    assert await post.said(case_id) == []
    post.mail.behaviour = Behaviour.REFUSE
    await post.deliver()
    assert len(await post.said(case_id)) == 1


async def test_a_failure_that_the_provider_tells_later_is_said_then(post: Post) -> None:
    """R4.4: taken by the provider is not received by the customer."""
    case_id = await post.told(email="")
    await post.deliver()
    (sms,) = await post.company.messages(template="result")
    assert (sms["state"], await post.said(case_id)) == ("sent", [])
    await tell_receipt(post, sms["idem_token"], "failed", "MOBILE_NOT_ON_SERVICE")
    (said,) = await post.said(case_id)
    assert said["ways"] == ["sms:dead:MOBILE_NOT_ON_SERVICE"]
    (mail,) = await post.owner_was_told()
    assert "短信：手机已关机" in mail["body"]


async def test_one_that_was_taken_back_or_waits_no_longer_is_not_said(post: Post) -> None:
    """R3.7: what the customer does without was not meant to arrive."""
    case_id = await post.told(email="")
    for reason in ("not_wanted", "overtaken"):
        await post.company.connection.execute(
            "UPDATE app.messages SET state = 'expired', last_error = $2 WHERE oem_id = $1",
            post.company.oem_id,
            reason,
        )
        await post.company.handle_events()
        await post.company.connection.execute("UPDATE app.messages SET state = 'queued'")
    assert await post.said(case_id) == []


async def test_what_could_not_leave_in_time_is_said(post: Post) -> None:
    """R4.4: a message that expires has told nobody."""
    case_id = await post.told(email="")
    await post.company.connection.execute("UPDATE app.messages SET expires_at = now()")
    await post.deliver()
    assert [each["ways"] for each in await post.said(case_id)] == [["sms:expired:"]]


async def test_what_was_held_for_too_long_is_said(post: Post) -> None:
    case_id = await post.told(email="")
    await post.company.connection.execute(
        "UPDATE app.messages SET state = 'held', held_for = 'quiet_hours',"
        " held_until = now() - interval '2 s', expires_at = now() - interval '1 s'"
    )
    await release_of_oem(post.company.oem_id, LINKS)
    await post.company.handle_events()
    assert [each["ways"] for each in await post.said(case_id)] == [["sms:expired:"]]


async def test_sent_again_in_vain_it_is_said_no_second_time(post: Post) -> None:
    case_id = await post.told(email="")
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    (sms,) = await post.company.messages(template="result")
    async with transaction(Scope.oem(post.company.oem_id)) as tx:
        assert await messages.requeue(tx, post.company.oem_id, sms["id"], timedelta(days=1))
    await post.deliver()
    assert len(await post.said(case_id)) == 1
    assert len(await post.owner_was_told()) == 1


async def test_the_next_message_that_does_not_arrive_is_said_for_itself(post: Post) -> None:
    case_id = await post.told(email="")
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    await happen(post.company, EventKind.CASE_RESULT_TOLD, case_id)
    await post.deliver()
    assert len(await post.said(case_id)) == 2


async def test_whoever_lost_the_lease_says_nothing(post: Post) -> None:
    """A record that is refused is no end."""
    case_id, oem_id = await post.told(email=""), post.company.oem_id
    async with transaction(Scope.system()) as tx:
        (late,) = await claim(tx, Lane(oem_id, MessageChannel.SMS), TEMPLATES, 10, timedelta(seconds=5))
    await post.deliver()
    async with transaction(Scope.system()) as tx:
        verdict = Verdict(state=MessageState.DEAD, error="http 422")
        assert await record(tx, oem_id, [(late, verdict)]) == frozenset()
    await post.company.handle_events()
    assert await post.said(case_id) == []


async def test_the_owner_of_the_case_it_is_handled_in_learns_of_a_merged_one(post: Post) -> None:
    """R1.7: every complainant is told, and somebody hears of each who was not."""
    owner = post.company.dealers[0].staff["service_manager"]
    into = await post.company.case(owner_id=owner, result="已更换阀体。")
    case_id = await post.company.case(
        state="merged",
        merged_into=into,
        merged_from="contacted",
        merged_clocks="[]",
        closed_at=LONG_AGO,
        email="",
    )
    await happen(post.company, EventKind.CASE_RESULT_TOLD, into)
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    assert await post.said(into) == []
    assert [each["channels"] for each in await post.said(case_id)] == [["sms"]]
    (mail,) = await post.owner_was_told()
    assert (mail["recipient_id"], mail["case_id"]) == (owner, case_id)


async def test_history_that_was_imported_is_nobodys_alarm(post: Post) -> None:
    case_id = await post.told(email="")
    await post.company.connection.execute("UPDATE app.cases SET historical = true WHERE id = $1", case_id)
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    assert await post.said(case_id) == []


async def test_where_the_owner_has_left_the_service_manager_is_told(post: Post) -> None:
    dealer = post.company.dealers[0]
    case_id = await post.told(email="")
    await post.company.connection.execute(
        "UPDATE app.memberships SET active = false WHERE id = $1", dealer.owner_id
    )
    post.sms.behaviour = Behaviour.REFUSE
    await post.deliver()
    assert len(await post.said(case_id)) == 1
    told = [each["recipient_id"] for each in await post.owner_was_told()]
    assert told == [dealer.staff["service_manager"]]


async def tell_receipt(post: Post, token: UUID, told: str, reason: str) -> None:
    """What a provider's receipt does, and what follows."""
    doors = await asyncpg.connect(post.app_url)
    try:
        async with doors.transaction():
            await doors.execute("SET LOCAL ROLE t_auth")
            await doors.execute("SELECT app.take_receipt($1, NULL, $2, now(), $3)", token, told, reason)
    finally:
        await doors.close()
    await post.company.handle_events()
