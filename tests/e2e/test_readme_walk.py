"""The README's walk, on the demo itself: all processes, an invented OEM, a clock that runs out (R4, R6.1)."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from infra.dev import servers as dev
from infra.dev.demo.fill import Extent, fill
from infra.dev.demo.people import MAIL_DOMAIN, PASSWORD
from infra.dev.demo.run import PORTS, Demo, running
from infra.dev.places import STATE, data_folder, unprivileged_account
from infra.dev.ports import free_port
from shared.clock import utc_now
from tests.support.waiting import eventually

PLACE = "test-walk"
# A case of the past, and one whose clock reaches the regional manager at once.
SMALL = Extent(cases=3, showcase_minutes=(0.2,))


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with AsyncExitStack() as stack:
        servers = stack.enter_context(dev.private(PLACE))
        ports = {name: free_port() for name in PORTS}
        made = Demo.of(servers, STATE / PLACE / "demo", ports)
        await fill(servers, utc_now(), made.links(), print, SMALL)
        await stack.enter_async_context(running(made, print))
        yield made
    shutil.rmtree(STATE / PLACE, ignore_errors=True)
    shutil.rmtree(data_folder(PLACE, unprivileged_account()), ignore_errors=True)


@pytest.mark.timeout(300)
async def test_a_broken_promise_is_followed_to_its_end(browser: Browser, demo: Demo) -> None:
    """Breach, escalation to the regional manager, SMS, acknowledge, resolve, owner told, close, PDF."""
    manager = await _signed_in(browser, demo, "east")
    await expect(manager).to_have_url(re.compile("/region$"))
    waiting = manager.locator("#waiting li").first
    await _reload_until_visible(manager, "#waiting li")
    number = re.findall(r"AF\d+", await waiting.inner_text())[0]
    await _received(demo, number, "1380000")
    await waiting.get_by_role("button", name="确认接收").click()
    await expect(manager.locator("#waiting li", has_text=number)).to_have_count(0)

    staff = await _signed_in(browser, demo, "service")
    await staff.goto(f"{demo.url('HUIYIN_ADMIN_PORT')}/cases?view=all&q={number}")
    await staff.locator("#list tr[data-case] a").first.click()
    panel = staff.locator("#panel")
    await panel.get_by_role("button", name="办结").click()
    resolve = staff.get_by_role("dialog")
    await resolve.get_by_label("检查与处理结果").fill("已更换高压接触器，试车正常。")
    await resolve.get_by_role("button", name="办结并告知客户").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已告知结果")
    await _received(demo, number, "已更换高压接触器")
    await panel.get_by_role("button", name="结案").click()
    close = staff.get_by_role("dialog")
    await close.get_by_label("根本原因").fill("高压接触器触点烧蚀。")
    await close.get_by_label("预防措施").fill("同批次车辆专项检查。")
    await close.get_by_role("button", name="结案").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已关闭")

    await manager.goto(f"{demo.url('HUIYIN_ADMIN_PORT')}/reports")
    await manager.locator("select[name=dealer]").select_option(index=1)
    await manager.get_by_role("button", name="生成").click()
    download = manager.locator("a[href$='/file']").first
    await expect(download).to_be_visible(timeout=60_000)
    async with manager.expect_download() as begun:
        await download.click()
    path = await (await begun.value).path()
    assert path.read_bytes().startswith(b"%PDF-")


async def _signed_in(browser: Browser, demo: Demo, who: str) -> Page:
    context = await browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(demo.url("HUIYIN_ADMIN_PORT"))
    await page.locator("input[name=email]").fill(f"{who}@{MAIL_DOMAIN}")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


async def _reload_until_visible(page: Page, selector: str) -> None:
    async def visible() -> bool:
        await page.reload()
        return await page.locator(selector).count() > 0

    await eventually(visible, f"{selector} is shown", 90)


async def _received(demo: Demo, *parts: str) -> None:
    """The post office has a message that holds all these."""
    async with httpx.AsyncClient(base_url=demo.url("HUIYIN_POSTOFFICE_PORT")) as client:

        async def arrived() -> bool:
            messages = (await client.get("/api/messages")).json()
            return any(all(part in str(message) for part in parts) for message in messages)

        await eventually(arrived, f"a message with {parts}", 90)
