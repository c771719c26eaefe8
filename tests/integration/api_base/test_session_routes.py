"""Signing in over the API, places, own sessions, keys (R9.4)."""

from uuid import uuid4

import httpx
import pytest

from shared.permissions import Role
from tests.integration.accounts.people import PASSWORD, Company, found_company, hire
from tests.integration.api_base.conftest import Visitor, sign_in

Api = httpx.AsyncClient


async def test_signing_in_tells_who_one_is(api: Api, company: Company) -> None:
    email, membership_id = await hire(company)

    opened = (await api.post("/api/v1/session", json={"email": email, "password": PASSWORD})).json()
    me = await api.get("/api/v1/session", headers={"Authorization": f"Bearer {opened['token']}"})

    assert me.status_code == 200
    assert me.json() == opened["actor"]
    assert me.json() | {"permissions": None} == {
        "kind": "person",
        "name": "李娜",
        "role": "advisor",
        "permissions": None,
        "oem_id": company.oem_id,
        "dealer_ids": [company.dealers[0]],
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "membership_id": str(membership_id),
    }
    assert "case.register" in me.json()["permissions"]
    assert opened["memberships"][0]["oem_slug"] == company.slug


async def test_signing_out_ends_the_session(api: Api, advisor: Visitor) -> None:
    answer = await api.delete("/api/v1/session", headers=advisor.headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await api.get("/api/v1/session", headers=advisor.headers)).status_code == 401


async def test_too_many_failures_answer_with_retry_after(api: Api, company: Company) -> None:
    email, _ = await hire(company)
    wrong = {"email": email, "password": "not the password"}
    answers = [await api.post("/api/v1/session", json=wrong) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].json()["code"] == "too_many_attempts"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


async def test_a_person_switches_between_places(api: Api, company: Company) -> None:
    other = await found_company()
    email, here = await hire(company)
    _, there = await hire(other, Role.READER, email=email)
    visitor = await sign_in(api, email)
    places = (await api.get("/api/v1/session/memberships", headers=visitor.headers)).json()["items"]
    me = (await api.get("/api/v1/session", headers=visitor.headers)).json()
    target = str(there if me["membership_id"] == str(here) else here)

    moved = await api.put(
        "/api/v1/session/membership", json={"membership_id": target}, headers=visitor.headers
    )

    assert {place["membership_id"] for place in places} == {str(here), str(there)}
    assert moved.status_code == 200
    assert moved.json()["actor"]["membership_id"] == target
    assert (await api.get("/api/v1/session", headers=visitor.headers)).status_code == 401


async def test_nobody_moves_to_a_place_of_others(api: Api, advisor: Visitor, company: Company) -> None:
    """R9.1"""
    _, foreign = await hire(company, Role.ADMINISTRATOR)

    for place in (str(foreign), str(uuid4()), None):
        answer = await api.put(
            "/api/v1/session/membership", json={"membership_id": place}, headers=advisor.headers
        )
        assert answer.status_code == 422


async def test_own_sessions_can_be_seen_and_ended(api: Api, advisor: Visitor, company: Company) -> None:
    second = await sign_in(api, advisor.email)
    stranger = await sign_in(api, (await hire(company))[0])
    sessions = (await api.get("/api/v1/sessions", headers=second.headers)).json()["items"]
    path = f"/api/v1/sessions/{sessions[1]['id']}"

    assert len(sessions) == 2
    assert (await api.delete(path, headers=stranger.headers)).status_code == 404
    assert (await api.delete(path, headers=second.headers)).status_code == 204
    assert (await api.get("/api/v1/session", headers=advisor.headers)).status_code == 401
    assert (await api.get("/api/v1/session", headers=second.headers)).status_code == 200


async def test_an_administrator_makes_a_key_that_works_until_revoked(api: Api, company: Company) -> None:
    admin = await sign_in(api, (await hire(company, Role.ADMINISTRATOR))[0])
    made = await api.post("/api/v1/api-keys", json={"name": "DMS"}, headers=admin.headers)
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    (known,) = (await api.get("/api/v1/api-keys", headers=admin.headers)).json()["items"]

    me = (await api.get("/api/v1/session", headers=headers)).json()
    revoked = await api.delete(f"/api/v1/api-keys/{known['id']}", headers=admin.headers)

    assert made.status_code == 201
    assert (me["kind"], me["role"], me["oem_id"]) == ("api_key", "integration", company.oem_id)
    assert made.json()["key"].startswith(known["prefix"])
    assert revoked.status_code == 204
    assert (await api.get("/api/v1/session", headers=headers)).status_code == 401


async def test_a_key_is_out_of_reach_of_another_oem_and_of_other_roles(
    api: Api, company: Company, advisor: Visitor
) -> None:
    """R9.1"""
    admin = await sign_in(api, (await hire(company, Role.ADMINISTRATOR))[0])
    foreign = await sign_in(api, (await hire(await found_company(), Role.ADMINISTRATOR))[0])
    await api.post("/api/v1/api-keys", json={"name": "DMS"}, headers=admin.headers)
    (known,) = (await api.get("/api/v1/api-keys", headers=admin.headers)).json()["items"]

    assert (await api.get("/api/v1/api-keys", headers=foreign.headers)).json()["items"] == []
    assert (await api.delete(f"/api/v1/api-keys/{known['id']}", headers=foreign.headers)).status_code == 404
    assert (await api.get("/api/v1/api-keys", headers=advisor.headers)).status_code == 403


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/session/memberships"])
async def test_a_key_has_no_sessions(api: Api, company: Company, path: str) -> None:
    admin = await sign_in(api, (await hire(company, Role.ADMINISTRATOR))[0])
    made = await api.post("/api/v1/api-keys", json={"name": "DMS"}, headers=admin.headers)
    headers = {"Authorization": f"Bearer {made.json()['key']}"}

    assert (await api.get(path, headers=headers)).status_code in {401, 403}
    assert (await api.delete("/api/v1/session", headers=headers)).status_code == 204
    assert (await api.get("/api/v1/session", headers=headers)).status_code == 200
