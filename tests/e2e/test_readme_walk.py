"""The README's walk, on the demo itself: all processes, an invented OEM, clocks that run out (R4, R6.1)."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from infra.dev import servers as dev
from infra.dev.demo.fill import Extent, fill
from infra.dev.demo.people import AREA_MANAGER_PHONE, MAIL_DOMAIN, PASSWORD
from infra.dev.demo.plan import Moment, Turn
from infra.dev.demo.run import PORTS, Demo, running
from infra.dev.places import STATE, data_folder, unprivileged_account
from infra.dev.ports import free_port
from shared.clock import utc_now
from tests.support.waiting import eventually

PLACE = "test-walk"
PAST = Extent(cases=3, showcase=())
# Far enough that the manager has signed in before the first of them comes.
TURNS = (Turn(1.5, Moment.BREACH), Turn(1.8, Moment.MANAGER))
SOON_MS = 150_000


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with AsyncExitStack() as stack:
        servers = stack.enter_context(dev.private(PLACE))
        ports = {name: free_port() for name in PORTS}
        made = Demo.of(servers, STATE / PLACE / "demo", ports)
        await fill(servers, utc_now(), made.links(), print, PAST)
        # As at every later start: the past stands, the showcase is new.
        await fill(servers, utc_now(), made.links(), print, replace(PAST, showcase=TURNS))
        await stack.enter_async_context(running(made, print))
        yield made
    shutil.rmtree(STATE / PLACE, ignore_errors=True)
    shutil.rmtree(data_folder(PLACE, unprivileged_account()), ignore_errors=True)


@pytest.mark.timeout(420)
async def test_a_broken_promise_is_followed_to_its_end(browser: Browser, demo: Demo) -> None:
    """The README's six steps: R4.2 (breach, escalation, acknowledgement), R3 (to the end), R6.1 (the PDF)."""
    manager = await _signed_in(browser, demo, "east")
    await expect(manager).to_have_url(re.compile("/region$"))
    await _watch_a_promise_break(manager)
    number = await _watch_an_escalation_arrive(manager)
    await _find_the_message(manager, demo, AREA_MANAGER_PHONE, number, "已升级至您")
    await _acknowledge(manager, demo, number)
    staff = await _signed_in(browser, demo, "service")
    await _bring_to_its_end(staff, demo, number)
    await _download_last_month(manager, demo)


async def _watch_a_promise_break(manager: Page) -> None:
    """Step 2: under "Next to run out" a clock is running; it turns red, and the service manager is told."""
    page = await manager.context.new_page()
    await page.goto(manager.url)
    first = page.locator("#next-breach li").first
    await expect(first.locator(".clock")).to_have_class(re.compile("clock-critical"))
    await first.locator("a").click()
    promise = page.locator(".case-promises .clock-lines li", has_text="解决")
    await expect(promise.locator(".clock")).to_have_class(re.compile("clock-critical"))
    await expect(promise.locator(".clock")).to_have_class(re.compile("clock-over"), timeout=SOON_MS)
    told = page.locator(".case-escalations li", has_text="第 1 级")
    await _reload_until_shown(page, told)
    await expect(told).to_contain_text("服务")
    await page.close()


async def _watch_an_escalation_arrive(manager: Page) -> str:
    """Step 3: the page looks by itself; another case, unacknowledged for an hour, waits on the manager."""
    await expect(manager.get_by_role("heading", name="等我处理的升级")).to_be_visible()
    waiting = manager.locator("#waiting li").first
    await expect(waiting).to_be_visible(timeout=SOON_MS)
    await expect(waiting).to_contain_text("上海虹桥店")
    return re.findall(r"AF\d+", await waiting.inner_text())[0]


async def _find_the_message(page: Page, demo: Demo, recipient: str, number: str, text: str) -> None:
    """The post office's page has an SMS to that number about that case."""
    office = await page.context.new_page()
    await office.goto(demo.url("HUIYIN_POSTOFFICE_PORT"))
    await office.get_by_role("searchbox").fill(recipient)
    await office.locator("select[name=channel]").select_option("sms")
    await office.get_by_role("button").click()
    article = office.locator("article", has_text=number).filter(has_text=text).first
    await _reload_until_shown(office, article)
    if recipient:
        await expect(article.locator("strong")).to_contain_text(recipient)
    await office.close()


async def _acknowledge(manager: Page, demo: Demo, number: str) -> None:
    """Step 4: acknowledged on the case's own page, it waits no more."""
    await manager.locator("#waiting li", has_text=number).locator(".waiting-title").click()
    await manager.locator(".case-escalations").get_by_role("button", name="确认接收").first.click()
    await expect(manager.locator(".case-escalations")).to_contain_text("区域样")
    await manager.goto(f"{demo.url('HUIYIN_ADMIN_PORT')}/region")
    await expect(manager.locator("#waiting li", has_text=number)).to_have_count(0)


async def _bring_to_its_end(staff: Page, demo: Demo, number: str) -> None:
    """Step 5: contact, plan, result, whose message the owner gets, and the end."""
    await staff.goto(f"{demo.url('HUIYIN_ADMIN_PORT')}/cases?view=all&q={number}")
    await staff.locator("#list tr[data-case] a").first.click()
    panel = staff.locator("#panel")
    await panel.locator("[name=summary]").fill("已致歉，说明检查结果与更换安排。")
    await panel.get_by_role("button", name="保存联系").click()
    await expect(panel.locator(".timeline")).to_contain_text("说明检查结果与更换安排")
    await panel.get_by_role("radio", name="处理方案").check()
    await panel.locator("[name=plan]").fill("今天更换高压接触器并试车。")
    await panel.locator(".composer-plan [name=told_via]").select_option("phone")
    await panel.get_by_role("button", name="保存方案").click()
    await expect(panel.locator(".timeline")).to_contain_text("今天更换高压接触器并试车")
    await panel.get_by_role("button", name="办结").click()
    resolve = staff.get_by_role("dialog")
    await resolve.get_by_label("解决办法").fill("已更换高压接触器，试车正常。")
    await resolve.get_by_role("button", name="办结并告知客户").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已告知结果")
    await _find_the_message(staff, demo, "", number, "已有处理结果")
    await panel.get_by_role("button", name="结案").click()
    close = staff.get_by_role("dialog")
    await close.get_by_label("根本原因").fill("高压接触器触点烧蚀。")
    await close.get_by_label("预防措施").fill("同批次车辆专项检查。")
    await close.get_by_role("button", name="结案").click()
    await expect(panel.locator(".steps [aria-current]")).to_have_text("已关闭")


async def _download_last_month(manager: Page, demo: Demo) -> None:
    """Step 6: a dealer's report on the month before this one, as the form offers it."""
    await manager.goto(f"{demo.url('HUIYIN_ADMIN_PORT')}/reports")
    await manager.locator("select[name=dealer]").select_option(label="上海虹桥店")
    months = manager.locator(".report-request select[name=month]")
    asked = await months.input_value()
    assert asked == await months.locator("option").nth(1).get_attribute("value"), "the month before this one"
    await manager.get_by_role("button", name="生成").click()
    await expect(manager).to_have_url(re.compile(f"month={asked}"))
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


async def _reload_until_shown(page: Page, what: Locator) -> None:
    async def shown() -> bool:
        if await what.count():
            return True
        await page.reload()
        return await what.count() > 0

    await eventually(shown, "it is shown", 90)
