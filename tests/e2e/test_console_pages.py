"""Every page of the real console: accessible in both languages, themes and widths, and never too wide.

Those that are read most stand here by name, with something on them; all others that need no id are taken from
the application, so that a new one enters by itself.
"""

from datetime import timedelta
from typing import Final

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from services.admin.main import create_app
from shared.permissions import Role
from shared.settings import DatabaseSettings
from tests.integration.console.test_isolation import OPEN_TO_ALL, routes_of
from tests.support.console import Browsing, Maker, call_for_help, found_maker, register, web_settings
from tests.support.servers import Database

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE_WIDTH = 390
PARTS: Final = 10
"""Tests that share the pages without an id, each short enough for a busy machine."""
PARTS_OF_PAGES: Final = {
    "/exports/list",
    "/imports/list",
    "/navigation",
    "/oem/clocks/migrations/list",
    "/region/next-breach",
    "/region/waiting",
    "/reports/list",
}
FILES: Final = {"/network/import/example", "/oem/calendar/file", "/oem/logo", "/staff/import/example"}
WANT_A_QUERY: Final = {
    "/invitation",
    "/oem/assignment/compare",
    "/oem/authority/compare",
    "/oem/clocks/compare",
    "/oem/clocks/dealer/target",
    "/oem/clocks/target",
    "/oem/major-criteria/compare",
    "/oem/major-persons/compare",
    "/oem/message-times/compare",
    "/oem/report-codes/compare",
    "/oem/risk-periods/compare",
    "/oem/rules/compare",
    "/oem/survey/compare",
    "/oem/texts/edit",
    "/reset-password",
}
OF_OTHERS: Final = {"/platform", "/sign-in"}
"""The operator's page, and the door of those who are not signed in."""


@pytest.fixture(scope="module")
async def paths(address: str, database: Database) -> tuple[Maker, list[str]]:
    """An OEM with something on every page."""
    maker = await found_maker()
    actor = maker.actor(Role.ADVISOR)
    for words, ago in (
        ("高速行驶时刹车失灵，非常危险。", timedelta(hours=3)),
        ("保养收费与报价不符，多收 680 元。", timedelta(days=12)),
        ("Gearbox jerks between 2nd and 3rd when warm.", timedelta(minutes=4)),
    ):
        case = await register(actor, words, ago=ago)
        await call_for_help(database, actor, case, maker.person(Role.REGIONAL_MANAGER))
    found = [
        "/region",
        "/cases",
        f"/cases?case={case.id}",
        f"/cases/{case.id}",
        "/cases?view=mine",
        "/cases/new",
    ]
    return maker, [*found, "/messages", "/reports", "/account", "/cases/not-there"]


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en", "dark")])
async def test_pages_are_accessible_and_fit(
    browse: Browsing, paths: tuple[Maker, list[str]], locale: str, theme: str, *, phone: bool
) -> None:
    maker, addresses = paths
    page = await browse.signed_in(maker.person(Role.REGIONAL_MANAGER), locale, theme=theme, phone=phone)
    problems = [problem for path in addresses for problem in await faults(page, path, phone=phone)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("part", range(PARTS))
async def test_pages_without_an_id_are_accessible_and_fit(
    browse: Browsing, paths: tuple[Maker, list[str]], database: Database, part: int
) -> None:
    """As the administrator, who sees them all; each answers with a page or is named above."""
    maker, _ = paths
    app = create_app(web_settings(), DatabaseSettings(url=database.app_url))
    known = PARTS_OF_PAGES | FILES | WANT_A_QUERY | OF_OTHERS | OPEN_TO_ALL
    addresses = {each.path for each in routes_of(app) if each.method == "GET" and "{" not in each.path}
    mine = sorted(addresses - known)[part::PARTS]
    administrator = maker.person(Role.ADMINISTRATOR)
    english = await browse.signed_in(administrator, "en", theme="dark", phone=True)
    problems = [problem for path in mine for problem in await faults(english, path, phone=True)]
    chinese = await browse.signed_in(administrator, "zh-CN", phone=True)
    for path in mine:
        await chinese.goto(path)
        problems += await width_fault(chinese, path)
    assert not problems, "\n".join(problems)


async def faults(page: Page, path: str, *, phone: bool) -> list[str]:
    """What is wrong with the page at that path."""
    answer = await page.goto(path)
    if answer is None or (answer.status != 200 and path != "/cases/not-there"):
        return [f"{path}: no page"]
    await page.wait_for_selector("html[data-ready]")
    found: list[str] = []
    results = await Axe().run(page, options={"runOnly": RULES})
    if results.violations_count:
        found.append(f"{path}: {results.generate_report()}")
    return [*found, *(await width_fault(page, path) if phone else [])]


async def width_fault(page: Page, path: str) -> list[str]:
    """That the page shown on a phone is wider than it."""
    width = await page.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
    return [f"{path}: {width} wide"] if width != PHONE_WIDTH else []


async def test_pages_stay_within_their_budget(browse: Browsing, paths: tuple[Maker, list[str]]) -> None:
    """At most 50 KB of page over the wire, as the browser counts it."""
    maker, addresses = paths
    page = await browse.signed_in(maker.person(Role.REGIONAL_MANAGER), "en")
    for path in addresses:
        await page.goto(path)
        sent = await page.evaluate("performance.getEntriesByType('navigation')[0].transferSize")
        assert sent < 50_000, path
