"""How a clock looks: what is left, and how much that should worry."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.sla.chip import Chip, ChipState, ClockFacts, chip

START = datetime(2026, 6, 12, 9, tzinfo=UTC)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def state(length_hours: float, after_hours: float) -> ChipState:
    clock = ClockFacts(started_at=START, due_at=START + hours(length_hours))
    return chip(clock, START + hours(after_hours)).state


@pytest.mark.parametrize(
    ("length", "after", "expected"),
    [
        (100, 0, ChipState.OK),
        (100, 74.9, ChipState.OK),
        (100, 75, ChipState.WARN),
        (100, 89.9, ChipState.WARN),
        (100, 90, ChipState.CRITICAL),
        (100, 99.9, ChipState.CRITICAL),
        (100, 100, ChipState.OVER),
    ],
)
def test_a_long_clock_warns_in_its_last_quarter_and_is_critical_in_its_last_tenth(length, after, expected):
    assert state(length, after) is expected


@pytest.mark.parametrize(
    ("after", "expected"), [(11.9, ChipState.OK), (12, ChipState.WARN), (19, ChipState.CRITICAL)]
)
def test_a_clock_of_twenty_hours_warns_in_its_last_eight(after, expected):
    """Critical at 18: the last tenth is longer than the last hour."""
    assert state(20, after) is expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [(0.4, ChipState.OK), (0.5, ChipState.WARN), (0.9, ChipState.WARN), (1, ChipState.CRITICAL)],
)
def test_a_short_clock_is_not_alarming_from_its_first_second(after, expected):
    assert state(2, after) is expected


def test_the_instants_of_change_are_told_ahead():
    seen = chip(ClockFacts(started_at=START, due_at=START + hours(100)), START + hours(40))
    assert seen == Chip(
        state=ChipState.OK,
        due_at=START + hours(100),
        seconds=60 * 3_600,
        share_left=0.6,
        warn_at=START + hours(75),
        critical_at=START + hours(90),
    )


def test_it_is_late_at_the_very_instant_it_is_due():
    clock = ClockFacts(started_at=START, due_at=START + hours(2))
    assert chip(clock, clock.due_at - timedelta.resolution).state is ChipState.CRITICAL
    assert chip(clock, clock.due_at).state is ChipState.OVER


def test_a_late_clock_says_how_late():
    seen = chip(ClockFacts(started_at=START, due_at=START + hours(2)), START + hours(5))
    assert (seen.state, seen.seconds, seen.share_left) == (ChipState.OVER, 3 * 3_600, 0)


def test_a_met_clock_says_how_early_or_late_it_was_met():
    due_at = START + hours(4)
    in_time = ClockFacts(started_at=START, due_at=due_at, met_at=START + hours(1))
    late = ClockFacts(started_at=START, due_at=due_at, met_at=due_at)
    assert (chip(in_time, START + hours(50)).state, chip(in_time, START).seconds) == (
        ChipState.MET,
        3 * 3_600,
    )
    assert (chip(late, START + hours(50)).state, chip(late, START).seconds) == (ChipState.MET_LATE, 0)


def test_a_breach_is_never_undone_by_a_later_due_instant():
    clock = ClockFacts(started_at=START, due_at=START + hours(9), breached_at=START + hours(2))
    assert chip(clock, START + hours(3)).state is ChipState.OVER
    met = ClockFacts(
        started_at=START, due_at=START + hours(9), breached_at=START + hours(2), met_at=START + hours(3)
    )
    assert chip(met, START + hours(3)).state is ChipState.MET_LATE


def test_a_paused_clock_is_paused_unless_it_had_breached_before():
    due_at = START + hours(2)
    assert chip(ClockFacts(started_at=START, due_at=due_at, is_paused=True), due_at).state is ChipState.PAUSED
    breached = ClockFacts(started_at=START, due_at=due_at, breached_at=due_at, is_paused=True)
    assert chip(breached, due_at).state is ChipState.OVER


def test_a_clock_without_length_is_over_at_once():
    seen = chip(ClockFacts(started_at=START, due_at=START), START)
    assert (seen.state, seen.share_left) == (ChipState.OVER, 0)
