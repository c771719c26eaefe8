"""R9.2: names, plates and numbers as a report shows them."""

import pytest

from shared.reports.masking import masked_name, masked_number, masked_plate


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张测试", "张*"), ("张", "张*"), ("John Smith", "J* S*"), ("Anna Maria von Test", "A* M*"), ("", "")],
)
def test_a_name_keeps_first_characters(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("测A12345", "测A·1***5"),
        ("测AD12345", "测A·D***5"),
        ("AB12CDE", "AB1***E"),
        ("测A123", "测***"),
        ("X", "X***"),
        ("", ""),
    ],
)
def test_a_plate_loses_its_middle(plate: str, shown: str) -> None:
    assert masked_plate(plate) == shown


def test_a_number_loses_its_middle() -> None:
    assert masked_number("+8613800001234") == "138****1234"
    assert masked_number("") == ""
