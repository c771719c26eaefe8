"""Personal data in the browser, masked and revealed for a reason (R9.2), and the bell."""

import re

from playwright.async_api import expect

from shared.db.engine import transaction
from shared.notifications import in_app
from shared.notifications.in_app import NewNotification
from shared.permissions import Role
from tests.support.console import Browsing, Maker, register


async def test_a_regional_manager_says_why_and_sees_the_customer(browse: Browsing, maker: Maker) -> None:
    """R9.2."""
    case = await register(maker.actor(Role.ADVISOR), customer_phone="13800006789")
    page = await browse.signed_in(maker.person(Role.REGIONAL_MANAGER), "zh-CN")
    await page.goto(f"/cases?case={case.id}")
    await expect(page.locator(f"#case-{case.id}")).to_contain_text("张*")
    panel = page.locator("#panel")
    await expect(panel.locator(".case-who")).to_contain_text("138****6789")
    await panel.get_by_role("link", name="查看姓名和电话").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("用途").select_option("call_customer")
    await dialog.get_by_label("具体说明").fill("客户要求区域经理回电")
    await dialog.get_by_role("button", name="显示半小时").click()
    await expect(panel.locator(".case-who")).to_contain_text("138 0000 6789")
    await expect(panel.locator(".case-who")).to_contain_text("张测试")
    await expect(panel.get_by_role("link", name="查看姓名和电话")).to_have_count(0)
    await expect(page.locator(f"#case-{case.id}")).to_contain_text("张*")


async def test_the_bell_counts_what_is_new_and_leads_to_it(browse: Browsing, maker: Maker) -> None:
    """R4.4: a person is told in the console as well; the count comes by itself."""
    person = maker.person(Role.TECHNICIAN)
    case = await register(maker.actor(Role.ADVISOR), "换挡顿挫。")
    page = await browse.signed_in(person, "zh-CN")
    await page.goto("/cases")
    bell = page.locator("#navigation").get_by_role("link", name="通知")
    await expect(bell.locator(".count")).to_have_count(0)
    new = NewNotification(
        membership_id=person.membership_id,
        dealer_id=person.dealer_id,
        template="mention",
        subject=f"{case.number} 有人提到了您",
        link=f"https://console.example.com/cases/{case.id}",
        dedupe_key=f"test:{case.id}",
    )
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope) as tx:
        await in_app.write(tx, maker.oem_id, [new])
    await page.evaluate("document.body.dispatchEvent(new Event('refresh'))")
    await expect(bell.locator(".count")).to_have_text("1")
    await bell.click()
    row = page.get_by_role("row").filter(has_text=case.number)
    await expect(row).to_contain_text("未读")
    await row.get_by_role("button", name="前往").click()
    await expect(page).to_have_url(re.compile(f"/cases/{case.id}$"))
    await expect(bell.locator(".count")).to_have_count(0)
