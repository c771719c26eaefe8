"""R9.2: who reads a case masked finds nothing plain of the customer on any page of it."""

import re

import pytest
from litestar import Litestar

from shared.cases.masking import PERSONAL as FIELDS
from shared.cases.reveals import MOST_REVEALS
from shared.db.engine import transaction
from shared.permissions import Role
from tests.integration.console.test_intake import fields_in
from tests.integration.console.test_isolation import routes_of
from tests.support.console import Browsers, Maker, register, send
from tests.support.masked_case import NAME, TOLD, told, told_everywhere

CASE = re.compile(r"\{case_id:\w+\}")
MASKED = (Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.READER, Role.HEAD_OFFICE)
FOUND = re.compile(r'class="known-line" name="known" value="([^"]+)"')


@pytest.mark.parametrize("role", MASKED)
async def test_no_page_of_a_case_tells_who_the_customer_is(
    app: Litestar, browsers: Browsers, maker: Maker, role: Role
) -> None:
    case_id = await told_everywhere(maker.actor(Role.SERVICE_MANAGER))
    client = await browsers.of(maker.person(role))
    plain = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    paths = [CASE.sub(str(case_id), each.path) for each in routes_of(app) if each.method == "GET"]
    paths = [each for each in paths if str(case_id) in each and "{" not in each]
    assert len(paths) > 2
    for path in paths:
        for headers in ({}, {"hx-request": "true"}):
            answer = await client.get(path, headers=headers)
            assert answer.status_code in {200, 403, 404}, (path, answer.text[:300])
            assert not told(answer.text), path
    assert NAME in (await plain.get(f"/cases/{case_id}")).text


async def test_the_form_of_agreement_offers_no_half_hidden_name(browsers: Browsers, maker: Maker) -> None:
    """R3.4: who agreed is written down whole."""
    case_id = await told_everywhere(maker.actor(Role.SERVICE_MANAGER))
    offered = re.compile(r'name="agreed_by"[^>]*?value="([^"]+)"')
    client = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    assert not offered.search((await client.get(f"/cases/{case_id}")).text)


async def test_filling_in_a_known_customer_is_written_down(browsers: Browsers, maker: Maker) -> None:
    """R9.2: what is filled in is shown, so it is a reveal: in the audit log, and limited."""
    case_id = await told_everywhere(maker.actor(Role.SERVICE_MANAGER))
    agent = maker.person(Role.CAC_AGENT)
    client = await browsers.of(agent)
    found = await send(client, "/cases/new/known", customer_phone="7654")
    assert not told(found.text)
    chosen = FOUND.findall(found.text)[0]
    filled = fields_in(await send(client, "/cases/new/fill", customer_phone="7654", known=chosen))
    assert (filled["customer_name"], filled["customer_email"]) == (NAME, TOLD.customer_email)
    async with transaction(maker.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        noted = await tx.values(
            "SELECT fields FROM audit_entries WHERE entity_id = $1 AND action = 'case.reveal'", str(case_id)
        )
    assert [list(each) for each in noted] == [list(FIELDS)]


async def test_who_fills_in_a_great_many_is_stopped(browsers: Browsers, maker: Maker) -> None:
    """R9.2: copying is not work; what was typed stays."""
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    statuses: list[int] = []
    for number in range(MOST_REVEALS + 1):
        phone = f"1380001{number:04}"
        await register(maker.actor(Role.ADVISOR), customer_phone=phone, vehicle_plate="", customer_name=NAME)
        [chosen] = FOUND.findall((await send(client, "/cases/new/known", customer_phone=phone)).text)
        answer = await send(client, "/cases/new/fill", customer_phone=phone, known=chosen, words="异响")
        statuses.append(answer.status_code)
    assert statuses == [200] * MOST_REVEALS + [429]
    assert NAME not in answer.text
    assert fields_in(answer)["customer_phone"] == phone
    assert fields_in(answer)["words"] == "异响"
