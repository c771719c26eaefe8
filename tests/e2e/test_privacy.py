"""Personal data in the browser: masked, revealed for a reason (R9.2)."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from shared.permissions import Role
from tests.support.console import Browsing, Maker, browsing, found_maker, register, served
from tests.support.servers import Database


@pytest.fixture(scope="module")
async def address(database: Database) -> AsyncIterator[str]:
    async with served(database) as base:
        yield base


@pytest.fixture(scope="module")
async def maker(address: str) -> Maker:
    return await found_maker()


@pytest.fixture
async def browse(browser: Browser, address: str) -> AsyncIterator[Browsing]:
    """Opens browsers; fails when a console said something or a request left the machine."""
    async with browsing(browser, address) as opened:
        yield opened


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
