"""The real console on a real database in a real browser: what people do all day."""

import re

from playwright.async_api import Page, expect

from shared.permissions import Role
from tests.support.console import Browsing, Maker, call_for_help, register
from tests.support.servers import Database


async def test_a_wrong_password_is_told_and_the_right_one_leads_in(browse: Browsing, maker: Maker) -> None:
    page = await browse.page("zh-CN")
    await page.goto("/cases?view=major")
    await expect(page).to_have_url(re.compile("/sign-in"))
    await page.get_by_label("邮箱").fill(maker.person(Role.ADVISOR).email)
    await page.get_by_label("密码").fill("not the password")
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(page.get_by_label("邮箱")).to_have_value(maker.person(Role.ADVISOR).email)
    await browse.fill_in(page, maker.person(Role.ADVISOR))
    await expect(page).to_have_url(re.compile(r"/cases\?view=major$"))


async def test_dealer_staff_bring_a_case_from_receipt_to_closing(browse: Browsing, maker: Maker) -> None:
    """R3: take, contact, plan, result, close; each without leaving the page."""
    case = await register(maker.actor(Role.CUSTOMER_RELATIONS), "空调异味，保养后仍未解决。")
    page = await browse.signed_in(maker.person(Role.SERVICE_MANAGER), "zh-CN")
    await page.goto(f"/cases?case={case.id}")
    panel = page.locator("#panel")
    await panel.get_by_role("button", name="接手").click()
    await said(page, "投诉已由您负责")
    await expect(panel.locator(".case-owner")).to_contain_text("秦薇")
    await expect(page.locator(f"#case-{case.id} .cell-owner")).to_contain_text("秦薇")
    await panel.locator("[name=summary]").fill("客户描述了异味，约明天到店。")
    await panel.get_by_role("button", name="保存联系").click()
    await expect(panel.locator(".timeline")).to_contain_text("约明天到店")
    await expect(page.locator(f"#case-{case.id} .cell-state")).to_contain_text("已联系")
    await panel.get_by_role("radio", name="处理方案").check()
    await panel.locator("[name=plan]").fill("更换空调滤芯并清洗蒸发箱。")
    await panel.locator(".composer-plan [name=told_via]").select_option("phone")
    await panel.get_by_role("button", name="保存方案").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已定方案")
    await panel.get_by_role("button", name="办结").click()
    resolve = page.get_by_role("dialog")
    await resolve.get_by_label("解决办法").fill("已更换滤芯并清洗蒸发箱，异味消失。")
    await resolve.get_by_role("button", name="办结并告知客户").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已告知结果")
    await panel.get_by_role("button", name="结案").click()
    close = page.get_by_role("dialog")
    await close.get_by_label("根本原因").fill("蒸发箱积尘发霉。")
    await close.get_by_label("预防措施").fill("保养时检查蒸发箱。")
    await close.get_by_role("button", name="结案").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已关闭")
    await expect(panel.locator(".composer")).to_have_count(0)


async def test_a_regional_manager_acknowledges_from_the_overview(
    browse: Browsing, maker: Maker, database: Database
) -> None:
    """R4.2."""
    manager = maker.person(Role.REGIONAL_MANAGER)
    case = await register(maker.actor(Role.ADVISOR), "行驶中动力中断，已停驶。")
    await call_for_help(database, maker.actor(Role.ADVISOR), case, manager)
    page = await browse.signed_in(manager, "zh-CN")
    await expect(page).to_have_url(re.compile("/region$"))
    row = page.locator("#waiting li", has_text=case.number)
    await expect(row).to_contain_text("客户要求今天答复。")
    await row.get_by_role("button", name="确认接收").click()
    await expect(page.locator("#waiting li", has_text=case.number)).to_have_count(0)
    await said(page, "已确认")
    await page.goto(f"/cases/{case.id}")
    await expect(page.locator(".case-escalations")).to_contain_text("刘娜")


async def test_filters_survive_going_back_and_reloading(browse: Browsing, maker: Maker) -> None:
    case = await register(maker.actor(Role.SERVICE_MANAGER, maker.sibling), "高速行驶时刹车失灵，非常危险。")
    page = await browse.signed_in(maker.person(Role.SERVICE_MANAGER, maker.sibling), "zh-CN")
    await page.goto("/cases")
    low = page.locator("input[name=urgency][value=low]")
    await page.locator("details", has=low).locator("summary").click()
    await low.check()
    await expect(page).to_have_url(re.compile("urgency=low"))
    await expect(page.locator("#list .empty")).to_be_visible()
    await page.reload()
    await expect(low).to_be_checked()
    await page.go_back()
    await expect(page.locator(f"#case-{case.id}")).to_be_visible()
    await page.get_by_role("searchbox").fill(case.number)
    await expect(page).to_have_url(re.compile(f"q={case.number}"))
    await expect(page.locator("#list tr[data-case]")).to_have_count(1)
    await page.locator(f"#case-{case.id} a").click()
    await expect(page.locator("#panel .case")).to_be_visible()
    await page.reload()
    await expect(page.locator("#panel .case")).to_be_visible()
    await expect(page.locator("#list tr[data-case]")).to_have_count(1)


async def test_keys_walk_through_the_list_and_open_a_case(browse: Browsing, maker: Maker) -> None:
    for words in ("第一件。", "第二件。"):
        await register(maker.actor(Role.SERVICE_MANAGER, maker.far), words)
    page = await browse.signed_in(maker.person(Role.SERVICE_MANAGER, maker.far), "en")
    await page.goto("/cases")
    links = page.locator("#list a[data-panel]")
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await page.keyboard.press("o")
    title = await links.nth(0).inner_text()
    await expect(page.locator("#panel h2").first).to_have_text(title)
    await page.keyboard.press("j")
    await expect(page.locator("#panel h2").first).to_have_text(await links.nth(1).inner_text())
    await page.keyboard.press("l")
    await expect(page.locator("#panel [name=summary]")).to_be_focused()


async def test_somebody_elses_change_is_told_and_no_word_is_lost(browse: Browsing, maker: Maker) -> None:
    case = await register(maker.actor(Role.ADVISOR), "左前门漏水。")
    first = await browse.signed_in(maker.person(Role.ADVISOR), "en")
    second = await browse.signed_in(maker.person(Role.STATION_HEAD), "en")
    await first.goto(f"/cases/{case.id}")
    await second.goto(f"/cases/{case.id}")
    await write_note(second, "I was quicker.")
    await expect(second.locator(".timeline")).to_contain_text("I was quicker.")
    await write_note(first, "My own words.")
    await expect(first.get_by_role("alert")).to_contain_text("Somebody changed this in the meantime")
    await expect(first.locator(".timeline")).to_contain_text("I was quicker.")
    await expect(first.locator("[name=text]")).to_have_value("My own words.")
    await first.get_by_role("button", name="Save note").click()
    await expect(first.locator(".timeline")).to_contain_text("My own words.")


async def test_the_language_is_switched_on_the_page_one_is_on(browse: Browsing, maker: Maker) -> None:
    page = await browse.signed_in(maker.person(Role.ADVISOR), "zh-CN")
    await page.goto("/cases?view=all")
    await page.get_by_role("button", name="切换语言").click()
    await expect(page.get_by_role("heading", name="Cases", level=1)).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/cases\?view=all$"))


async def test_a_case_is_handled_without_scripts(browse: Browsing, maker: Maker) -> None:
    case = await register(maker.actor(Role.CUSTOMER_RELATIONS), "预约到店等待 2 小时。")
    page = await browse.signed_in(maker.person(Role.ADVISOR), "en", scripts=False)
    await page.goto("/cases")
    await page.locator(f"#case-{case.id} a").click()
    await page.get_by_role("button", name="Take").click()
    await expect(page.get_by_role("status")).to_contain_text("The case is yours now.")
    await expect(page.locator(".case-owner")).to_contain_text("杨帆")


async def write_note(page: Page, text: str) -> None:
    await page.get_by_role("radio", name="Internal note").check()
    await page.locator("[name=text]").fill(text)
    await page.get_by_role("button", name="Save note").click()


async def said(page: Page, text: str) -> None:
    await expect(page.get_by_role("status")).to_contain_text(text)
