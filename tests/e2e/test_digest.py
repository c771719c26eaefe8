"""A manager with many warnings in a real browser: one digest, acknowledged from its link (issue 4, R4.2)."""

from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from playwright.async_api import Browser, expect

from shared.permissions import Role
from tests.e2e.test_portal import Places
from tests.support.console import browsing, register
from tests.support.waiting import eventually

LATE: Final = 12

# Their owner has not called: the first level is told now, and everybody else before.
_OVERDUE: Final = """
UPDATE clocks SET step = 4, due_at = now(), next_at = now(),
    steps = ARRAY['warn_50', 'warn_75', 'warn_90', 'level_1', 'level_2'],
    schedule = ARRAY[now() - interval '3 h', now() - interval '2 h', now() - interval '1 h', now(),
                     now() + interval '9 h']
WHERE oem_id = $1 AND case_id = ANY ($2) AND metric = 'first_contact'
"""
_HELD: Final = """
SELECT count(*) FROM messages
WHERE oem_id = $1 AND recipient_id = $2 AND state = 'held' AND channel = 'email' AND case_id = ANY ($3)
"""
_TIME_PASSES: Final = """
UPDATE messages SET held_until = now(), next_attempt_at = now()
WHERE oem_id = $1 AND state = 'held' AND channel = 'email'
"""
_DIGEST: Final = """
SELECT subject, link FROM messages
WHERE oem_id = $1 AND recipient_id = $2 AND template = 'digest' AND channel = 'email'
"""


async def late_cases(places: Places, manager_id: UUID) -> list[UUID]:
    """Twelve cases, all overdue at once, and their manager told of them."""
    maker = places.maker
    cases = [(await register(maker.actor(Role.ADVISOR), "空调有异味。")).id for _ in range(LATE)]
    await places.owner.execute(_OVERDUE, maker.oem_id, cases)

    async def all_held() -> bool:
        return await places.owner.fetchval(_HELD, maker.oem_id, manager_id, cases) == LATE

    await eventually(all_held, "the worker has told the manager of every breach", 30)
    await places.owner.execute(_TIME_PASSES, maker.oem_id)
    return cases


async def test_a_manager_with_many_breaches_gets_one_digest_and_acknowledges_from_its_link(
    browser: Browser, places: Places
) -> None:
    """Issue 4: a manager with many warnings receives one digest and acknowledges from the link in it."""
    person = places.maker.person(Role.SERVICE_MANAGER)
    await late_cases(places, person.membership_id)

    async def told() -> bool:
        return len(await places.owner.fetch(_DIGEST, places.maker.oem_id, person.membership_id)) == 1

    await eventually(told, "the digest is written", 30)
    ((subject, link),) = await places.owner.fetch(_DIGEST, places.maker.oem_id, person.membership_id)
    assert subject == f"{LATE}条时限提醒：{LATE}条已超时，0条预警"
    async with browsing(browser, places.console) as browse:
        page = await browse.signed_in(person, "zh-CN")
        await page.goto(urlsplit(link).path)
        card = page.locator("#digest")
        await expect(card.locator("h2")).to_have_text(f"{LATE} 件投诉等待您处理")
        await expect(card.locator("tbody tr")).to_have_count(LATE)
        await card.locator("tbody").get_by_role("button", name="确认").first.click()
        await expect(card.locator("h2")).to_have_text(f"{LATE - 1} 件投诉等待您处理")
        await expect(card.locator("tbody .badge", has_text="已确认")).to_have_count(1)
        await card.get_by_role("button", name="全部确认").click()
        await expect(card.locator("h2")).to_have_text("0 件投诉等待您处理")
        await expect(card.locator("tbody .badge", has_text="已确认")).to_have_count(LATE)
        other = await browse.signed_in(places.maker.person(Role.ADVISOR), "zh-CN")
        answer = await other.goto(urlsplit(link).path)
        assert answer is not None
        assert answer.status == 404
