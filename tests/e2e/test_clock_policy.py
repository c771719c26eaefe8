"""The clock policy in a real browser: a promise is edited, its effect seen, open cases migrated (R4.1)."""

from playwright.async_api import expect

from shared.cases import policy_migration
from shared.db.engine import transaction
from shared.outbox.events import Event, EventKind
from shared.permissions import Role
from shared.tenancy import Scope
from tests.support.console import Browsing, Maker, register

_PENDING = """
SELECT oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts, id AS lease_token
FROM events WHERE oem_id = $1 AND kind = $2 AND state = 'pending'
"""


async def work(maker: Maker) -> None:
    """What the worker does with a migration."""
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        events = await tx.rows(Event, _PENDING, maker.oem_id, EventKind.POLICY_MIGRATION.value)
        for event in events:
            await policy_migration.on_migration(tx, event)


async def test_an_administrator_edits_a_promise_sees_the_effect_and_migrates(
    browse: Browsing, maker: Maker
) -> None:
    """R4.1, proofs.md, Changes: an admin may preview and migrate; open cases keep theirs until then."""
    case = await register(maker.actor(Role.SERVICE_MANAGER))
    page = await browse.signed_in(maker.person(Role.ADMINISTRATOR), "en")
    await page.goto("/oem")
    await page.get_by_role("link", name="Promises and clocks").click()
    last = page.locator("#default")
    row = last.get_by_role("row").filter(has_text="Resolution")
    await expect(row).to_contain_text("5 working days")
    await row.get_by_role("link", name="Change").click()
    await page.get_by_label("Within").fill("3")
    await page.get_by_label("Warn the owner at").fill("80, 50")
    await page.get_by_role("button", name="Keep in the draft").click()
    await expect(page.get_by_text("in rising order")).to_be_visible()
    await page.get_by_label("Warn the owner at").fill("50, 80, 95")
    await page.get_by_role("button", name="Keep in the draft").click()
    await page.get_by_role("link", name="See the effect and publish").click()
    await expect(page.locator("del").first).to_contain_text("5 working days")
    await expect(page.locator("ins").first).to_contain_text("3 working days")
    examples = page.get_by_role("group", name="Examples")
    await expect(examples).to_contain_text(case.number)
    await page.get_by_role("button", name="Publish as a new version").click()
    await expect(page.get_by_text("keep them")).to_be_visible()
    await page.get_by_role("link", name="Migrate open cases").click()
    await page.get_by_role("button", name="Migrate open cases").click()
    migrations = page.locator("#migration-list")
    await expect(migrations).to_contain_text("0 of 1")
    await work(maker)
    await expect(migrations.locator(".badge-good")).to_be_visible(timeout=10_000)
    await expect(migrations).to_contain_text("Version 2")
