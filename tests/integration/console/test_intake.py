"""The form for a new complaint: what it finds, what it asks, and that nothing typed is lost."""

import html
import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.cases import queries
from shared.cases.views import CaseView
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from tests.support.console import Browsers, Maker, register, send

SHANGHAI = ZoneInfo("Asia/Shanghai")
FILLED = {
    "channel": "phone",
    "customer_name": "李测试",
    "customer_phone": "138 0000 7712",
    "customer_phone_kind": "mobile",
    "vehicle_plate": "测A·77120",
    "vehicle_model": "L7",
    "mileage_km": "23500",
    "vehicle_purchased_on": "2025-05-01",
    "words": "高速行驶踩刹车时方向盘严重抖动，车速越高越明显。",
    "description": "90 km/h 以上制动时方向盘抖动",
    "demand": "尽快检修",
    "conditions": "高速、热车",
    "background": "老客户",
    "points": "方向盘抖动\n制动距离变长",
}


def fields_in(answer: httpx.Response) -> dict[str, str]:
    """What the fields of the form hold, as a browser would send it again."""
    form = answer.text.split('<form class="page-body intake"', 1)[1].split("</form>", 1)[0]
    found = {
        match[1]: html.unescape(match[2])
        for match in re.finditer(r'<input id="(\w+)"[^>]*? value="([^"]*)"', form)
    }
    found |= {
        match[1]: html.unescape(match[2])
        for match in re.finditer(r'<textarea id="(\w+)"[^>]*>([^<]*)</textarea>', form)
    }
    return found | {
        match[1]: match[2] for match in re.finditer(r'type="hidden" name="(key)" value="([^"]+)"', form)
    }


async def case_of(maker: Maker, answer: httpx.Response) -> CaseView:
    assert answer.status_code == 303, answer.text
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return await queries.case_view(tx, maker.oem_id, answer.headers["location"].rsplit("/", 1)[1])


async def test_an_advisor_registers_a_complaint_with_all_that_is_captured(
    browsers: Browsers, maker: Maker
) -> None:
    """R1.2, R1.6."""
    client = await browsers.of(maker.person(Role.ADVISOR))
    page = await client.get("/cases/new")
    assert page.status_code == 200
    case = await case_of(maker, await send(client, "/cases/new", **FILLED, key=fields_in(page)["key"]))
    assert case.source == "staff"
    assert case.state == "registered"
    assert (case.customer_phone, case.vehicle_plate) == ("+8613800007712", "测A77120")
    assert (case.conditions, case.background, case.points) == ("高速、热车", "老客户", 2)
    assert case.owner_id == maker.person(Role.ADVISOR).membership_id


async def test_sending_the_form_twice_makes_one_case(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    key = str(uuid4())
    first = await send(client, "/cases/new", **FILLED, key=key)
    again = await send(client, "/cases/new", **FILLED, key=key)
    assert first.headers["location"] == again.headers["location"]
    other = await send(client, "/cases/new", **{**FILLED, "demand": "退车"}, key=key)
    assert other.status_code == 409
    assert fields_in(other)["key"] != key
    assert fields_in(other)["demand"] == "退车"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
async def test_what_is_refused_comes_back_as_typed_with_a_sentence_at_each_field(
    browsers: Browsers, maker: Maker, locale: str
) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR), locale)
    typed = {
        **FILLED,
        "customer_phone": "138",
        "customer_email": "nobody",
        "vehicle_vin": "LSV",
        "mileage_km": "12345678901",
        "background": '<b>"&',
    }
    answer = await send(client, "/cases/new", **typed)
    assert answer.status_code == 422
    shown = fields_in(answer)
    assert {name: shown[name] for name in typed if name in shown} == {
        name: value for name, value in typed.items() if name in shown
    }
    for name in ("customer_phone", "customer_email", "vehicle_vin", "mileage_km"):
        assert f'id="{name}-error"' in answer.text, name
    unreadable = await send(
        client,
        "/cases/new",
        **{
            **FILLED,
            "mileage_km": "about 9",
            "received_at": "then",
            "vehicle_purchased_on": "x",
            "channel": "drum",
        },
    )
    assert unreadable.status_code == 422
    for name in ("mileage_km", "received_at", "vehicle_purchased_on", "channel"):
        assert f'id="{name}-error"' in unreadable.text, name


async def test_a_time_in_the_past_is_the_readers_own_and_needs_a_reason(
    browsers: Browsers, maker: Maker
) -> None:
    """R1.2."""
    client = await browsers.of(maker.person(Role.ADVISOR))
    at = (utc_now() - timedelta(days=2)).astimezone(SHANGHAI).replace(second=0, microsecond=0, tzinfo=None)
    late = {**FILLED, "received_at": at.isoformat(timespec="minutes")}
    refused = await send(client, "/cases/new", **late)
    assert 'id="backdating_reason-error"' in refused.text
    case = await case_of(maker, await send(client, "/cases/new", **late, backdating_reason="纸质登记补录"))
    assert case.received_at == datetime.combine(at.date(), at.time(), SHANGHAI)


async def test_words_that_name_no_symptom_are_asked_about_once(browsers: Browsers, maker: Maker) -> None:
    """R1.2: wording such as "doesn't work well" is turned into a concrete symptom."""
    client = await browsers.of(maker.person(Role.ADVISOR))
    vague = {**FILLED, "words": "空调不好用", "description": ""}
    asked = await send(client, "/cases/new", **vague)
    assert asked.status_code == 422
    assert 'id="description-error"' in asked.text
    assert 'name="asked" value="yes"' in asked.text
    wrong = await send(client, "/cases/new", **{**vague, "customer_phone": "123", "customer_email": "x@"})
    for name in ("description", "customer_phone", "customer_email"):
        assert f'id="{name}-error"' in wrong.text, "all that is wrong is told at once"
    assert (await send(client, "/cases/new", **vague, asked="yes")).status_code == 303


async def test_a_known_customer_is_found_and_filled_in_with_and_without_scripts(
    browsers: Browsers, maker: Maker
) -> None:
    """R1.5."""
    await register(
        maker.actor(Role.ADVISOR),
        customer_name="王测试",
        customer_phone="13800005521",
        vehicle_plate="测B·55210",
        vehicle_vin="LSVAA49J132047371",
        vehicle_model="X3",
    )
    client = await browsers.of(maker.person(Role.ADVISOR))
    lines = await send(client, "/cases/new/known", htmx=True, customer_phone="5521")
    assert "王测试" in lines.text
    assert "13800005521" not in lines.text
    assert "<html" not in lines.text
    page = await send(client, "/cases/new/known", vehicle_plate="测B 55210", words="有异响")
    assert "王测试" in page.text
    assert fields_in(page)["words"] == "有异响"
    value = re.search(r'name="known" value="([^"]+)"', page.text)
    assert value is not None
    filled = fields_in(await send(client, "/cases/new/fill", known=value[1], words="有异响"))
    assert filled["customer_phone"] == "+8613800005521"
    assert (filled["vehicle_vin"], filled["vehicle_model"]) == ("LSVAA49J132047371", "X3")
    assert (filled["customer_name"], filled["words"]) == ("王测试", "有异响")
    nobody = await send(client, "/cases/new/known", htmx=True, customer_phone="13800009999")
    assert "Nobody is known" in nobody.text
    stranger = await browsers.of(maker.person(Role.SERVICE_MANAGER, maker.sibling))
    assert "王测试" not in (await send(stranger, "/cases/new/known", htmx=True, customer_phone="5521")).text
    assert (await send(stranger, "/cases/new/fill", known=value[1])).status_code == 404
    assert (await send(client, "/cases/new/fill", known="nobody")).status_code == 422


async def test_the_rules_are_asked_while_it_is_being_written(browsers: Browsers, maker: Maker) -> None:
    """R2.4: with the words that decided it."""
    client = await browsers.of(maker.person(Role.ADVISOR))
    said = await send(
        client,
        "/cases/new/hints",
        htmx=True,
        words="高速行驶时刹车失灵",
        vehicle_vin="LSVAA49J532047371",
        vehicle_plate="京A12345",
    )
    assert "<html" not in said.text
    assert "“刹车" in said.text
    assert "check digit" in said.text
    assert "no usual plate" not in said.text
    whole = await send(client, "/cases/new/hints", words="空调不好用")
    assert "What exactly happens?" in whole.text


async def test_an_oem_agent_registers_for_a_dealer_and_chooses_who_answers(
    browsers: Browsers, maker: Maker
) -> None:
    client = await browsers.of(maker.person(Role.CAC_AGENT))
    page = await client.get("/cases/new")
    assert f'<option value="{maker.here}">' in page.text
    manager = maker.person(Role.SERVICE_MANAGER).membership_id
    assert str(manager) not in page.text
    owners = await send(client, "/cases/new/owners", htmx=True, dealer_id=maker.here)
    assert str(manager) in owners.text
    case = await case_of(
        maker, await send(client, "/cases/new", **FILLED, dealer_id=maker.here, owner_id=manager)
    )
    assert (case.dealer_id, case.owner_id) == (maker.here, manager)
    desk = await case_of(maker, await send(client, "/cases/new", **FILLED))
    assert desk.owner_id == maker.person(Role.CAC_AGENT).membership_id
    region = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    assert 'id="dealer_id-error"' in (await send(region, "/cases/new", **FILLED)).text
    assert (await send(client, "/cases/new", **FILLED, dealer_id=2**62)).status_code == 422
