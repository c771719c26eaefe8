"""What customers do without: said by a link in the message, on the page of the case, and taken back there."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from shared.cases import service
from shared.cases.commands import ChooseMessages, ContactChannel, LogContact, Resolve
from shared.cases.customer_links import survey_generation
from shared.cases.queries import case_view
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import ChoiceWay
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.notifications.delivery import TEMPLATES
from shared.notifications.links import Links
from shared.notifications.service import requeue
from shared.outbox import messages
from shared.outbox.outcomes import Verdict
from shared.outbox.vocabulary import MessageChannel, MessageState
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.portal.conftest import LINKS, Portal
from tests.support.happening import settle

NO = {"wanted": "false"}
YES = {"wanted": "true"}


def choice(portal: Portal, case: CaseView, generation: int = 1) -> str:
    """The page behind the link in a message."""
    return LINKS.choice(portal.tenant.oem_id, case.id, generation).removeprefix("http://care.test")


async def wants(portal: Portal, case_id: UUID) -> bool:
    async with transaction(portal.tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return (await case_view(tx, portal.tenant.oem_id, case_id)).wants_messages


async def templates(portal: Portal, case: CaseView) -> set[str]:
    """What was written to the customer."""
    rows = await portal.owner.fetch("SELECT DISTINCT template FROM messages WHERE case_id = $1", case.id)
    return {row["template"] for row in rows}


async def tell_result(portal: Portal, case: CaseView) -> None:
    """The customer is told the result; what follows has happened."""
    manager = portal.tenant.actor(Role.SERVICE_MANAGER)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(manager, case.id, spoken, version=None)
    result = Resolve(result="已更换制动盘", told_via=ContactChannel.PHONE)
    await service.resolve(manager, case.id, result, version=None)
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))


async def test_the_link_in_a_survey_leads_to_the_choice_and_mail_programs_find_it(portal: Portal) -> None:
    """R5.1: opt-out for what is not required; the result carries no such link."""
    case = await portal.case(customer_email="")
    await tell_result(portal, case)
    rows = await portal.owner.fetch("SELECT template, choice_link FROM messages WHERE case_id = $1", case.id)
    links = {row["template"]: row["choice_link"] for row in rows}
    assert links["survey"] == f"http://care.test{choice(portal, case)}"
    assert links["result"] == ""
    page = await portal.client.get(choice(portal, case))
    assert page.status_code == 200
    assert "不再接收" in page.text
    assert "<script" not in page.text
    survey = LINKS.survey(portal.tenant.oem_id, case.id, survey_generation(1, 1))
    questions = await portal.client.get(survey.removeprefix("http://care.test"))
    assert f'href="{choice(portal, case)}"' in questions.text


async def test_a_customer_who_does_without_gets_no_survey_and_the_timeline_says_why(portal: Portal) -> None:
    """R5.1, R3.7: plan and result are told in any case."""
    case = await portal.case(customer_email="")
    answer = await portal.client.post(choice(portal, case), data=NO)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{choice(portal, case)}?done=choice")
    assert not await wants(portal, case.id)
    await tell_result(portal, case)
    sent = await portal.owner.fetch("SELECT DISTINCT template FROM messages WHERE case_id = $1", case.id)
    told = {row["template"] for row in sent}
    assert "result" in told
    assert "survey" not in told
    entries = await portal.owner.fetch(
        "SELECT kind, data::text FROM timeline_entries WHERE case_id = $1 ORDER BY at, id", case.id
    )
    kinds = [row["kind"] for row in entries]
    assert "choose_messages" in kinds
    assert ("customer_not_told", '{"channels": [], "template": "survey"}') in [tuple(row) for row in entries]
    clocks = await portal.owner.fetch("SELECT metric FROM clocks WHERE case_id = $1", case.id)
    assert "survey" not in {row["metric"] for row in clocks}


async def test_the_choice_behind_the_link_of_a_message_holds_at_every_dealer(portal: Portal) -> None:
    """R5.1: kept per customer and OEM; the person is known by his number, which the message proves."""
    phone = {"customer_phone": "13800007701", "customer_email": ""}
    here = await portal.case(**phone)
    there = await portal.case(dealer_id=portal.tenant.sibling, **phone)
    other = await portal.case(customer_email="")
    await portal.client.post(choice(portal, here), data=NO)
    assert [await wants(portal, each.id) for each in (here, there, other)] == [False, False, True]
    page = await portal.client.get(choice(portal, there))
    assert "您不再收到" in page.text
    await portal.client.post(choice(portal, there), data=YES)
    assert await wants(portal, here.id)
    actions = await portal.owner.fetch(
        "SELECT action, actor_kind FROM audit_entries WHERE entity_id = ANY ($1) AND action LIKE '%choose%'",
        [str(here.id), str(there.id)],
    )
    assert [tuple(row) for row in actions] == [("case.choose_messages", "customer")] * 2


async def test_a_choice_on_the_page_of_a_complaint_holds_for_that_complaint(portal: Portal) -> None:
    """R5.1, R9.1: anybody may complain under any number, and is led to such a page."""
    phone = {"customer_phone": "13800007704", "customer_email": "same@example.com"}
    own = await portal.case(**phone)
    strangers = await portal.case(**phone)
    answer = await portal.client.post(f"{portal.path(strangers)}/choice", data=NO)
    assert answer.headers["location"] == f"{portal.path(strangers)}?done=choice#choice"
    assert "您不再收到" in (await portal.client.get(portal.path(strangers))).text
    assert [await wants(portal, each.id) for each in (own, strangers)] == [True, False]
    await tell_result(portal, own)
    assert "survey" in await templates(portal, own)
    await tell_result(portal, strangers)
    assert "survey" not in await templates(portal, strangers)
    await portal.client.post(f"{portal.path(strangers)}/choice", data=YES)
    assert await wants(portal, strangers.id)


async def test_the_page_of_a_complaint_does_not_tell_what_the_number_chose_elsewhere(portal: Portal) -> None:
    """R9.1: nor does wanting the messages on it undo what the number's owner has said."""
    phone = {"customer_phone": "13800007705", "customer_email": ""}
    own = await portal.case(**phone)
    await portal.client.post(choice(portal, own), data=NO)
    strangers = await portal.case(**phone)
    before = await portal.client.get(portal.path(strangers))
    assert "您不再收到" not in before.text
    assert "您会收到" in before.text
    assert not await wants(portal, strangers.id)
    for said in (YES, NO, YES):
        await portal.client.post(f"{portal.path(strangers)}/choice", data=said)
        assert not await wants(portal, strangers.id)
        assert not await wants(portal, own.id)


async def test_who_got_the_link_takes_his_choice_back_on_the_page_for_that_complaint(portal: Portal) -> None:
    """R5.1: the page shows what was said on its complaint, by whatever way."""
    phone = {"customer_phone": "13800007706", "customer_email": ""}
    case, other = await portal.case(**phone), await portal.case(**phone)
    await portal.client.post(choice(portal, case), data=NO)
    assert "您不再收到" in (await portal.client.get(portal.path(case))).text
    await portal.client.post(f"{portal.path(case)}/choice", data=YES)
    assert [await wants(portal, each.id) for each in (case, other)] == [True, False]
    await portal.client.post(choice(portal, case), data=NO)
    assert not await wants(portal, case.id)


async def test_a_person_who_has_chosen_on_a_page_may_choose_everywhere_as_well(portal: Portal) -> None:
    """R5.1: the same answer by another way says more."""
    phone = {"customer_phone": "13800007707", "customer_email": ""}
    case, other = await portal.case(**phone), await portal.case(**phone)
    await portal.client.post(f"{portal.path(case)}/choice", data=NO)
    by_phone = ChooseMessages(wanted=False, via=ChoiceWay.PHONE)
    await service.choose_messages(portal.tenant.actor(Role.ADVISOR), case.id, by_phone, version=None)
    assert [await wants(portal, each.id) for each in (case, other)] == [False, False]


async def test_one_press_in_a_mail_program_is_enough_and_looking_changes_nothing(portal: Portal) -> None:
    """RFC 8058: programs follow links; only a POST is a choice, once however often it comes."""
    case = await portal.case(customer_email="one-click@example.com")
    for _ in range(2):
        assert (await portal.client.get(choice(portal, case))).status_code == 200
    assert await wants(portal, case.id)
    for _ in range(2):
        answer = await portal.client.post(choice(portal, case), data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b""), "a POST is led nowhere (RFC 8058, 3.1)"
    assert not await wants(portal, case.id)
    count = await portal.owner.fetchval("SELECT count(*) FROM customer_choices WHERE case_id = $1", case.id)
    assert count == 1


async def test_a_link_of_a_message_opens_nothing_else_and_ends_with_the_others(portal: Portal) -> None:
    """R9.1."""
    case = await portal.case(customer_email="")
    token = choice(portal, case).removeprefix("/m/")
    for path in (f"/t/{token}", f"/s/{token}", f"/m/{portal.path(case).removeprefix('/t/')}"):
        assert (await portal.client.get(path)).status_code == 404
    posted = await portal.client.post(choice(portal, case, generation=2), data=NO)
    assert posted.status_code == 404
    assert await wants(portal, case.id)


async def test_what_waits_for_the_morning_is_taken_back(portal: Portal) -> None:
    """R3.7: a survey that was held when the customer chose never leaves; his result does."""
    case = await portal.case(customer_phone="13800007702", customer_email="")
    await tell_result(portal, case)
    await portal.owner.execute(
        "UPDATE messages SET state = 'held', held_for = 'quiet_hours', held_until = $2 WHERE case_id = $1",
        case.id,
        utc_now() + timedelta(hours=1),
    )
    await portal.client.post(choice(portal, case), data=NO)
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))
    rows = await portal.owner.fetch(
        "SELECT template, state, last_error FROM messages WHERE case_id = $1 AND recipient_kind = 'customer'",
        case.id,
    )
    found = {row["template"]: (row["state"], row["last_error"]) for row in rows}
    assert found["survey"] == ("expired", "not_wanted")
    assert found["result"][0] == "held"


async def test_who_thinks_better_of_it_at_once_loses_nothing(portal: Portal) -> None:
    """R5.1: what is done late with the first answer asks for the present one."""
    case = await portal.case(customer_phone="13800007703", customer_email="")
    await tell_result(portal, case)
    for said in (NO, YES):
        await portal.client.post(choice(portal, case), data=said)
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))
    survey = await portal.owner.fetchrow(
        "SELECT state, last_error FROM messages WHERE case_id = $1 AND template = 'survey'", case.id
    )
    assert survey["state"] in {"queued", "held"}, "held by night"
    assert survey["last_error"] is None


async def test_the_link_of_a_message_shows_what_was_said_for_all_not_for_one_complaint(
    portal: Portal,
) -> None:
    """R5.1, R9.1: anybody may complain under any number, and choose on that complaint's page."""
    phone = {"customer_phone": "13800007709", "customer_email": ""}
    case = await portal.case(**phone)
    await portal.client.post(f"{portal.path(case)}/choice", data=NO)
    assert "您不再收到" not in (await portal.client.get(choice(portal, case))).text
    await portal.client.post(choice(portal, case), data=NO)
    await portal.client.post(f"{portal.path(case)}/choice", data=YES)
    assert "您不再收到" in (await portal.client.get(choice(portal, case))).text


async def test_a_choice_on_a_page_takes_back_what_waits_on_that_complaint_alone(portal: Portal) -> None:
    """R3.7: somebody else's survey leaves."""
    phone = {"customer_phone": "13800007708", "customer_email": ""}
    cases = [await portal.case(**phone) for _ in range(2)]
    for case in cases:
        await tell_result(portal, case)
    await portal.client.post(f"{portal.path(cases[0])}/choice", data=NO)
    await settle(portal.tenant.oem_id, cases[0].id, Links("http://console.test", LINKS))
    states = [
        await portal.owner.fetchval(
            "SELECT state FROM messages WHERE case_id = $1 AND template = 'survey'", case.id
        )
        for case in cases
    ]
    assert states[0] == "expired"
    assert states[1] in {"queued", "held"}, "held by night"


@pytest.mark.parametrize("ended", [MessageState.QUEUED, MessageState.DEAD, MessageState.SENT])
async def test_what_is_being_sent_when_the_customer_chooses_is_not_tried_again(
    portal: Portal, ended: MessageState
) -> None:
    """R3.7: what has left has left; what has failed ends there and nobody sends it again."""
    oem_id = portal.tenant.oem_id
    phone = f"138000077{20 + list(MessageState).index(ended)}"
    lane = messages.Lane(oem_id, MessageChannel.SMS)
    case = await portal.case(customer_phone=phone, customer_email="")
    await tell_result(portal, case)
    await portal.owner.execute(
        "UPDATE messages SET state = 'queued', next_attempt_at = now() WHERE case_id = $1", case.id
    )
    async with transaction(Scope.oem(oem_id)) as tx:
        claimed = await messages.claim(tx, lane, TEMPLATES, 100, timedelta(minutes=1))
    [survey] = [each for each in claimed if each.template == "survey" and phone in each.address]
    await portal.client.post(choice(portal, case), data=NO)
    await settle(oem_id, case.id, Links("http://console.test", LINKS))
    verdict = Verdict(state=ended, error="" if ended is MessageState.SENT else "http 503")
    async with transaction(Scope.oem(oem_id)) as tx:
        assert await messages.record(tx, oem_id, [(survey, verdict)])
    async with transaction(Scope.oem(oem_id)) as tx:
        again = await messages.claim(tx, lane, TEMPLATES, 100, timedelta(minutes=1))
    assert not [each for each in again if each.id == survey.id and each.state is MessageState.QUEUED]
    if ended is MessageState.SENT:
        return
    row = await portal.owner.fetchrow("SELECT state, last_error FROM messages WHERE id = $1", survey.id)
    state = MessageState.EXPIRED if ended is MessageState.QUEUED else ended
    assert tuple(row) == (state, "not_wanted")
    async with transaction(Scope.oem(oem_id)) as tx:
        assert not await messages.requeue(tx, oem_id, survey.id, timedelta(hours=1))


async def test_a_failed_survey_is_not_sent_again_by_hand_once_the_customer_does_without(
    portal: Portal,
) -> None:
    """R3.7, R5.1: whoever tries is told why; once the customer wants such messages again it goes."""
    case = await portal.case(customer_phone="13800007725", customer_email="")
    await tell_result(portal, case)
    await portal.owner.execute("UPDATE messages SET state = 'dead' WHERE case_id = $1", case.id)
    rows = await portal.owner.fetch(
        "SELECT template, id FROM messages WHERE case_id = $1 AND recipient_kind = 'customer'", case.id
    )
    failed = {row["template"]: row["id"] for row in rows}
    manager = portal.tenant.actor(Role.SERVICE_MANAGER)
    await portal.client.post(choice(portal, case), data=NO)
    with pytest.raises(Conflict) as refused:
        await requeue(manager, failed["survey"])
    assert refused.value.code == "message_not_wanted"
    assert (await requeue(manager, failed["result"])).state is MessageState.QUEUED, (
        "the result is always told"
    )
    await portal.client.post(choice(portal, case), data=YES)
    assert (await requeue(manager, failed["survey"])).state is MessageState.QUEUED


async def test_staff_record_what_they_were_told_and_no_link_is_theirs(portal: Portal) -> None:
    """R3.7: told on the telephone."""
    case = await portal.case(customer_phone="13800007703", customer_email="")
    advisor = portal.tenant.actor(Role.ADVISOR)
    by_phone = ChooseMessages(wanted=False, via=ChoiceWay.PHONE, note="INTERNAL 不想收短信")
    after = await service.choose_messages(advisor, case.id, by_phone, version=case.version)
    assert not after.wants_messages
    assert "INTERNAL" not in (await portal.client.get(portal.path(case))).text
    for way in (ChoiceWay.LINK, ChoiceWay.PAGE):
        with pytest.raises(Invalid):
            await service.choose_messages(
                advisor, case.id, ChooseMessages(wanted=True, via=way), version=None
            )


async def test_many_presses_are_refused_kindly(portal: Portal) -> None:
    case = await portal.case(customer_email="")
    answers: list[httpx.Response] = [
        await portal.client.post(choice(portal, case), data=NO if each % 2 else YES) for each in range(11)
    ]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"]
