"""What the customer is told at the end, in its parts (R3.7)."""

from datetime import timedelta

from shared.cases import service
from shared.cases.commands import Classify, ContactChannel, Judge, Reopen, Resolve
from shared.cases.vocabulary import Kind
from shared.cases.work_vocabulary import Verdict
from shared.permissions import Role
from tests.integration.cases.test_search import found as found_by
from tests.integration.cases.walking import CAUSE, NOON, SPOKEN, TOLD, history, new_case, walk
from tests.support.tenant import Tenant

IN_PARTS = Resolve(
    result="已更换球头，路试正常",
    told_via=ContactChannel.PHONE,
    found="左前球头磨损\r\n间隙0.8毫米",
    advice="五千公里后来店复检",
)


async def test_found_solution_and_advice_stand_by_themselves_on_case_and_timeline(tenant: Tenant):
    """R3.7: at the end what was found, the solution, further advice."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    case = await walk(manager, case.id, SPOKEN, IN_PARTS)
    assert (case.found, case.result, case.advice) == (
        "左前球头磨损\n间隙0.8毫米",
        IN_PARTS.result,
        IN_PARTS.advice,
    )
    [told] = [each for each in await history(tenant, case.id) if each.kind == "resolve"]
    assert (told.text, told.data) == (
        IN_PARTS.result,
        {"told_via": "phone", "found": case.found, "advice": IN_PARTS.advice},
    )
    for words in ("球头磨损", "来店复检"):
        assert case.id in await found_by(manager.scope, words), words


async def test_the_parts_may_be_left_out_and_a_new_cycle_knows_them_no_more(tenant: Tenant):
    """R3.3, R3.7."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN, IN_PARTS, CAUSE)
    again = await service.reopen(
        manager, case.id, Reopen(reason="再次异响"), version=None, as_of=NOON + timedelta(days=1)
    )
    assert (again.found, again.result, again.advice) == ("", "", "")
    case = await walk(manager, case.id, TOLD, at=NOON + timedelta(days=2))
    assert (case.found, case.result, case.advice) == ("", TOLD.result, "")


async def test_a_verdict_leaves_nothing_of_an_earlier_result(tenant: Tenant):
    """R3.7: the reply to a suggestion is all that its customer is told."""
    manager = tenant.actor(Role.SERVICE_MANAGER)
    case = await new_case(tenant)
    await walk(manager, case.id, SPOKEN, IN_PARTS)
    await service.reopen(manager, case.id, Reopen(reason="另有建议"), version=None, as_of=NOON)
    await service.classify(
        manager, case.id, Classify(kind=Kind.SUGGESTION, reason="建议"), version=None, as_of=NOON
    )
    reply = Judge(verdict=Verdict.ROADMAP, reply="感谢您的建议", told_via=ContactChannel.PHONE)
    case = await service.judge(manager, case.id, reply, version=None, as_of=NOON)
    assert (case.found, case.result, case.advice) == ("", reply.reply, "")
