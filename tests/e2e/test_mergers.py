"""Two complaints about one car, in a real browser: found alike, merged, and both customers told (R1.7)."""

from typing import Any

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from shared.cases.views import CaseView
from shared.permissions import Role
from tests.e2e.test_portal import Places
from tests.support.console import Browsing, browsing, register
from tests.support.waiting import eventually

VIN = "LSVAA49J532047371"


async def link_in(places: Places, case: CaseView, template: str) -> str:
    """Where the customer's message leads, once the worker has written it."""

    async def written() -> list[asyncpg.Record]:
        return await places.owner.fetch(
            "SELECT link FROM messages WHERE case_id = $1 AND template = $2", case.id, template
        )

    await eventually(written, f"{template} is written", 30)
    return (await written())[0]["link"]


@pytest.mark.timeout(240)
async def test_two_complaints_about_one_car_are_merged_and_both_customers_are_told(
    browser: Browser, care: Browsing, places: Places
) -> None:
    """R1.7, R3.7: look-alike seen, merged, one way of progress, the result told to both."""
    actor = places.maker.actor(Role.ADVISOR)
    car: dict[str, Any] = {"vehicle_vin": VIN, "vehicle_plate": "测M·00001"}
    husband = await register(
        actor, "低速转向时前轮异响。", customer_name="张测试", customer_phone="13800007001", **car
    )
    wife = await register(
        actor, "转弯时车头有响声，已经第二次了。", customer_name="李测试", customer_phone="13800007002", **car
    )
    async with browsing(browser, places.console) as staff:
        desk = await staff.signed_in(places.maker.person(Role.SERVICE_MANAGER), "zh-CN")
        await desk.goto(f"/cases/{wife.id}")
        alike = desk.locator(".look-alikes li", has_text=husband.number)
        await expect(alike).to_contain_text("同一车辆")
        await desk.locator(".case-more summary").click()
        await desk.get_by_role("button", name="合并", exact=True).click()
        merge = desk.get_by_role("dialog")
        await merge.get_by_label("另一投诉的编号").fill(husband.number)
        await merge.get_by_label("原因").fill("同一车辆同一故障，车主夫妇分别来电。")
        await merge.get_by_role("button", name="合并", exact=True).click()
        await expect(desk.locator(".case-merged")).to_contain_text(husband.number)
        await desk.locator(".case-merged a").click()
        await expect(desk.locator(".case-merged")).to_contain_text("李*")

        hers = await care.page("zh-CN", phone=True, scripts=False)
        await hers.goto(await link_in(places, wife, "merged"))
        await expect(hers.locator("main")).to_contain_text("另有客户就同一问题投诉")
        await expect(hers.locator("main")).to_contain_text(wife.number)
        await expect(hers.locator("main")).not_to_contain_text("张测试")

        await desk.locator("[name=summary]").fill("约明天到店检查。")
        await desk.get_by_role("button", name="保存联系").click()
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已联系")
        await desk.get_by_role("radio", name="处理方案").check()
        await desk.locator("[name=plan]").fill("更换左前转向节球头。")
        await desk.locator(".composer-plan [name=told_via]").select_option("phone")
        await desk.get_by_role("button", name="保存方案").click()
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已定方案")
        await hers.reload()
        await expect(hers.locator(".portal-steps [aria-current]")).to_contain_text("方案")
        await expect(hers.locator("main")).to_contain_text("更换左前转向节球头。")
        await expect(hers.get_by_role("button", name="同意")).to_have_count(0)

        await desk.get_by_role("button", name="办结").click()
        resolve = desk.get_by_role("dialog")
        await resolve.get_by_label("解决办法").fill("已更换左前球头，路试无异响。")
        await resolve.get_by_role("button", name="办结并告知客户").click()
        await expect(desk.locator(".steps [aria-current]")).to_have_text("已告知结果")
    for case, name, other in ((husband, "张测试", "李测试"), (wife, "李测试", "张测试")):
        page = await care.page("zh-CN", phone=True, scripts=False)
        await page.goto(await link_in(places, case, "result"))
        await expect(page.locator("h1")).to_contain_text(name)
        await expect(page.locator("main")).to_contain_text("已更换左前球头，路试无异响。")
        await expect(page.locator("main")).to_contain_text(case.number)
        await expect(page.locator("main")).not_to_contain_text(other)
        await page.goto(await link_in(places, case, "survey"))
        await expect(page.locator("main")).to_contain_text(case.number)
