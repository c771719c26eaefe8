"""Every page of the real console: accessible in both languages, themes and widths, and never too wide."""

from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe

from shared.permissions import Role
from tests.support.console import Browsing, Maker, call_for_help, found_maker, register
from tests.support.servers import Database

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE_WIDTH = 390


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
    problems: list[str] = []
    for path in addresses:
        await page.goto(path)
        await page.wait_for_selector("html[data-ready]")
        results = await Axe().run(page, options={"runOnly": RULES})
        if results.violations_count:
            problems.append(f"{path}: {results.generate_report()}")
        width = await page.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
        if phone and width != PHONE_WIDTH:
            problems.append(f"{path}: {width} wide")
    assert not problems, "\n".join(problems)


async def test_pages_stay_within_their_budget(browse: Browsing, paths: tuple[Maker, list[str]]) -> None:
    """At most 50 KB of page over the wire, as the browser counts it."""
    maker, addresses = paths
    page = await browse.signed_in(maker.person(Role.REGIONAL_MANAGER), "en")
    for path in addresses:
        await page.goto(path)
        sent = await page.evaluate("performance.getEntriesByType('navigation')[0].transferSize")
        assert sent < 50_000, path
