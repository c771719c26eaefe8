"""Hours and days as people type them (R4.3)."""

from datetime import date

import pytest

from shared.calendars.texts import (
    days_of_text,
    hours_of_text,
    make_up_days_of_text,
    text_of_days,
    text_of_hours,
    text_of_make_up_days,
)
from shared.errors import Invalid


@pytest.mark.parametrize(
    "text",
    [
        "09:00-12:00, 13:30-18:00",
        "9:00–12:00 13:30–18:00",
        "09：00 至 12：00；13:30~18:00",
        " 09:00 - 12:00 ,13:30 to 18:00 ",
    ],
)
def test_hours_are_read_as_people_write_them(text: str):
    assert hours_of_text(text) == (("09:00", "12:00"), ("13:30", "18:00"))


def test_no_hours_is_a_closed_day():
    assert hours_of_text("  ") == ()
    assert text_of_hours(()) == ""


@pytest.mark.parametrize("text", ["closed", "09:00", "09:00-12:00 lunch", "9-12"])
def test_hours_that_cannot_be_read_name_their_field(text: str):
    with pytest.raises(Invalid) as refused:
        hours_of_text(text, "mon")
    assert (refused.value.fields[0].field, refused.value.fields[0].code) == ("mon", "hours_not_understood")


def test_days_come_alone_and_in_spans():
    days = days_of_text("2026-10-01 – 2026-10-03\n\n 2026-01-01 \n2026-12-31 至 2026-12-31", 2026, "holidays")
    assert days == (
        date(2026, 1, 1),
        date(2026, 10, 1),
        date(2026, 10, 2),
        date(2026, 10, 3),
        date(2026, 12, 31),
    )
    assert days_of_text(text_of_days(days), 2026, "holidays") == days


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 October", "line_not_understood"),
        ("2026-02-30", "line_not_understood"),
        ("2026-10-03 – 2026-10-01", "line_not_understood"),
        ("2025-10-01", "day_of_another_year"),
        ("2026-12-31 – 2027-01-02", "day_of_another_year"),
    ],
)
def test_days_that_cannot_be_read_are_named(text: str, code: str):
    with pytest.raises(Invalid) as refused:
        days_of_text(text, 2026, "holidays")
    assert [(each.field, each.code) for each in refused.value.fields] == [("holidays", code)]


def test_make_up_days_have_hours_of_their_own_or_none():
    days = make_up_days_of_text("2026-02-14 10:00-12:00\n2026-02-28", 2026, "make_up")
    assert days == {date(2026, 2, 14): (("10:00", "12:00"),), date(2026, 2, 28): ()}
    assert make_up_days_of_text(text_of_make_up_days(days), 2026, "make_up") == days


@pytest.mark.parametrize("text", ["2026-02-14 all day", "14 February", "2026-02-30 10:00-12:00"])
def test_make_up_days_that_cannot_be_read_are_named(text: str):
    with pytest.raises(Invalid) as refused:
        make_up_days_of_text(text, 2026, "make_up")
    assert refused.value.fields[0].code == "line_not_understood"
    assert refused.value.fields[0].params == {"line": text}
