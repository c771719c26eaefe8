"""When the promises of a case pause, and for how long (R4, proofs.md "Pause")."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sla.default_policy import default_clock_policy
from shared.sla.pause import begin, end, instants_of, paused_until, pauses_of, spans_of, strictest
from shared.sla.policy import NEVER_PAUSED, Metric, PauseRules
from shared.sla.policy_checks import CaseWords, problems

MONDAY = datetime(2026, 6, 15, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = PauseRules(longest_minutes=7 * 24 * 60, cap_minutes=10 * 24 * 60)
WORDS = CaseWords(
    kinds=frozenset({"suggestion"}),
    categories=frozenset(),
    urgencies=frozenset({"urgent", "high", "low"}),
    channels=frozenset(),
)


def test_a_pause_ends_when_the_answer_is_wanted():
    assert begin((), MONDAY, MONDAY + 2 * DAY, RULES) == ((MONDAY, MONDAY + 2 * DAY),)


def test_a_pause_expires_after_the_longest_time_without_an_answer():
    assert begin((), MONDAY, None, RULES) == ((MONDAY, MONDAY + 7 * DAY),)
    assert begin((), MONDAY, MONDAY + 30 * DAY, RULES) == ((MONDAY, MONDAY + 7 * DAY),)


def test_all_pauses_of_a_cycle_together_are_capped():
    first = begin((), MONDAY, None, RULES)
    later = MONDAY + 20 * DAY
    both = begin(first, later, None, RULES)
    assert both == (*first, (later, later + 3 * DAY))
    assert begin(both, later + 10 * DAY, None, RULES) == both


def test_an_answer_cuts_the_pause_short():
    pauses = begin((), MONDAY, None, RULES)
    assert end(pauses, MONDAY + DAY) == ((MONDAY, MONDAY + DAY),)
    assert end(pauses, MONDAY + 9 * DAY) == pauses
    assert end(pauses, MONDAY) == ()


def test_a_second_request_moves_the_end_and_counts_once():
    first = begin((), MONDAY, MONDAY + DAY, RULES)
    second = begin(first, MONDAY + DAY / 2, MONDAY + 3 * DAY, RULES)
    assert second == ((MONDAY, MONDAY + DAY / 2), (MONDAY + DAY / 2, MONDAY + 3 * DAY))


def test_pauses_are_half_open():
    pauses = ((MONDAY, MONDAY + DAY),)
    assert paused_until(pauses, MONDAY) == MONDAY + DAY
    assert paused_until(pauses, MONDAY + DAY) is None
    assert paused_until(pauses, MONDAY - DAY) is None


@pytest.mark.parametrize("metric", sorted(NEVER_PAUSED))
def test_what_must_run_on_never_pauses_whatever_the_policy_says(metric: Metric):
    """proofs.md, Pause: first contact, major report and statutory clocks never pause, nor does any wait."""
    assert {Metric.FIRST_CONTACT, Metric.MAJOR_REPORT} <= NEVER_PAUSED
    assert pauses_of(metric, ((MONDAY, MONDAY + DAY),), PauseRules(metrics=tuple(Metric))) == ()


def test_first_contact_never_pauses_whatever_the_policy_says():
    pauses = ((MONDAY, MONDAY + DAY),)
    rules = PauseRules(metrics=(Metric.FIRST_CONTACT, Metric.RESOLVE))
    assert pauses_of(Metric.FIRST_CONTACT, pauses, rules) == ()
    assert pauses_of(Metric.RESOLVE, pauses, rules) == pauses
    assert pauses_of(Metric.FIRST_RESPONSE, pauses, rules) == ()


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (PauseRules(metrics=(Metric.FIRST_CONTACT,)), ("pauses.metrics", "never_pauses")),
        (PauseRules(longest_minutes=-1), ("pauses.longest_minutes", "out_of_range")),
        (PauseRules(longest_minutes=60, cap_minutes=30), ("pauses.cap_minutes", "out_of_range")),
    ],
)
def test_rules_of_pauses_are_checked(rules: PauseRules, problem: tuple[str, str]):
    policy = default_clock_policy()
    changed = type(policy)(rules=policy.rules, pauses=rules)
    assert problem in [(each.field, each.code) for each in problems(changed, WORDS)]
    assert not [each for each in problems(policy, WORDS) if each.field.startswith("pauses")]


@given(st.lists(st.tuples(st.integers(0, 600), st.booleans(), st.one_of(st.none(), st.integers(1, 300)))))
def test_whatever_is_asked_and_answered_pauses_are_ordered_disjoint_and_within_the_cap(steps):
    at, pauses = MONDAY, ()
    for hours, asks, answer_hours in steps:
        at += timedelta(hours=hours)
        if asks:
            by = None if answer_hours is None else at + timedelta(hours=answer_hours)
            pauses = begin(pauses, at, by, RULES)
        else:
            pauses = end(pauses, at)
        instants = instants_of(pauses)
        assert instants == sorted(instants)
        assert all(begins < ends for begins, ends in pauses)
        assert sum((ends - begins for begins, ends in pauses), timedelta(0)) <= 10 * DAY
        assert spans_of(instants) == pauses


def test_one_pause_for_promises_of_several_policies_suits_each_of_them():
    """proofs.md, Pause: with an expiry and a cap; open promises keep the rules of their policy."""
    patient = PauseRules(longest_minutes=20 * 24 * 60, cap_minutes=5 * 24 * 60)
    both = strictest([RULES, patient], PauseRules())
    assert (both.longest_minutes, both.cap_minutes) == (7 * 24 * 60, 5 * 24 * 60)
    assert strictest([], patient) is patient
