"""A new OEM from nothing to its first complaint, in the browser, as docs/how-to/open-an-oem.md walks it."""

import re
from uuid import uuid4

from playwright.async_api import Page, expect

from shared.accounts.directory import NewAccount, create_account
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from shared.tenants.oems import by_slug
from tests.support.console import PASSWORD, Browsing, Person


async def link_to(slug: str, email: str) -> str:
    """The path in the newest e-mail to an address."""
    oem = await by_slug(slug)
    async with transaction(Scope.oem(oem.id)) as tx:
        link = await tx.value(
            "SELECT link FROM messages WHERE oem_id = $1 AND address = $2 ORDER BY created_at DESC",
            oem.id,
            email,
        )
    return re.sub(r"^https?://[^/]+", "", str(link))


async def accept(page: Page, slug: str, email: str) -> None:
    await page.goto(await link_to(slug, email))
    await page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Accept the invitation").click()
    await expect(page.get_by_role("status")).to_contain_text("Welcome")


async def test_a_new_oem_is_opened_set_up_and_takes_its_first_complaint(browse: Browsing) -> None:
    """R9.1, R1.3: operator → administrator → dealer → advisor → the first number."""
    mark = uuid4().hex[:8]
    slug, admin, advisor = f"oem-{mark}", f"admin-{mark}@example.com", f"advisor-{mark}@example.com"
    operator = f"operator-{mark}@example.com"
    await create_account(NewAccount(operator, "Operator", PASSWORD, locale="en", platform_operator=True))

    person = Person(operator, "Operator", Role.PLATFORM_OPERATOR, 0, uuid4())
    page = await browse.signed_in(person, "en")
    await expect(page).to_have_url(re.compile("/platform$"))
    await page.get_by_label("Name in Chinese", exact=True).fill("新测试汽车")
    await page.get_by_label("Name in English", exact=True).fill("New Test Motors")
    await page.get_by_label("Short name", exact=True).fill(slug)
    await page.get_by_label("First administrator", exact=True).fill("Ada Min")
    await page.get_by_label("E-mail address", exact=True).fill(admin)
    await page.get_by_label("Language", exact=True).select_option("en")
    await page.get_by_role("button", name="Open the OEM").click()
    await expect(page.get_by_role("rowheader", name="New Test Motors")).to_be_visible()

    page = await browse.page("en")
    await accept(page, slug, admin)
    await page.goto("/oem")
    await page.get_by_label("Case numbers begin with", exact=True).fill("NTM")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("saved")
    await page.goto("/network")
    for name, value in {
        "Dealer code": "D1",
        "Name in Chinese": "一店",
        "Area code": "E",
        "District code": "E1",
    }.items():
        await page.get_by_label(name, exact=True).fill(value)
    await page.get_by_role("button", name="Add the dealer").click()
    await expect(page.get_by_role("rowheader", name="一店")).to_be_visible()
    await page.goto("/staff/invite")
    await page.get_by_label("Name", exact=True).fill("Ned Advisor")
    await page.get_by_label("E-mail address", exact=True).fill(advisor)
    await page.get_by_label("Role", exact=True).select_option("advisor")
    await page.get_by_label("Dealer", exact=True).select_option(label="一店 (D1)")
    await page.get_by_role("button", name="Send the invitation").click()
    await expect(page.get_by_role("rowheader", name="Ned Advisor")).to_be_visible()

    page = await browse.page("en")
    await accept(page, slug, advisor)
    await page.goto("/cases/new")
    await page.get_by_label("Phone", exact=True).fill("13800001234")
    await page.get_by_label("In the customer's words").fill("Brakes squeal when cold.")
    await page.get_by_label("Concrete symptom").fill("A high squeal at the first three stops in the morning.")
    await page.get_by_role("button", name="Register the complaint", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("The complaint is registered.")
    await expect(page.locator(".case-owner")).to_contain_text("Ned Advisor")
    await page.goto("/cases?view=mine")
    await expect(page.locator("#list tr[data-case]")).to_contain_text("NTM2")
