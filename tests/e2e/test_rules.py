"""The rules editor in a real browser: a word changed, tried, published, taken back (R2)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from shared.permissions import Role
from tests.support.console import Browsing, browsing, found_maker, register, served
from tests.support.servers import Database

WORDS = "高速上拖车钩突然断了"
NOW = timedelta()
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
async def address(database: Database) -> AsyncIterator[str]:
    async with served(database) as base:
        yield base


@pytest.fixture
async def browse(browser: Browser, address: str) -> AsyncIterator[Browsing]:
    """Opens browsers; fails when a console said something or a request left the machine."""
    async with browsing(browser, address) as opened:
        yield opened


async def faultless(page: Page) -> None:
    """Nothing for axe to find, and no wider than the screen."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE}})
    assert not found.response["violations"], found.generate_report()
    widths = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]


async def test_a_word_is_changed_tried_published_and_taken_back(browse: Browsing) -> None:
    """R2: the administrator changes a word of a rule, sees what it would have done, publishes, goes back."""
    maker = await found_maker()
    advisor = maker.actor(Role.ADVISOR)
    case = await register(advisor, WORDS)
    page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), "zh-CN")
    await page.goto("/oem")
    await page.get_by_role("link", name="分类规则").click()
    await expect(page.get_by_role("heading", name="规则", exact=True)).to_be_visible()
    await page.get_by_role("searchbox").fill("溜车")
    await page.get_by_role("searchbox").press("Enter")
    await page.get_by_role("link", name="修改：制动失效危及行车安全。").click()
    words = page.locator("[name=any_of_zh]")
    await words.fill(f"{await words.input_value()}\n断")
    await page.get_by_role("button", name="存入草稿").click()
    await expect(page.locator(".field-error")).to_contain_text("至少要有两个字符")
    await words.fill(f"{await words.input_value()}\n拖车钩~断".replace("\n断\n", "\n"))
    await page.get_by_role("button", name="存入草稿").click()
    await expect(page.locator(".rule-fields ins")).to_have_text("拖车钩~断")
    await expect(page.get_by_text("最近 1 件投诉中，有 1 件的判定会改变。")).to_be_visible()
    await expect(page.get_by_role("link", name=case.number)).to_be_visible()
    await faultless(page)
    await page.get_by_role("button", name="发布为新版本").click()
    await expect(page.get_by_role("rowheader", name="第 2 版")).to_be_visible()
    assert (await register(advisor, WORDS, ago=NOW)).urgency.value == "urgent"
    await page.get_by_role("link", name="恢复此版").click()
    await expect(page.locator(".rule-fields del")).to_have_count(0)
    await page.get_by_role("button", name="恢复第 1 版").click()
    await expect(page.get_by_role("rowheader", name="第 3 版")).to_be_visible()
    assert (await register(advisor, WORDS, ago=NOW)).urgency.value != "urgent"


@pytest.mark.parametrize(("theme", "phone", "locale"), [("light", False, "en"), ("dark", True, "zh-CN")])
async def test_the_pages_of_the_editor_are_faultless(
    browse: Browsing, theme: str, *, phone: bool, locale: str
) -> None:
    """Accessible, and no wider than a phone."""
    maker = await found_maker()
    await register(maker.actor(Role.ADVISOR), WORDS)
    page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), locale, theme=theme, phone=phone)
    await page.goto("/oem/rules/edit?id=safety-brake-failure")
    await faultless(page)
    words = page.locator("[name=any_of_zh]")
    await words.fill(f"{await words.input_value()}\n拖车钩~断")
    await page.locator(".rule-page form .button-primary").click()
    for path in (
        "/draft",
        "",
        "?q=brake",
        "/versions",
        "/defaults",
        "/negation",
        "/edit",
        "/compare?since=1&until=1",
    ):
        await page.goto(f"/oem/rules{path}")
        await faultless(page)
    form = page.locator("form[action='/oem/authority']")
    await page.goto("/oem/authority")
    await form.locator("[name='station_head.any']").fill("100")
    await form.locator(".button-primary").click()
    for path in (
        "/oem/major-criteria",
        "/oem/survey",
        "/oem/follow-up-calls",
        "/oem/risk-periods",
        "/oem/assignment",
        "/oem/major-persons/versions",
        "/oem/message-times/compare?since=1&until=1",
        "/oem/authority/versions",
        "/oem/authority/compare?since=1&until=2",
    ):
        await page.goto(path)
        await faultless(page)
