from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.intake import Intake
from shared.cases.intake_checks import CheckedIntake, checked
from shared.cases.vocabulary import Channel
from shared.errors import Invalid

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BRAKES = Intake(channel=Channel.PHONE, words="刹车失灵。很危险", customer_phone="13800001234")


def check(intake: Intake = BRAKES, **changes: Any) -> CheckedIntake:
    return checked(msgspec.structs.replace(intake, **changes), country="CN", now=NOW)


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(**changes)
    return {each.field: each.code for each in caught.value.fields}


def test_what_is_left_out_is_derived():
    """R1.2."""
    found = check()
    assert found.intake.title == "刹车失灵"
    assert (found.language, found.customer_locale) == ("zh-CN", "zh-CN")
    assert found.received_at == NOW
    assert found.contactable
    english = check(words="The brakes fail. Help!", customer_locale="zh-CN")
    assert (english.intake.title, english.language) == ("The brakes fail", "en")
    assert english.customer_locale == "zh-CN"


def test_words_or_a_fault_label_are_required():
    """R1.2."""
    assert problems(words=" \n\0") == {"words": "words_or_fault_label_required"}
    assert check(words="", fault_label="制动系/刹车失灵").intake.title == "制动系/刹车失灵"


@pytest.mark.parametrize(
    ("hours_ago", "reason", "problem"),
    [
        (-1, "", {"received_at": "received_in_future"}),
        (23.9, "", None),
        (24.1, "", {"backdating_reason": "backdating_reason_required"}),
        (24.1, "周末收到", None),
        (24 * 365 * 30, "周末收到", {"received_at": "received_too_long_ago"}),
    ],
)
def test_the_time_of_receipt_may_lie_back_with_a_reason(hours_ago, reason, problem):
    """R1.2."""
    changes = {"received_at": NOW - timedelta(hours=hours_ago), "backdating_reason": reason}
    if problem is None:
        assert check(**changes).received_at == changes["received_at"]
    else:
        assert problems(**changes) == problem


def test_another_machines_clock_may_run_a_little_ahead():
    assert check(received_at=NOW + timedelta(seconds=30)).received_at == NOW


def test_a_time_without_zone_is_refused():
    assert problems(received_at=datetime(2026, 3, 2)) == {"received_at": "time_zone_missing"}  # noqa: DTZ001


def test_every_problem_is_named_at_once():
    assert problems(
        words="",
        customer_phone="12",
        customer_email="x",
        vehicle_vin="IOQ",
        vehicle_plate="?",
        mileage_km=-1,
        vehicle_purchased_on=date(2027, 1, 1),
        received_at=NOW + timedelta(days=1),
        demand="长" * 2_001,
    ) == {
        "words": "words_or_fault_label_required",
        "customer_phone": "phone_not_possible",
        "customer_email": "email_not_understood",
        "vehicle_vin": "vin_not_understood",
        "vehicle_plate": "plate_not_understood",
        "mileage_km": "out_of_range",
        "vehicle_purchased_on": "date_in_future",
        "received_at": "received_in_future",
        "demand": "too_long",
    }


def test_a_wrong_check_digit_only_warns():
    """R1.2."""
    assert check(vehicle_vin="LSVAA49J532047371").warnings == ("vin_check_digit",)
    assert check(vehicle_vin="1M8GDM9AXKP042788").warnings == ()


def test_nobody_to_reach_is_accepted_and_flagged():
    assert not check(customer_phone="").contactable
    assert check(customer_phone="", customer_email="a@example.com").contactable


def test_texts_are_cleaned():
    found = check(words="  一\0二\r\n三\u2028四\x1b ", customer_name="张\n 测试")
    assert found.intake.words == "一二\n三\n四"
    assert found.intake.customer_name == "张 测试"


@given(
    st.builds(
        Intake,
        channel=st.sampled_from(list(Channel)),
        words=st.text(max_size=200),
        customer_name=st.text(max_size=120),
        customer_phone=st.text(max_size=30),
        vehicle_plate=st.text(max_size=10),
        title=st.text(max_size=50),
        external_ref=st.none() | st.text(max_size=20),
        mileage_km=st.none() | st.integers(),
        received_at=st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
        backdating_reason=st.text(max_size=5),
    )
)
def test_any_intake_is_refused_or_made_clean(intake):
    try:
        found = checked(intake, country="CN", now=NOW)
    except Invalid:
        return
    assert found.intake.title
    assert found.received_at <= NOW
    for name in Intake.__struct_fields__:
        value = getattr(found.intake, name)
        if isinstance(value, str):
            value.encode()
            assert "\0" not in value
    assert checked(found.intake, country="CN", now=NOW).intake == found.intake
