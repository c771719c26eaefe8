"""The fire log in a real browser: two clicks from the queue say who was told of a late clock (R4.4)."""

import re
from typing import Final
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from shared.permissions import Role
from tests.e2e.test_digest import late_cases
from tests.e2e.test_portal import Places
from tests.support.console import browsing, register
from tests.support.waiting import eventually

_OVERDUE: Final = """
WITH late AS (UPDATE cases SET due_at = now() WHERE oem_id = $1 AND id = $2)
UPDATE clocks SET step = 4, due_at = now(), next_at = now(),
    steps = ARRAY['warn_50', 'warn_75', 'warn_90', 'level_1', 'level_2'],
    schedule = ARRAY[now() - interval '3 h', now() - interval '2 h', now() - interval '1 h', now(),
                     now() + interval '9 h']
WHERE oem_id = $1 AND case_id = $2 AND metric = 'first_contact'
"""
_TOLD: Final = """
SELECT EXISTS (SELECT FROM escalations WHERE oem_id = $1 AND case_id = $2 AND step = 'level_1'
               AND told_at IS NOT NULL)
"""


@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
async def test_two_clicks_from_the_queue_say_who_was_told_of_a_late_clock_and_when(
    browser: Browser, places: Places, *, phone: bool
) -> None:
    """Issue 4: the fire log answers "who was told, when" for any late clock in two clicks. R4.4."""
    maker = places.maker
    case = await register(maker.actor(Role.ADVISOR), f"空调有异味，{'手机' if phone else '电脑'}。")
    await places.owner.execute(_OVERDUE, maker.oem_id, case.id)

    async def told() -> bool:
        return await places.owner.fetchval(_TOLD, maker.oem_id, case.id)

    await eventually(told, "the worker has told the first level", 30)
    manager = maker.person(Role.SERVICE_MANAGER)
    async with browsing(browser, places.console) as browse:
        page = await browse.signed_in(manager, "zh-CN", phone=phone)
        await page.goto("/cases")
        row = page.locator(f"#case-{case.id}")
        await expect(row.locator(".cell-clock")).to_contain_text("超时")

        await row.get_by_role("link", name=case.title).click()
        await page.get_by_role("link", name="何时告知了谁").click()

        await expect(page).to_have_url(re.compile(f"/cases/{case.id}/firings$"))
        line = page.locator("tbody tr", has_text="首次联系")
        await expect(line).to_have_count(1)
        await expect(line).to_contain_text("超时")
        await expect(line).to_contain_text(manager.name)
        await expect(line).to_contain_text("邮件")
        await expect(line).to_contain_text("未确认")
        assert await line.locator("time").count() >= 3, (
            "when it was due, when it fired, when people were told"
        )

        await page.get_by_role("link", name="返回投诉").click()
        acknowledge = page.locator(".case-escalations").get_by_role("button", name="确认接收")
        await acknowledge.first.click()
        await expect(acknowledge).to_have_count(0)
        await page.goto(f"/cases/{case.id}/firings")
        await expect(line).not_to_contain_text("未确认")
        await expect(line.locator("td").last).to_contain_text(manager.name)


_DIGEST: Final = """
SELECT id FROM messages WHERE template = 'digest' AND oem_id = $1
AND digest_id = (SELECT digest_id FROM messages WHERE oem_id = $1 AND recipient_id = $2 AND case_id = $3
                 AND digest_id IS NOT NULL)
"""
_REFUSED: Final = """
UPDATE messages SET state = 'dead', last_error = 'smtp 550', lease_token = NULL WHERE oem_id = $1 AND id = $2
"""
_SENT: Final = """
UPDATE messages SET state = 'sent', last_error = NULL, sent_at = now() WHERE oem_id = $1 AND id = $2
"""


async def test_of_a_digest_the_log_says_when_it_left_or_why_not_and_leads_to_it(
    browser: Browser, places: Places
) -> None:
    """Issue 4: who was told, by which message, when; a new OEM's managers are told in digests. R4.4."""
    maker = places.maker
    manager = maker.person(Role.SERVICE_MANAGER)
    case_id, *others = await late_cases(places, manager.membership_id)

    async def written() -> UUID | None:
        return await places.owner.fetchval(_DIGEST, maker.oem_id, manager.membership_id, case_id)

    digest = await eventually(written, "the digest is written", 30)
    await places.owner.execute(_REFUSED, maker.oem_id, digest)
    async with browsing(browser, places.console) as browse:
        page = await browse.signed_in(manager, "zh-CN")
        await page.goto(f"/cases/{case_id}/firings")
        line = page.locator("tbody small", has_text=f"{manager.name} · 邮件 · 汇总消息")
        await expect(line).to_contain_text("发送失败")
        await expect(line).to_contain_text("生成于")
        await expect(line.get_by_title("smtp 550")).to_be_visible()

        await line.get_by_role("link", name="汇总消息").click()
        await expect(page).to_have_url(re.compile(r"/messages\?digest="))
        row = page.locator(f"#message-{digest}")
        await expect(row).to_contain_text("smtp 550")
        await expect(row.get_by_role("button", name="重新发送")).to_be_visible()
        stands_for = page.locator("tbody tr", has=page.get_by_role("link", name="汇总消息"))
        assert await stands_for.count() > len(others)

        await places.owner.execute(_SENT, maker.oem_id, digest)
        await page.goto(f"/cases/{case_id}/firings")
        await expect(line).to_contain_text("已发送")
        await expect(line).not_to_contain_text("生成于")
        await expect(line.locator("time")).to_have_count(1)
