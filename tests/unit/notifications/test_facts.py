"""What messages say of a case."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.notifications.facts import CaseFacts

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def facts(customer_name: str) -> CaseFacts:
    return CaseFacts(
        id=uuid4(),
        number="AF20260302001",
        title="刹车",
        kind="complaint",
        category="SA",
        urgency="high",
        channel="web_form",
        major=False,
        historical=False,
        dealer_id=1,
        dealer_name="店",
        dealer_name_en="Shop",
        dealer_phone="",
        oem_name="厂",
        oem_name_en="Maker",
        time_zone="Asia/Shanghai",
        owner_id=uuid4(),
        owner_name="王测试",
        customer_id=uuid4(),
        customer_name=customer_name,
        customer_phone="",
        customer_phone_kind="mobile",
        customer_email="",
        customer_locale="zh-CN",
        received_at=NOON,
        registered_at=NOON,
        due_at=None,
        due_metric=None,
        result="",
        found="",
        advice="",
        plan="",
        promised_at=None,
        link_generation=0,
        merged_into=None,
        plan_told=False,
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("张测试", "张测试"),
        ("Dr. Jane Test", "Dr. Jane Test"),
        ("J.R. Test", "J R. Test"),
        ("Win at https://evil.example/now", "Win at https evil example now"),
        ("www.evil.example", "www evil example"),
    ],
)
def test_nobody_has_a_web_address_sent_to_strangers_as_his_name(name: str, told: str) -> None:
    assert facts(name).for_customer()["customer_name"] == told
