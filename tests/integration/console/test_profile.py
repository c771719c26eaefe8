"""One's own profile, substitutes and forgotten password in the console."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx

from shared.accounts.people import person
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.notifications.recipients import staff
from shared.notifications.render import Bilingual
from shared.notifications.rules import Template
from shared.notifications.writing import Notice, tell
from shared.outbox import keys
from shared.permissions import Role
from shared.tenancy import Scope
from tests.support.console import PASSWORD, Browsers, Maker, send, sign_in, token_in

PROFILE = {"name": "杨小帆", "phone": "13800001777", "locale": "en", "time_zone": "Europe/Berlin"}


async def test_a_profile_is_kept_and_shown(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    refused = await send(client, "/account", **{**PROFILE, "name": " ", "phone": "12"})
    assert refused.status_code == 422
    saved = await send(client, "/account", **PROFILE, told="report_ready/email")
    assert saved.status_code == 303
    page = await client.get("/account")
    assert 'value="杨小帆"' in page.text
    assert "+8613800001777" in page.text
    assert re.search(r'value="report_ready/email" checked', page.text)
    assert re.search(r'value="assignment/email"(?! checked)', page.text)


async def test_messages_follow_the_profile(browsers: Browsers, maker: Maker) -> None:
    """Language and time zone of the person, not of the OEM; what is not wanted stays away."""
    colleague = maker.person(Role.CUSTOMER_RELATIONS)
    client = await browsers.of(colleague)
    await send(client, "/account", **PROFILE, told="breach/sms")
    at = utc_now().replace(hour=20, minute=0) + timedelta(days=30)
    values = {
        "number": "AF1",
        "title": "x",
        "urgency": "low",
        "dealer_name": Bilingual("店", "Shop"),
        "metric": "resolve",
        "due_at": at,
    }
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        found = await person(tx, maker.oem_id, colleague.membership_id)
        assert found is not None
        for template, more in ((Template.ASSIGNMENT, {}), (Template.BREACH, {"owner_name": "x"})):
            notice = Notice(
                template=template,
                values={**values, **more},
                time_zone="Asia/Shanghai",
                link="http://127.0.0.1:8001/cases",
                key=lambda recipient, channel, template=template: keys.run(
                    template.value, colleague.membership_id, recipient, channel
                ),
                dealer_id=maker.here,
            )
            await tell(tx, maker.oem_id, notice, [staff(found)])
        rows = await tx.connection.fetch(
            "SELECT template, channel, locale, body FROM messages WHERE oem_id = $1 AND recipient_id = $2"
            " ORDER BY template, channel",
            maker.oem_id,
            colleague.membership_id,
        )
    assert [(row["template"], row["channel"]) for row in rows] == [("breach", "email"), ("breach", "sms")]
    assert {row["locale"] for row in rows} == {"en"}
    hour = at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M")
    assert hour in rows[0]["body"]


async def test_a_substitute_is_named_and_taken_back(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    today = utc_now().date()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    for wrong in (
        {"substitute_id": "x", **days},
        {"substitute_id": str(maker.person(Role.STATION_HEAD).membership_id), **days, "last_day": "x"},
        {"substitute_id": str(maker.person(Role.CAC_AGENT).membership_id), **days},
    ):
        assert (await send(client, "/account/absences", **wrong)).status_code == 422
    substitute = maker.person(Role.STATION_HEAD)
    saved = await send(client, "/account/absences", substitute_id=substitute.membership_id, **days)
    assert saved.status_code == 303
    page = await client.get("/account")
    absence = re.search(r'action="/account/absences/([0-9a-f-]+)/end"', page.text)
    assert absence is not None
    head = await browsers.of(substitute)
    listed = await head.get("/staff")
    assert "Away until" in listed.text
    member = maker.person(Role.SERVICE_MANAGER).membership_id
    again = await send(head, f"/staff/{member}/absences", substitute_id=substitute.membership_id, **days)
    assert again.status_code == 409
    assert (await send(head, f"/account/absences/{absence[1]}/end")).status_code == 303
    assert "Away until" not in (await head.get("/staff")).text


async def test_a_forgotten_password_is_set_anew(browsers: Browsers, maker: Maker) -> None:
    person_ = maker.person(Role.TECHNICIAN)
    client = await browsers.fresh()
    known = await _ask(client, person_.email)
    unknown = await _ask(await browsers.fresh(), "nobody@example.com")
    assert known.status_code == unknown.status_code == 200
    assert _words(known) == _words(unknown)
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        link = await tx.value(
            "SELECT link FROM messages WHERE oem_id = $1 AND address = $2 AND template = 'password_reset'",
            maker.oem_id,
            person_.email,
        )
    path = re.sub(r"^https?://[^/]+", "", str(link))
    page = await client.get(path)
    assert person_.email in page.text
    form = {"csrf_token": token_in(page), "token": path.split("token=")[1]}
    assert (await client.post("/reset-password", data={**form, "new_password": "x"})).status_code == 422
    done = await client.post("/reset-password", data={**form, "new_password": "yet another lake"})
    assert done.headers["location"] == "/sign-in"
    assert (await client.get(path)).status_code == 404
    assert (await sign_in(client, person_.email, PASSWORD)).status_code == 401
    assert (await sign_in(client, person_.email, "yet another lake")).status_code == 303


async def _ask(client: httpx.AsyncClient, email: str) -> httpx.Response:
    page = await client.get("/forgot-password")
    return await client.post("/forgot-password", data={"csrf_token": token_in(page), "email": email})


def _words(answer: httpx.Response) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"|data-now="\d+"', "", answer.text)
