"""The tracking pages of two complaints that are handled as one: each customer keeps his own (R1.7)."""

from shared.cases import service
from shared.cases.commands import Close, ContactChannel, LogContact, Merge, Reopen, Resolve, Unmerge
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


async def test_what_was_told_before_the_merger_is_the_other_customers(portal: Portal) -> None:
    """R1.7, R9.2: of what was told before, the later customer learns the plan in force and nothing else."""
    actor = portal.tenant.actor(Role.SERVICE_MANAGER)
    case, stale = await portal.case("低速转向异响。"), await portal.case("转向沉重。")
    merged, late = await portal.case("转向时有响声。"), await portal.case("转向有异响。")
    for told in ("SECRET 补偿保养两次", "更换转向节球头"):
        plan = Plan(plan=told, told_via=ContactChannel.PHONE)
        await service.plan(actor, case.id, plan, version=None)
    into = Merge(into_id=case.id, reason="同一车辆")
    await service.merge(actor, merged.id, into, version=None)
    page = await page_of(portal, merged)
    assert "SECRET" not in page
    assert page.count("更换转向节球头") == 1, "as the plan"
    await service.plan(actor, case.id, Plan(plan="INTERNAL 再议"), version=None)
    assert "更换转向节球头" in await page_of(portal, merged), "he was told it when he came"
    await service.merge(actor, late.id, into, version=None)
    page = await page_of(portal, late)
    for word in ("SECRET", "更换转向节球头", "INTERNAL"):
        assert word not in page, "not in force any more"
    again = Plan(plan="更换转向机", told_via=ContactChannel.PHONE)
    await service.plan(actor, case.id, again, version=None)
    for each in (merged, late):
        assert "更换转向机" in await page_of(portal, each)
    # What was told in a cycle that has ended is not in force either.
    secret = Plan(plan="SECRET 更换总成", told_via=ContactChannel.PHONE)
    await service.plan(actor, stale.id, secret, version=None)
    done = Resolve(result="SECRET 已更换", told_via=ContactChannel.PHONE)
    await service.resolve(actor, stale.id, done, version=None)
    await service.reopen(actor, stale.id, Reopen(reason="再次出现"), version=None)
    newest = await portal.case("方向盘异响。")
    await service.merge(actor, newest.id, Merge(into_id=stale.id, reason="同一车辆"), version=None)
    assert "SECRET" not in await page_of(portal, newest)
