"""The API of what messages say, when they wait, and of digests (R3.8, R4.2)."""

from typing import Any
from uuid import uuid4

import httpx

from shared.cases import service
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.outbox.messages import write as write_messages
from shared.permissions import Role
from tests.integration.api_cases.conftest import Api, Caller
from tests.support.happening import a_digest
from tests.support.outbox import new_message

TEXTS = "/oem/message-texts"
POLICY = "/oem/message-policy"
RESULT = {"template": "result", "channel": "sms", "locale": "zh-CN"}
OWN = {**RESULT, "body": "您的投诉{number}已处理完毕。"}


async def put(caller: Caller, path: str, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"}
    return await caller.client.put(f"/api/v1{path}", json=body, headers=headers)


def body_of(texts: dict[str, Any]) -> tuple[str, bool]:
    """What the result by SMS says in Chinese, and whether that is the OEM's own."""
    (found,) = (each for each in texts["items"] if {name: each["text"][name] for name in RESULT} == RESULT)
    return found["text"]["body"], found["is_own"]


async def test_a_wording_is_looked_at_changed_and_given_up(api: Api) -> None:
    """R3.8: read, preview with a real case, publish, versions, ours again."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    before = (await admin.get(TEXTS)).json()
    ours, is_own = body_of(before)
    assert not is_own
    case = await service.register(api.tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)
    seen = await admin.post(f"{TEXTS}/preview", {"text": OWN, "case_number": case.number})
    assert seen.status_code == 200
    assert f"您的投诉{case.number}已处理完毕。" in seen.json()["sms"]["text"]
    assert seen.json()["sms"]["size"]["segments"] == 2, "one for the words, one for the link"
    assert body_of((await admin.get(TEXTS)).json()) == (ours, False), "looking changes nothing"
    changed = await put(admin, TEXTS, {"version": before["version"], "text": OWN})
    assert changed.status_code == 200
    assert body_of(changed.json()) == (OWN["body"], True)
    stale = await put(admin, TEXTS, {"version": before["version"], "text": OWN})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    late = await admin.post(f"{TEXTS}/restore", {**RESULT, "version": before["version"]})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    version = changed.json()["version"]
    restored = await admin.post(f"{TEXTS}/restore", {**RESULT, "version": version})
    assert body_of(restored.json()) == (ours, False)
    earlier = (await admin.post(f"{TEXTS}/earlier", RESULT)).json()["items"]
    assert [each["text"]["body"] if each["text"] else None for each in earlier][:2] == [None, OWN["body"]]


async def test_a_wording_is_refused_by_field_and_line(api: Api) -> None:
    """R3.8: variables are checked, with the line."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    version = (await admin.get(TEXTS)).json()["version"]
    wrong = {**RESULT, "body": "投诉{number}\n{phone}"}
    answer = await put(admin, TEXTS, {"version": version, "text": wrong})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["code"]) == ("body", "text_variable_unknown")
    assert problem["detail"] == "Line 2: {phone} is no variable of this message."
    unknown = await admin.post(f"{TEXTS}/preview", {"text": OWN, "case_number": "AF0"})
    assert unknown.status_code in {404, 422}
    assert (
        await put(admin, TEXTS, {"version": version, "text": {**OWN, "channel": "pigeon"}})
    ).status_code == 422


async def test_quiet_hours_for_what_they_cannot_hold_back_are_refused(api: Api) -> None:
    """Issue 4: groups and other systems are told at once; a policy does not pretend otherwise."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    found = (await admin.get(POLICY)).json()
    wanted = {**found["policy"], "quiet_channels": ["sms", "chat"]}
    answer = await put(admin, POLICY, {"version": found["version"], "policy": wanted})
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["code"]) == ("quiet_channels", "quiet_channel_without_effect")
    assert problem["detail"] == "Quiet hours can hold back SMS and e-mail only."
    assert (await admin.get(POLICY)).json() == found


async def test_when_messages_wait_is_read_and_changed(api: Api) -> None:
    """Issue 4: digests, quiet hours and limits are policy data."""
    admin = await api.sign_in(Role.ADMINISTRATOR)
    known = (await admin.get(POLICY)).json()
    wanted = {**known["policy"], "digest_minutes": 15, "quiet_from": "21:00", "quiet_until": "08:00"}
    done = await put(admin, POLICY, {"version": known["version"], "policy": wanted})
    assert (done.status_code, done.json()["policy"]["digest_minutes"]) == (200, 15)
    stale = await put(admin, POLICY, {"version": known["version"], "policy": wanted})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    half = {**wanted, "quiet_until": ""}
    refused = await put(admin, POLICY, {"version": done.json()["version"], "policy": half})
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json()["errors"]} <= {"quiet_from", "quiet_until"}


async def test_only_the_administrator_says_what_messages_say_and_when(api: Api) -> None:
    """R9.1."""
    for caller in (
        await api.sign_in(Role.STATION_HEAD),
        await api.sign_in(Role.HEAD_OFFICE),
        await api.key(),
    ):
        assert (await caller.get(TEXTS)).status_code == 403
        assert (await caller.get(POLICY)).status_code == 403
        assert (await put(caller, TEXTS, {"version": 0, "text": OWN})).status_code == 403
        assert (await caller.post(f"{TEXTS}/preview", {"text": OWN})).status_code == 403


async def test_a_digest_is_ones_own_and_acknowledged_at_once(api: Api) -> None:
    """R4.2, issue 4: the whole list is acknowledged; nobody else sees it."""
    case = await service.register(api.tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)
    manager, head = await api.sign_in(Role.SERVICE_MANAGER), await api.sign_in(Role.STATION_HEAD)
    owner = api.tenant.actor(Role.SERVICE_MANAGER).id
    assert owner is not None
    digest_id = await a_digest(api.tenant.oem_id, case, owner)
    path = f"/digests/{digest_id}"
    (entry,) = (await manager.get(path)).json()["items"]
    assert (entry["case_number"], entry["acknowledged_at"]) == (case.number, None)
    for other in (head, await api.sign_in(Role.ADMINISTRATOR), await api.key()):
        assert (await other.get(path)).status_code in {403, 404}
        assert (await other.post(f"{path}/acknowledge", {})).status_code in {403, 404}
    assert (await manager.post(f"{path}/acknowledge", {})).json() == {"cases": 1}
    (entry,) = (await manager.get(path)).json()["items"]
    assert entry["acknowledged_name"] is not None
    again = await manager.post(f"{path}/acknowledge", {})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_acknowledge")
    assert (await manager.get(f"/digests/{uuid4()}")).json()["code"] == "digest_not_found"


INTAKE = Intake(
    channel=Channel.PHONE,
    customer_name="张测试",
    customer_phone="13800001234",
    vehicle_plate="测A·12345",
    words="空调异味，保养后仍未解决。",
)


async def test_what_did_not_get_through_is_counted_and_sent_again(api: Api) -> None:
    """R4.4: by whoever may send one message again; of what may arrive twice only when it is asked for."""
    case = await service.register(api.tenant.actor(Role.ADVISOR), INTAKE, source=Source.STAFF)
    async with transaction(api.tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        new = [new_message(dealer_id=api.tenant.here, case_id=case.id) for _ in range(2)]
        await write_messages(tx, api.tenant.oem_id, new)
        for message, state in zip(new, ("dead", "unknown"), strict=True):
            await tx.execute(
                "UPDATE messages SET state = $3 WHERE oem_id = $1 AND dedupe_key = $2",
                api.tenant.oem_id,
                message.dedupe_key,
                state,
            )
    manager = await api.sign_in(Role.SERVICE_MANAGER)
    path = "/messages/failed"
    counted = (await manager.post(f"{path}/count", {})).json()["items"]
    assert [(each["state"], each["count"], each["unwanted"]) for each in counted] == [("dead", 1, 0)]
    again = await manager.post(f"{path}/send-again", {})
    assert (again.status_code, again.json()) == (200, {"count": 1, "left": 0})
    both = {"states": ["dead", "unknown"], "channels": ["email"], "templates": ["assignment"]}
    assert (await manager.post(f"{path}/send-again", both)).json() == {"count": 1, "left": 0}
    assert (await manager.post(f"{path}/send-again", {"states": ["sent"]})).status_code == 422
    assert (await manager.post(f"{path}/count", {"written_from": "2026-03-02T00:00:00"})).status_code == 422
    advisor = await api.sign_in(Role.ADVISOR)
    assert (await advisor.post(f"{path}/send-again", {})).status_code == 403
