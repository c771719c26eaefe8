"""Digests, quiet hours and limits: what is held back, for how long, and how it goes (issue 4, proofs.md)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases.default_rules import default_rule_set
from shared.cases.rules import ComplaintFacts, classify
from shared.cases.vocabulary import Channel
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, NotFound
from shared.escalation import digests
from shared.escalation.sweep import sweep
from shared.notifications.facts import case_facts
from shared.notifications.holding import MessagePolicy
from shared.notifications.outbound import Outbound
from shared.notifications.recipients import Recipient
from shared.notifications.releases import oems_with_held, release_of_oem
from shared.notifications.robots import service as robots
from shared.notifications.rules import Template
from shared.notifications.writing import case_notice, tell
from shared.outbox.events import EventKind, NewEvent, emit
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.web.locale import Locale
from tests.integration.tenancy.world import MAKERS, Place, insert
from tests.support.background import LINKS, PUBLIC_URL, Company
from tests.support.hooks import a_robot
from tests.support.waiting import eventually

MINUTE = timedelta(minutes=1)
GATHER = MessagePolicy(digest_minutes=5)
# Around the clock but for one minute that no test runs in twice.
QUIET = MessagePolicy(quiet_from="00:01", quiet_until="00:00")


def present() -> datetime:
    return datetime.now(UTC)


async def policy(company: Company, wanted: MessagePolicy, version: int = 1) -> None:
    body = msgspec.json.encode(wanted).decode()
    row = MAKERS["policies"](Place(company.oem_id, 0, 0)) | {
        "name": "messages",
        "body": body,
        "version": version,
    }
    await insert(company.connection, "policies", row)


CLASSIFIED = msgspec.json.encode(
    classify(default_rule_set(), ComplaintFacts(words="异响", channel=Channel.PHONE))
).decode()


async def late(company: Company, count: int, **values: object) -> list[UUID]:
    """Cases whose first contact is overdue, swept and handled."""
    due = present() - timedelta(seconds=5)
    cases: list[UUID] = []
    for _ in range(count):
        case_id = await company.case(classification=CLASSIFIED, **values)
        schedule = [due + minutes * MINUTE for minutes in (-30, -20, -10, 0, 30, 60)]
        await company.clock(case_id, schedule=schedule, next_at=due, step=4)
        cases.append(case_id)
    await sweep()
    await company.handle_events()
    return cases


async def pass_time(company: Company) -> None:
    """Let everything held have waited long enough."""
    await company.connection.execute(
        "UPDATE app.messages SET held_until = now() - interval '1 s',"
        " next_attempt_at = now() - interval '1 s' WHERE oem_id = $1 AND state = 'held'",
        company.oem_id,
    )


async def release(company: Company) -> int:
    return await release_of_oem(company.oem_id, LINKS)


def manager_of(company: Company) -> Actor:
    dealer = company.dealers[0]
    return Actor(
        kind=ActorKind.PERSON,
        role=Role.SERVICE_MANAGER,
        scope=Scope.dealer(company.oem_id, dealer.id),
        name="经理测试",
        id=dealer.staff["service_manager"],
    )


def administrator(company: Company) -> Actor:
    scope = Scope.oem(company.oem_id)
    return Actor(ActorKind.PERSON, Role.ADMINISTRATOR, scope, "管理员测试", company.administrator)


async def test_a_manager_with_thirty_breaches_gets_one_message(company: Company) -> None:
    """Issue 4, R4.2: one digest instead of thirty messages, by each channel; each stays in the log."""
    await policy(company, GATHER)
    await late(company, 30)
    assert {row["state"] for row in await company.messages()} == {"held"}
    assert await release(company) == 0, "their time has not come"
    await pass_time(company)
    async with transaction(Scope.system()) as tx:
        assert company.oem_id in await oems_with_held(tx)
    assert await release(company) == 4, "the owner and the manager, by SMS and e-mail"
    manager = company.dealers[0].staff["service_manager"]
    mail, sms = await company.messages(recipient_id=manager, template="digest")
    assert (mail["channel"], mail["state"], mail["expires_at"] > present()) == ("email", "queued", True)
    assert mail["subject"] == "30条时限提醒：30条已超时，0条预警"
    assert mail["link"] == f"{PUBLIC_URL}/digests/{mail['digest_id']}"
    assert "您有30条时限提醒" in sms["body"]
    told = await company.messages(recipient_id=manager, template="breach", digest_id=mail["digest_id"])
    assert len(told) == 30
    assert {row["state"] for row in told} == {"digested"}
    assert await release(company) == 0


async def test_a_group_with_thirty_breaches_hears_one_message_with_a_way_to_the_cases(
    company: Company,
) -> None:
    """Issue 4: robots are muted that speak more than twenty times in a minute."""
    await robots.add(administrator(company), a_robot(), Outbound())
    await policy(company, GATHER)
    await late(company, 30)
    told = await company.messages(channel="chat")
    assert [(row["template"], row["state"], row["held_for"]) for row in told] == [
        ("breach", "held", "digest")
    ] * 30
    await pass_time(company)
    await release(company)
    (one,) = await company.messages(channel="chat", state="queued")
    assert (one["template"], one["recipient_kind"], one["address"]) == ("digest", "group", told[0]["address"])
    assert one["subject"] == "30条时限提醒：30条已超时，0条预警"
    assert one["link"] == f"{PUBLIC_URL}/cases", "a list to acknowledge is a person's own"
    assert len(one["body"].splitlines()) == 10
    assert len(one["body"].encode()) < 1_900, "WeCom takes 2,048, the link and the subject included"
    assert len(await company.messages(channel="chat", digest_id=one["digest_id"], state="digested")) == 30


async def test_what_is_urgent_is_told_to_a_group_at_once(company: Company) -> None:
    await robots.add(administrator(company), a_robot(), Outbound())
    await policy(company, GATHER)
    await late(company, 1, urgency="urgent")
    assert {row["state"] for row in await company.messages(channel="chat")} == {"queued"}


async def test_a_single_one_goes_as_it_is(company: Company) -> None:
    await policy(company, GATHER)
    await late(company, 1)
    await pass_time(company)
    await release(company)
    assert {(row["template"], row["state"]) for row in await company.messages()} == {("breach", "queued")}


@pytest.mark.parametrize("values", [{"urgency": "urgent"}, {"major": True}])
async def test_what_is_urgent_or_major_never_waits(company: Company, values: dict[str, object]) -> None:
    """proofs.md: quiet hours and digests for people, except safety."""
    await policy(company, msgspec.structs.replace(GATHER, quiet_from="00:01", quiet_until="00:00"))
    await late(company, 2, **values)
    assert {(row["template"], row["state"]) for row in await company.messages()} == {("breach", "queued")}


async def test_without_a_policy_nothing_waits(company: Company) -> None:
    await late(company, 2)
    assert {row["state"] for row in await company.messages()} == {"queued"}


async def test_one_to_whom_everything_was_told_in_a_digest_acknowledges_there(company: Company) -> None:
    """Issue 4: the link of the digest opens a list in which each can be acknowledged."""
    await policy(company, GATHER)
    first, *_ = await late(company, 3)
    await pass_time(company)
    await release(company)
    manager = manager_of(company)
    (mail, _) = await company.messages(recipient_id=manager.id, template="digest")
    listed = await digests.digest(manager, mail["digest_id"])
    assert [(each.metric, each.step, each.waits) for each in listed] == [
        ("first_contact", "level_1", True)
    ] * 3
    assert await digests.acknowledge(manager, mail["digest_id"], first) == 1
    listed = await digests.digest(manager, mail["digest_id"])
    assert [each.waits for each in listed] == [True, True, False]
    assert listed[-1].acknowledged_name == "经理测试"
    assert await digests.acknowledge(manager, mail["digest_id"]) == 2
    with pytest.raises(Conflict, match="nothing_to_acknowledge"):
        await digests.acknowledge(manager, mail["digest_id"])
    stopped = await company.connection.fetchval(
        "SELECT count(*) FROM app.clocks WHERE oem_id = $1 AND acknowledged_at IS NOT NULL", company.oem_id
    )
    assert stopped == 3


async def test_a_digest_is_its_readers_alone(company: Company) -> None:
    await policy(company, GATHER)
    await late(company, 2)
    await pass_time(company)
    await release(company)
    manager = manager_of(company)
    (mail, _) = await company.messages(recipient_id=manager.id, template="digest")
    for someone in (company.dealers[0].owner_id, uuid4()):
        other = Actor(manager.kind, manager.role, manager.scope, "顾问", someone)
        with pytest.raises(NotFound, match="digest_not_found"):
            await digests.digest(other, mail["digest_id"])


async def test_in_quiet_hours_an_sms_waits_for_the_morning_and_mail_does_not(company: Company) -> None:
    """proofs.md: quiet hours for people."""
    await policy(company, QUIET)
    await late(company, 1)
    by_channel = {(row["channel"], row["state"], row["held_for"]) for row in await company.messages()}
    assert by_channel == {("sms", "held", "quiet_hours"), ("email", "queued", None)}
    sms = (await company.messages(channel="sms"))[0]
    assert sms["expires_at"] - sms["held_until"] == timedelta(days=1), "its lifetime begins in the morning"


async def test_a_customer_is_not_told_more_often_than_the_limit_allows(company: Company) -> None:
    """Issue 4: per-number and per-case limits; what was held stays visible."""
    await policy(company, MessagePolicy(most_per_number=2))
    for _ in range(3):
        case_id = await company.case()
        async with transaction(Scope.oem(company.oem_id)) as tx:
            event = NewEvent(
                kind=EventKind.CASE_RESULT_TOLD, dealer_id=company.dealers[0].id, case_id=case_id
            )
            await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()
    sms = await company.messages(template="result", channel="sms")
    assert sorted((row["state"], row["held_for"]) for row in sms) == [
        ("held", "limit"),
        ("queued", None),
        ("queued", None),
    ]
    (waits,) = [row for row in sms if row["state"] == "held"]
    assert waits["held_until"] - present() > timedelta(hours=23)
    assert len(await company.messages(template="result", channel="email", state="queued")) == 3
    await pass_time(company)
    await release(company)
    (still,) = await company.messages(template="result", channel="sms", state="held")
    assert still["held_until"] > present(), "the number has had its share still"
    await company.connection.execute("UPDATE app.messages SET created_at = now() - interval '25 hours'")
    await pass_time(company)
    await release(company)
    assert {row["state"] for row in await company.messages(channel="sms", template="result")} == {"queued"}


async def test_two_workers_at_once_do_not_exceed_a_limit_together(company: Company) -> None:
    """Issue 4: whoever comes second counts what the first has written."""
    await policy(company, MessagePolicy(most_per_number=1))
    first, second = [await company.case(phone="+8613800009999") for _ in range(2)]
    scope = Scope.oem(company.oem_id)

    async def tell_result(tx: Transaction, case_id: UUID) -> None:
        facts = await case_facts(tx, company.oem_id, case_id)
        values = {"result": "已修复", "found": "", "advice": ""}
        notice = case_notice(
            Template.RESULT,
            facts,
            {**facts.for_customer(), **values},
            link="https://owner.example/t/1",
            cause=case_id,
        )
        reached = Recipient(
            id=facts.customer_id,
            kind=RecipientKind.CUSTOMER,
            name="张测试",
            locale=Locale.ZH_CN,
            addresses={MessageChannel.SMS: facts.customer_phone},
        )
        await tell(tx, company.oem_id, notice, [reached])

    has_told = asyncio.Event()

    async def tell_later() -> None:
        await has_told.wait()
        async with transaction(scope) as tx:
            await tell_result(tx, second)

    async def waits_or_is_done() -> bool:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return other.done() or await company.connection.fetchval(waiting) > 0

    other = asyncio.create_task(tell_later())
    async with transaction(scope) as tx:
        await tell_result(tx, first)
        has_told.set()
        await eventually(waits_or_is_done, "the second counts")
    await other
    rows = await company.messages(template="result", channel="sms")
    assert sorted((row["state"], row["held_for"]) for row in rows) == [("held", "limit"), ("queued", None)]


async def test_the_customer_of_one_case_is_not_told_more_often_than_its_limit_and_another_is(
    company: Company,
) -> None:
    """Issue 4: per-case limits, by whatever channel."""
    await policy(company, MessagePolicy(most_per_case=2))
    much, little = await company.case(), await company.case()
    for case_id in (much, much, little):
        async with transaction(Scope.oem(company.oem_id)) as tx:
            event = NewEvent(
                kind=EventKind.CASE_RESULT_TOLD, dealer_id=company.dealers[0].id, case_id=case_id
            )
            await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()
    rows = await company.messages(template="result")
    of = {case_id: [row for row in rows if row["case_id"] == case_id] for case_id in (much, little)}
    assert sorted((row["state"], row["held_for"]) for row in of[much]) == [
        ("held", "limit"),
        ("held", "limit"),
        ("queued", None),
        ("queued", None),
    ]
    assert {row["state"] for row in of[little]} == {"queued"}


async def test_what_a_limit_lets_go_at_night_waits_for_the_morning(company: Company) -> None:
    """Issue 4: limits and quiet hours, both at once; plan and result, too, once they have waited anyway."""
    await policy(company, MessagePolicy(most_per_number=1))
    for _ in range(2):
        case_id = await company.case()
        async with transaction(Scope.oem(company.oem_id)) as tx:
            event = NewEvent(
                kind=EventKind.CASE_RESULT_TOLD, dealer_id=company.dealers[0].id, case_id=case_id
            )
            await emit(tx, company.oem_id, await tx.now(), event)
    await company.handle_events()
    (limited,) = await company.messages(template="result", channel="sms", state="held")
    assert limited["quiet_zone"]
    await policy(company, QUIET, version=2)
    await pass_time(company)
    await release(company)
    (still,) = await company.messages(template="result", channel="sms", state="held")
    assert (still["held_for"], still["held_until"] > present()) == ("quiet_hours", True)
    assert still["expires_at"] > still["held_until"]


async def test_a_regional_manager_reads_messages_in_the_language_of_his_profile(company: Company) -> None:
    """Issue 4: language of the recipient."""
    await company.connection.execute(
        "UPDATE app.memberships SET locale = 'en' WHERE id = $1", company.dealers[0].staff["service_manager"]
    )
    await policy(company, GATHER)
    await late(company, 2)
    await pass_time(company)
    await release(company)
    mail, _ = await company.messages(
        recipient_id=company.dealers[0].staff["service_manager"], template="digest"
    )
    assert (mail["locale"], mail["subject"]) == ("en", "2 promises need you: 2 overdue, 0 warnings")


async def test_what_was_done_meanwhile_calls_nobody_any_more(company: Company) -> None:
    """proofs.md: no escalation after the promise was kept; its lateness is still told, by e-mail (R4.4)."""
    await policy(company, GATHER)
    await late(company, 1)
    await company.connection.execute(
        "UPDATE app.clocks SET state = 'met', met_at = now(), next_at = NULL WHERE oem_id = $1",
        company.oem_id,
    )
    await pass_time(company)
    await release(company)
    left = {(row["channel"], row["state"]) for row in await company.messages(template="breach")}
    assert left == {("email", "queued"), ("sms", "expired")}
