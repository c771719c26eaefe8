"""The tracking page: what a link opens, what it shows, and what can be done by it."""

from datetime import timedelta

import asyncpg
import pytest

from shared.cases import service
from shared.cases.commands import (
    AddNote,
    Assign,
    Close,
    ContactChannel,
    Escalate,
    LogContact,
    RenewLink,
    Resolve,
)
from shared.cases.repository import NewTimelineEntry, note_on_timeline
from shared.cases.views import CaseView
from shared.cases.work_commands import Plan
from shared.cases.work_vocabulary import Payer
from shared.db.engine import transaction
from shared.permissions import Role
from shared.portal.tracking import track
from shared.tenancy import Scope
from tests.integration.portal.conftest import LINKS, Portal

EN = {"Accept-Language": "en"}


async def test_a_link_shows_number_progress_and_the_lines(portal: Portal) -> None:
    """R1.1, R1.4: the customer follows the case without an account."""
    await portal.owner.execute(
        "UPDATE dealers SET phone = '+8651200000001' WHERE id = $1", portal.tenant.here
    )
    await portal.owner.execute("UPDATE oems SET complaint_line = '+864000000001'")
    case = await portal.case()
    answer = await portal.client.get(portal.path(case))
    assert answer.status_code == 200
    page = answer.text
    assert case.number in page
    assert "您好，张测试" in page
    assert 'href="tel:+8651200000001"' in page
    assert 'href="tel:+864000000001"' in page
    assert case.owner_name in page


async def test_answers_tell_nobody_the_address(portal: Portal) -> None:
    answer = await portal.client.get(portal.path(await portal.case()))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text


async def test_the_page_speaks_the_customers_language_and_switches(portal: Portal) -> None:
    case = await portal.case("Gearbox jerks when warm.")
    assert 'lang="en"' in (await portal.client.get(portal.path(case))).text
    switched = await portal.client.get(portal.path(case) + "?lang=zh-CN")
    assert ">进度<" in switched.text
    assert ">进度<" in (await portal.client.get(portal.path(case))).text


async def test_the_customer_sees_what_he_was_told_and_nothing_internal(portal: Portal) -> None:
    """R3.6: internal notes apart from what the customer sees."""
    case = await portal.case()
    actor = portal.tenant.actor(Role.SERVICE_MANAGER)
    for run, command in (
        (service.add_note, AddNote(text="INTERNAL note")),
        (service.escalate, Escalate(reason="INTERNAL reason")),
        (
            service.assign,
            Assign(
                owner_id=portal.tenant.people[portal.tenant.here, Role.STATION_HEAD],
                reason="INTERNAL handover",
            ),
        ),
        (
            service.log_contact,
            LogContact(effective=True, channel=ContactChannel.PHONE, summary="INTERNAL summary of the call"),
        ),
        (service.plan, Plan(plan="INTERNAL plan in the making")),
    ):
        await run(actor, case.id, command, version=None)
    page = (await portal.client.get(portal.path(case))).text
    assert "我们与您联系" in page
    assert "INTERNAL" not in page
    await service.plan(actor, case.id, Plan(plan="更换前制动盘", told_via=ContactChannel.PHONE), version=None)
    await service.plan(actor, case.id, Plan(plan="INTERNAL second thoughts"), version=None)
    page = (await portal.client.get(portal.path(case))).text
    assert "更换前制动盘" in page
    assert "INTERNAL" not in page
    await service.resolve(
        actor, case.id, Resolve(result="已更换，路试正常", told_via=ContactChannel.PHONE), version=None
    )
    head = portal.tenant.actor(Role.STATION_HEAD)
    await service.close(
        head, case.id, Close(root_cause="INTERNAL cause", preventive_measure="INTERNAL measure"), version=None
    )
    page = (await portal.client.get(portal.path(case))).text
    assert "已更换，路试正常" in page
    assert "投诉已关闭" in page
    assert "INTERNAL" not in page


async def test_the_result_stands_in_its_parts_once_it_is_told(portal: Portal) -> None:
    """R3.7: what was found, the solution, further advice."""
    case = await portal.case()
    actor = portal.tenant.actor(Role.ADVISOR)
    told = Resolve(
        result="已更换制动盘",
        told_via=ContactChannel.PHONE,
        found="制动盘<跳动>超差",
        advice="前两百公里避免急刹车",
    )
    assert "后续建议" not in (await portal.client.get(portal.path(case))).text
    await service.resolve(actor, case.id, told, version=None)
    page = (await portal.client.get(portal.path(case))).text
    for words in ("检查结果", "制动盘&lt;跳动&gt;超差", "解决办法", "已更换制动盘", "后续建议", "前两百公里"):
        assert words in page, words


@pytest.mark.parametrize("wrong", ["", "A", "A" * 43, "not-a-token", "%00", "é", "x" * 5000])
async def test_what_is_no_link_is_not_found(portal: Portal, wrong: str) -> None:
    answer = await portal.client.get(f"/t/{wrong}x", headers=EN)
    assert answer.status_code in {404, 422}


async def test_a_revoked_link_and_one_of_another_case_open_nothing(portal: Portal) -> None:
    """R9.1: raising the generation ends every link that was sent."""
    case = await portal.case()
    assert (await portal.client.get(portal.path(case, generation=2))).status_code == 404
    await portal.owner.execute("UPDATE cases SET link_generation = 2 WHERE id = $1", case.id)
    assert (await portal.client.get(portal.path(case))).status_code == 404
    posted = await portal.client.post(f"{portal.path(case)}/messages", data={"text": "hello"})
    assert posted.status_code == 404
    assert (await portal.client.get(portal.path(case, generation=2))).status_code == 200


async def test_staff_end_the_links_that_were_sent(portal: Portal) -> None:
    """R9.1: a link that went to a wrong number opens nothing any more; the next message brings a new one."""
    case = await portal.case()
    advisor = portal.tenant.actor(Role.ADVISOR)
    await service.renew_link(advisor, case.id, RenewLink(reason="INTERNAL wrong number"), version=None)
    assert (await portal.client.get(portal.path(case))).status_code == 404
    page = await portal.client.get(portal.path(case, generation=2))
    assert page.status_code == 200
    assert "INTERNAL" not in page.text


async def test_links_of_a_closed_oem_open_nothing(portal: Portal) -> None:
    case = await portal.case()
    await portal.owner.execute("UPDATE oems SET active = false")
    try:
        assert (await portal.client.get(portal.path(case))).status_code == 404
    finally:
        await portal.owner.execute("UPDATE oems SET active = true")


async def test_a_message_stands_on_the_timeline_and_makes_an_event(portal: Portal) -> None:
    """R3.6: what the customer writes is logged; nobody has to explain twice."""
    case = await portal.case()
    for _ in range(2):
        answer = await portal.client.post(f"{portal.path(case)}/messages", data={"text": "周六上午方便。"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(portal.path(case))
    shown = await portal.client.get(answer.headers["location"])
    assert "周六上午方便。" in shown.text
    assert 'role="status"' in shown.text
    rows = await portal.owner.fetch(
        "SELECT * FROM timeline_entries WHERE case_id = $1 AND kind = 'customer_message'", case.id
    )
    assert [(row["actor_kind"], row["actor_name"], row["internal"]) for row in rows] == [
        ("customer", "张测试", False)
    ]
    await portal.owner.execute("ALTER TABLE app.events NO FORCE ROW LEVEL SECURITY")
    events = await portal.owner.fetchval(
        "SELECT count(*) FROM events WHERE case_id = $1 AND kind = 'case.customer_wrote'", case.id
    )
    assert events == 1
    audited = await portal.owner.fetchrow(
        "SELECT actor_kind, actor_role FROM audit_entries WHERE entity_id = $1 AND action = $2",
        str(case.id),
        "case.customer_message",
    )
    assert tuple(audited) == ("customer", "customer")


@pytest.mark.parametrize("text", ["", "   ", "字" * 2001])
async def test_a_refused_message_comes_back_as_it_was_typed(portal: Portal, text: str) -> None:
    answer = await portal.client.post(f"{portal.path(await portal.case())}/messages", data={"text": text})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert text.strip() in answer.text


async def test_messages_are_limited_per_case(portal: Portal) -> None:
    case = await portal.case()
    path = f"{portal.path(case)}/messages"
    answers = [await portal.client.post(path, data={"text": f"第{number}条"}) for number in range(11)]
    assert [each.status_code for each in answers] == [303] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "第10条" in answers[-1].text


async def test_html_of_a_customer_is_text(portal: Portal) -> None:
    case = await portal.case("<b>&amp;</b><script>alert(1)</script>刹车异响")
    await portal.client.post(f"{portal.path(case)}/messages", data={"text": "<img src=x onerror=alert(1)>"})
    page = (await portal.client.get(portal.path(case))).text
    assert "<script" not in page
    assert "<img" not in page


async def test_the_portals_scope_reaches_its_own_case_and_no_table(portal: Portal) -> None:
    """R9.1: proved by the database, whatever the pages ask."""
    mine, other = await portal.case("制动异响"), await portal.case("空调异味")
    oem_id = portal.tenant.oem_id
    async with transaction(Scope.portal(oem_id, mine.id)) as tx:
        assert await tx.values("SELECT number FROM portal_case()") == [mine.number]
        assert await tx.value("SELECT count(*) FROM portal_timeline()") == 1
    async with transaction(Scope.portal(oem_id + 1, other.id)) as tx:
        assert await tx.value("SELECT portal_generation()") is None
        assert await tx.values("SELECT number FROM portal_case()") == []
        assert await tx.values("SELECT kind FROM portal_timeline()") == []
        assert await tx.values("SELECT name FROM portal_attachments()") == []
    for table in ("cases", "timeline_entries", "customers", "dealers", "memberships", "files", "messages"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(Scope.portal(oem_id, mine.id)) as tx:
                await tx.value(f"SELECT count(*) FROM {table}")


async def _told_a_plan(portal: Portal) -> CaseView:
    case = await portal.case()
    plan = Plan(
        plan="更换前制动盘",
        alternative="加工修复制动盘",
        cost_minor=88_000,
        currency="CNY",
        payer=Payer.DEALER,
        told_via=ContactChannel.PHONE,
    )
    return await service.plan(portal.tenant.actor(Role.ADVISOR), case.id, plan, version=None)


async def test_the_customer_agrees_to_the_plan_by_his_link(portal: Portal) -> None:
    """R3.4: who, when and how, after reading what it costs and who pays."""
    case = await _told_a_plan(portal)
    page = (await portal.client.get(portal.path(case))).text
    assert "加工修复制动盘" in page
    assert "¥880.00" in page
    assert f'name="version" value="{case.version}"' in page
    answer = await portal.client.post(f"{portal.path(case)}/agreement", data={"version": case.version})
    assert answer.status_code == 303
    again = await portal.client.post(f"{portal.path(case)}/agreement", data={"version": case.version})
    assert again.headers["location"] == answer.headers["location"], "a button pressed twice"
    shown = (await portal.client.get(answer.headers["location"])).text
    assert "谢谢，您已同意处理方案。" in shown
    assert f"{portal.path(case)}/agreement" not in shown
    row = await portal.owner.fetchrow(
        "SELECT c.state, p.agreed_by, p.agreed_via FROM cases c JOIN case_plans p ON p.case_id = c.id"
        " WHERE c.id = $1",
        case.id,
    )
    assert tuple(row) == ("agreed", "张测试", "link")
    told = await portal.owner.fetchval(
        "SELECT payload ->> 'by_customer' FROM events WHERE case_id = $1 AND kind = 'case.agreed'", case.id
    )
    assert told == "true"


async def test_what_the_customer_has_not_read_he_cannot_agree_to(portal: Portal) -> None:
    """R3.4: a plan in the making is not his to agree to, and a changed case is to be read again."""
    case = await _told_a_plan(portal)
    manager = portal.tenant.actor(Role.SERVICE_MANAGER)
    noted = await service.add_note(manager, case.id, AddNote(text="INTERNAL note"), version=None)
    stale = await portal.client.post(f"{portal.path(case)}/agreement", data={"version": case.version})
    assert stale.status_code == 409
    assert "INTERNAL" not in stale.text
    await service.plan(manager, case.id, Plan(plan="INTERNAL second thoughts"), version=None)
    page = (await portal.client.get(portal.path(case))).text
    assert f"{portal.path(case)}/agreement" not in page
    changed = await portal.client.post(f"{portal.path(case)}/agreement", data={"version": noted.version + 1})
    assert changed.status_code == 409
    assert "INTERNAL" not in changed.text
    for wrong in ("", "x", "-1", "9" * 30, "१"):
        refused = await portal.client.post(f"{portal.path(case)}/agreement", data={"version": wrong})
        assert refused.status_code == 409
    agreed = await portal.owner.fetchval(
        "SELECT count(*) FROM case_plans WHERE case_id = $1 AND agreed_at IS NOT NULL", case.id
    )
    assert agreed == 0


async def test_the_customer_withdraws_by_his_link_and_says_why(portal: Portal) -> None:
    """R3.3."""
    case = await portal.case()
    path = f"{portal.path(case)}/withdrawal"
    silent = await portal.client.post(path, data={"version": case.version, "reason": " "})
    assert silent.status_code == 422
    assert '<details class="portal-withdraw" open>' in silent.text
    assert f'href="{portal.path(case)}?lang=en"' in silent.text
    done = await portal.client.post(path, data={"version": case.version, "reason": "已自行解决"})
    assert done.status_code == 303
    page = (await portal.client.get(portal.path(case))).text
    assert "您已撤回投诉" in page
    assert path not in page
    again = await portal.client.post(path, data={"version": case.version + 1, "reason": "已自行解决"})
    assert again.status_code == 409
    clocks = await portal.owner.fetchval(
        "SELECT count(*) FROM clocks WHERE case_id = $1 AND next_at IS NOT NULL", case.id
    )
    assert clocks == 0


async def test_of_a_long_case_the_page_shows_what_was_last(portal: Portal) -> None:
    """R1.4: the page stays of a size, whatever happened."""
    case, actor = await portal.case(), portal.tenant.actor(Role.ADVISOR)
    told = NewTimelineEntry(
        case_id=case.id, dealer_id=case.dealer_id, kind="log_contact", internal=False, text=""
    )
    async with transaction(actor.scope) as tx:
        at = await tx.now()
        for number in range(1, 206):
            await note_on_timeline(tx, actor, at + timedelta(minutes=number), told)
    found = await track(LINKS, portal.path(case).removeprefix("/t/"))
    assert [each.at for each in found.entries] == [at + timedelta(minutes=number) for number in range(6, 206)]
