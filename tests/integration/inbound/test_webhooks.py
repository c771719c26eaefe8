"""Signed webhooks of other systems (R1.1, R1.8), over the real API."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.cases.vocabulary import CaseState, Channel
from shared.clock import utc_now
from shared.errors import Conflict
from shared.inbound.sources import NewSource, SourceWithSecret, create, renew, revoke
from shared.permissions import Role
from shared.tenants.renewed_secrets import BOTH_GOOD
from tests.integration.api_cases.conftest import Api
from tests.support.webhooks import deliver, signed_headers

KEY = "x" * 32
COMPLAINT = {
    "reference": "post-1",
    "customer_name": "张测试",
    "customer_phone": "13800001234",
    "words": "冷车启动异响，已经去过两次店里。",
}


async def a_source(
    api: Api, channel: Channel = Channel.PLATFORM, dealer_id: int | None = None
) -> SourceWithSecret:
    new = NewSource(code=f"s{uuid4().hex[:8]}", name="汽车论坛", channel=channel, dealer_id=dealer_id)
    return await create(api.tenant.actor(Role.ADMINISTRATOR), new, KEY)


def path_of(made: SourceWithSecret) -> str:
    return f"/api/v1/inbound/{made.source.id}"


def complaint(**more: Any) -> dict[str, Any]:
    return {**COMPLAINT, "reference": f"post-{uuid4().hex}", **more}


async def case_of(api: Api, answer: httpx.Response) -> dict[str, Any]:
    agent = await api.sign_in(Role.CAC_AGENT)
    return (await agent.get(f"/cases/{answer.json()['case_id']}")).json()


async def test_a_signed_complaint_becomes_a_case_with_an_owner(api: Api) -> None:
    """R1.8, R1.1, R1.6: the source tells the channel; nobody has confirmed it yet, and somebody owns it."""
    made = await a_source(api)

    answer = await deliver(api.client, path_of(made), made.secret, complaint(reference="post-7"))

    assert answer.status_code == 201, answer.text
    case = await case_of(api, answer)
    assert case["number"] == answer.json()["number"]
    assert case["channel"] == Channel.PLATFORM
    assert case["state"] == CaseState.RECEIVED
    assert case["owner_name"]
    assert case["external_ref"] == f"{made.source.code}:post-7"


async def test_the_dealer_is_named_by_its_code_or_is_the_sources_own(api: Api) -> None:
    made, own = await a_source(api), await a_source(api, dealer_id=api.tenant.sibling)

    named = await deliver(api.client, path_of(made), made.secret, complaint(dealer_code="NEAR0"))
    unnamed = await deliver(api.client, path_of(own), own.secret, complaint())
    unknown = await deliver(api.client, path_of(made), made.secret, complaint(dealer_code="nowhere"))
    foreign = await deliver(api.client, path_of(own), own.secret, complaint(dealer_code="near0"))

    assert (await case_of(api, named))["dealer_id"] == api.tenant.here
    assert (await case_of(api, unnamed))["dealer_id"] == api.tenant.sibling
    for refused in (unknown, foreign):
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "dealer_code"


async def test_a_message_sent_again_makes_nothing_again(api: Api) -> None:
    """R1.8: the same message gives the same answer; another body under its id is refused."""
    made, sent = await a_source(api), complaint()

    first = await deliver(api.client, path_of(made), made.secret, sent, message_id="msg_again")
    again = await deliver(api.client, path_of(made), made.secret, sent, message_id="msg_again")
    other = await deliver(
        api.client, path_of(made), made.secret, {**sent, "words": "另一件事"}, message_id="msg_again"
    )

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_reference_is_taken_once_per_source(api: Api) -> None:
    made, another, sent = await a_source(api), await a_source(api), complaint()

    assert (await deliver(api.client, path_of(made), made.secret, sent)).status_code == 201
    twice = await deliver(api.client, path_of(made), made.secret, sent)
    elsewhere = await deliver(api.client, path_of(another), another.secret, sent)

    assert twice.json()["code"] == "external_ref_exists"
    assert elsewhere.status_code == 201


async def test_what_nobody_has_signed_is_refused_alike(api: Api) -> None:
    """Forged, stale, unsigned, for no source, for a revoked one: nothing is told about the source."""
    made, gone = await a_source(api), await a_source(api)
    await revoke(api.tenant.actor(Role.ADMINISTRATOR), gone.source.id)
    forged = await deliver(api.client, path_of(made), gone.secret, complaint())
    nowhere = await deliver(api.client, f"/api/v1/inbound/{uuid4()}", made.secret, complaint())
    revoked = await deliver(api.client, path_of(gone), gone.secret, complaint())
    unsigned = await api.client.post(path_of(made), json=complaint())
    body = b'{"reference": "x", "words": "y"}'
    stale = await api.client.post(
        path_of(made), content=body, headers=signed_headers(made.secret, body, ago=timedelta(minutes=6))
    )

    assert {each.status_code for each in (forged, nowhere, revoked, unsigned, stale)} == {401}
    assert (
        forged.json()["code"] == nowhere.json()["code"] == revoked.json()["code"] == "webhook_signature_wrong"
    )
    assert unsigned.json()["code"] == "webhook_not_signed"
    assert stale.json()["code"] == "webhook_stale"


async def test_a_key_or_a_session_is_no_signature(api: Api) -> None:
    made = await a_source(api)
    agent = await api.sign_in(Role.CAC_AGENT)

    answer = await agent.post(f"/inbound/{made.source.id}", complaint())

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"words": "x"}, "reference", "required"),
        (complaint(words="", fault_label=""), "words", "words_or_fault_label_required"),
        (complaint(customer_phone="12"), "customer_phone", "phone_not_possible"),
        (complaint(mileage_km="many"), "mileage_km", "wrong_type"),
        (complaint(colour="red"), "colour", "unknown_field"),
        (complaint(received_at="2099-01-01T00:00:00Z"), "received_at", "received_in_future"),
    ],
)
async def test_a_complaint_that_cannot_be_accepted_names_its_fields(
    api: Api, sent: dict[str, Any], field: str, code: str
) -> None:
    """R1.8: bad ones are refused with field errors, never half-written."""
    made = await a_source(api)

    answer = await deliver(api.client, path_of(made), made.secret, sent, message_id="msg_bad")

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    mended = await deliver(api.client, path_of(made), made.secret, complaint(), message_id="msg_bad")
    assert mended.status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\x00", b"null"])
async def test_bodies_that_are_no_complaint_are_refused(api: Api, body: bytes) -> None:
    made = await a_source(api)

    answer = await api.client.post(path_of(made), content=body, headers=signed_headers(made.secret, body))

    assert answer.status_code in {400, 422}, answer.text


async def test_one_that_was_held_back_for_days_is_taken(api: Api) -> None:
    made = await a_source(api)
    received = (utc_now() - timedelta(days=3)).isoformat()

    answer = await deliver(api.client, path_of(made), made.secret, complaint(received_at=received))

    assert answer.status_code == 201


async def test_a_renewed_secret_leaves_the_old_one_a_day(api: Api) -> None:
    admin, made = api.tenant.actor(Role.ADMINISTRATOR), await a_source(api)

    newer = await renew(admin, made.source.id, KEY)
    both = [
        (await deliver(api.client, path_of(made), secret, complaint())).status_code
        for secret in (made.secret, newer.secret)
    ]
    latest = await renew(admin, made.source.id, KEY, as_of=utc_now() - BOTH_GOOD - timedelta(minutes=1))
    oldest = await deliver(api.client, path_of(made), newer.secret, complaint())
    last = await deliver(api.client, path_of(made), latest.secret, complaint())

    assert both == [201, 201]
    assert oldest.status_code == 401
    assert last.status_code == 201


async def test_renewing_twice_ends_no_secret_before_its_day_is_over(api: Api) -> None:
    admin, made = api.tenant.actor(Role.ADMINISTRATOR), await a_source(api)

    second = await renew(admin, made.source.id, KEY)
    third = await renew(admin, made.source.id, KEY)
    statuses = [
        (await deliver(api.client, path_of(made), secret, complaint())).status_code
        for secret in (made.secret, second.secret, third.secret)
    ]
    await renew(admin, made.source.id, KEY)
    await renew(admin, made.source.id, KEY)
    with pytest.raises(Conflict, match="too_many_secrets"):
        await renew(admin, made.source.id, KEY)

    assert statuses == [201, 201, 201]


async def test_sources_are_kept_over_the_api_by_administrators_alone(api: Api) -> None:
    """The secret is shown once, and stands nowhere."""
    admin = await api.sign_in(Role.ADMINISTRATOR)

    made = await admin.post("/sources", {"code": "Weibo", "name": "微博", "channel": "social_media"})
    taken = await admin.post("/sources", {"code": "weibo", "name": "x", "channel": "app"})
    wrong = await admin.post(
        "/sources", {"code": "微", "name": " ", "channel": "in_store", "answer_seconds": 0}
    )
    listed = await admin.get("/sources")
    advisor = await api.sign_in(Role.ADVISOR)

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["secret"] not in listed.text
    assert taken.json()["code"] == "source_code_taken"
    assert {each["field"] for each in wrong.json()["errors"]} == {"code", "name", "channel", "answer_seconds"}
    assert (await advisor.get("/sources")).status_code == 403
    source_id = UUID(made.json()["source"]["id"])
    renewed = await admin.post(f"/sources/{source_id}/secret", None)
    assert renewed.json()["secret"] != made.json()["secret"]
    gone = await admin.client.delete(
        f"/api/v1/sources/{source_id}", headers={"Authorization": f"Bearer {admin.token}"}
    )
    assert gone.status_code == 204
    assert (await admin.post(f"/sources/{source_id}/secret", None)).status_code == 404
