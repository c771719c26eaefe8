"""A complaint the media may take up, in a real browser: report clock, dossier, who is told (R3.10)."""

from datetime import datetime, timedelta
from typing import Final

import pypdfium2
import pytest
from playwright.async_api import Browser, Page, expect

from shared.permissions import Role
from tests.e2e.test_portal import Places
from tests.support.console import Maker, browsing, register
from tests.support.waiting import eventually

WORDS: Final = "行驶中发动机舱起火，客户已联系电视台记者。"
PROPOSAL: Final = "更换发动机总成并延长质保一年，由站长当面致歉。"
REPORT_WITHIN: Final = timedelta(hours=4)


async def name_a_person(admin: Page, maker: Maker) -> None:
    """The administrator says who is told when the media may take a complaint up."""
    head = maker.person(Role.HEAD_OFFICE)
    await admin.goto("/oem")
    await admin.get_by_role("link", name="重大投诉告知人员").click()
    card = admin.get_by_role("region", name=head.name)
    await card.get_by_role("checkbox", name="潜在媒体").check()
    await admin.get_by_role("button", name="发布").click()
    await expect(card.get_by_role("checkbox", name="潜在媒体")).to_be_checked()


async def confirm(manager: Page, path: str) -> None:
    """The regional manager says that it is major, and of which nature."""
    await manager.goto(path)
    await manager.locator(".case-cautions a[href$='/major']").click()
    await manager.locator("[name=criteria][value=risk]").check()
    await manager.get_by_label("投诉性质").select_option(label="潜在媒体")
    await manager.locator("#confirm-reason").fill("客户已联系电视台，可能报道。")
    await manager.get_by_role("button", name="确认为重大投诉").click()
    await expect(manager.locator(".case-marks")).to_contain_text("重大")


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(sheet.get_textpage().get_text_range() for sheet in document)


async def dossier(page: Page) -> str:
    """What the dossier says, got by one click."""
    async with page.expect_download() as begun:
        await page.get_by_role("link", name="卷宗 · 中文").click()
    return words_of((await (await begun.value).path()).read_bytes())


@pytest.mark.timeout(420)
async def test_a_media_case_owes_a_report_and_has_its_dossier_and_its_people(
    browser: Browser, places: Places, printer: None
) -> None:
    """R3.10, R4.1: a written report within 4 h, named persons told, the dossier in one click."""
    maker = places.maker
    case = await register(maker.actor(Role.ADVISOR), WORDS)
    path = f"/cases/{case.id}/major"
    async with browsing(browser, places.console) as staff:
        await name_a_person(await staff.signed_in(maker.person(Role.ADMINISTRATOR), "zh-CN"), maker)
        await confirm(
            await staff.signed_in(maker.person(Role.REGIONAL_MANAGER), "zh-CN"), f"/cases/{case.id}"
        )
        desk = await staff.signed_in(maker.person(Role.SERVICE_MANAGER), "zh-CN")
        report = desk.get_by_role("region", name="书面报告与卷宗")

        async def told_and_printed() -> bool:
            await desk.goto(path)
            links = await report.get_by_role("link", name="卷宗").count()
            return links == 2 and await report.get_by_text(maker.person(Role.HEAD_OFFICE).name).count() > 0

        await eventually(told_and_printed, "the named person is told and the dossier printed", 150)
        due = await report.locator("header time").last.get_attribute("datetime")
        assert due is not None
        assert datetime.fromisoformat(due) - case.received_at == REPORT_WITHIN
        said = await dossier(desk)
        assert case.number in said
        assert "电视台" in said
        assert PROPOSAL not in said

        await report.get_by_label("拟处理方案").fill(PROPOSAL)
        await report.get_by_role("button", name="提交报告").click()
        await expect(report.locator(".findings", has_text=PROPOSAL)).to_contain_text("秦薇")
        await expect(report.locator("header .clock-met")).to_be_visible()

        async def printed_anew() -> bool:
            answer = await desk.request.get(f"{places.console}/cases/{case.id}/forms/dossier/zh-CN")
            is_pdf = answer.headers["content-type"] == "application/pdf"
            return is_pdf and "延长质保一年" in words_of(await answer.body())

        await eventually(printed_anew, "the dossier holds the report", 150)
        await desk.goto(path)
        assert "由站长当面致歉" in await dossier(desk)
