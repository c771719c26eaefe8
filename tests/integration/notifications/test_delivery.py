"""Messages on their way: claimed, sent by real channels, recorded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.db.engine import transaction
from shared.notifications import delivery
from shared.notifications.channels.sms_gateway import SmsGateway
from shared.notifications.channels.smtp import CONNECTIONS, SmtpChannel
from shared.outbox.messages import NewMessage, write
from shared.outbox.outcomes import Sent
from shared.outbox.vocabulary import Delivery, MessageChannel
from shared.settings import SmtpSettings
from shared.tenancy import Scope
from tests.support.background import Company
from tests.support.channels import connected
from tests.support.outbox import deliver_all, new_message
from tests.support.providers import Behaviour, Provider, sms_gateway, smtp_server

LINK = "https://console.example.com/cases/1"


@dataclass
class Ways:
    channels: delivery.Channels
    mail: Provider
    sms: Provider


@pytest.fixture
async def ways() -> AsyncIterator[Ways]:
    async with smtp_server() as mail, sms_gateway() as sms:
        smtp = SmtpChannel(SmtpSettings(host="127.0.0.1", port=mail.port), 2.0)
        gateway = SmsGateway(f"http://127.0.0.1:{sms.port}/sms", "secret", 2.0)
        yield Ways({MessageChannel.EMAIL: smtp, MessageChannel.SMS: gateway}, mail, sms)
        await smtp.close()
        await gateway.close()


def sms_message(**values: object) -> NewMessage:
    return new_message(channel=MessageChannel.SMS, address="+8613800001234", **values)


async def queue(company: Company, *new: NewMessage) -> None:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await write(tx, company.oem_id, new)


async def test_both_channels_send_what_was_written_with_its_link(company: Company, ways: Ways) -> None:
    await queue(
        company, new_message(link=LINK, body="第一段\n\n第二段"), sms_message(link=LINK, body="【回音】内容")
    )
    assert await deliver_all(company.oem_id, ways.channels) == 2
    assert await deliver_all(company.oem_id, ways.channels) == 0
    by_channel = {row["channel"]: row for row in await company.messages()}
    assert {row["state"] for row in by_channel.values()} == {"sent"}
    assert ways.sms.taken == [(str(by_channel["sms"]["idem_token"]), f"【回音】内容 {LINK}")]
    ((token, text),) = ways.mail.taken
    assert token == str(by_channel["email"]["idem_token"])
    assert text.split() == ["第一段", "第二段", LINK]
    html = ways.mail.requests[0].get_body(("html",)).get_content()
    assert f'href="{LINK}"' in html
    assert by_channel["sms"]["provider_ref"] == "42"


async def test_a_lost_answer_is_repeated_under_the_same_token_and_arrives_once(
    company: Company, ways: Ways
) -> None:
    await queue(company, sms_message())
    ways.sms.behaviour = Behaviour.TAKE_AND_DROP
    await deliver_all(company.oem_id, ways.channels)
    (row,) = await company.messages()
    assert (row["state"], row["attempts"]) == ("queued", 1)
    ways.sms.behaviour = Behaviour.TAKE
    await company.connection.execute("UPDATE app.messages SET next_attempt_at = now()")
    await deliver_all(company.oem_id, ways.channels)
    assert ways.sms.tokens == [str(row["idem_token"])]
    assert [row["state"] for row in await company.messages()] == ["sent"]


async def test_at_most_once_with_a_lost_answer_is_unknown_and_not_repeated(
    company: Company, ways: Ways
) -> None:
    await queue(company, new_message(delivery=Delivery.AT_MOST_ONCE))
    ways.mail.behaviour = Behaviour.TAKE_AND_DROP
    await deliver_all(company.oem_id, ways.channels)
    (row,) = await company.messages()
    assert (row["state"], len(ways.mail.taken)) == ("unknown", 1)
    assert await deliver_all(company.oem_id, ways.channels) == 0


async def test_a_refused_message_is_dead_with_its_reason_and_hinders_no_other(
    company: Company, ways: Ways
) -> None:
    await queue(company, sms_message(), new_message())
    ways.sms.behaviour = Behaviour.REFUSE
    await deliver_all(company.oem_id, ways.channels)
    by_channel = {row["channel"]: row for row in await company.messages()}
    assert (by_channel["sms"]["state"], by_channel["sms"]["last_error"]) == ("dead", "http 422")
    assert by_channel["email"]["state"] == "sent"


async def test_throttling_is_obeyed(company: Company, ways: Ways) -> None:
    await queue(company, sms_message())
    ways.sms.behaviour, ways.sms.retry_after = Behaviour.THROTTLE, "120"
    await deliver_all(company.oem_id, ways.channels)
    (row,) = await company.messages()
    assert row["state"] == "queued"
    assert row["next_attempt_at"] - datetime.now(UTC) > timedelta(seconds=100)


async def test_a_provider_is_asked_before_a_message_is_repeated(company: Company) -> None:
    async with connected("aliyun") as pair:
        await queue(company, sms_message())
        channels = {MessageChannel.SMS: pair.channel}
        await company.connection.execute("UPDATE app.messages SET attempts = 1")
        (row,) = await company.messages()
        pair.provider.taken.append((str(row["idem_token"]), "taken by a worker that never came back"))
        await deliver_all(company.oem_id, channels)
    assert [row["state"] for row in await company.messages()] == ["sent"]
    assert len(pair.provider.taken) == 1


async def test_a_provider_is_asked_after_an_answer_that_was_lost(company: Company) -> None:
    async with connected("aliyun") as pair:
        await queue(company, sms_message(delivery=Delivery.AT_MOST_ONCE))
        pair.provider.behaviour = Behaviour.TAKE_AND_DROP
        await deliver_all(company.oem_id, {MessageChannel.SMS: pair.channel})
    assert [row["state"] for row in await company.messages()] == ["sent"]
    assert (len(pair.provider.taken), pair.provider.asked) == (1, 1)


async def test_without_a_gateway_an_sms_waits_and_says_why(company: Company, ways: Ways) -> None:
    await queue(company, sms_message())
    mail_only = {MessageChannel.EMAIL: ways.channels[MessageChannel.EMAIL]}
    await deliver_all(company.oem_id, mail_only)
    (row,) = await company.messages()
    assert (row["state"], row["last_error"]) == ("queued", "channel_not_configured")


async def out_for(company: Company, ways: Ways, outage: timedelta) -> timedelta:
    """Try as time passes, until the outage is over or nothing is queued; how long that was."""
    passed = timedelta(0)
    while passed < outage:
        await deliver_all(company.oem_id, ways.channels)
        waits = [row["next_attempt_at"] - datetime.now(UTC) for row in await company.messages(state="queued")]
        if not waits:
            break
        step = max(*waits, timedelta(seconds=1))
        await company.connection.execute(
            "UPDATE app.messages SET next_attempt_at = next_attempt_at - $2::interval,"
            " expires_at = expires_at - $2::interval WHERE oem_id = $1",
            company.oem_id,
            step,
        )
        passed += step
    return passed


@pytest.mark.parametrize("trouble", [Behaviour.TROUBLE, Behaviour.THROTTLE])
async def test_what_is_required_outlives_an_outage_of_hours(
    company: Company, ways: Ways, trouble: Behaviour
) -> None:
    """R4.4: mail and SMS away for two hours cost no breach, no plan and no result."""
    day = datetime.now(UTC) + timedelta(days=1)
    await queue(
        company,
        sms_message(template="breach", expires_at=day),
        new_message(template="breach", expires_at=day),
        sms_message(template="plan", expires_at=day + timedelta(days=2)),
    )
    ways.sms.behaviour = ways.mail.behaviour = trouble
    assert await out_for(company, ways, timedelta(hours=2)) < timedelta(hours=2.8)
    assert {row["state"] for row in await company.messages()} == {"queued"}
    ways.sms.behaviour = ways.mail.behaviour = Behaviour.TAKE
    await deliver_all(company.oem_id, ways.channels)
    assert {row["state"] for row in await company.messages()} == {"sent"}
    assert (len(ways.sms.tokens), len(ways.mail.tokens)) == (2, 1)


async def test_what_is_never_taken_ends_with_its_life_and_not_before(company: Company, ways: Ways) -> None:
    await queue(company, sms_message(expires_at=datetime.now(UTC) + timedelta(hours=9)))
    ways.sms.behaviour = Behaviour.TROUBLE
    assert await out_for(company, ways, timedelta(days=2)) > timedelta(hours=9)
    (row,) = await company.messages()
    assert (row["state"], row["last_error"]) == ("expired", "http 503")


async def test_an_expired_message_never_leaves(company: Company, ways: Ways) -> None:
    await queue(company, sms_message(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    await deliver_all(company.oem_id, ways.channels)
    assert ways.sms.requests == []
    assert [row["state"] for row in await company.messages()] == ["expired"]


async def test_a_try_ends_at_the_expiry_of_its_message(company: Company, ways: Ways) -> None:
    await queue(company, sms_message(expires_at=datetime.now(UTC) + timedelta(seconds=0.5)))
    ways.sms.behaviour = Behaviour.HANG
    started = asyncio.get_running_loop().time()
    await deliver_all(company.oem_id, ways.channels)
    assert asyncio.get_running_loop().time() - started < 1.5


async def test_a_slow_message_does_not_hold_up_the_others_of_its_batch(company: Company, ways: Ways) -> None:
    await queue(company, *(sms_message() for _ in range(10)), *(new_message() for _ in range(10)))
    ways.sms.behaviour = Behaviour.HANG
    work = asyncio.create_task(deliver_all(company.oem_id, ways.channels))
    while len(ways.mail.taken) < 10:
        assert not work.done()
        await asyncio.sleep(0.01)
    await work
    assert {row["state"] for row in await company.messages(channel="sms")} == {"queued"}


async def test_mails_that_find_no_free_connection_have_not_been_tried(company: Company) -> None:
    """A mail server that hangs costs those a try that it hangs with; the others go to whoever is free."""
    async with smtp_server() as mail:
        smtp = SmtpChannel(SmtpSettings(host="127.0.0.1", port=mail.port), 1.0)
        await queue(company, *(new_message() for _ in range(delivery.BATCH[MessageChannel.EMAIL])))
        mail.behaviour = Behaviour.HANG
        await deliver_all(company.oem_id, {MessageChannel.EMAIL: smtp})
        rows = await company.messages(state="queued")
        assert sorted(row["attempts"] for row in rows) == [0] * CONNECTIONS + [1] * CONNECTIONS
        untried = [row for row in rows if not row["attempts"]]
        assert {(row["last_error"], row["lease_token"]) for row in untried} == {(None, None)}
        mail.behaviour = Behaviour.TAKE
        mail.released.set()
        again = await deliver_all(company.oem_id, {MessageChannel.EMAIL: smtp})
        assert again == CONNECTIONS, "at once, without a wait"
        assert set(mail.tokens) >= {str(row["idem_token"]) for row in untried}
        await smtp.close()


async def test_two_workers_send_each_message_once(
    company: Company, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(delivery.BATCH, MessageChannel.SMS, 7)
    await queue(company, *(sms_message() for _ in range(50)))
    await asyncio.gather(*(deliver_all(company.oem_id, ways.channels) for _ in range(10)))
    assert len(ways.sms.requests) == 50
    assert {row["state"] for row in await company.messages()} == {"sent"}


async def test_what_a_fault_in_a_channel_leaves_is_recorded(
    company: Company, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ways.channels[MessageChannel.SMS], "send", fail)
    await queue(company, sms_message(), new_message())
    await deliver_all(company.oem_id, ways.channels)
    by_channel = {row["channel"]: row for row in await company.messages()}
    assert by_channel["sms"]["last_error"] == "channel_failed: ZeroDivisionError"
    assert by_channel["email"]["state"] == "sent"


async def test_an_answer_that_the_database_cannot_hold_does_not_cost_the_batch_its_record(
    company: Company, ways: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail servers answer in GBK, too: those bytes are no text in UTF-8."""

    async def answer(*_: object) -> Sent:
        return Sent("42 \udcbd\udcd3\x00 kept")

    monkeypatch.setattr(ways.channels[MessageChannel.EMAIL], "send", answer)
    await queue(company, sms_message(), new_message())
    await deliver_all(company.oem_id, ways.channels)
    by_channel = {row["channel"]: row for row in await company.messages()}
    assert {row["state"] for row in by_channel.values()} == {"sent"}
    assert by_channel["email"]["provider_ref"] == "42  kept"


def test_a_lease_outlives_every_try() -> None:
    slow = SmsGateway("http://127.0.0.1/sms", "secret", 10.0)
    assert delivery.lease({MessageChannel.SMS: slow}) > timedelta(seconds=20)
