"""Every POST of the API may be asked for twice: a lost answer is no reason to do a thing twice."""

from typing import Any

import httpx
import pytest

Api = httpx.AsyncClient

KEYED = {
    "/cases": "`Idempotency-Key`",
    "/exports": "`Idempotency-Key`",
    "/imports": "`Idempotency-Key`",
    "/robots": "`Idempotency-Key`",
    "/api-keys": "`Idempotency-Key`; the secret is not shown again",
    "/webhooks": "`Idempotency-Key`; the secret is not shown again",
    "/inbound/{source_id}": "`webhook-id`",
    "/inbound/{source_id}/calls": "`webhook-id`",
}
REFUSED = {
    "/sources": "the short name is taken",
    "/views": "the name is taken",
    "/invitations": "the person has been invited",
    "/absences": "absences of one person do not overlap",
    "/platform/oems": "the slug is taken",
    "/public/complaint-forms/{slug}": "the form's token is good once",
    "/invitation/acceptance": "the link is good once",
    "/password-reset/use": "the link is good once",
    "/cases/{case_id}/attachments": "the same content is one attachment",
    "/reports": "the same report under way is one; made again, it is the same document",
    "/imports/{import_id}/start": "an import under way is not started; rows are known by their reference",
}
HARMLESS = {
    "/session": "another session, which ends by itself",
    "/cases/known-customers": "reads",
    "/cases/first-look": "reads",
    "/cases/look-alikes": "reads",
    "/cases/{case_id}/reveal": "each look is noted",
    "/cases/{case_id}/major/dossier": "printed as things stand now",
    "/follow-up-calls/{call_id}/checks": "the last check of a call counts",
    "/sources/{source_id}/secret": "the earlier secret ends within a day; who lost the answer needs another",
    "/webhooks/{endpoint_id}/secret": "as of a source",
    "/webhooks/{endpoint_id}/activation": "on is on",
    "/webhooks/{endpoint_id}/test": "another test",
    "/webhooks/{endpoint_id}/deliveries/{delivery_id}/replay": "the receiver knows its `webhook-id`",
    "/robots/{robot_id}/test": "another test",
    "/receipts/gateway": "a receipt says what is",
    "/receipts/twilio/{token}": "a receipt says what is",
    "/receipts/aliyun/{key}": "a receipt says what is",
    "/receipts/tencent/{key}": "a receipt says what is",
    "/imports/{import_id}/preview": "reads",
    "/messages/failed/count": "reads",
    "/messages/failed/send-again": "what goes out again has not failed any more",
    "/notifications/{notification_id}/read": "read is read",
    "/notifications/read-all": "read is read",
    "/digests/{digest_id}/acknowledge": "acknowledged is acknowledged",
    "/invitations/{invitation_id}/renewal": "the earlier link ends",
    "/platform/oems/{oem_id}/invitation": "the earlier link ends",
    "/invitation": "reads",
    "/password-reset": "the earlier link ends",
    "/oem/rules/trial": "reads",
    "/oem/rules/draft/trial": "reads",
    "/oem/message-texts/preview": "reads",
    "/oem/message-texts/earlier": "reads",
    "/oem/calendar/effect": "reads",
    "/oem/calendar/ical": "reads",
    "/oem/clock-policy/effect": "reads",
    "/oem/dealer-clock-policies/effect": "reads",
}


@pytest.fixture
async def described(api: Api) -> dict[str, Any]:
    return (await api.get("/api/v1/openapi.json")).json()


async def test_every_post_says_what_keeps_a_repetition_from_harm(described: dict[str, Any]) -> None:
    """The API's creates are idempotent (`Idempotency-Key` on creates, version check on changes)."""
    posts = {
        path.removeprefix("/api/v1"): item["post"]
        for path, item in described["paths"].items()
        if "post" in item
    }
    keyed = {
        path
        for path, operation in posts.items()
        if {"Idempotency-Key", "webhook-id"} & {each["name"] for each in operation.get("parameters", [])}
    }
    versioned = {path for path, operation in posts.items() if _asks_for_version(described, operation)}

    assert keyed == KEYED.keys()
    assert posts.keys() - keyed - versioned == REFUSED.keys() | HARMLESS.keys()


def _asks_for_version(described: dict[str, Any], operation: dict[str, Any]) -> bool:
    schemas = described["components"]["schemas"]
    return any(
        "version" in schemas[part["$ref"].removeprefix("#/components/schemas/")].get("required", [])
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for part in content["schema"].get("allOf", [content["schema"]])
        if "$ref" in part
    )
