"""What the columns of a file mean by their names (R1.8)."""

import pytest

from shared.imports.suggestion import suggested


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("原话", "words"),
        ("投诉描述", "words"),
        ("车主姓名", "customer_name"),
        ("手机号码", "customer_phone"),
        ("车牌号码", "vehicle_plate"),
        ("车架号码（VIN）", None),
        ("VIN号", "vehicle_vin"),
        ("购车时间", "vehicle_purchased_on"),
        ("公里数", "mileage_km"),
        ("Received at", "received_at"),
        ("customer_phone", "customer_phone"),
        ("备注", None),
    ],
)
def test_a_column_is_known_by_its_name(header: str, field: str | None) -> None:
    found = suggested([header]).columns
    assert found == ({} if field is None else {field: header})


def test_a_column_stands_for_one_field_only() -> None:
    found = suggested(["车主", "姓名", "时间", "投诉内容"]).columns
    assert found == {"customer_name": "姓名", "received_at": "时间", "words": "投诉内容"}
