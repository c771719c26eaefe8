"""The console's pages about staff, and the page an invitation leads to (R9.1)."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest

from shared.db.engine import transaction
from shared.onboarding import roster
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.console import PASSWORD, Browsers, Maker, Person, register, send, sign_in, token_in


async def link_to(maker: Maker, email: str) -> str:
    """The path of the newest link sent to an address."""
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        link = await tx.value(
            "SELECT link FROM messages WHERE oem_id = $1 AND address = $2 ORDER BY created_at DESC",
            maker.oem_id,
            email,
        )
    return re.sub(r"^https?://[^/]+", "", str(link))


async def newcomer(browsers: Browsers, maker: Maker, **post: object) -> Person:
    """Somebody invited by the station head, who has accepted."""
    email = f"{uuid4().hex[:12]}@example.com"
    head = await browsers.of(maker.person(Role.STATION_HEAD))
    answer = await send(
        head,
        "/staff/invite",
        name="新测试",
        email=email,
        locale="en",
        **{"role": "advisor", "dealer_id": maker.here, **post},
    )
    assert answer.status_code == 303, answer.text
    path = await link_to(maker, email)
    client = await browsers.fresh()
    page = await client.get(path)
    form = {"csrf_token": token_in(page), "token": path.split("token=")[1], "name": "新测试"}
    refused = await client.post("/invitation", data={**form, "password": "short"})
    assert refused.status_code == 422
    assert "at least 10" in refused.text
    accepted = await client.post("/invitation", data={**form, "password": PASSWORD})
    assert accepted.status_code == 303, accepted.text
    assert (await client.get("/account")).status_code == 200
    assert (await client.get(path)).status_code == 404
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        membership_id = await tx.value(
            "SELECT id FROM memberships WHERE oem_id = $1 AND email = $2", maker.oem_id, email
        )
    return Person(email, "新测试", Role.ADVISOR, maker.here, membership_id)


async def test_a_station_head_invites_changes_and_lets_go(browsers: Browsers, maker: Maker) -> None:
    person = await newcomer(browsers, maker)
    head = await browsers.of(maker.person(Role.STATION_HEAD))
    theirs = await browsers.of(person)
    case = await register(_actor_of(maker, person))

    listed = await head.get("/staff", params={"q": "新测试"})
    assert person.email in listed.text
    shown = await head.get(f"/staff/{person.membership_id}")
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version is not None

    refused = await send(head, f"/staff/{person.membership_id}", version=version[1], role="administrator")
    assert refused.status_code == 403
    assert "above your own" in refused.text
    changed = await send(
        head,
        f"/staff/{person.membership_id}",
        version=version[1],
        role="customer_relations",
        dealer_id=maker.here,
    )
    assert changed.status_code == 303
    stale = await send(head, f"/staff/{person.membership_id}/deactivate", version=version[1])
    assert stale.status_code == 409

    left = await send(
        head,
        f"/staff/{person.membership_id}/deactivate",
        version=int(version[1]) + 1,
        owner_id=maker.person(Role.SERVICE_MANAGER).membership_id,
    )
    assert left.status_code == 303
    assert (await theirs.get("/account")).status_code == 303
    assert "秦薇" in (await head.get(f"/cases/{case.id}")).text
    assert person.email in (await head.get("/staff?view=left")).text
    assert person.email not in (await head.get("/staff")).text
    back = await send(head, f"/staff/{person.membership_id}/reactivate", version=int(version[1]) + 2)
    assert back.status_code == 303
    again = await browsers.fresh()
    assert (await sign_in(again, person.email)).status_code == 303


def _actor_of(maker: Maker, person: Person) -> Actor:
    return replace(maker.actor(Role.ADVISOR), id=person.membership_id, name=person.name)


async def test_an_administrator_invites_a_regional_manager(browsers: Browsers, maker: Maker) -> None:
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = await admin.get("/staff/invite")
    region = re.search(r'name="region_ids" value="(\d+)"', page.text)
    assert region is not None
    email = f"{uuid4().hex[:12]}@example.com"
    fields = {"name": "区域测试", "email": email, "role": "regional_manager", "locale": "zh-CN"}
    without = await send(admin, "/staff/invite", **fields)
    assert without.status_code == 422
    assert 'aria-invalid="true"' in without.text
    made = await send(admin, "/staff/invite", **fields, region_ids=region[1])
    assert made.status_code == 303
    listed = await admin.get("/staff?view=invited")
    assert email in listed.text
    invitation = re.search(r'action="/staff/invitations/([0-9a-f-]+)/renew"', listed.text)
    assert invitation is not None
    assert (await send(admin, f"/staff/invitations/{invitation[1]}/renew")).status_code == 303
    assert (await send(admin, f"/staff/invitations/{invitation[1]}/revoke")).status_code == 303
    assert (await admin.get(await link_to(maker, email))).status_code == 404


@pytest.mark.parametrize("token", ["", "hi_nothing", "x" * 5000, "\u4e2d"])
async def test_a_link_that_leads_nowhere_says_so(browsers: Browsers, token: str) -> None:
    client = await browsers.fresh()
    answer = await client.get("/invitation", params={"token": token})
    assert answer.status_code == 404
    assert "ask for a new one" in answer.text


async def test_the_list_goes_on_page_by_page(
    browsers: Browsers, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.admin.staff.views.PAGE_LENGTH", 3)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    first = await admin.get("/staff")
    more = re.search(r'hx-get="(/staff\?cursor=[^"]+)"', first.text)
    assert more is not None
    second = await admin.get(more[1].replace("&amp;", "&"), headers={"hx-request": "true"})
    assert second.text.count("<tr") == 4
    everybody = await roster.staff_page(maker.actor(Role.ADMINISTRATOR), roster.StaffFilter(), limit=200)
    assert len(everybody.items) > 6
