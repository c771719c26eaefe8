"""A customer does without surveys and word of the progress; staff see it and record what they are told."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from shared.cases.customer_links import CustomerLinks
from shared.permissions import Role
from tests.e2e.test_portal import RULES, Places
from tests.support.console import SECRET, Browsing, browsing, register


@pytest.mark.timeout(240)
async def test_the_owner_does_without_and_staff_see_it_and_record_the_opposite(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R3.7, R5.1: opt-out for what is not required, kept, shown, and taken back."""
    case = await register(places.maker.actor(Role.CUSTOMER_RELATIONS))
    links = CustomerLinks(places.portal, SECRET)
    page = await care.page("zh-CN", phone=True, scripts=False)
    await page.goto(links.choice(places.maker.oem_id, case.id, 1))
    await page.get_by_role("button", name="不再接收这些通知").click()
    await expect(page.get_by_role("status")).to_contain_text("您的选择已保存")
    await page.goto(links.tracking(places.maker.oem_id, case.id, 1))
    await expect(page.locator("#choice")).to_contain_text("您不再收到")

    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.CUSTOMER_RELATIONS), "zh-CN")
        await desk.goto(f"/cases/{case.id}")
        await expect(desk.locator(".case-who")).to_contain_text("不接收满意度调查和进展通知")
        await expect(desk.locator(".timeline")).to_contain_text("客户表示不再接收")
        await desk.locator(".case-more summary").first.click()
        await desk.get_by_role("button", name="客户愿意接收的消息").click()
        dialog = desk.locator(f"#choose-messages-{case.id}")
        await expect(dialog.get_by_label("客户说了什么")).to_have_value("true")
        await dialog.get_by_label("备注").fill("客户来电，愿意接收")
        await dialog.get_by_role("button", name="保存").click()
        await expect(desk.locator(".timeline")).to_contain_text("客户表示愿意接收")
        await expect(desk.locator(".case-who")).not_to_contain_text("不接收满意度调查和进展通知")
    await page.reload()
    await expect(page.locator("#choice")).to_contain_text("您会收到")


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en", "dark")])
async def test_the_page_of_the_choice_is_accessible_and_fits(
    care: Browsing, places: Places, locale: str, theme: str, *, phone: bool
) -> None:
    case = await register(places.maker.actor(Role.CUSTOMER_RELATIONS))
    page = await care.page(locale, phone=phone)
    await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    await page.goto(CustomerLinks(places.portal, SECRET).choice(places.maker.oem_id, case.id, 1))
    for _ in range(2):
        found = await Axe().run(page, options={"runOnly": RULES})
        assert not found.violations_count, found.generate_report()
        wide, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room
        await page.locator("main form button").click()
        await page.wait_for_load_state()
