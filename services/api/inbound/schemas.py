"""What goes in and out of the routes of signed webhooks and their sources."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar.params import HeaderParameter

from services.api.cases.schemas import example
from shared.inbound.calls import CallView
from shared.inbound.signature import LONGEST_ID
from shared.inbound.sources import Source

MessageId = Annotated[
    str,
    HeaderParameter(
        name="webhook-id",
        description=(
            "Names the message: sending it again answers the same, with another body it is refused (409 "
            "`idempotency_key_reused`). `webhook-timestamp` (seconds since 1970) and `webhook-signature` "
            "(`v1,…`) come with it."
        ),
        max_length=LONGEST_ID,
    ),
]


class TakenComplaint(msgspec.Struct, frozen=True):
    """The case that a message has made."""

    case_id: UUID
    number: str


class Sources(msgspec.Struct, frozen=True):
    """Every source of the OEM, newest first."""

    items: list[Source]


class Calls(msgspec.Struct, frozen=True):
    """The telephone calls of a case, newest first."""

    items: list[CallView]


COMPLAINT: Final = example(
    "A post on a forum",
    reference="post-88123",
    received_at="2026-03-02T09:05:00+08:00",
    dealer_code="E0",
    customer_name="张测试",
    customer_phone="13800001234",
    vehicle_model="示例 2.0T",
    words="冷车启动异响，已经去过两次店里。",
    demand="找出原因",
)
CALL: Final = example(
    "A call that was answered",
    call_id="20260302-000123",
    phone="13800001234",
    offered_at="2026-03-02T09:05:00+08:00",
    answered_at="2026-03-02T09:05:23+08:00",
)
NEW_SOURCE: Final = example("A car forum", code="forum", name="汽车论坛", channel="platform")
