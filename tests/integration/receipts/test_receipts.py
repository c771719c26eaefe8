"""What providers tell of messages after they have taken them (R4.4: the log shows whether it arrived)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from shared.db.engine import transaction
from shared.notifications.delivery import TEMPLATES
from shared.notifications.receipts import receipt_key
from shared.notifications.signing import gateway_signature, twilio_signature
from shared.outbox.messages import Lane, claim, requeue
from shared.outbox.vocabulary import MessageChannel
from shared.tenancy import Scope
from tests.integration.receipts.conftest import PORTAL, WEB, client_of, message, standing
from tests.support.background import Company
from tests.support.sms_providers import SECRET


async def tell_gateway(
    content: Any, *, secret: str = SECRET, ago: timedelta = timedelta(), provider: str = "gateway"
) -> httpx.Response:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    timestamp = str(int((datetime.now(UTC) - ago).timestamp()))
    headers = {
        "X-Huiyin-Timestamp": timestamp,
        "X-Huiyin-Signature": gateway_signature(timestamp, body, secret),
    }
    async with client_of(provider) as client:
        return await client.post("/gateway", content=body, headers=headers)


async def tell_twilio(token: UUID, form: dict[str, str], *, secret: str = SECRET) -> httpx.Response:
    url = f"{PORTAL}/api/v1/receipts/twilio/{token}"
    headers = {
        "X-Twilio-Signature": twilio_signature(url, form, secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with client_of("twilio") as client:
        return await client.post(f"/twilio/{token}", content=urlencode(form), headers=headers)


async def tell(provider: str, content: Any, key: str | None = None) -> httpx.Response:
    async with client_of(provider) as client:
        address = f"/{provider}/{receipt_key(WEB.secret, provider) if key is None else key}"
        return await client.post(address, json=content)


def aliyun_report(token: UUID | str, *, success: bool = True, **more: Any) -> dict[str, Any]:
    """As help.aliyun.com/document_detail/101867.html shows it."""
    return {
        "phone_number": "13800001234",
        "send_time": "2026-03-02 09:00:00",
        "report_time": "2026-03-02 09:00:05",
        "success": success,
        "err_code": "DELIVERED" if success else "MOBILE_NOT_ON_SERVICE",
        "err_msg": "x",
        "sms_size": "1",
        "biz_id": "900000^0",
        "out_id": str(token),
    } | more


def tencent_report(sid: str, *, success: bool = True) -> dict[str, Any]:
    """As cloud.tencent.com/document/product/382/5807 shows it."""
    return {
        "user_receive_time": "2026-03-02 08:03:04",
        "nationcode": "86",
        "mobile": "13800001234",
        "report_status": "SUCCESS" if success else "FAIL",
        "errmsg": "DELIVRD" if success else "MK:0001",
        "description": "x",
        "sid": sid,
    }


async def test_what_has_arrived_is_said_on_the_message_with_the_providers_time(company: Company) -> None:
    token = await message(company)
    answer = await tell("aliyun", [aliyun_report(token)])
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "OK"})
    (row,) = await company.messages()
    assert (row["state"], row["receipt"]) == ("sent", "delivered")
    assert row["receipt_at"] == datetime(2026, 3, 2, 1, 0, 5, tzinfo=UTC)


async def test_what_has_not_arrived_is_failed_with_its_reason_for_a_person_to_look_at(
    company: Company,
) -> None:
    token = await message(company)
    await tell("aliyun", [aliyun_report(token, success=False)])
    (row,) = await company.messages()
    assert (row["state"], row["receipt"], row["last_error"]) == ("dead", "failed", "MOBILE_NOT_ON_SERVICE")


async def test_tencent_names_a_message_by_its_own_number(company: Company) -> None:
    reference = f"5000:{uuid4()}"
    await message(company, reference=reference)
    answer = await tell("tencent", [tencent_report(reference), tencent_report("of somebody else")])
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    assert await standing(company) == ("sent", "delivered")


async def test_twilio_tells_of_one_message_at_its_address(company: Company) -> None:
    token = await message(company)
    assert (await tell_twilio(token, {"MessageStatus": "sent", "MessageSid": "SM1"})).status_code == 204
    assert await standing(company) == ("sent", None)
    failed = {"MessageStatus": "undelivered", "MessageSid": "SM1", "ErrorCode": "30003"}
    assert (await tell_twilio(token, failed)).status_code == 204
    (row,) = await company.messages()
    assert (row["state"], row["receipt"], row["last_error"]) == ("dead", "failed", "twilio 30003")


async def test_the_gateway_tells_by_our_token(company: Company) -> None:
    token = await message(company)
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    assert (await tell_gateway([{"token": str(token), "status": "delivered", "at": at}])).status_code == 204
    assert await standing(company) == ("sent", "delivered")


@pytest.mark.parametrize("state", ["queued", "unknown", "dead", "expired"])
async def test_a_message_whose_answer_was_lost_is_sent_once_it_has_arrived(
    company: Company, state: str
) -> None:
    token = await message(company, state)
    await tell_gateway([{"token": str(token), "status": "delivered"}])
    assert await standing(company) == ("sent", "delivered")


async def test_receipts_may_come_twice_and_out_of_order(company: Company) -> None:
    token = await message(company)
    for status in ("failed", "failed", "delivered", "delivered", "failed"):
        answer = await tell_gateway([{"token": str(token), "status": status}])
        assert answer.status_code == 204
    assert await standing(company) == ("sent", "delivered")


@pytest.mark.parametrize("provider", ["aliyun", "tencent", "twilio", "gateway"])
async def test_each_provider_may_tell_everything_twice(company: Company, provider: str) -> None:
    reference = f"5000:{uuid4()}"
    token = await message(company, reference=reference)

    async def told(*, success: bool) -> httpx.Response:
        if provider == "aliyun":
            return await tell("aliyun", [aliyun_report(token, success=success)] * 2)
        if provider == "tencent":
            return await tell("tencent", [tencent_report(reference, success=success)] * 2)
        if provider == "twilio":
            return await tell_twilio(token, {"MessageStatus": "delivered" if success else "undelivered"})
        status = "delivered" if success else "failed"
        return await tell_gateway([{"token": str(token), "status": status}] * 2)

    for success in (True, True, False, True):
        assert (await told(success=success)).is_success
        assert await standing(company) == ("sent", "delivered")
    (row,) = await company.messages()
    assert row["idem_token"] == token


async def test_a_failed_try_does_not_end_a_message_that_is_tried_again(company: Company) -> None:
    token = await message(company, "queued")
    await tell_gateway([{"token": str(token), "status": "failed"}])
    assert await standing(company) == ("queued", None)


async def test_a_message_that_never_left_is_touched_by_no_receipt(company: Company) -> None:
    token = await message(company, "queued")
    await company.connection.execute("UPDATE app.messages SET attempts = 0")
    await tell_gateway([{"token": str(token), "status": "delivered"}])
    assert await standing(company) == ("queued", None)


async def test_what_is_unknown_is_taken_without_effect(company: Company) -> None:
    await message(company)
    stranger = uuid4()
    assert (await tell_gateway([{"token": str(stranger), "status": "failed"}])).status_code == 204
    assert (await tell("aliyun", [aliyun_report(stranger)])).status_code == 200
    assert (await tell("aliyun", [aliyun_report("not ours", biz_id="")])).status_code == 200
    assert await standing(company) == ("sent", None)


async def test_sending_again_what_did_not_arrive_takes_another_token(company: Company) -> None:
    token = await message(company)
    await tell_gateway([{"token": str(token), "status": "failed"}])
    (row,) = await company.messages()
    async with transaction(Scope.oem(company.oem_id)) as tx:
        assert await requeue(tx, company.oem_id, row["id"], timedelta(hours=1))
    (row,) = await company.messages()
    assert (row["state"], row["receipt"]) == ("queued", None)
    assert row["idem_token"] != token


async def test_word_of_an_old_try_that_is_repeated_does_not_end_the_new_one(company: Company) -> None:
    """Tencent names a message by the reference of the try, not by our token."""
    reference = f"5000:{uuid4()}"
    await message(company, reference=reference)
    failed = [tencent_report(reference, success=False)]
    await tell("tencent", failed)
    (row,) = await company.messages()
    async with transaction(Scope.oem(company.oem_id)) as tx:
        assert await requeue(tx, company.oem_id, row["id"], timedelta(hours=1))
    async with transaction(Scope.oem(company.oem_id)) as tx:
        assert (
            len(await claim(tx, Lane(company.oem_id, MessageChannel.SMS), TEMPLATES, 1, timedelta(minutes=1)))
            == 1
        )
    await tell("tencent", failed)
    assert await standing(company) == ("queued", None)


class TestForged:
    async def test_by_another_secret(self, company: Company) -> None:
        token = await message(company)
        content = [{"token": str(token), "status": "failed"}]
        assert (await tell_gateway(content, secret="guessed")).status_code == 401
        assert (await tell_twilio(token, {"MessageStatus": "failed"}, secret="guessed")).status_code == 401
        for key in ("guessed", receipt_key("another secret", "aliyun"), receipt_key(WEB.secret, "tencent")):
            assert (await tell("aliyun", [aliyun_report(token, success=False)], key)).status_code == 401
        assert await standing(company) == ("sent", None)

    async def test_a_receipt_of_one_message_told_of_another(self, company: Company) -> None:
        token, other = await message(company), uuid4()
        form = {"MessageStatus": "failed"}
        signed = twilio_signature(f"{PORTAL}/api/v1/receipts/twilio/{other}", form, SECRET)
        async with client_of("twilio") as client:
            answer = await client.post(f"/twilio/{token}", data=form, headers={"X-Twilio-Signature": signed})
        assert answer.status_code == 401
        assert await standing(company) == ("sent", None)

    @pytest.mark.parametrize("ago", [timedelta(minutes=6), -timedelta(minutes=6)])
    async def test_replayed_later(self, company: Company, ago: timedelta) -> None:
        token = await message(company)
        answer = await tell_gateway([{"token": str(token), "status": "failed"}], ago=ago)
        assert (answer.status_code, answer.json()["code"]) == (401, "webhook_stale")
        assert await standing(company) == ("sent", None)

    async def test_without_any_signature(self) -> None:
        async with client_of("gateway") as client:
            assert (await client.post("/gateway", json=[])).status_code == 401
        async with client_of("twilio") as client:
            assert (await client.post(f"/twilio/{uuid4()}", content=b"\xff")).status_code in {401, 422}


async def test_only_the_installations_own_provider_is_heard() -> None:
    for provider in ("", "aliyun"):
        assert (await tell_gateway([], provider=provider)).status_code == 404
    async with client_of("gateway") as client:
        for name in ("aliyun", "tencent"):
            answer = await client.post(f"/{name}/{receipt_key(WEB.secret, name)}", json=[])
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b"\xff\xfe", b'[{"token": 1}]', b"[" + b"1," * 2000 + b"1]", b'"x"']
)
async def test_what_cannot_be_read_is_refused(company: Company, content: bytes) -> None:
    assert (await tell_gateway(content)).status_code == 422
    async with client_of("aliyun") as client:
        answer = await client.post(f"/aliyun/{receipt_key(WEB.secret, 'aliyun')}", content=content)
    assert answer.status_code == 422
