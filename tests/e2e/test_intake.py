"""Registering complaints in a real browser, with the keyboard and on a phone."""

import re

from playwright.async_api import expect

from shared.permissions import Role
from tests.support.console import Browsing, Maker, register


async def test_an_advisor_registers_a_phone_complaint(browse: Browsing, maker: Maker) -> None:
    """R1.2, R1.5, R2.4: the known customer is filled in, the rules speak while the words are typed."""
    await register(
        maker.actor(Role.ADVISOR),
        customer_name="孙测试",
        customer_phone="13800006601",
        vehicle_plate="测C·66010",
        vehicle_model="L7 PHEV",
    )
    page = await browse.signed_in(maker.person(Role.ADVISOR), "zh-CN")
    await page.goto("/cases")
    await page.keyboard.press("n")
    await expect(page).to_have_url(re.compile("/cases/new$"))
    await expect(page.get_by_label("电话", exact=True)).to_be_focused()
    await page.get_by_label("电话", exact=True).press_sequentially("13800006601")
    await page.get_by_role("button", name="孙测试").click()
    await expect(page.get_by_label("车型")).to_have_value("L7 PHEV")
    await expect(page.get_by_label("客户原话")).to_be_focused()
    await page.get_by_label("客户原话").fill("刹车不好用")
    await expect(page.locator("#hints")).to_contain_text("具体是什么现象")
    await page.get_by_label("客户原话").fill("高速行驶时刹车失灵，踏板发软，非常危险。")
    await expect(page.locator("#hints")).to_contain_text("“刹车失灵”")
    await page.get_by_label("行驶里程").fill("23500")
    await page.get_by_role("button", name="登记投诉", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("投诉已登记")
    await expect(page.locator(".case-owner")).to_contain_text(maker.person(Role.ADVISOR).name)
    await expect(page.locator(".case-who")).to_contain_text("孙测试")


async def test_an_oem_agent_registers_for_a_dealer_without_scripts(browse: Browsing, maker: Maker) -> None:
    """R1.1, R1.6: wrong fields are named, nothing that was typed is lost; the dealer has the case."""
    page = await browse.signed_in(maker.person(Role.CAC_AGENT), "en", scripts=False)
    await page.get_by_role("link", name="Register").first.click()
    await page.get_by_label("Phone", exact=True).fill("138")
    await page.get_by_label("In the customer's words").fill("Gearbox jerks between 2nd and 3rd when warm.")
    await page.get_by_label("Dealer").select_option(str(maker.here))
    await page.get_by_role("button", name="Register the complaint").click()
    await expect(page.locator("#customer_phone-error")).to_be_visible()
    await expect(page.get_by_label("In the customer's words")).to_have_value(re.compile("jerks between"))
    await expect(page.get_by_label("Dealer")).to_have_value(str(maker.here))
    await page.get_by_label("Phone", exact=True).fill("13800006602")
    owner = maker.person(Role.SERVICE_MANAGER)
    await page.get_by_label("Owner").select_option(str(owner.membership_id))
    await page.get_by_role("button", name="Register the complaint").click()
    await expect(page.get_by_role("status")).to_contain_text("The complaint is registered.")
    await expect(page.locator(".case-owner")).to_contain_text(owner.name)
    number = await page.locator(".case-head .code, .case-number").first.inner_text()

    dealer = await browse.signed_in(owner, "zh-CN")
    await dealer.goto("/cases?view=mine")
    await dealer.locator("#list tr[data-case]", has_text=number).locator("a").first.click()
    panel = dealer.locator("#panel")
    await expect(panel).to_contain_text("Gearbox jerks between 2nd and 3rd when warm.")
    await expect(panel.locator(".timeline")).to_contain_text(maker.person(Role.CAC_AGENT).name)
