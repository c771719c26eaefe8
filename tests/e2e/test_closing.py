"""After the result, in a real browser: survey by link, call-back, case opened again and closed (R5)."""

import re

import asyncpg
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from shared.cases import service
from shared.cases.commands import ContactChannel, LogContact, Resolve
from shared.cases.views import CaseView
from shared.permissions import Role
from tests.e2e.test_portal import RULES, Places
from tests.support.console import Browsing, browsing, register
from tests.support.waiting import eventually


async def told(places: Places, words: str) -> CaseView:
    """A case whose customer has been told the result."""
    manager = places.maker.actor(Role.SERVICE_MANAGER)
    case = await register(places.maker.actor(Role.ADVISOR), words)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(manager, case.id, spoken, version=None)
    result = Resolve(result="已更换球头，路试正常。", told_via=ContactChannel.PHONE)
    return await service.resolve(manager, case.id, result, version=None)


async def survey_link(places: Places, case: CaseView) -> str:
    """Where the survey's message leads, once the worker has written it."""

    async def sent() -> list[asyncpg.Record]:
        return await places.owner.fetch(
            "SELECT link FROM messages WHERE case_id = $1 AND template = 'survey'", case.id
        )

    await eventually(sent, "the survey is sent", 30)
    return (await sent())[0]["link"]


async def answer(page: Page, *, solved: str) -> None:
    for question in ("attitude", "speed", "solution"):
        await page.locator(f"[name=q_{question}][value='{5 if solved == 'yes' else 2}']").check()
    await page.locator(f"[name=q_solved][value={solved}]").check()
    await page.locator("[name=q_informed][value=asked]").check()


@pytest.mark.timeout(240)
async def test_a_dissatisfied_owner_is_called_back_and_the_case_is_reopened_and_closed(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R5.1, R5.3: survey by link without scripts, call-back by a named person, reopened, closed again."""
    case = await told(places, "低速转向时前轮异响。")
    page = await care.page("zh-CN", phone=True, scripts=False)
    link = await survey_link(places, case)
    await page.goto(link)
    await answer(page, solved="no")
    await page.get_by_label("您还有什么意见或建议？").fill("异响还在。")
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("会尽快给您回电")
    await page.goto(link)
    await expect(page.locator("form")).to_have_count(0)

    async def wanted() -> bool:
        return await places.owner.fetchval(
            "SELECT EXISTS (SELECT FROM follow_up_calls WHERE case_id = $1 AND kind = 'callback')", case.id
        )

    await eventually(wanted, "the call-back is planned", 30)
    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.SERVICE_MANAGER), "zh-CN")
        await desk.goto("/calls")
        await desk.locator(".call-open", has_text="低速转向时前轮异响").click()
        await expect(desk.locator("main")).to_contain_text("异响还在。")
        await desk.get_by_role("radio", name="仍有投诉").check()
        await desk.get_by_label("客户说了什么").fill("低速转向仍有异响，要求再次检查。")
        await desk.get_by_text("客户有投诉", exact=True).click()
        await desk.get_by_label("如何致歉").fill("已就未修好致歉。")
        await desk.get_by_role("button", name="保存通话记录").click()
        await expect(desk.locator("main")).to_contain_text("已完成")
        await desk.goto(f"/cases/{case.id}")
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已登记")
        await expect(desk.locator(".timeline")).to_contain_text("重新打开了投诉")
        await expect(desk.locator(".timeline")).to_contain_text("已就未修好致歉。")
        await desk.get_by_role("button", name="办结").click()
        resolve = desk.get_by_role("dialog")
        await resolve.get_by_label("检查结果").fill("下摆臂胶套开裂。")
        await resolve.get_by_label("解决办法").fill("已更换下摆臂，异响消失。")
        await resolve.get_by_label("后续建议").fill("一个月后来店复紧。")
        await resolve.get_by_role("button", name="办结并告知客户").click()
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已告知结果")
        for words in ("下摆臂胶套开裂。", "一个月后来店复紧。"):
            await expect(desk.locator(".case-outcome")).to_contain_text(words)

        second = await survey_link_of_round(places, case, 2)
        await page.goto(second)
        await answer(page, solved="yes")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()
        await desk.reload()
        await expect(desk.locator(".case-after")).to_contain_text("满意")
        await desk.get_by_role("button", name="结案").click()
        close = desk.get_by_role("dialog")
        await close.get_by_label("根本原因").fill("下摆臂衬套老化。")
        await close.get_by_label("预防措施").fill("异响检查增加下摆臂项目。")
        await close.get_by_role("button", name="结案").click()
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已关闭")


async def survey_link_of_round(places: Places, case: CaseView, number: int) -> str:
    """The link of the newest survey once it is of that round."""

    async def sent() -> bool:
        return await places.owner.fetchval(
            "SELECT count(DISTINCT link) = $2 FROM messages WHERE case_id = $1 AND template = 'survey'",
            case.id,
            number,
        )

    await eventually(sent, "the next survey is sent", 30)
    return await places.owner.fetchval(
        "SELECT link FROM messages WHERE case_id = $1 AND template = 'survey'"
        " ORDER BY created_at DESC LIMIT 1",
        case.id,
    )


@pytest.mark.timeout(240)
async def test_a_call_sheet_and_a_call_are_filled_by_staff(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R5.1, R5.2: by call sheet; the next working day's list; a try without an answer."""
    case = await told(places, "空调出风口异味。")
    await survey_link(places, case)
    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.CUSTOMER_RELATIONS), "zh-CN")
        await desk.goto(f"/cases/{case.id}")
        await desk.locator(".case-after").get_by_role("link", name="满意度调查").click()
        await answer(desk, solved="yes")
        await desk.get_by_role("button", name="保存回答").click()
        await expect(desk.locator("main")).to_contain_text("5.0 / 5")
        await desk.goto(f"/cases/{case.id}")
        await desk.get_by_role("button", name="结案").click()
        close = desk.get_by_role("dialog")
        await close.get_by_label("根本原因").fill("滤芯发霉。")
        await close.get_by_label("预防措施").fill("保养提醒。")
        await close.get_by_role("button", name="结案").click()

        async def planned() -> bool:
            return await places.owner.fetchval(
                "SELECT EXISTS (SELECT FROM follow_up_calls WHERE case_id = $1)", case.id
            )

        await eventually(planned, "the call is planned", 30)
        await desk.goto("/calls?day=next")
        await desk.locator(".call-open", has_text="空调出风口异味").click()
        await desk.get_by_role("radio", name="无人接听").check()
        await desk.get_by_role("button", name="保存通话记录").click()
        await desk.goto("/calls?day=all")
        await expect(desk.locator(".calls-list")).to_contain_text("1 次")


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en", "dark")])
async def test_the_pages_are_accessible_and_fit(
    browser: Browser, care: Browsing, places: Places, locale: str, theme: str, *, phone: bool
) -> None:
    case = await told(places, "行驶中天窗异响。")
    link = await survey_link(places, case)
    problems: list[str] = []
    page = await care.page(locale, theme=theme, phone=phone)
    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(
            places.maker.person(Role.SERVICE_MANAGER), locale, theme=theme, phone=phone
        )
        sheet = f"/cases/{case.id}/survey"
        for shown, path in ((page, link), (desk, "/calls?day=all&caller="), (desk, sheet)):
            await shown.goto(path)
            results = await Axe().run(shown, options={"runOnly": RULES})
            if results.violations_count:
                problems.append(f"{path}: {results.generate_report()}")
            width = await shown.evaluate("Math.max(innerWidth, document.documentElement.scrollWidth)")
            if phone and width != 390:
                problems.append(f"{path}: {width} wide")
    assert not problems, "\n".join(problems)
    assert re.search(r"/s/[\w-]{43}$", link)
