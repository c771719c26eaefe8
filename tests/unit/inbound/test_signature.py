from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from shared.errors import Unauthenticated
from shared.inbound.signature import LONGEST_ID, secret_of, verified

KEY = "k" * 32
SOURCE = UUID(int=7)
SECRET = secret_of(KEY, 1, SOURCE, b"s" * 32)
BODY = '{"words": "异响"}'.encode()


def signed(
    secret: str = SECRET, body: bytes = BODY, message_id: str = "msg_1", ago: timedelta = timedelta()
) -> dict[str, str]:
    at = datetime.now(UTC) - ago
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
    }


def test_a_signed_message_is_known_by_its_id() -> None:
    """R1.8: signed as the Standard Webhooks specification has it."""
    assert verified(BODY, signed(), [SECRET]) == "msg_1"


def test_any_of_two_secrets_counts_while_one_is_renewed() -> None:
    newer = secret_of(KEY, 1, SOURCE, b"t" * 32)

    assert verified(BODY, signed(SECRET), [newer, SECRET]) == "msg_1"


def test_a_secret_differs_by_key_oem_source_and_salt() -> None:
    others = {
        secret_of("l" * 32, 1, SOURCE, b"s" * 32),
        secret_of(KEY, 2, SOURCE, b"s" * 32),
        secret_of(KEY, 1, UUID(int=8), b"s" * 32),
        secret_of(KEY, 1, SOURCE, b"t" * 32),
        SECRET,
    }

    assert len(others) == 5
    assert all(each.startswith("whsec_") for each in others)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_no_signature(missing: str) -> None:
    headers = {name: value for name, value in signed().items() if name != missing}

    assert refusal(BODY, headers) == "webhook_not_signed"


@pytest.mark.parametrize("ago", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_stale_message_is_refused(ago: timedelta) -> None:
    assert refusal(BODY, signed(ago=ago)) == "webhook_stale"


def test_a_changed_body_id_or_secret_is_refused() -> None:
    other_id = {**signed(), "webhook-id": "msg_2"}
    forged = signed(secret_of("f" * 32, 1, SOURCE, b"s" * 32))

    assert refusal(b"{}", signed()) == "webhook_signature_wrong"
    assert refusal(BODY, other_id) == "webhook_signature_wrong"
    assert refusal(BODY, forged) == "webhook_signature_wrong"


@pytest.mark.parametrize("signature", ["v1", "v1,", "v1,***", "v2,abcd", "a,b,c", ",", "v1,é"])
def test_signatures_out_of_shape_are_refused(signature: str) -> None:
    assert refusal(BODY, {**signed(), "webhook-signature": signature}) == "webhook_signature_wrong"


@pytest.mark.parametrize("timestamp", ["nan", "inf", "1e400", "-1", "today", "0x10"])
def test_timestamps_out_of_shape_are_refused(timestamp: str) -> None:
    assert refusal(BODY, {**signed(), "webhook-timestamp": timestamp}).startswith("webhook_")


def test_bytes_that_are_no_text_are_refused() -> None:
    assert refusal(b"\xff\xfe", signed()) == "webhook_signature_wrong"


def test_an_endless_id_is_refused() -> None:
    assert refusal(BODY, signed(message_id="x" * (LONGEST_ID + 1))) == "webhook_not_signed"


def refusal(body: bytes, headers: dict[str, str]) -> str:
    with pytest.raises(Unauthenticated) as refused:
        verified(body, headers, [SECRET])
    return refused.value.code
