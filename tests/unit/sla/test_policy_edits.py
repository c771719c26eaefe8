"""Changing a clock policy, and what two policies say differently (R4.1)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import NotFound
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import ChainLevel, ClockPolicy, Match, Metric, PauseRules, Target
from shared.sla.policy_edits import (
    Said,
    differences,
    moved_rule,
    said_of,
    with_rule,
    with_target,
    without_rule,
)

POLICY = default_clock_policy()
MEDIA = Match(major=True)
TARGET = Target(working_days=2, chain=(ChainLevel(1, "head_office"),))


def names(policy: ClockPolicy) -> list[str]:
    return [rule.name for rule in policy.rules]


def test_a_new_rule_is_asked_before_the_last():
    changed = with_rule(POLICY, "media", MEDIA)
    assert names(changed) == ["urgent", "suggestion", "high", "low", "media", "default"]
    assert [rule.rank for rule in changed.rules] == [10, 20, 30, 40, 50, 60]
    found = differences(POLICY, changed)
    assert ([rule.name for rule in found.added], found.count) == (["media"], 1)


def test_a_rule_is_for_other_cases():
    found = differences(POLICY, with_rule(POLICY, "high", MEDIA))
    assert [(each.rule, each.before, each.after) for each in found.matches] == [
        ("high", Match(urgencies=("high",)), MEDIA)
    ]


@pytest.mark.parametrize(
    ("name", "places", "expected"),
    [
        ("low", -1, ["urgent", "suggestion", "low", "high", "default"]),
        ("low", -9, ["low", "urgent", "suggestion", "high", "default"]),
        ("urgent", 9, ["suggestion", "high", "low", "urgent", "default"]),
        ("default", -9, ["urgent", "suggestion", "high", "low", "default"]),
    ],
)
def test_a_rule_moves_and_the_last_stays_the_last(name: str, places: int, expected: list[str]):
    assert names(moved_rule(POLICY, name, places)) == expected


def test_only_what_was_moved_counts_as_moved():
    assert differences(POLICY, moved_rule(POLICY, "low", -9)).moved == ["low"]
    assert differences(POLICY, moved_rule(POLICY, "urgent", 9)).moved == ["urgent"]


def test_a_target_is_set_to_no_clock_or_left_to_the_rules_behind():
    assert said_of(POLICY, "suggestion", Metric.RESOLVE) == Said(None)
    assert said_of(POLICY, "high", Metric.SURVEY) is None
    changed = with_target(POLICY, "high", Metric.SURVEY, Said(None))
    assert said_of(changed, "high", Metric.SURVEY) == Said(None)
    assert differences(with_target(changed, "high", Metric.SURVEY, None), POLICY).count == 0
    found = differences(POLICY, changed)
    assert [(each.rule, each.metric, each.before, each.after) for each in found.targets] == [
        ("high", Metric.SURVEY, None, Said(None))
    ]


def test_grace_and_pauses_are_compared():
    changed = msgspec.structs.replace(POLICY, grace_minutes=30, pauses=PauseRules(metrics=()))
    found = differences(POLICY, changed)
    assert found.grace_minutes == (60, 30)
    assert found.pauses == (POLICY.pauses, PauseRules(metrics=()))
    assert found.named == ["grace_minutes", "pauses"]


def test_what_is_not_there_cannot_be_changed():
    for change in (
        lambda: without_rule(POLICY, "nobody"),
        lambda: moved_rule(POLICY, "nobody", 1),
        lambda: with_target(POLICY, "nobody", Metric.RESOLVE, Said(TARGET)),
    ):
        with pytest.raises(NotFound):
            change()


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("move"), st.sampled_from(names(POLICY)), st.integers(-4, 4)),
            st.tuples(st.just("target"), st.sampled_from(names(POLICY)), st.sampled_from(Metric)),
        ),
        max_size=6,
    )
)
def test_a_policy_differs_from_itself_in_nothing_and_from_another_both_ways(changes):
    changed = POLICY
    for kind, name, what in changes:
        changed = (
            moved_rule(changed, name, what)
            if kind == "move"
            else with_target(changed, name, what, Said(TARGET))
        )
    assert differences(changed, changed).count == 0
    there, back = differences(POLICY, changed), differences(changed, POLICY)
    assert len(there.moved) == len(back.moved)
    assert [(each.rule, each.before, each.after) for each in there.targets] == [
        (each.rule, each.after, each.before)
        for each in sorted(back.targets, key=lambda each: names(changed).index(each.rule))
    ]
