"""Every page of the console over invented models: accessible, no wider than the screen, quiet and alive."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from shared.web.formatting import Formats
from shared.web.locale import Locale, translator
from tests.support import preview
from tests.support.web_samples import identifier

CASE = f"/cases/{identifier(103)}"
PAGES = {
    "sign-in": "/sign-in",
    "sign-in refused": "/sign-in?refused=1",
    "region": "/region",
    "queue": "/cases",
    "queue with case": "/cases?case=1",
    "queue without match": "/cases?q=zzz",
    "case": CASE,
    "messages": "/messages?toast=1",
    "failed messages": "/messages?view=failed",
    "failed messages again": "/messages/failed",
    "reports": "/reports",
    "no reports": "/reports?empty=1",
    "account": "/account",
    "not found": "/errors/404",
    "not found, not signed in": "/errors/404?anonymous=1",
}
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
async def address() -> AsyncIterator[str]:
    """Where the preview of the console is served."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = preview.server(listening)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


async def context_for(
    browser: Browser,
    address: str,
    *,
    locale: Locale = Locale.ZH_CN,
    theme: str = "light",
    phone: bool = False,
) -> BrowserContext:
    """A browser as somebody has it: width, language, theme."""
    context = await browser.new_context(
        base_url=address,
        viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
        is_mobile=phone,
        has_touch=phone,
        reduced_motion="reduce",
        timezone_id="Asia/Shanghai",
    )
    await context.add_cookies(
        [
            {"name": "huiyin_locale", "value": locale.value, "url": address},
            {"name": "huiyin_theme", "value": theme, "url": address},
        ]
    )
    return context


async def new_page(context: BrowserContext, complaints: list[str]) -> Page:
    """A page that collects what its console says against it."""
    page = await context.new_page()

    def on_console(message: ConsoleMessage) -> None:
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of 4" not in message.text
        ):
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:")):
            complaints.append(f"left the machine: {request.url}")

    page.on("console", on_console)
    page.on("request", on_request)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


async def go(page: Page, path: str) -> None:
    """Open a path and wait until its scripts have started."""
    await page.goto(path)
    await page.wait_for_selector("html[data-ready]")


async def open_page(context: BrowserContext, path: str, complaints: list[str]) -> Page:
    """A new page at a path."""
    page = await new_page(context, complaints)
    await go(page, path)
    return page


@pytest.mark.parametrize(
    ("theme", "phone", "locale"),
    [
        ("light", False, Locale.ZH_CN),
        ("dark", False, Locale.EN),
        ("light", True, Locale.EN),
        ("dark", True, Locale.ZH_CN),
    ],
    ids=["light wide", "dark wide", "light phone", "dark phone"],
)
async def test_pages_have_no_accessibility_violations(
    browser: Browser, address: str, theme: str, *, phone: bool, locale: Locale
) -> None:
    context = await context_for(browser, address, locale=locale, theme=theme, phone=phone)
    complaints: list[str] = []
    page = await new_page(context, complaints)
    for name, path in PAGES.items():
        await go(page, path)
        results = await Axe().run(page, options={"runOnly": RULES})
        if results.violations_count:
            complaints.append(f"{name}: {results.generate_report()}")
    await context.close()
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("locale", list(Locale))
async def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, address: str, locale: Locale) -> None:
    context = await context_for(browser, address, locale=locale, phone=True)
    too_wide: list[str] = []
    page = await new_page(context, too_wide)
    for name, path in PAGES.items():
        await go(page, path)
        width = await page.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
        if width != PHONE["width"]:
            too_wide.append(f"{name}: {width}")
    await context.close()
    assert not too_wide


@pytest.mark.parametrize("path", ["/region", "/cases", CASE])
async def test_pages_stay_under_their_budget(browser: Browser, address: str, path: str) -> None:
    context = await context_for(browser, address)
    page = await context.new_page()
    answer = await page.goto(path)
    assert answer is not None
    assert len(await answer.body()) < 96_000
    await context.close()


async def test_a_case_opens_beside_the_queue_by_keyboard_and_closes_again(
    browser: Browser, address: str
) -> None:
    context = await context_for(browser, address)
    complaints: list[str] = []
    page = await open_page(context, "/cases", complaints)
    await page.keyboard.press("j")
    await page.keyboard.press("o")
    await expect(page.locator("#panel .case")).to_be_visible()
    await expect(page).to_have_url(re.compile(f"case={identifier(100)}"))
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel .case")).to_have_count(0)
    await expect(page.locator("#list a[data-panel]").first).to_be_focused()
    await context.close()
    assert not complaints


async def test_the_address_brings_the_opened_case_back(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, f"/cases?case={identifier(103)}", [])
    await expect(page.locator("#panel .case")).to_be_visible()
    await context.close()


async def test_filters_stand_in_the_address_and_survive_going_back(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/cases", [])
    await page.keyboard.press("/")
    await page.keyboard.type("zzz")
    await expect(page).to_have_url(re.compile("q=zzz"))
    await expect(page.locator("#list .empty")).to_be_visible()
    await expect(page.locator("#case-count")).to_have_text("0 件")
    await page.reload()
    await expect(page.get_by_role("searchbox")).to_have_value("zzz")
    await page.go_back()
    await expect(page.locator("#list tr[data-case]").first).to_be_visible()
    await context.close()


async def test_half_typed_pinyin_does_not_search(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/cases", [])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/cases?" in request.url else None)
    await page.get_by_role("searchbox").focus()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Input.imeSetComposition", {"text": "kuai", "selectionStart": 4, "selectionEnd": 4})
    await page.wait_for_timeout(500)  # longer than the delay after which a finished word searches
    assert not asked
    await cdp.send("Input.insertText", {"text": "快充"})
    await expect(page).to_have_url(re.compile("q=%E5%BF%AB%E5%85%85"))
    await context.close()


async def test_more_rows_are_loaded_in_place(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/cases", [])
    await page.get_by_role("button", name="加载更多").or_(page.get_by_role("link", name="加载更多")).click()
    await expect(page.locator("#list tr[data-case]")).to_have_count(36)
    await context.close()


async def test_clocks_tick_change_colour_and_run_over(browser: Browser, address: str) -> None:
    """R4.2: a breach shows at its second, without reloading."""
    context = await context_for(browser, address)
    page = await context.new_page()
    await page.clock.install()
    await page.goto("/cases")
    await page.wait_for_selector("html[data-ready]")
    clock = page.locator(f"#case-{identifier(103)} .clock")
    await expect(clock).to_have_class(re.compile("clock-critical"))
    await page.clock.run_for(120_000)
    await expect(clock).to_have_class(re.compile("clock-over"))
    await expect(clock.locator(".clock-time")).to_have_text("超时 1分钟")
    await context.close()


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_browser_writes_durations_as_the_server_does(
    browser: Browser, address: str, locale: Locale
) -> None:
    context = await context_for(browser, address, locale=locale)
    page = await open_page(context, "/cases", [])
    lengths = [0, 1, 59, 60, 61, 3_599, 3_600, 3_661, 86_399, 86_400, 90_061, 3_000_000, -75]
    version = await page.evaluate(
        "document.querySelector('script[type=module]').src.replace(/main\\.js$/, '')"
    )
    shown = await page.evaluate(
        """async ([base, lengths]) => {
            const { duration } = await import(base + "duration.js");
            const { texts } = await import(base + "page.js");
            return lengths.map((length) => duration(length, texts.duration));
        }""",
        [version, lengths],
    )
    server = [_formats(locale).duration(length) for length in lengths]
    assert shown == server
    await context.close()


def _formats(locale: Locale) -> Formats:
    return Formats(translator(locale), ZoneInfo("Asia/Shanghai"))


async def test_a_refused_dialog_opens_again_with_its_reason(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    complaints: list[str] = []
    page = await open_page(context, CASE, complaints)
    await page.get_by_role("button", name="升级", exact=True).click()
    dialog = page.get_by_role("dialog", name="升级投诉")
    await dialog.get_by_label("原因").fill("客户要求上级答复")
    await dialog.get_by_role("button", name="升级", exact=True).click()
    await expect(dialog.locator(".field-error")).to_have_text("该项必填。")
    await expect(dialog.get_by_label("原因")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await context.close()
    assert not complaints


async def test_the_theme_is_switched_at_once_and_remembered(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/account", [])
    await page.get_by_role("button", name="切换深浅色").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await context.close()


async def test_keys_are_listed_and_lead_to_places(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/account", [])
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="键盘快捷键")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("q")
    await expect(page).to_have_url(re.compile("/cases$"))
    await context.close()


async def test_what_fails_in_the_background_is_said(browser: Browser, address: str) -> None:
    context = await context_for(browser, address)
    page = await open_page(context, "/messages", [])
    await page.route("**/requeue", lambda route: route.abort())
    await page.get_by_role("button", name="重新发送").first.click()
    await expect(page.get_by_role("status")).to_contain_text("无法连接服务器")
    await context.close()


async def test_pages_work_without_scripts(browser: Browser, address: str) -> None:
    context = await browser.new_context(base_url=address, java_script_enabled=False, viewport=WIDE)  # type: ignore[arg-type]
    await context.add_cookies([{"name": "huiyin_locale", "value": "en", "url": address}])
    page = await context.new_page()
    await page.goto("/cases")
    await page.get_by_role("searchbox").fill("zzz")
    await page.get_by_role("button", name="Apply").click()
    await expect(page).to_have_url(re.compile("q=zzz"))
    await page.goto("/cases")
    await page.locator("a[data-panel]").first.click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await context.close()
