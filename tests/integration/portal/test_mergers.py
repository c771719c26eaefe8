"""The tracking pages of two complaints that are handled as one: each customer keeps his own (R1.7)."""

from shared.cases import service
from shared.cases.commands import Close, ContactChannel, LogContact, Merge, Resolve, Unmerge
from shared.cases.views import CaseView
from shared.cases.work_commands import Plan
from shared.permissions import Role
from tests.integration.portal.conftest import Portal

TOGETHER = "另有客户就同一问题投诉"


async def merged_pair(portal: Portal) -> tuple[CaseView, CaseView]:
    """The case that goes on, and the one merged into it, whose customer is somebody else."""
    case = await portal.case("低速转向异响。")
    merged = await portal.case("转向时有响声。", customer_name="李测试")
    command = Merge(into_id=case.id, reason="INTERNAL 同一车辆")
    return case, await service.merge(
        portal.tenant.actor(Role.SERVICE_MANAGER), merged.id, command, version=None
    )


async def page_of(portal: Portal, case: CaseView) -> str:
    return (await portal.client.get(portal.path(case))).text


async def go_on(portal: Portal, case: CaseView) -> None:
    actor = portal.tenant.actor(Role.SERVICE_MANAGER)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="INTERNAL 已联系")
    await service.log_contact(actor, case.id, spoken, version=None)
    plan = Plan(plan="更换转向节球头", told_via=ContactChannel.PHONE)
    await service.plan(actor, case.id, plan, version=None)


async def test_the_page_of_a_merged_complaint_shows_how_far_the_other_one_is(portal: Portal) -> None:
    """R1.7: own number and words, the other's progress, plan and result; never the other customer."""
    case, merged = await merged_pair(portal)
    page = await page_of(portal, merged)
    assert TOGETHER in page
    assert TOGETHER not in await page_of(portal, case)
    assert merged.number in page
    assert case.number not in page
    await go_on(portal, case)
    page = await page_of(portal, merged)
    assert "您的处理方案已定。" in page
    assert page.count("更换转向节球头") == 2, "as the plan, and in what happened"
    assert f"{portal.path(merged)}/agreement" not in page, "the other customer's to agree to"
    told = Resolve(result="已更换，路试正常", told_via=ContactChannel.PHONE)
    await service.resolve(portal.tenant.actor(Role.SERVICE_MANAGER), case.id, told, version=None)
    page = await page_of(portal, merged)
    assert "已更换，路试正常" in page
    assert "投诉已关闭" not in page
    head = portal.tenant.actor(Role.STATION_HEAD)
    done = Close(root_cause="INTERNAL 批次", preventive_measure="INTERNAL 排查")
    await service.close(head, case.id, done, version=None)
    page = await page_of(portal, merged)
    assert "投诉已关闭" in page
    for word in ("INTERNAL", "张测试", case.number, "低速转向异响"):
        assert word not in page


async def test_a_merged_customer_withdraws_his_own_complaint_by_his_link(portal: Portal) -> None:
    """R3.3: what is offered works, and says what it does; the other complaint goes on."""
    case, merged = await merged_pair(portal)
    page = await page_of(portal, merged)
    assert "撤回的只是您本人的投诉" in page
    path = f"{portal.path(merged)}/withdrawal"
    done = await portal.client.post(path, data={"version": merged.version, "reason": "已自行解决"})
    assert done.status_code == 303
    page = await page_of(portal, merged)
    assert "您已撤回投诉" in page
    assert TOGETHER not in page
    assert f"{portal.path(case)}/withdrawal" in await page_of(portal, case)


async def test_what_cannot_be_withdrawn_any_more_is_not_offered(portal: Portal) -> None:
    case, merged = await merged_pair(portal)
    await go_on(portal, case)
    told = Resolve(result="已更换，路试正常", told_via=ContactChannel.PHONE)
    await service.resolve(portal.tenant.actor(Role.SERVICE_MANAGER), case.id, told, version=None)
    path = f"{portal.path(merged)}/withdrawal"
    assert path not in await page_of(portal, merged)
    refused = await portal.client.post(path, data={"version": merged.version, "reason": "已自行解决"})
    assert refused.status_code == 409
    # The other customer withdraws after all: who was told the result has it still.
    gone = await portal.client.post(
        f"{portal.path(case)}/withdrawal", data={"version": case.version + 5, "reason": "x"}
    )
    assert gone.status_code == 409
    version = await portal.owner.fetchval("SELECT version FROM cases WHERE id = $1", case.id)
    gone = await portal.client.post(
        f"{portal.path(case)}/withdrawal", data={"version": version, "reason": "不再追究"}
    )
    assert gone.status_code == 303
    page = await page_of(portal, merged)
    assert "已更换，路试正常" in page
    assert "您已撤回投诉" not in page


async def test_the_page_says_when_the_complaints_part_again(portal: Portal) -> None:
    """R1.7: that it happened, not why."""
    case, merged = await merged_pair(portal)
    await go_on(portal, case)
    apart = Unmerge(reason="INTERNAL 两个故障")
    await service.unmerge(portal.tenant.actor(Role.SERVICE_MANAGER), merged.id, apart, version=None)
    page = await page_of(portal, merged)
    assert "您的投诉恢复单独处理" in page
    assert "INTERNAL" not in page
    assert "更换转向节球头" not in page, "the plan is for the other car"
