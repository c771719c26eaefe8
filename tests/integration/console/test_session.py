"""Signing in and out of the console, and what protects a session."""

from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from services.admin.main import create_app
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.settings import DatabaseSettings, WebSettings
from shared.tenancy import Actor
from tests.support.console import SECRET, Browsers, Maker, send, sign_in, token_in
from tests.support.servers import Database


@pytest.mark.parametrize(
    ("role", "first_page"),
    [
        (Role.REGIONAL_MANAGER, "/region"),
        (Role.HEAD_OFFICE, "/region"),
        (Role.READER, "/region"),
        (Role.ADVISOR, "/cases?view=mine"),
        (Role.STATION_HEAD, "/cases?view=mine"),
        (Role.CAC_AGENT, "/cases?view=mine"),
    ],
)
async def test_everybody_begins_with_the_page_of_their_day(
    browsers: Browsers, maker: Maker, role: Role, first_page: str
) -> None:
    client = await browsers.of(maker.person(role))
    home = await client.get("/")
    assert (home.status_code, home.headers["location"]) == (303, first_page)
    assert (await client.get(first_page)).status_code == 200


async def test_a_wrong_password_is_told_and_the_address_kept(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.fresh()
    answer = await sign_in(client, maker.person(Role.ADVISOR).email, "another password")
    assert answer.status_code == 401
    assert "The e-mail address or the password is not right." in answer.text
    assert maker.person(Role.ADVISOR).email in answer.text
    assert "another password" not in answer.text
    assert "huiyin_session" not in client.cookies


async def test_too_many_tries_are_refused_with_the_time_to_wait(browsers: Browsers) -> None:
    """R9.4."""
    client = await browsers.fresh()
    email = f"nobody-{uuid4().hex[:8]}@example.com"
    answers = [await sign_in(client, email, "guess") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[-1].headers["retry-after"]) > 0
    assert "Too many attempts" in refused[-1].text


async def test_signing_in_makes_a_new_session_that_scripts_cannot_read(
    browsers: Browsers, maker: Maker
) -> None:
    client = await browsers.fresh()
    client.cookies.set("huiyin_session", "hs_planted", domain="console.test")
    answer = await sign_in(client, maker.person(Role.ADVISOR).email)
    cookie = next(each for each in answer.headers.get_list("set-cookie") if "huiyin_session=hs_" in each)
    assert "hs_planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


async def test_cookies_of_a_console_on_https_stay_there(
    app: Litestar, database: Database, maker: Maker
) -> None:
    secure = create_app(
        WebSettings(secret=SECRET, public_url="https://console.test"), DatabaseSettings(url=database.app_url)
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(secure), base_url="https://console.test"
    ) as client:
        answer = await sign_in(client, maker.person(Role.ADVISOR).email)
    assert answer.status_code == 303
    assert all(
        "Secure" in each for each in answer.headers.get_list("set-cookie") if "huiyin_session=" in each
    )
    assert "strict-transport-security" in answer.headers


@pytest.mark.parametrize(
    "stranger", ["//evil.example", "https://evil.example/", "/\\evil.example", "x", "/a\nb"]
)
async def test_nobody_is_sent_to_a_strangers_page(browsers: Browsers, maker: Maker, stranger: str) -> None:
    client = await browsers.fresh()
    answer = await sign_in(client, maker.person(Role.ADVISOR).email, next=stranger)
    assert answer.headers["location"] == "/"


async def test_an_ended_session_leads_to_sign_in_and_back(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.fresh()
    client.cookies.set("huiyin_session", "hs_ended", domain="console.test")
    answer = await client.get("/cases?view=mine")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fcases%3Fview%3Dmine")
    page = await client.get(answer.headers["location"])
    assert 'name="next" value="/cases?view=mine"' in page.text
    part = await client.get("/cases", headers={"hx-request": "true"})
    assert part.status_code == 401


async def test_signing_out_ends_the_session(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    token = client.cookies["huiyin_session"]
    assert (await send(client, "/sign-out")).headers["location"] == "/sign-in"
    other = await browsers.fresh()
    other.cookies.set("huiyin_session", token, domain="console.test")
    assert (await other.get("/cases")).status_code == 303


async def test_forms_of_another_session_are_refused(browsers: Browsers, maker: Maker) -> None:
    advisor = await browsers.of(maker.person(Role.ADVISOR))
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    foreign = token_in(await manager.get("/account"))
    answer = await advisor.post("/sign-out", data={"csrf_token": foreign})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.text


async def test_forms_sent_from_another_site_are_refused(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    token = token_in(await client.get("/account"))
    answer = await client.post(
        "/sign-out", data={"csrf_token": token}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


async def test_the_language_is_switched_in_place(browsers: Browsers, maker: Maker) -> None:
    client = await browsers.of(maker.person(Role.ADVISOR))
    answer = await send(client, "/preferences", locale="zh-CN", back="/cases?view=all")
    assert answer.headers["location"] == "/cases?view=all"
    page = await client.get("/cases?view=all")
    assert '<html lang="zh-CN"' in page.text


async def test_a_person_with_two_places_switches_between_them(browsers: Browsers, maker: Maker) -> None:
    """R9.1: one account, several memberships."""
    person = maker.person(Role.SERVICE_MANAGER, maker.far)
    second = await add_staff(
        Actor.system(maker.oem_id),
        NewStaff(email=person.email, name=person.name, role=Role.STATION_HEAD, dealer_id=maker.sibling),
    )
    client = await browsers.of(person)
    before = client.cookies["huiyin_session"]
    assert str(second) in (await client.get("/account")).text
    answer = await send(client, "/account/membership", membership=second)
    assert answer.headers["location"] == "/"
    assert client.cookies["huiyin_session"] != before
    assert "Hangzhou Test" in (await client.get("/cases")).text
    strange = await send(client, "/account/membership", membership=uuid4())
    assert strange.status_code == 422


async def test_language_and_time_zone_are_kept_in_the_profile(browsers: Browsers, maker: Maker) -> None:
    person = maker.person(Role.TECHNICIAN)
    client = await browsers.of(person)
    profile = {"name": person.name, "locale": "en"}
    answer = await send(client, "/account", time_zone="Asia/Tokyo", shortcuts="true", **profile)
    assert answer.status_code == 303
    elsewhere = await browsers.of(person)
    page = await elsewhere.get("/account")
    assert '<option value="Asia/Tokyo" selected>' in page.text
    refused = await send(client, "/account", time_zone="Mars/Olympus", **profile)
    assert refused.status_code == 422


async def test_a_changed_password_ends_every_session(browsers: Browsers, maker: Maker) -> None:
    person = maker.person(Role.CAC_AGENT)
    client, other = await browsers.of(person), await browsers.of(person)
    wrong = await send(client, "/account/password", old_password="not it", new_password="a longer new one")
    assert wrong.status_code == 422
    done = await send(
        client, "/account/password", old_password="quiet lake 42 boats", new_password="a longer new one"
    )
    assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
    assert (await other.get("/cases")).status_code == 303
    fresh = await browsers.fresh()
    assert (await sign_in(fresh, person.email, "a longer new one")).status_code == 303
    back = await send(
        fresh, "/account/password", old_password="a longer new one", new_password="quiet lake 42 boats"
    )
    assert back.status_code == 303


async def test_other_browsers_can_be_signed_out(browsers: Browsers, maker: Maker) -> None:
    person = maker.person(Role.STATION_HEAD)
    client, other = await browsers.of(person), await browsers.of(person)
    page = await client.get("/account")
    path = page.text.split('action="/account/sessions/', 1)[1].split('"', 1)[0]
    assert (await send(client, f"/account/sessions/{path}")).status_code == 303
    assert (await other.get("/cases")).status_code == 303
    assert (await client.get("/cases")).status_code == 200
