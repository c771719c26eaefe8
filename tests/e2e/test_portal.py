"""The customer's pages in a real browser, and what staff see of what he does there."""

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, Page, expect

from services.api.main import create_app
from shared.db.manifest import TABLES
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from tests.support.console import SECRET, Browsing, Maker, browsing, found_maker, served
from tests.support.servers import Database
from tests.support.waiting import eventually
from tests.support.worker_process import WorkerProcess

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the two doors are served, the OEM, and the tables as their owner sees them."""

    console: str
    portal: str
    maker: Maker
    slug: str
    owner: asyncpg.Connection


@pytest.fixture(scope="module")
async def places(
    database: Database, redis_url: str, files_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Places]:
    """Both doors and a worker over one database."""
    async with AsyncExitStack() as stack:
        console = await stack.enter_async_context(served(database))
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        portal = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(WebSettings(secret=SECRET, portal_url=portal), DatabaseSettings(database.app_url))
        # The console has opened this process's engine, and closes it.
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        maker = await found_maker()
        owner = await asyncpg.connect(database.owner_url)
        for table in TABLES:
            await owner.execute(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY")
        await owner.execute("SET search_path = app")
        await owner.execute("UPDATE dealers SET phone = '+8651000000001', city = '无锡' WHERE NOT is_desk")
        worker = WorkerProcess(
            {
                "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
                "HUIYIN_REDIS_URL": redis_url,
                "HUIYIN_SECRET": SECRET,
                "HUIYIN_PORTAL_URL": portal,
            },
            tmp_path_factory.mktemp("worker") / "worker.log",
        )
        worker.start()
        worker.wait_ready()
        slug = await owner.fetchval("SELECT slug FROM oems WHERE id = $1", maker.oem_id)
        yield Places(console, portal, maker, slug, owner)
        worker.kill()
        await owner.close()
        server.should_exit = True
        await serving


@pytest.fixture
async def care(browser: Browser, places: Places) -> AsyncIterator[Browsing]:
    """Opens browsers of the customer's pages."""
    async with browsing(browser, places.portal) as opened:
        yield opened


def photo() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "#884422").save(target, format="JPEG")
    return target.getvalue()


async def send_form(page: Page, slug: str, dealer_id: int, phone: str) -> None:
    await page.goto(f"/c/{slug}")
    await page.get_by_role("searchbox").fill("无锡")
    await page.get_by_role("button", name="搜索").click()
    await page.locator(f".portal-choices a[href$='dealer={dealer_id}']").click()
    await page.get_by_label("您对什么不满意？").fill("高速行驶踩刹车时方向盘严重抖动。")
    await page.get_by_label("姓名").fill("张测试")
    await page.get_by_label("电话", exact=True).fill(phone)
    await page.get_by_label("邮箱").fill("owner@example.com")
    await page.get_by_label("车牌号").fill("测A·12345")
    await page.get_by_role("checkbox").check()
    files = [{"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo()}]

    async def taken() -> bool:
        """A browser is quicker than a person: told so, it sends the same form again."""
        await page.locator("[name=photos]").set_input_files(files)  # type: ignore[arg-type]
        await page.get_by_role("button", name="提交投诉").click()
        await page.wait_for_load_state()
        return page.url.endswith("/received")

    await eventually(taken, "the form is taken")


@pytest.mark.timeout(240)
async def test_the_owner_submits_follows_and_writes_and_staff_see_it(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R1.1, R1.4, R3.6: form with a photo, acknowledgement with link, tracking page, message, case page."""
    page = await care.page("zh-CN", phone=True, scripts=False)
    await send_form(page, places.slug, places.maker.here, "13800000042")
    await expect(page.get_by_role("heading", name="我们已收到您的投诉")).to_be_visible()
    number = re.findall(r"AF\d+", await page.locator("main").inner_text())[0]

    async def acknowledged() -> list[asyncpg.Record]:
        return await places.owner.fetch(
            "SELECT m.channel, m.link FROM messages m"
            " JOIN cases c ON c.oem_id = m.oem_id AND c.id = m.case_id"
            " WHERE c.number = $1 AND m.template = 'acknowledgement' ORDER BY m.channel",
            number,
        )

    await eventually(acknowledged, "the acknowledgement is written", 30)
    mail, sms = await acknowledged()
    assert (mail["channel"], sms["channel"]) == ("email", "sms")
    assert mail["link"] == sms["link"]
    await page.goto(mail["link"])
    await expect(page.get_by_text(number)).to_be_visible()
    await expect(page.locator(".portal-files a")).to_have_text("IMG_0001.jpg")
    await page.get_by_label("您的留言内容").fill("周六上午方便到店。")
    await page.get_by_role("button", name="发送留言").click()
    await expect(page.get_by_role("status")).to_contain_text("您的留言已送达")
    await expect(page.locator(".timeline")).to_contain_text("周六上午方便到店。")

    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.CUSTOMER_RELATIONS), "zh-CN")
        await desk.goto(f"/cases?view=all&q={number}")
        await desk.locator("#list tr[data-case] a").first.click()
        panel = desk.locator("#panel")
        await expect(panel.locator(".timeline")).to_contain_text("周六上午方便到店。")
        await expect(panel.locator(".file-lines")).to_contain_text("IMG_0001.jpg")
        async with desk.expect_download() as begun:
            await panel.locator(".file-lines a").first.click()
        path = await (await begun.value).path()
        assert path.read_bytes().startswith(b"\xff\xd8\xff")
        bill = [{"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 bill"}]
        await panel.locator(".file-form [name=file]").set_input_files(bill)  # type: ignore[arg-type]
        await panel.locator(".file-form [name=visible_to_customer]").check()
        await panel.locator(".file-form").get_by_role("button", name="添加").click()
        await expect(panel.locator(".file-lines")).to_contain_text("bill.pdf")

    async def told() -> bool:
        return await places.owner.fetchval(
            "SELECT EXISTS (SELECT FROM messages m JOIN cases c ON c.oem_id = m.oem_id AND c.id = m.case_id"
            " WHERE c.number = $1 AND m.template = 'customer_wrote')",
            number,
        )

    await eventually(told, "the owner of the case is told", 30)
    await page.reload()
    await expect(page.locator(".portal-files")).to_contain_text("bill.pdf")


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en", "dark")])
async def test_pages_are_accessible_and_fit(
    care: Browsing, places: Places, locale: str, theme: str, *, phone: bool
) -> None:
    page = await care.page(locale, phone=phone)
    await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    token = await places.owner.fetchval(
        "SELECT link FROM messages WHERE link LIKE '%/t/%' ORDER BY created_at LIMIT 1"
    )
    dealer = await places.owner.fetchval("SELECT id FROM dealers WHERE NOT is_desk LIMIT 1")
    paths = [
        f"/c/{places.slug}",
        f"/c/{places.slug}?dealer={dealer}",
        f"/c/{places.slug}/notice/{dealer}",
        "/c/nobody",
    ]
    paths += [token, f"{token}/received"] if token else []
    problems: list[str] = []
    for path in paths:
        await page.goto(path)
        results = await Axe().run(page, options={"runOnly": RULES})
        if results.violations_count:
            problems.append(f"{path}: {results.generate_report()}")
        width = await page.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
        if phone and width != 390:
            problems.append(f"{path}: {width} wide")
    assert not problems, "\n".join(problems)
