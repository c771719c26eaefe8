"""R6.1: totals per category with share, and the timeliness buckets."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.figures import CaseRow
from shared.reports.summary import BUCKETS, bucket_of, handling_days, share_permille, summarise
from tests.unit.reports.samples import END, GENERATED_AT, START, case_row, dealer_month

INSTANTS = st.datetimes(
    (START - timedelta(days=90)).replace(tzinfo=None), (END - timedelta(seconds=1)).replace(tzinfo=None)
).map(lambda value: value.replace(tzinfo=START.tzinfo))


@st.composite
def rows(draw: st.DrawFn) -> CaseRow:
    received_at = draw(INSTANTS)
    result_at = draw(
        st.none() | st.integers(0, 80 * 86_400).map(lambda seconds: received_at + timedelta(seconds=seconds))
    )
    if result_at is not None and (result_at > GENERATED_AT or (received_at < START and result_at < START)):
        result_at = None
    return case_row(
        received_at=received_at,
        result_at=result_at,
        category=draw(st.sampled_from(Category)),
        channel=draw(st.sampled_from(ReportCode)),
    )


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (14, 2), (15, 3), (30, 3), (31, 4), (60, 4), (61, 5), (999, 5)],
)
def test_the_buckets_are_those_of_the_monthly_form(days: int, bucket: int):
    """R6.1: ≤ 3 days, 4–7, 8–14, 15–30, 1–2 months, over 2 months."""
    assert bucket_of(days) == bucket


@given(st.lists(rows(), max_size=30))
def test_every_case_is_counted_once_in_every_total(cases: list[CaseRow]):
    """R6.1: totals of categories, channels and buckets agree with the case list."""
    figures = dealer_month(cases=tuple(cases))
    summary = summarise(figures)
    received = len(summary.received)
    resolved_later = sum(row.result_at is not None and row.result_at >= END for row in cases)
    assert received + len(summary.carried_over) == len(cases)
    assert summary.categories.total == received == sum(summary.channels.values())
    assert sum(summary.resolved_buckets) == summary.resolved_in_month
    assert sum(summary.open_buckets) == len(summary.open_cases)
    assert summary.resolved_in_month + len(summary.open_cases) + resolved_later == len(cases)
    assert len(summary.resolved_buckets) == len(summary.open_buckets) == BUCKETS
    assert sum(times.cases for times in summary.handling_by_category.values()) == summary.resolved_in_month


@given(st.lists(rows(), min_size=1, max_size=30))
def test_the_statistics_lie_between_the_shortest_and_the_longest_case(cases: list[CaseRow]):
    handling = summarise(dealer_month(cases=tuple(cases))).handling
    if handling is None:
        return
    assert 0 <= handling.median_seconds <= handling.p90_seconds <= handling.longest_seconds
    assert handling.mean_seconds <= handling.longest_seconds


def test_net_time_leaves_out_the_customer_and_own_time_every_wait():
    """R4, R6.2: gross and net times; of ten days four waited for the customer, of them and others six."""
    day = 86_400
    row = case_row(
        received_at=START,
        result_at=START + timedelta(days=10),
        customer_seconds=4 * day,
        waited_seconds=6 * day,
    )
    plain = case_row(number="A2", received_at=START, result_at=START + timedelta(days=3))
    summary = summarise(dealer_month(cases=(row, plain)))
    gross, net, own = summary.handling, summary.net_handling, summary.own_handling
    assert gross is not None
    assert net is not None
    assert own is not None
    assert (gross.longest_seconds, net.longest_seconds, own.longest_seconds) == (10 * day, 6 * day, 4 * day)
    assert (gross.mean_seconds, net.mean_seconds, own.mean_seconds) == (
        13 * day // 2,
        9 * day // 2,
        7 * day // 2,
    )


def test_days_are_counted_by_local_dates():
    """From 23:50 to 00:10 is one day on paper, as a reader of the two dates counts."""
    late = START + timedelta(hours=23, minutes=50)
    row = case_row(received_at=late, result_at=late + timedelta(minutes=20))
    assert handling_days(dealer_month(), row) == 1


def test_a_case_of_the_month_is_one_received_by_local_date():
    first, last = (
        case_row(number="A1", received_at=START),
        case_row(number="A2", received_at=END - timedelta(seconds=1)),
    )
    before = case_row(number="A0", received_at=START - timedelta(seconds=1), result_at=None)
    summary = summarise(dealer_month(cases=(last, before, first)))
    assert [row.number for row in summary.received] == ["A1", "A2"]
    assert [row.number for row in summary.carried_over] == ["A0"]


def test_percentiles_are_times_of_real_cases():
    hours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    cases = tuple(
        case_row(number=f"A{h}", received_at=START, result_at=START + timedelta(hours=h)) for h in hours
    )
    handling = summarise(dealer_month(cases=cases)).handling
    assert handling is not None
    assert handling.median_seconds == 5 * 3600
    assert handling.p90_seconds == 9 * 3600
    assert handling.longest_seconds == 100 * 3600
    assert handling.mean_seconds == 145 * 360


def test_shares_are_rounded_to_the_nearest():
    assert [share_permille(part, 6) for part in (1, 2, 3, 6)] == [167, 333, 500, 1000]
    assert share_permille(0, 0) == 0
