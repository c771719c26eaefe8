"""The customer answers by his link: once, without scripts, in his language (R5.1)."""

import asyncio

from shared.cases import service
from shared.cases.commands import ContactChannel, LogContact, Reopen, Resolve
from shared.cases.customer_links import survey_generation
from shared.cases.views import CaseView
from shared.notifications.links import Links
from shared.permissions import Role
from tests.integration.portal.conftest import LINKS, Portal
from tests.support.happening import settle

GOOD = {"q_attitude": "5", "q_speed": "4", "q_solution": "4", "q_solved": "yes", "q_informed": "told"}
BAD = {**GOOD, "q_solved": "no", "q_advice": "方向盘还在抖"}


async def told(portal: Portal, words: str = "制动时方向盘抖动。") -> CaseView:
    """A case whose customer has been told the result and was sent the survey."""
    case = await portal.case(words)
    manager = portal.tenant.actor(Role.SERVICE_MANAGER)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(manager, case.id, spoken, version=None)
    result = Resolve(result="已更换制动盘", told_via=ContactChannel.PHONE)
    case = await service.resolve(manager, case.id, result, version=None)
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))
    return case


def path(portal: Portal, case: CaseView, cycle: int = 1) -> str:
    generation = survey_generation(1, cycle)
    return LINKS.survey(portal.tenant.oem_id, case.id, generation).removeprefix("http://care.test")


async def test_the_link_of_the_message_opens_the_questions(portal: Portal) -> None:
    """R5.1: by SMS or e-mail link."""
    case = await told(portal)
    links = await portal.owner.fetch(
        "SELECT link FROM messages WHERE case_id = $1 AND template = 'survey'", case.id
    )
    assert {each["link"] for each in links} == {f"http://care.test{path(portal, case)}"}
    assert len(links) == 2
    page = (await portal.client.get(path(portal, case))).text
    assert "您对处理结果是否满意？" in page
    assert case.number in page
    assert "<script" not in page


async def test_the_questions_are_in_the_customers_language(portal: Portal) -> None:
    case = await told(portal, "Steering wheel shakes when braking.")
    assert "How satisfied are you with the result?" in (await portal.client.get(path(portal, case))).text


async def test_answers_are_kept_once(portal: Portal) -> None:
    """R5.1: single use, also for many at the same moment."""
    case = await told(portal)
    tries = await asyncio.gather(*(portal.client.post(path(portal, case), data=GOOD) for _ in range(4)))
    assert sorted(each.status_code for each in tries) == [303, 409, 409, 409]
    page = await portal.client.get(path(portal, case))
    assert "谢谢您" in page.text
    assert "q_solution" not in page.text
    assert "回电" not in page.text
    row = await portal.owner.fetchrow("SELECT * FROM surveys WHERE case_id = $1", case.id)
    assert row is not None
    assert (row["answered_via"], row["satisfied_with_result"]) == ("link", True)
    state = await portal.owner.fetchval("SELECT state FROM cases WHERE id = $1", case.id)
    assert state == "surveyed"


async def test_who_is_not_satisfied_is_told_of_the_call_back_and_gets_it(portal: Portal) -> None:
    """R5.3."""
    case = await told(portal)
    assert (await portal.client.post(path(portal, case), data=BAD)).status_code == 303
    assert "会尽快给您回电" in (await portal.client.get(path(portal, case))).text
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))
    call = await portal.owner.fetchrow("SELECT * FROM follow_up_calls WHERE case_id = $1", case.id)
    assert call is not None
    assert (call["kind"], call["reason"]) == ("callback", "方向盘还在抖")


async def test_what_is_missing_is_named_and_what_was_chosen_stays(portal: Portal) -> None:
    case = await told(portal)
    answer = await portal.client.post(path(portal, case), data={**GOOD, "q_solved": "", "q_advice": "好"})
    assert answer.status_code == 422
    assert 'id="q_solved-error"' in answer.text
    assert 'name="q_attitude" value="5" checked' in answer.text
    assert ">好</textarea>" in answer.text


async def test_a_link_holds_for_its_round_and_its_purpose_only(portal: Portal) -> None:
    """R5.1: single use."""
    case = await told(portal)
    as_tracking = portal.path(case).replace("/t/", "/s/")
    assert (await portal.client.get(as_tracking)).status_code == 404
    assert (await portal.client.get(path(portal, case, cycle=2))).status_code == 404
    assert (await portal.client.get("/s/made-up")).status_code == 404
    again = Reopen(reason="异响再次出现")
    await service.reopen(portal.tenant.actor(Role.SERVICE_MANAGER), case.id, again, version=None)
    assert (await portal.client.post(path(portal, case), data=GOOD)).status_code == 409
    await settle(portal.tenant.oem_id, case.id, Links("http://console.test", LINKS))
    assert "此调查已结束" in (await portal.client.get(path(portal, case))).text
    await portal.owner.execute("UPDATE cases SET link_generation = 2 WHERE id = $1", case.id)
    assert (await portal.client.get(path(portal, case))).status_code == 404
