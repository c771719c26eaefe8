from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.reports.month import Month

MONTHS = st.builds(Month, st.integers(2000, 2100), st.integers(1, 12))


@given(MONTHS, st.integers(-300, 300))
def test_going_forth_and_back_ends_where_it_began(month: Month, distance: int):
    assert month.plus(distance).plus(-distance) == month


@given(MONTHS)
def test_twelve_months_back_is_a_year_without_gaps(month: Month):
    months = month.back(12)
    assert months[-1] == month
    assert len(set(months)) == 12
    assert [entry.plus(1) for entry in months[:-1]] == list(months[1:])


@given(MONTHS)
def test_a_written_month_is_read_again(month: Month):
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "october", "2026-10-01", "２０２６-10x"])
def test_what_is_no_month_is_refused_by_its_field(text: str):
    with pytest.raises(Invalid) as caught:
        Month.parse(text)
    assert [(error.field, error.code) for error in caught.value.fields] == [("month", "not_a_month")]


def test_a_month_begins_and_ends_at_local_midnight():
    assert Month(2026, 10).bounds("Asia/Shanghai") == (
        datetime(2026, 9, 30, 16, tzinfo=UTC),
        datetime(2026, 10, 31, 16, tzinfo=UTC),
    )


def test_a_month_with_a_clock_change_keeps_local_midnights():
    start, end = Month(2026, 3).bounds("Europe/Berlin")
    assert (end - start).total_seconds() == 31 * 86_400 - 3600


def test_the_month_of_a_day_is_the_days():
    assert Month.of(date(2026, 2, 28)) == Month(2026, 2)
