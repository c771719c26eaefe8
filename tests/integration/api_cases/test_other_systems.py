"""The API of webhooks to other systems and of chat groups."""

from typing import Any
from uuid import uuid4

import httpx

from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller

WEBHOOK = {
    "name": "CRM",
    "url": "https://hooks.example.com/huiyin",
    "kinds": ["case.registered", "case.closed"],
}
ROBOT = {
    "name": "总部值班群",
    "provider": "dingtalk",
    "url": "https://oapi.dingtalk.com/robot/send?access_token=invented-token",
    "secret": "SEC-invented",
    "templates": ["breach"],
}


async def delete(caller: Caller, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}"}
    return await caller.client.delete(f"/api/v1{path}", headers=headers)


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


async def test_a_webhook_from_its_secret_to_its_log(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)
    made = (await admin.post("/webhooks", WEBHOOK)).json()
    endpoint, secret = made["endpoint"], made["secret"]
    path = f"/webhooks/{endpoint['id']}"
    listed = await admin.get("/webhooks")
    assert endpoint in listed.json()["items"]
    assert secret not in listed.text
    renewed = (await admin.post(f"{path}/secret", {})).json()
    assert renewed["secret"] != secret
    assert renewed["endpoint"]["previous_until"] is not None
    assert (await admin.post(f"{path}/test", {})).status_code == 202
    (told,) = (await admin.get(f"{path}/deliveries")).json()["items"]
    assert (told["kind"], told["state"]) == ("webhook.test", "queued")
    waits = await admin.post(f"{path}/deliveries/{told['id']}/replay", {})
    assert (waits.status_code, waits.json()["code"]) == (409, "delivery_waits")
    assert (await admin.post(f"{path}/deliveries/{uuid4()}/replay", {})).status_code == 404
    assert (await delete(admin, path)).status_code == 204
    assert (await delete(admin, path)).json()["code"] == "endpoint_stopped"
    assert (await admin.post(f"{path}/test", {})).json()["code"] == "endpoint_stopped"
    assert (await admin.post(f"{path}/activation", {})).json()["disabled_at"] is None
    assert (await admin.post(f"{path}/activation", {})).json()["code"] == "endpoint_not_stopped"


async def test_a_webhook_is_changed_from_the_version_that_was_looked_at(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)
    endpoint = (await admin.post("/webhooks", WEBHOOK)).json()["endpoint"]
    headers = {"Authorization": f"Bearer {admin.token}"}

    async def change(**values: Any) -> httpx.Response:
        body = {**WEBHOOK, "version": endpoint["version"], **values}
        return await admin.client.put(f"/api/v1/webhooks/{endpoint['id']}", json=body, headers=headers)

    changed = await change(name="DMS", url="https://other.example.com/hook", kinds=["case.held"])
    assert changed.status_code == 200
    assert {key: changed.json()[key] for key in ("name", "url", "kinds", "version")} == {
        "name": "DMS",
        "url": "https://other.example.com/hook",
        "kinds": ["case.held"],
        "version": 2,
    }
    assert (await change()).json()["code"] == "stale_version"
    assert codes(await change(url="https://10.0.0.1/")) == [("url", "host_not_allowed")]


async def test_what_a_webhook_may_not_be(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)

    async def refused(**values: Any) -> list[tuple[str, str]]:
        return codes(await admin.post("/webhooks", WEBHOOK | values))

    assert await refused(name="") == [("name", "required")]
    assert await refused(kinds=[]) == [("kinds", "required")]
    assert await refused(kinds=["calendar.published"]) == [("kinds", "unknown_value")]
    assert await refused(url="https://127.0.0.1/x") == [("url", "host_not_allowed")]
    assert await refused(url="http://hooks.example.com") == [("url", "url_not_https")]
    assert await refused(url="javascript:alert(1)") == [("url", "url_malformed")]
    assert [field for field, _ in await refused(dealer_id=999_999)] == ["dealer_id"]
    assert [field for field, _ in await refused(kinds=["made.up"])] == ["kinds[0]"]


async def test_a_chat_group_keeps_its_address_to_itself(api: Api) -> None:
    admin = await api.sign_in(Role.ADMINISTRATOR)
    made = await admin.post("/robots", ROBOT)
    assert made.status_code == 201
    robot = made.json()
    listed = await admin.get("/robots")
    assert robot in listed.json()["items"]
    for answer in (made, listed):
        assert "invented" not in answer.text
    assert (await admin.post(f"/robots/{robot['id']}/test", {})).status_code == 202
    assert (await delete(admin, f"/robots/{robot['id']}")).status_code == 204
    assert (await delete(admin, f"/robots/{robot['id']}")).status_code == 404
    elsewhere = await admin.post("/robots", ROBOT | {"url": "https://example.com/robot"})
    assert codes(elsewhere) == [("url", "host_not_allowed")]
    assert "example.com/robot" not in elsewhere.text


async def test_keys_and_managers_keep_neither(api: Api) -> None:
    for caller in (await api.sign_in(Role.HEAD_OFFICE), await api.key()):
        for path, body in (("/webhooks", WEBHOOK), ("/robots", ROBOT)):
            assert (await caller.get(path)).status_code == 403
            assert (await caller.post(path, body)).status_code == 403


async def test_who_keeps_no_webhooks_renews_replays_and_stops_none(api: Api) -> None:
    """R9.1: a manager, a dealer's head (who does not see them) and a key."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    endpoint = (await admin.post("/webhooks", WEBHOOK)).json()["endpoint"]
    robot = (await admin.post("/robots", ROBOT)).json()
    await admin.post(f"/webhooks/{endpoint['id']}/test", {})
    path = f"/webhooks/{endpoint['id']}"
    (told,) = (await admin.get(f"{path}/deliveries")).json()["items"]
    posts = (
        f"{path}/secret",
        f"{path}/test",
        f"{path}/activation",
        f"{path}/deliveries/{told['id']}/replay",
        f"/robots/{robot['id']}/test",
    )
    for caller in (
        await api.sign_in(Role.HEAD_OFFICE),
        await api.sign_in(Role.STATION_HEAD),
        await api.key(),
    ):
        for post in posts:
            assert (await caller.post(post, {})).status_code in {403, 404}, post
        assert (await caller.get(f"{path}/deliveries")).status_code in {403, 404}
        assert (await delete(caller, path)).status_code in {403, 404}
        assert (await delete(caller, f"/robots/{robot['id']}")).status_code in {403, 404}
    assert (await admin.get(f"{path}/deliveries")).json()["items"] == [told], "nothing has happened"
    (kept,) = (
        each for each in (await admin.get("/webhooks")).json()["items"] if each["id"] == endpoint["id"]
    )
    assert kept == endpoint
