"""Creates are done once under their `Idempotency-Key`, or refused the second time."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.api_cases.conftest import Api, Caller
from tests.integration.api_cases.test_other_systems import ROBOT, WEBHOOK

MARCH = "编号,受理时间,经销商,投诉内容\n1,2026-03-02 09:00,near0,刹车异响\n".encode()
BRAKES = {"channel": "phone", "words": "刹车异响", "customer_name": "张测试", "customer_phone": "13800001234"}
EXPORT = {"format": "csv", "filter": {}}


async def _count(api: Api, table: str) -> int:
    scope = Scope.oem(api.tenant.actor(Role.ADMINISTRATOR).oem_id)
    async with transaction(scope, read_only=True) as tx:
        return await tx.value(f"SELECT count(*) FROM {table} WHERE oem_id = $1", scope.oem_id)


async def _send_file(caller: Caller, key: str, content: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Idempotency-Key": key}
    files = {"file": ("march.csv", content)}
    return await caller.client.post("/api/v1/imports", files=files, headers=headers)


@pytest.mark.parametrize(
    ("path", "table", "body", "other"),
    [
        ("/robots", "chat_robots", ROBOT, ROBOT | {"name": "另一个群"}),
        ("/exports", "file_jobs", EXPORT, EXPORT | {"format": "xlsx"}),
    ],
)
async def test_a_repeated_create_answers_with_what_was_made(
    api: Api, path: str, table: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    """R9: `Idempotency-Key` on creates."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    await (await api.sign_in(Role.ADVISOR)).post("/cases", BRAKES)
    before, key = await _count(api, table), uuid4().hex
    answers = await asyncio.gather(*(admin.post(path, body, Idempotency_Key=key) for _ in range(4)))
    answers.append(await admin.post(path, body, Idempotency_Key=key))
    assert {each.status_code for each in answers} <= {201, 202}, answers[0].text
    assert len({each.json()["id"] for each in answers}) == 1
    reused = await admin.post(path, other, Idempotency_Key=key)
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert await _count(api, table) == before + 1


async def test_a_repeated_file_is_one_import(api: Api) -> None:
    """R1.8, `Idempotency-Key` on creates."""
    admin, key = await api.sign_in(Role.ADMINISTRATOR), uuid4().hex
    before = await _count(api, "file_jobs")
    first, again = [await _send_file(admin, key, MARCH) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json() == again.json()
    reused = await _send_file(admin, key, MARCH + b"2,2026-03-03 09:00,near0,x\n")
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert await _count(api, "file_jobs") == before + 1


@pytest.mark.parametrize(
    ("path", "table", "body"),
    [("/api-keys", "api_keys", {"name": "DMS"}), ("/webhooks", "webhook_endpoints", WEBHOOK)],
)
async def test_a_secret_is_shown_once_even_under_a_key(
    api: Api, path: str, table: str, body: dict[str, Any]
) -> None:
    """R9.4: shown once; a repetition makes no second secret and names what was made."""
    admin, key = await api.sign_in(Role.ADMINISTRATOR), uuid4().hex
    before = await _count(api, table)
    made = await admin.post(path, body, Idempotency_Key=key)
    assert made.status_code == 201, made.text
    again = await admin.post(path, body, Idempotency_Key=key)
    assert (again.status_code, again.json()["code"]) == (409, "made_already")
    listed = [each["id"] for each in (await admin.get(path)).json()["items"]]
    assert again.json()["params"]["id"] in listed
    reused = await admin.post(path, body | {"name": "CRM 2"}, Idempotency_Key=key)
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency_key_reused")
    assert await _count(api, table) == before + 1


async def test_a_key_is_the_callers_own_on_one_route(api: Api) -> None:
    """The same key of somebody else, or for something else, names another create."""
    admin, key = await api.sign_in(Role.ADMINISTRATOR), uuid4().hex
    made = [
        await admin.post("/robots", ROBOT, Idempotency_Key=key),
        await admin.post("/webhooks", WEBHOOK, Idempotency_Key=key),
        await (await api.key()).post("/cases", BRAKES | {"dealer_id": api.tenant.here}, Idempotency_Key=key),
        await (await api.sign_in(Role.ADVISOR)).post("/cases", BRAKES, Idempotency_Key=key),
    ]
    assert [each.status_code for each in made] == [201] * 4, [each.text for each in made]


async def test_a_refused_create_leaves_its_key_free(api: Api) -> None:
    """The key is kept with what it made, or not at all."""
    admin, key = await api.sign_in(Role.ADMINISTRATOR), uuid4().hex
    stranger = await admin.post("/webhooks", WEBHOOK | {"dealer_id": 2**40}, Idempotency_Key=key)
    assert stranger.status_code == 422, stranger.text
    assert (await admin.post("/webhooks", WEBHOOK, Idempotency_Key=key)).status_code == 201
    too_long = await admin.post("/webhooks", WEBHOOK, Idempotency_Key="k" * 256)
    assert (too_long.status_code, too_long.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_an_export_is_found_again_though_nothing_matches_any_more(api: Api) -> None:
    """What was made is answered with, whatever has changed since."""
    advisor, key = await api.sign_in(Role.SERVICE_MANAGER), uuid4().hex
    case = (await advisor.post("/cases", BRAKES)).json()
    tag = uuid4().hex[:12]
    body = {"format": "csv", "filter": {"tags": [tag]}}
    tagged = await advisor.post(f"/cases/{case['id']}/tag", {"tag": tag, "version": case["version"]})
    made = await advisor.post("/exports", body, Idempotency_Key=key)
    assert made.status_code == 202, made.text
    untag = {"tag": tag, "version": tagged.json()["version"]}
    assert (await advisor.post(f"/cases/{case['id']}/untag", untag)).status_code == 200
    again = await advisor.post("/exports", body, Idempotency_Key=key)
    assert (again.status_code, again.json()["id"]) == (202, made.json()["id"])


async def test_creates_with_a_name_of_their_own_are_refused_the_second_time(api: Api) -> None:
    """Without a key: the name, the person or the days say that it has been done."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    source = {"name": "热线", "code": uuid4().hex[:10], "channel": "phone"}
    person = {
        "email": f"{uuid4().hex}@example.com",
        "name": "王测试",
        "role": "advisor",
        "dealer_id": api.tenant.here,
    }
    substitute = str(api.tenant.actor(Role.SERVICE_MANAGER).membership_id)
    away = {
        "substitute_id": substitute,
        "membership_id": str(api.tenant.actor(Role.ADVISOR).membership_id),
        "first_day": "2040-05-01",
        "last_day": "2040-05-07",
    }
    wanted = {
        "/sources": (source, "source_code_taken"),
        "/views": ({"name": uuid4().hex, "filter": {}}, "view_name_taken"),
        "/invitations": (person, "already_invited"),
        "/absences": (away, "absence_overlaps"),
    }
    for path, (body, code) in wanted.items():
        first, again = [await admin.post(path, body) for _ in range(2)]
        assert first.status_code == 201, first.text
        assert (again.status_code, again.json()["code"]) == (409, code)
