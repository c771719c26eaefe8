"""A candidate of a major complaint in a real browser, from confirmation to filed form (R2.6, R3.9)."""

import pytest
from playwright.async_api import Browser, Page, expect

from shared.permissions import Role
from tests.e2e.test_portal import Places
from tests.support.console import browsing, register
from tests.support.waiting import eventually


async def open_dialog(page: Page, action: str) -> None:
    """Open the form of a command, wherever it is offered."""
    button = page.locator(f"[data-opens^='{action}-']")
    if not await button.is_visible():
        await page.locator(".case-more summary").click()
    await button.click()


async def give(page: Page, action: str, submit: str, **fields: str) -> None:
    """Fill in the dialog of a command and send it."""
    await open_dialog(page, action)
    dialog = page.get_by_role("dialog")
    for name, value in fields.items():
        await dialog.locator(f"[name={name}]").fill(value)
    await dialog.get_by_role("button", name=submit, exact=True).click()


async def step_is(page: Page, text: str) -> None:
    await expect(page.locator(".steps [aria-current]")).to_have_text(text)


async def confirm(manager: Page, path: str) -> None:
    """The regional manager says that it is a major complaint."""
    await manager.goto(path)
    await manager.locator(".case-cautions a[href$='/major']").click()
    await expect(manager.locator(".findings").first).to_contain_text("自燃")
    await manager.locator("[name=criteria][value=expectation]").check()
    await manager.locator("#confirm-reason").fill("起火，客户要求退车并赔偿。")
    await manager.get_by_role("button", name="确认为重大投诉").click()
    await expect(manager.locator(".case-marks")).to_contain_text("重大")


async def agree_on_plan(desk: Page, path: str) -> None:
    """The service manager speaks with the customer, until he agrees to a plan."""
    await desk.goto(path)
    await desk.locator("[name=summary]").fill("已致歉并安排拖车和代步车。")
    await desk.get_by_role("button", name="保存联系").click()
    await step_is(desk, "已联系")
    await give(desk, "diagnose", "保存", findings="线束绝缘破损短路。")
    await step_is(desk, "已诊断")
    await desk.get_by_role("radio", name="处理方案").check()
    await desk.locator("[name=plan]").fill("更换发动机舱线束并补偿客户损失。")
    await desk.locator(".composer-plan [name=told_via]").select_option("phone")
    await desk.get_by_role("button", name="保存方案").click()
    await step_is(desk, "已定方案")
    await give(desk, "agree", "保存", agreed_by="张测试")
    await step_is(desk, "客户已同意")


async def repair_and_tell(desk: Page) -> None:
    """The work, its check, and the result told."""
    await give(desk, "step", "保存", step="更换发动机舱线束")
    await step_is(desk, "执行中")
    await give(desk, "verify", "验证", check="通电检查与路试 30 公里", points="发动机舱线束")
    await step_is(desk, "已验证")
    await give(desk, "resolve", "办结并告知客户", result="已更换线束，验证无短路。")
    await step_is(desk, "已告知结果")


@pytest.mark.timeout(300)
async def test_a_major_candidate_is_confirmed_paid_above_the_limit_and_its_form_filed(
    browser: Browser, places: Places, printer: None
) -> None:
    """R2.6, R3.2, R3.5, R3.9: the regional manager decides twice; the form stands with him at the end."""
    case = await register(places.maker.actor(Role.ADVISOR), "行驶中发动机舱起火自燃，人已撤离。")
    path = f"/cases/{case.id}"
    async with browsing(browser, places.console) as staff:
        manager = await staff.signed_in(places.maker.person(Role.REGIONAL_MANAGER), "zh-CN")
        desk = await staff.signed_in(places.maker.person(Role.SERVICE_MANAGER), "zh-CN")
        await confirm(manager, path)
        await agree_on_plan(desk, path)
        await give(desk, "compensate", "保存", amount="12000", reason="停驶一个月的损失")
        paid = desk.locator(".case-work", has_text="12,000")
        await expect(paid).to_contain_text("区域经理")
        await repair_and_tell(desk)
        await expect(desk.locator("[data-opens^='close-']")).to_have_count(0)

        await manager.goto(path)
        asked = manager.locator(".case-work", has_text="12,000")
        await asked.locator("details summary").click()
        await asked.get_by_role("button", name="批准", exact=True).click()
        await expect(asked).to_contain_text("刘娜")
        await desk.goto(path)
        await paid.get_by_role("button", name="已给予").click()
        await expect(paid.get_by_role("button")).to_have_count(0)
        await give(desk, "close", "结案", root_cause="线束固定卡缺失磨破", preventive_measure="同批车辆排查")
        await step_is(desk, "已关闭")

        async def filed() -> bool:
            await desk.reload()
            return await desk.locator(".case-forms", has_text="已提交主机厂").count() == 1

        await eventually(filed, "the tracking form is printed and filed", 90)
        link = desk.locator(".case-forms a[href$='/forms/tracking/zh-CN']")
        pdf = await desk.request.get(f"{places.console}{await link.get_attribute('href')}")
        assert pdf.headers["content-type"] == "application/pdf"
        assert (await pdf.body()).startswith(b"%PDF")
        await manager.goto(path)
        await expect(manager.locator(".case-forms")).to_contain_text("已提交主机厂")
