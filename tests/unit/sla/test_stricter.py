"""A dealer's own promises, which may only be stricter (R4.1)."""

from datetime import datetime, timedelta
from itertools import product

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared.cases.vocabulary import Category, Channel, Kind, Urgency
from shared.sla.clock import level_of, plan
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import (
    Basis,
    CaseFacts,
    ChainLevel,
    ClockPolicy,
    Metric,
    MetricTarget,
    StricterTarget,
    Target,
    targets_for,
)
from shared.sla.policy_edits import Said, said_of, with_target
from shared.sla.stricter import looser, own_policy, problems_of_stricter
from shared.sla.working_time import WorkingCalendar
from tests.unit.sla.test_clock import CALENDAR, china

CHAIN = (ChainLevel(1, "service_manager"), ChainLevel(2, "station_head", 120))
FIVE_DAYS = Target(working_days=5, chain=CHAIN)
TWO_HOURS = Target(duration_minutes=120, chain=CHAIN)
ONE_DAY = Target(duration_minutes=1_440, basis=Basis.ALWAYS, chain=CHAIN)


def found(own: Target, of_oem: Target | None) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in looser(own, of_oem)}


def changed(target: Target, **changes: object) -> Target:
    return msgspec.structs.replace(target, **changes)


class TestOneTarget:
    def test_the_same_is_not_looser(self):
        assert found(FIVE_DAYS, FIVE_DAYS) == set()

    def test_anything_is_stricter_than_no_clock(self):
        assert found(TWO_HOURS, None) == set()

    @pytest.mark.parametrize(
        ("own", "of_oem", "problem"),
        [
            (changed(FIVE_DAYS, working_days=6), FIVE_DAYS, ("working_days", "longer")),
            (changed(TWO_HOURS, duration_minutes=121), TWO_HOURS, ("duration_minutes", "longer")),
            (changed(ONE_DAY, basis=Basis.BUSINESS), ONE_DAY, ("basis", "not_comparable")),
            (FIVE_DAYS, TWO_HOURS, ("working_days", "not_comparable")),
            (TWO_HOURS, FIVE_DAYS, ("duration_minutes", "not_comparable")),
            (changed(ONE_DAY, duration_minutes=5_761), FIVE_DAYS, ("duration_minutes", "longer")),
            (changed(FIVE_DAYS, warn_percent=(50, 90)), FIVE_DAYS, ("warn_percent", "fewer_warnings")),
            (changed(FIVE_DAYS, chain=CHAIN[:1]), FIVE_DAYS, ("chain", "fewer_levels")),
        ],
    )
    def test_what_asks_for_less_is_refused_by_its_part(
        self, own: Target, of_oem: Target, problem: tuple[str, str]
    ):
        """R4.1: never longer, never fewer warnings, never fewer levels."""
        assert found(own, of_oem) == {problem}

    @pytest.mark.parametrize(
        ("own", "of_oem"),
        [
            (changed(FIVE_DAYS, working_days=1), FIVE_DAYS),
            (changed(TWO_HOURS, basis=Basis.ALWAYS), TWO_HOURS),
            (changed(ONE_DAY, duration_minutes=5_760), FIVE_DAYS),
            (changed(FIVE_DAYS, warn_percent=(25, 50, 75, 90)), FIVE_DAYS),
            (
                changed(
                    FIVE_DAYS,
                    chain=(CHAIN[0], ChainLevel(2, "head_office", 30), ChainLevel(3, "station_head", 90)),
                ),
                FIVE_DAYS,
            ),
        ],
    )
    def test_what_asks_for_more_is_taken(self, own: Target, of_oem: Target):
        assert found(own, of_oem) == set()

    @pytest.mark.parametrize(
        "chain",
        [
            (CHAIN[0], ChainLevel(2, "station_head", 121)),
            (CHAIN[0], ChainLevel(2, "head_office", 60), ChainLevel(3, "station_head", 61)),
            (ChainLevel(1, "station_head"), ChainLevel(2, "service_manager", 10)),
            (CHAIN[0], ChainLevel(2, "station_head", 120, on_duty=True)),
        ],
    )
    def test_nobody_of_the_oems_chain_is_told_later(self, chain: tuple[ChainLevel, ...]):
        assert found(changed(FIVE_DAYS, chain=chain), FIVE_DAYS) == {("chain", "fewer_levels")}


durations = st.one_of(
    st.builds(
        Target,
        duration_minutes=st.integers(1, 10_000),
        basis=st.sampled_from(Basis),
        warn_percent=st.just(()),
    ),
    st.builds(Target, working_days=st.integers(1, 8), warn_percent=st.just(())),
)
waits = st.builds(
    lambda role, minutes, basis: (role, minutes, basis),
    st.sampled_from(("service_manager", "station_head", "head_office")),
    st.integers(1, 600),
    st.sampled_from(Basis),
)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """A target with a chain of one to three levels."""
    levels = draw(st.lists(waits, min_size=1, max_size=3))
    chain = tuple(
        ChainLevel(place, role, minutes if place > 1 else 0, basis if place > 1 else Basis.BUSINESS)
        for place, (role, minutes, basis) in enumerate(levels, 1)
    )
    return changed(draw(durations), chain=chain)


def told(target: Target, calendar: WorkingCalendar, start: datetime) -> list[tuple[str, datetime]]:
    """When it is due, and whom it tells when."""
    planned = plan(MetricTarget(Metric.RESOLVE, target, "any"), calendar, start)
    levels = [
        (target.chain[level - 1].role, instant)
        for step, instant in zip(planned.steps, planned.schedule, strict=True)
        if (level := level_of(step)) is not None
    ]
    return [("due", planned.due_at), *levels]


@st.composite
def stricter_or_not(draw: st.DrawFn) -> tuple[Target, Target]:
    """A target and another one near it, often stricter."""
    of_oem = draw(targets())
    share = draw(st.integers(1, 110))
    days, minutes = of_oem.working_days, of_oem.duration_minutes
    added = draw(st.lists(waits, max_size=1))
    chain = [(level.role, level.after_minutes * share // 100, level.basis) for level in of_oem.chain]
    place = draw(st.integers(0, len(chain)))
    chain[place:place] = added
    basis = draw(st.sampled_from((of_oem.basis, Basis.ALWAYS)))
    own = changed(
        of_oem,
        working_days=None if days is None else max(1, days * share // 100),
        duration_minutes=None if minutes is None else max(1, minutes * share // 100),
        basis=of_oem.basis if days is not None else basis,
        chain=tuple(
            ChainLevel(level, role, after if level > 1 else 0, waited if level > 1 else Basis.BUSINESS)
            for level, (role, after, waited) in enumerate(chain, 1)
        ),
    )
    return draw(st.sampled_from((own, draw(targets())))), of_oem


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(stricter_or_not(), st.integers(0, 20_000))
def test_what_is_taken_is_due_and_tells_everybody_no_later(pair: tuple[Target, Target], minutes: int):
    """R4.1, of the instants themselves: whenever it begins, nobody is told later than by the OEM's target."""
    own, of_oem = pair
    assume(not any(looser(own, of_oem)))
    start = china(2026, 3, 2) + timedelta(minutes=minutes)
    mine = told(own, CALENDAR, start)
    for who, instant in told(of_oem, CALENDAR, start):
        assert any(role == who and earlier <= instant for role, earlier in mine)


EVERY_CASE = [
    CaseFacts(kind, category, urgency, Channel.PHONE, major)
    for kind, category, urgency, major in product(Kind, Category, Urgency, (False, True))
]
CELLS = [
    (rule.name, metric)
    for rule in default_clock_policy().rules
    for metric, target in rule.targets.items()
    if target is not None
]


def assert_stricter(own: ClockPolicy, oem: ClockPolicy) -> None:
    """For every case and metric."""
    for facts in EVERY_CASE:
        mine = {each.metric: each.target for each in targets_for(own, facts)}
        for each in targets_for(oem, facts):
            assert not list(looser(mine[each.metric], each.target))


@st.composite
def stricter_targets(draw: st.DrawFn) -> StricterTarget:
    """What the OEM promises in half the time, with one more warning and one more level."""
    rule, metric = draw(st.sampled_from(CELLS))
    said = said_of(default_clock_policy(), rule, metric)
    assert said is not None
    assert said.target is not None
    target = said.target
    days = target.working_days
    minutes = target.duration_minutes
    share = draw(st.integers(1, 100))
    more = changed(
        target,
        working_days=None if days is None else max(1, days * share // 100),
        duration_minutes=None if minutes is None else max(1, minutes * share // 100),
        warn_percent=tuple(sorted({*target.warn_percent, draw(st.integers(1, 99))})),
        chain=(*target.chain, ChainLevel(len(target.chain) + 1, "head_office", 60)),
    )
    return StricterTarget(rule, metric, more)


@settings(deadline=None, max_examples=30)
@given(st.lists(stricter_targets(), max_size=4, unique_by=lambda each: (each.rule, each.metric)))
def test_a_dealers_policy_is_stricter_for_every_case(stricter: list[StricterTarget]):
    """R4.1: per metric and any matching facts."""
    oem = default_clock_policy()
    assert list(problems_of_stricter(oem, stricter)) == []
    own = own_policy(oem, stricter)
    assert {(each.rule, each.metric) for each in own.stricter} <= set(CELLS)
    assert_stricter(own, oem)


@settings(deadline=None, max_examples=50)
@given(stricter_targets(), targets())
def test_it_stays_so_whatever_the_oem_publishes(stricter: StricterTarget, anew: Target):
    """R4.1: when the OEM promises more itself, the stricter of both holds."""
    oem = with_target(default_clock_policy(), stricter.rule, stricter.metric, Said(anew))
    assert_stricter(own_policy(oem, [stricter]), oem)


def test_what_is_named_twice_or_not_there_is_refused():
    resolve = StricterTarget("default", Metric.RESOLVE, changed(FIVE_DAYS, working_days=2))
    nowhere = StricterTarget("nobody", Metric.RESOLVE, FIVE_DAYS)
    silent = StricterTarget("high", Metric.SURVEY, FIVE_DAYS)
    problems = problems_of_stricter(default_clock_policy(), [resolve, resolve, nowhere, silent])
    assert [(each.field, each.code) for each in problems if not each.field.endswith("chain")] == [
        ("stricter[1]", "twice"),
        ("stricter[2].rule", "unknown_value"),
        ("stricter[3].metric", "unknown_value"),
    ]


def test_what_the_oem_says_no_more_is_left_out():
    oem = default_clock_policy()
    kept = StricterTarget("default", Metric.RESOLVE, changed(FIVE_DAYS, working_days=2))
    gone = StricterTarget("nobody", Metric.RESOLVE, FIVE_DAYS)
    assert [each.rule for each in own_policy(oem, [kept, gone]).stricter] == ["default"]
