"""The list of cases and what is done to one, over HTTP as a browser without scripts does it."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from shared.cases import commands, service
from shared.cases.commands import ContactChannel
from shared.cases.detail import case_view
from shared.cases.repository import NewTimelineEntry, note_on_timeline
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.permissions import Role
from tests.support.console import Browsers, Maker, call_for_help, register, send
from tests.support.servers import Database


async def now_is(maker: Maker, case: CaseView) -> CaseView:
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope) as tx:
        return await case_view(tx, maker.oem_id, case.id)


async def test_a_case_goes_through_its_life_by_forms(browsers: Browsers, maker: Maker) -> None:
    """R3: taken, contacted, planned, resolved, closed; each form leads back and says what it did."""
    case = await register(maker.actor(Role.CUSTOMER_RELATIONS))
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    day = (utc_now() + timedelta(days=30)).date()
    steps: list[tuple[str, dict[str, str], CaseState]] = [
        ("take", {}, CaseState.REGISTERED),
        (
            "contact",
            {"summary": "Called.", "channel": "phone", "direction": "outbound", "effective": "true"},
            CaseState.CONTACTED,
        ),
        ("note", {"text": "Check bay 3."}, CaseState.CONTACTED),
        ("plan", {"plan": "New valve.", "promised_on": f"{day}", "told_via": "sms"}, CaseState.PLANNED),
        (
            "resolve",
            {
                "found": "Valve stuck.",
                "result": "Valve replaced.",
                "advice": "Check it yearly.",
                "told_via": "in_person",
            },
            CaseState.RESULT_TOLD,
        ),
        ("close", {"root_cause": "Worn valve.", "preventive_measure": "Check it."}, CaseState.CLOSED),
    ]
    for action, fields, state in steps:
        version = (await now_is(maker, case)).version
        answer = await send(client, f"/cases/{case.id}/{action}", version=version, **fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/cases/{case.id}"), answer.text
        page = await client.get(f"/cases/{case.id}")
        assert 'class="toast toast-good"' in page.text
        assert (await now_is(maker, case)).state is state
        again = await client.get(f"/cases/{case.id}")
        assert 'class="toast toast-good"' not in again.text
    assert "<dd>Valve stuck.</dd>" in page.text
    assert "Further advice: Check it yearly." in page.text
    closed = await now_is(maker, case)
    assert closed.owner_id == maker.person(Role.SERVICE_MANAGER).membership_id
    assert closed.promised_at is not None
    assert closed.promised_at.isoformat() == f"{day}T15:59:00+00:00"


async def test_a_refused_form_keeps_what_was_typed_and_says_why_at_the_field(
    browsers: Browsers, maker: Maker
) -> None:
    case = await register(maker.actor(Role.ADVISOR))
    client = await browsers.of(maker.person(Role.ADVISOR))
    answer = await send(
        client, f"/cases/{case.id}/resolve", version=case.version, result="  ", told_via="phone"
    )
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "data-open" in answer.text
    long = "word " * 1000
    answer = await send(client, f"/cases/{case.id}/note", version=case.version, text=long)
    assert answer.status_code == 422
    assert long.strip() in answer.text
    assert "Too long" in answer.text


@pytest.mark.parametrize(
    ("action", "fields", "wrong"),
    [
        ("contact", {"summary": "x", "channel": "pigeon", "direction": "outbound"}, "channel"),
        ("contact", {"summary": "x", "channel": "phone", "direction": ""}, "direction"),
        ("assign", {"owner_id": "nobody", "reason": "x"}, "owner_id"),
        ("plan", {"plan": "x", "promised_on": "2026-02-30"}, "promised_on"),
        ("plan", {"plan": "x", "promised_on": "2020-01-01", "told_via": "phone"}, "promised_at"),
        ("classify", {"urgency": "tomorrow"}, "urgency"),
        ("resolve", {"result": "x", "told_via": ""}, "told_via"),
        ("close", {"root_cause": "", "preventive_measure": ""}, "root_cause"),
        ("note", {"text": "x", "version": "many"}, "version"),
    ],
)
async def test_what_is_no_value_is_refused_without_breaking(
    browsers: Browsers, maker: Maker, action: str, fields: dict[str, str], wrong: str
) -> None:
    actor = maker.actor(Role.SERVICE_MANAGER)
    case = await register(actor)
    contact = commands.LogContact(effective=True, channel=ContactChannel.PHONE, summary="x")
    case = await service.log_contact(actor, case.id, contact, version=None)
    if action == "close":
        told = commands.Resolve(result="x", told_via=ContactChannel.PHONE)
        case = await service.resolve(actor, case.id, told, version=None)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    answer = await send(client, f"/cases/{case.id}/{action}", **{"version": case.version, **fields})
    assert answer.status_code == 422, wrong
    assert "Some entries need another look." in answer.text


async def test_a_stale_form_shows_the_latest_state_and_loses_no_word(
    browsers: Browsers, maker: Maker
) -> None:
    actor = maker.actor(Role.ADVISOR)
    case = await register(actor)
    client = await browsers.of(maker.person(Role.ADVISOR))
    await service.add_note(actor, case.id, commands.AddNote(text="Meanwhile."), version=None)
    answer = await send(client, f"/cases/{case.id}/note", version=case.version, text="My own words.")
    assert answer.status_code == 409
    assert "Somebody changed this in the meantime" in answer.text
    assert "Meanwhile." in answer.text
    assert "My own words." in answer.text
    assert f'name="version" value="{(await now_is(maker, case)).version}"' in answer.text


async def test_htmx_gets_the_case_alone_and_beside_the_list_its_line_too(
    browsers: Browsers, maker: Maker
) -> None:
    case = await register(maker.actor(Role.CUSTOMER_RELATIONS))
    client = await browsers.of(maker.person(Role.ADVISOR))
    answer = await send(client, f"/cases/{case.id}/take", htmx=True, version=case.version)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'hx-swap-oob="beforeend"' in answer.text
    client.headers["hx-current-url"] = "http://console.test/cases?view=mine"
    answer = await send(client, f"/cases/{case.id}/note", htmx=True, version=case.version + 1, text="x")
    assert f'id="case-{case.id}" data-case="{case.id}" class="is-selected" hx-swap-oob="true"' in answer.text


async def test_an_escalation_is_acknowledged_from_the_overview(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    """R4.2."""
    actor, manager = maker.actor(Role.ADVISOR), maker.person(Role.REGIONAL_MANAGER)
    case = await register(actor, "制动有异响。")
    await call_for_help(database, actor, case, manager)
    client = await browsers.of(manager)
    assert case.number in (await client.get("/region/waiting", headers={"hx-request": "true"})).text
    answer = await send(client, f"/region/cases/{case.id}/acknowledge", htmx=True)
    assert answer.status_code == 200
    assert case.number not in answer.text
    assert "Acknowledged." in answer.text
    again = await send(client, f"/cases/{case.id}/acknowledge")
    assert again.status_code == 409
    assert "toast-bad" in again.text


async def test_the_list_is_narrowed_by_its_address_alone(browsers: Browsers, maker: Maker) -> None:
    urgent = await register(
        maker.actor(Role.SERVICE_MANAGER, maker.sibling), "高速行驶时刹车失灵，非常危险。"
    )
    calm = await register(maker.actor(Role.SERVICE_MANAGER, maker.sibling), "建议增加雨伞。")
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER, maker.sibling))

    async def shown(query: str) -> set[str]:
        page = await client.get(f"/cases?{query}")
        assert page.status_code == 200
        return set(re.findall(r'<tr role="row" id="case-([^"]+)"', page.text))

    assert {str(urgent.id), str(calm.id)} <= await shown("")
    assert str(calm.id) not in await shown("urgency=urgent")
    assert await shown(f"q={urgent.number}&view=all") == {str(urgent.id)}
    assert not await shown("state=closed")


async def test_words_that_cannot_be_searched_for_are_said_to_be_so(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    for headers in ({}, {"hx-request": "true", "hx-target": "list"}):
        answer = await client.get("/cases?q=刹", headers=headers)
        assert answer.status_code == 200
        assert "Too short: at least 2 characters." in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "view=x",
        "state=x",
        "urgency=%00",
        "dealer=1e9",
        "dealer=99999999999999999999",
        "q=%25_'",
        "case=x",
        "case=",
    ],
)
async def test_no_address_breaks_the_list(browsers: Browsers, maker: Maker, query: str) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    assert (await client.get(f"/cases?{query}")).status_code in {200, 422}
    assert (await client.get("/cases?cursor=made-up")).status_code == 422


async def test_more_rows_follow_without_repeating_any(browsers: Browsers, maker: Maker) -> None:
    actor = maker.actor(Role.SERVICE_MANAGER, maker.far)
    for number in range(53):
        await register(actor, f"第 {number} 件。", ago=timedelta(minutes=number + 1))
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER, maker.far))
    first = await client.get("/cases")
    more = re.search(r'id="more".*?hx-get="([^"]+)"', first.text)
    assert more is not None
    headers = {"hx-request": "true", "hx-target": "more"}
    second = await client.get(more[1].replace("&amp;", "&"), headers=headers)
    assert "<html" not in second.text
    ids = [re.findall(r'<tr role="row" id="case-([^"]+)"', page.text) for page in (first, second)]
    assert len(ids[0]) == 50
    assert len(ids[1]) == 3
    assert not set(ids[0]) & set(ids[1])


async def test_who_only_reads_sees_masked_numbers(browsers: Browsers, maker: Maker) -> None:
    """R9.2."""
    case = await register(maker.actor(Role.ADVISOR), customer_phone="13800005678")
    reader = await browsers.of(maker.person(Role.READER))
    page = (await reader.get(f"/cases/{case.id}")).text
    assert "138****5678" in page
    assert "tel:" not in page
    assert "13800005678" not in page
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    assert "tel:+8613800005678" in (await advisor.get(f"/cases/{case.id}")).text


async def test_personal_data_is_shown_after_saying_why_without_a_dialog_too(
    browsers: Browsers, maker: Maker
) -> None:
    """R9.2."""
    case = await register(maker.actor(Role.ADVISOR), customer_phone="13800005679")
    client = await browsers.of(maker.person(Role.READER))
    form = (await client.get(f"/cases/{case.id}/reveal")).text
    assert f'action="/cases/{case.id}/reveal"' in form
    assert "13800005679" not in form
    refused = await send(client, f"/cases/{case.id}/reveal", reason="quality_check", words=" ")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    answer = await send(client, f"/cases/{case.id}/reveal", reason="quality_check", words="抽查回访记录")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}")
    page = (await client.get(f"/cases/{case.id}")).text
    assert "tel:+8613800005679" in page
    assert f"/cases/{case.id}/reveal" not in page


async def test_what_people_write_stays_text(browsers: Browsers, maker: Maker) -> None:
    case = await register(maker.actor(Role.ADVISOR), "<script>alert(1)</script> & more")
    client = await browsers.of(maker.person(Role.ADVISOR))
    page = (await client.get(f"/cases/{case.id}")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


async def test_a_case_that_never_was_is_not_found(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR), "zh-CN")
    page = await client.get(f"/cases/{uuid4()}")
    assert page.status_code == 404
    assert 'id="navigation"' in page.text
    part: httpx.Response = await client.get(f"/cases/{uuid4()}", headers={"hx-request": "true"})
    assert part.status_code == 404
    assert part.headers["content-type"].startswith("text/plain")


async def test_a_saved_view_is_a_tab_that_finds_its_list_again(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.STATION_HEAD))
    query = "view=all&urgency=urgent&urgency=high&q=%E5%88%B9%E8%BD%A6&received_from=2026-01-01"
    answer = await send(client, "/views", query=query, name="紧急刹车", shared="true")
    address = "/cases?view=all&q=%E5%88%B9%E8%BD%A6&urgency=urgent&urgency=high&received_from=2026-01-01"
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    page = (await client.get(address)).text
    assert f'<a href="{address.replace("&", "&amp;")}" aria-current="page">紧急刹车' in page
    assert page.count('aria-current="page"') == 2, "the tab and the entry of the navigation"
    colleague = await browsers.of(maker.person(Role.ADVISOR))
    assert "紧急刹车" in (await colleague.get("/cases")).text
    again = await send(client, "/views", query=query, name="紧急刹车")
    assert again.status_code == 409
    assert "You have a view called" in again.text
    remove = re.search(r'action="(/views/[^"]+/remove)"', page)
    assert remove is not None
    assert (await send(client, remove[1], query=query)).status_code == 303
    assert "紧急刹车" not in (await client.get("/cases")).text


@pytest.mark.parametrize("query", ["%2500", "q=%00", "tag=%00&tag=%0A", "dealer=x&" * 900, "received_to=x"])
async def test_no_query_breaks_the_saving_of_a_view(browsers: Browsers, maker: Maker, query: str) -> None:
    client = await browsers.of(maker.person(Role.CUSTOMER_RELATIONS))
    name = f"view {abs(hash(query))}"
    assert (await send(client, "/views", query=query, name=name)).status_code == 303


async def test_a_long_history_is_shown_from_its_end_and_on_demand_to_its_start(
    browsers: Browsers, maker: Maker
) -> None:
    """R2.2: the page holds the newest hundred; scripts fetch the others into it, others follow a link."""
    actor = maker.actor(Role.CUSTOMER_RELATIONS)
    case = await register(actor)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    async with transaction(actor.scope) as tx:
        for number in range(150):
            note = NewTimelineEntry(
                case_id=case.id,
                dealer_id=case.dealer_id,
                kind="add_note",
                internal=True,
                text=f"Note {number}.",
            )
            await note_on_timeline(tx, actor, utc_now() + timedelta(seconds=number), note)
    shown = (await client.get(f"/cases/{case.id}")).text
    assert [f"Note {number}." in shown for number in (149, 50, 49)] == [True, True, False]
    link = re.search(r'href="(/cases/[^"]*/history[?]cursor=[^"]*)"', shown)
    assert link is not None
    part = await client.get(link[1], headers={"hx-request": "true"})
    assert [f"Note {number}." in part.text for number in (50, 49, 0)] == [False, True, True]
    assert "<html" not in part.text
    assert "/history?cursor=" not in part.text
    assert "Note 49." in (await client.get(link[1])).text
