"""One owner's whole way, at the door of the customer and at that of the dealer (R1–R5)."""

import re
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Browser, Page, expect

from shared.permissions import Role
from tests.e2e.test_closing import answer
from tests.e2e.test_major_walk import give, step_is
from tests.e2e.test_portal import Places, send_form
from tests.support.console import Browsing, browsing
from tests.support.waiting import eventually


async def link_in(places: Places, case_id: UUID, template: str, nth: int = 1) -> str:
    """Where the newest message of a template leads, once the nth has been written on that channel."""

    async def written() -> list[asyncpg.Record]:
        rows = await places.owner.fetch(
            "SELECT DISTINCT ON (link) link, created_at FROM messages"
            " WHERE case_id = $1 AND template = $2 ORDER BY link, created_at",
            case_id,
            template,
        )
        return rows if len(rows) >= nth else []

    await eventually(written, f"{template} is written", 30)
    return str(max(await written(), key=lambda row: row["created_at"])["link"])


async def told_plan(desk: Page) -> None:
    """Staff take the complaint in hand and tell the customer a plan."""
    await desk.locator("[name=summary]").fill("已致电车主，约周六到店检查。")
    await desk.get_by_role("button", name="保存联系").click()
    await step_is(desk, "已联系")
    await desk.get_by_role("radio", name="处理方案").check()
    await desk.locator("[name=plan]").fill("更换前制动盘并做动平衡。")
    await desk.locator(".composer-plan [name=told_via]").select_option("phone")
    await desk.get_by_role("button", name="保存方案").click()
    await step_is(desk, "已定方案")


async def repaired(desk: Page, work: str, points: str) -> None:
    """The work, its check, and the result told."""
    await give(desk, "step", "保存", step=work)
    await step_is(desk, "执行中")
    await give(desk, "verify", "验证", check="高速路试 20 公里", points=points)
    await step_is(desk, "已验证")
    await give(desk, "resolve", "办结并告知客户", result=f"{work}，路试正常。")
    await step_is(desk, "已告知结果")


async def called_back(desk: Page, words: str) -> None:
    """The named person calls who is not satisfied, and hears that it is not over."""
    await desk.goto("/calls")
    await desk.locator(".call-open", has_text=words).click()
    await expect(desk.locator("main")).to_contain_text("刹车时还是抖。")
    await desk.get_by_role("radio", name="仍有投诉").check()
    await desk.get_by_label("客户说了什么").fill("刹车仍抖，要求再查。")
    await desk.get_by_text("客户有投诉", exact=True).click()
    await desk.get_by_label("如何致歉").fill("已就未修好致歉。")
    await desk.get_by_role("button", name="保存通话记录").click()
    await expect(desk.locator("main")).to_contain_text("已完成")


@pytest.mark.timeout(300)
async def test_an_owner_submits_agrees_is_dissatisfied_called_back_and_his_case_closed(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R1.4, R3.4, R5.1, R5.3: form, tracking, agreement by link, survey, call-back, reopened, closed."""
    owner = await care.page("zh-CN", phone=True, scripts=False)
    await send_form(owner, places.slug, places.maker.here, "13800000077")
    number = re.findall(r"AF\d+", await owner.locator("main").inner_text())[0]
    case_id = await places.owner.fetchval("SELECT id FROM cases WHERE number = $1", number)
    tracking = await link_in(places, case_id, "acknowledgement")

    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.SERVICE_MANAGER), "zh-CN")
        await desk.goto(f"/cases/{case_id}")
        await told_plan(desk)

        await owner.goto(tracking)
        await expect(owner.locator("main")).to_contain_text("更换前制动盘并做动平衡。")
        await owner.get_by_role("button", name="同意").click()
        await expect(owner.get_by_role("status")).to_contain_text("您已同意处理方案")
        await desk.reload()
        await step_is(desk, "客户已同意")

        await repaired(desk, "更换前制动盘", "方向盘抖动")
        await owner.goto(tracking)
        await expect(owner.locator("main")).to_contain_text("更换前制动盘，路试正常。")

        await owner.goto(await link_in(places, case_id, "survey"))
        await answer(owner, solved="no")
        await owner.get_by_label("您还有什么意见或建议？").fill("刹车时还是抖。")
        await owner.get_by_role("button", name="提交").click()
        await expect(owner.locator("main")).to_contain_text("会尽快给您回电")

        async def planned() -> bool:
            return await places.owner.fetchval(
                "SELECT EXISTS (SELECT FROM follow_up_calls WHERE case_id = $1 AND kind = 'callback')",
                case_id,
            )

        await eventually(planned, "the call-back is planned", 30)
        await called_back(desk, "方向盘严重抖动")
        await desk.goto(f"/cases/{case_id}")
        await step_is(desk, "已登记")
        await expect(desk.locator(".timeline")).to_contain_text("重新打开了投诉")
        await owner.goto(tracking)
        await expect(owner.locator("main")).to_contain_text("您的投诉已重新受理")

        await give(desk, "resolve", "办结并告知客户", result="已更换制动卡钳，抖动消失。")
        await step_is(desk, "已告知结果")
        await owner.goto(await link_in(places, case_id, "survey", 2))
        await answer(owner, solved="yes")
        await owner.get_by_role("button", name="提交").click()
        await expect(owner.get_by_role("heading", name="谢谢您")).to_be_visible()
        await desk.reload()
        await expect(desk.locator(".case-after")).to_contain_text("满意")
        await give(
            desk, "close", "结案", root_cause="卡钳回位不良。", preventive_measure="同批车辆检查卡钳。"
        )
        await step_is(desk, "已关闭")

    await owner.goto(tracking)
    await expect(owner.locator("main")).to_contain_text("您的投诉已关闭。")
    await expect(owner.get_by_role("button", name="同意")).to_have_count(0)
    await expect(owner.locator("form[action$='/messages']")).to_have_count(0)
