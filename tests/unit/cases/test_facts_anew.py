"""Promises of a case whose facts change, counted by what made each of them (R2.3, R4.1; "Changes"). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.calendars.definition import CalendarDefinition
from shared.cases.facts_anew import ClockChanges, Cycle, Facts, Origin, changes
from shared.cases.promises import Terms, hours_of, plan
from shared.cases.recount import MadeBy
from shared.sla.clock import PlannedClock
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import CaseFacts, ClockPolicy, Match, Metric, Target
from shared.sla.policy_edits import Said, with_rule, with_target
from shared.sla.repository import CaseClock, ClockState, Versions

WEEK = ("mon", "tue", "wed", "thu", "fri")
KINDS = ("complaint", "suggestion")
CATEGORIES = ("S", "SA", "SQ", "SP", "OT")
URGENCIES = ("urgent", "high", "medium", "low")
RECEIVED = datetime(2026, 6, 15, 1, tzinfo=UTC)  # Monday, 09:00 in Shanghai
NOW = RECEIVED + timedelta(minutes=30)

facts = st.builds(
    CaseFacts,
    kind=st.sampled_from(KINDS),
    category=st.sampled_from(CATEGORIES),
    urgency=st.sampled_from(URGENCIES),
    channel=st.just("phone"),
    major=st.booleans(),
)
days = st.integers(1, 20)


def policy(by_default: int, by_category: int, category: str) -> ClockPolicy:
    """So many working days for the result, and for one category."""
    ruled = with_rule(default_clock_policy(), "category", Match(categories=(category,)))
    ruled = with_target(ruled, "category", Metric.RESOLVE, Said(Target(working_days=by_category)))
    return with_target(ruled, "default", Metric.RESOLVE, Said(Target(working_days=by_default)))


policies = st.builds(policy, days, days, st.sampled_from(CATEGORIES))


def terms(version: int, clock_policy: ClockPolicy, closes: str = "18:00") -> Terms:
    opens = CalendarDefinition(time_zone="Asia/Shanghai", weekly=dict.fromkeys(WEEK, (("09:00", closes),)))
    return Terms(
        policy_version=version,
        policy_dealer_id=0,
        policy=clock_policy,
        calendar_version=version,
        calendar_dealer_id=0,
        hours=hours_of(opens),
    )


class Promised(msgspec.Struct):
    """The promises of one case as they are stored."""

    clocks: list[CaseClock]
    made: dict[UUID, Terms]

    def change(self, in_force: Terms, before: CaseFacts, after: CaseFacts) -> ClockChanges:
        """Store what becomes of the promises."""
        by_versions = {each.versions: each for each in [*self.made.values(), in_force]}
        origins = {
            each.id: Origin(
                self.made[each.id].versions,
                [MadeBy(self.made[each.id].policy, self.made[each.id].hours)],
            )
            for each in self.clocks
        }
        cycle = Cycle(began_at=RECEIVED, pauses=(), done=frozenset())
        made = changes(in_force, Facts(before, after), cycle, self.clocks, origins, NOW)
        plans = made.plans()
        self.clocks = [
            stored(each.id, plans[each.id])
            if each.id in plans
            else msgspec.structs.replace(each, state=ClockState.CANCELLED)
            if each.id in made.cancel
            else each
            for each in self.clocks
        ]
        for versions, found in made.reschedule.items():
            self.made |= {clock_id: by_versions[versions] for clock_id, _ in found}
        self.promise(in_force, made.start)
        return made

    def promise(self, by: Terms, plans: Sequence[PlannedClock]) -> None:
        for each in plans:
            clock_id = UUID(int=len(self.clocks) + 1)
            self.clocks.append(stored(clock_id, each))
            self.made[clock_id] = by

    def due(self) -> dict[Metric, datetime]:
        return {each.metric: each.due_at for each in self.clocks if each.state is ClockState.RUNNING}


def stored(clock_id: UUID, planned: PlannedClock) -> CaseClock:
    return CaseClock(
        id=clock_id,
        metric=planned.metric,
        turn=1,
        state=ClockState.RUNNING,
        started_at=planned.started_at,
        due_at=planned.due_at,
        steps=planned.steps,
        schedule=planned.schedule,
        next_at=planned.schedule[0],
        provisional=planned.provisional,
        rebased=planned.rebased,
        pauses_kept_until=planned.pauses_kept_until,
    )


def received(by: Terms, as_is: CaseFacts) -> Promised:
    promised = Promised([], {})
    promised.promise(by, plan(by, as_is, RECEIVED))
    return promised


@given(first=facts, then=facts, made_by=policies, newer=policies)
def test_there_and_back_gives_the_same_due_instants(
    first: CaseFacts, then: CaseFacts, made_by: ClockPolicy, newer: ClockPolicy
) -> None:
    """proofs.md, Changes: open cases keep their policy and calendar, whatever has been published since."""
    old, in_force = terms(1, made_by), terms(2, newer, "17:00")
    promised = received(old, first)
    before = promised.due()
    promised.change(in_force, first, then)
    promised.change(in_force, then, first)
    assert promised.due() == before
    assert {promised.made[each.id].policy_version for each in promised.clocks if each.metric in before} <= {1}


@given(first=facts, then=facts, made_by=policies, newer=policies)
def test_what_runs_on_is_due_as_if_nothing_had_been_published(
    first: CaseFacts, then: CaseFacts, made_by: ClockPolicy, newer: ClockPolicy
) -> None:
    """proofs.md, Changes: the version in force makes no difference to what it has not promised itself."""
    old = terms(1, made_by)
    kept, alone = received(old, first), received(old, first)
    kept.change(terms(2, newer, "17:00"), first, then)
    alone.change(old, first, then)
    ran = {each.metric for each in received(old, first).clocks}
    assert {metric: at for metric, at in kept.due().items() if metric in ran} == {
        metric: at for metric, at in alone.due().items() if metric in ran
    }


@given(walk=st.lists(st.tuples(facts, policies), min_size=1, max_size=5), first=facts, made_by=policies)
def test_no_walk_through_classifications_and_publications_moves_what_is_back_where_it_was(
    walk: list[tuple[CaseFacts, ClockPolicy]], first: CaseFacts, made_by: ClockPolicy
) -> None:
    """Property: with a new version before every step, and clocks of several versions on one case."""
    promised = received(terms(1, made_by), first)
    before, present = promised.due(), first
    for number, (then, newer) in enumerate(walk, start=2):
        promised.change(terms(number, newer), present, then)
        present = then
    promised.change(terms(len(walk) + 2, made_by), present, first)
    assert {metric: at for metric, at in promised.due().items() if metric in before} == before


def test_what_cannot_be_read_stays_until_the_time_in_force_changes() -> None:
    """A policy of a dealer's own is read by no other: what is in force for the new dealer stands in."""
    in_force = terms(4, default_clock_policy())
    made = received(terms(3, policy(2, 2, "S")), CaseFacts("complaint", "SA", "medium", "phone"))
    unread = {each.id: Origin(made.made[each.id].versions, []) for each in made.clocks}
    cycle = Cycle(began_at=RECEIVED, pauses=(), done=frozenset())

    def change(after: CaseFacts) -> ClockChanges:
        was = CaseFacts("complaint", "SA", "medium", "phone")
        return changes(in_force, Facts(was, after), cycle, made.clocks, unread, NOW)

    same = change(CaseFacts("complaint", "SP", "medium", "phone"))
    assert (same.start, same.reschedule, same.cancel) == ([], {}, [])
    other = change(CaseFacts("complaint", "SA", "low", "phone"))
    assert list(other.reschedule) == [
        Versions(policy_version=4, policy_dealer_id=0, calendar_version=4, calendar_dealer_id=0)
    ]
    assert [each.metric for each in other.plans().values()] == [Metric.RESOLVE]
