"""The working calendar in a real browser: the missing year is published, from the alarm to the end (R4.3)."""

from playwright.async_api import expect

from shared.clock import utc_now
from shared.permissions import Role
from tests.support.console import Browsing, Maker


async def test_an_administrator_is_told_of_the_missing_year_and_publishes_it(
    browse: Browsing, maker: Maker
) -> None:
    """R4.3: the alarm leads to the page; the effect is seen before anything is published."""
    year = utc_now().year + 1
    page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), "zh-CN")
    alarm = page.locator(".calendar-alarm")
    await expect(alarm).to_contain_text(f"缺少 {year} 年的节假日")
    await alarm.get_by_role("link", name="去发布").click()
    await expect(page.get_by_role("heading", name=str(year), exact=True)).to_be_visible()
    await page.get_by_label(f"{year} 年节假日", exact=True).fill(f"{year}-01-01 – {year}-01-03")
    await page.get_by_label(f"{year} 年调休上班日").fill(f"{year}-01-10")
    await page.get_by_label(f"{year} 年节假日已完整").check()
    await page.get_by_role("button", name="查看影响").click()
    await expect(page.get_by_role("heading", name="对进行中时限的影响")).to_be_visible()
    await page.get_by_role("button", name="发布", exact=True).click()
    await expect(page.get_by_text("新版本已生效")).to_be_visible()
    await expect(page.locator(".month-days").first.locator(".day-holiday")).to_have_count(3)
    await expect(page.locator(".month-days").first.locator(".day-make_up")).to_have_count(1)
    await page.goto("/cases")
    await expect(page.locator(".calendar-alarm")).to_have_count(0)
