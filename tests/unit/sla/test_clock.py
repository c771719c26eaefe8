"""The instants of a clock (R4.2), in the time of a dealer in Shanghai, open on weekdays 09:00 to 18:00."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.sla.clock import PlannedClock, level_of, next_index, plan, plan_above, replan
from shared.sla.default_policy import default_clock_policy
from shared.sla.policy import Basis, CaseFacts, ChainLevel, Metric, MetricTarget, Target, targets_for
from shared.sla.working_time import UnknownYear, WorkingCalendar
from tests.unit.sla.calendars import hours_and_anchor, minutes_near, pauses_near

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = WorkingCalendar.parse("Asia/Shanghai", WEEK)
KNOWN_2026 = WorkingCalendar.parse("Asia/Shanghai", WEEK, known_years=[2026])
STEPS = ("warn_50", "warn_75", "warn_90", "level_1", "level_2", "level_3")
GRACE = timedelta(minutes=60)
FRIDAY = (2026, 6, 12)


def china(year: int, month: int, day: int, *clock: int) -> datetime:
    return datetime(year, month, day, *clock, tzinfo=SHANGHAI)


def promise(metric: Metric, urgency: str = "medium") -> MetricTarget:
    facts = CaseFacts(kind="complaint", category="SA", urgency=urgency, channel="phone")
    return next(one for one in targets_for(default_clock_policy(), facts) if one.metric is metric)


PROMISED = [each.metric for each in targets_for(default_clock_policy(), CaseFacts("", "", "", ""))]


def bare(target: Target) -> MetricTarget:
    return MetricTarget(Metric.RESOLVE, target, "test")


class TestCallForHelp:
    def test_it_climbs_from_the_level_above_whoever_was_called(self):
        """R4.2: unacknowledged goes one level up."""
        asked = MetricTarget(Metric.HELP, promise(Metric.HELP).target, "test")
        clock = plan_above(asked, CALENDAR, 1, china(*FRIDAY, 17, 30))
        assert clock is not None
        assert (clock.steps, clock.schedule) == (
            ("level_2", "level_3"),
            (china(2026, 6, 15, 9, 30), china(2026, 6, 15, 11, 30)),
        )
        assert clock.due_at == clock.schedule[0]

    def test_nobody_stands_above_the_last_level(self):
        assert plan_above(promise(Metric.HELP), CALENDAR, 3, china(*FRIDAY, 17)) is None


class TestPlan:
    def test_a_first_contact_is_due_after_two_hours_of_opening(self):
        """R4.1, R4.2: warned at 50, 75 and 90 %, breached when due, then level by level."""
        clock = plan(promise(Metric.FIRST_CONTACT), CALENDAR, china(*FRIDAY, 17))
        assert clock == PlannedClock(
            metric=Metric.FIRST_CONTACT,
            started_at=china(*FRIDAY, 17),
            due_at=china(2026, 6, 15, 10),
            steps=STEPS,
            schedule=(
                china(*FRIDAY, 18),
                china(2026, 6, 15, 9, 30),
                china(2026, 6, 15, 9, 48),
                china(2026, 6, 15, 10),
                china(2026, 6, 15, 12),
                china(2026, 6, 15, 14),
            ),
        )

    def test_a_first_response_runs_day_and_night_and_its_levels_wait_for_opening(self):
        clock = plan(promise(Metric.FIRST_RESPONSE), CALENDAR, china(*FRIDAY, 17, 30))
        assert clock.schedule == (
            china(2026, 6, 13, 5, 30),
            china(2026, 6, 13, 11, 30),
            china(2026, 6, 13, 15, 6),
            china(2026, 6, 13, 17, 30),
            china(2026, 6, 15, 11),
            china(2026, 6, 15, 13),
        )

    def test_an_urgent_case_climbs_every_half_hour_of_day_or_night(self):
        clock = plan(promise(Metric.RESOLVE, "urgent"), CALENDAR, china(*FRIDAY, 22))
        assert clock.schedule[3:] == (
            china(2026, 6, 13, 22),
            china(2026, 6, 13, 22, 30),
            china(2026, 6, 13, 23),
        )

    def test_working_days_end_at_closing_and_are_warned_by_share_of_the_hours(self):
        """Thursday 09:00, three working days: 36 working hours until Tuesday 18:00."""
        clock = plan(promise(Metric.RESOLVE, "high"), CALENDAR, china(2026, 6, 11, 9))
        assert clock.schedule == (
            china(2026, 6, 12, 18),
            china(2026, 6, 15, 18),
            china(2026, 6, 16, 14, 24),
            china(2026, 6, 16, 18),
            china(2026, 6, 17, 11),
            china(2026, 6, 17, 13),
        )
        assert clock.due_at == china(2026, 6, 16, 18)

    def test_a_pause_moves_what_comes_after_it(self):
        pause = (china(2026, 6, 12, 10), china(2026, 6, 12, 11))
        clock = plan(promise(Metric.FIRST_CONTACT), CALENDAR, china(*FRIDAY, 9), [pause])
        assert clock.schedule[:4] == (
            china(2026, 6, 12, 10),
            china(2026, 6, 12, 11, 30),
            china(2026, 6, 12, 11, 48),
            china(2026, 6, 12, 12),
        )

    def test_a_pause_moves_working_days_by_the_hours_it_covers(self):
        pause = (china(2026, 6, 12, 17), china(2026, 6, 15, 10))
        clock = plan(promise(Metric.RESOLVE, "high"), CALENDAR, china(2026, 6, 11, 9), [pause])
        assert clock.due_at == china(2026, 6, 17, 11)

    def test_pauses_may_be_any_iterable(self):
        pauses = iter([(china(2026, 6, 12, 9), china(2026, 6, 12, 10))])
        clock = plan(promise(Metric.FIRST_CONTACT), CALENDAR, china(*FRIDAY, 9), pauses)
        assert (clock.schedule[0], clock.due_at) == (china(2026, 6, 12, 11), china(2026, 6, 12, 12))

    def test_all_instants_are_in_utc(self):
        clock = plan(promise(Metric.RESOLVE, "high"), CALENDAR, china(*FRIDAY, 17))
        assert {instant.tzinfo for instant in (clock.started_at, clock.due_at, *clock.schedule)} == {UTC}

    def test_marks_and_levels_are_those_of_the_target(self):
        chain = (ChainLevel(1, "service_manager"), ChainLevel(2, "head_office", 15, Basis.ALWAYS))
        clock = plan(bare(Target(60, warn_percent=(80,), chain=chain)), CALENDAR, china(*FRIDAY, 17))
        assert clock.steps == ("warn_80", "level_1", "level_2")
        assert clock.schedule == (china(*FRIDAY, 17, 48), china(*FRIDAY, 18), china(*FRIDAY, 18, 15))

    def test_a_target_without_a_chain_still_breaches(self):
        clock = plan(bare(Target(60, warn_percent=())), CALENDAR, china(*FRIDAY, 9))
        assert (clock.steps, clock.schedule) == (("level_1",), (china(*FRIDAY, 10),))

    def test_a_target_without_a_length_is_refused(self):
        with pytest.raises(ValueError, match="duration"):
            plan(bare(Target()), CALENDAR, china(*FRIDAY, 9))


class TestProvisional:
    """A year whose holidays are not known yet."""

    def test_is_refused_without_a_fallback(self):
        with pytest.raises(UnknownYear):
            plan(promise(Metric.RESOLVE, "high"), KNOWN_2026, china(2026, 12, 30, 9))

    def test_is_planned_on_the_fallback_and_marked(self):
        clock = plan(promise(Metric.RESOLVE, "high"), KNOWN_2026, china(2026, 12, 30, 9), fallback=CALENDAR)
        assert clock.provisional
        assert clock.due_at == china(2027, 1, 4, 18)

    def test_also_when_only_the_chain_reaches_into_it(self):
        clock = plan(promise(Metric.FIRST_CONTACT), KNOWN_2026, china(2026, 12, 31, 15), fallback=CALENDAR)
        assert clock.provisional
        assert clock.due_at == china(2026, 12, 31, 17)
        assert clock.schedule[4:] == (china(2027, 1, 1, 10), china(2027, 1, 1, 12))

    def test_is_not_marked_while_everything_is_known(self):
        clock = plan(promise(Metric.FIRST_CONTACT), KNOWN_2026, china(2026, 12, 30, 9), fallback=CALENDAR)
        assert not clock.provisional


class TestReplan:
    """Urgency raised: from the original start minus pauses; if already past, a grace."""

    RUNNING = plan(promise(Metric.RESOLVE, "low"), CALENDAR, china(2026, 6, 8, 9))

    def replanned(self, urgency: str, now: datetime, running: PlannedClock = RUNNING) -> PlannedClock:
        return replan(promise(Metric.RESOLVE, urgency), CALENDAR, running, now, GRACE)

    def test_counts_from_the_original_start(self):
        clock = self.replanned("high", china(2026, 6, 9, 12))
        assert clock == plan(promise(Metric.RESOLVE, "high"), CALENDAR, china(2026, 6, 8, 9))
        assert (clock.due_at, clock.rebased) == (china(2026, 6, 11, 18), False)

    def test_never_loses_a_pause(self):
        pause = (china(2026, 6, 9, 9), china(2026, 6, 9, 18))
        clock = replan(
            promise(Metric.RESOLVE, "high"), CALENDAR, self.RUNNING, china(2026, 6, 10, 9), GRACE, [pause]
        )
        assert clock.due_at == china(2026, 6, 12, 18)

    def test_gives_a_grace_when_the_new_due_instant_has_passed(self):
        clock = self.replanned("urgent", china(2026, 6, 10, 17, 30))
        assert clock == PlannedClock(
            metric=Metric.RESOLVE,
            started_at=china(2026, 6, 8, 9),
            due_at=china(2026, 6, 10, 18, 30),
            steps=STEPS,
            schedule=(
                china(2026, 6, 10, 18),
                china(2026, 6, 10, 18, 15),
                china(2026, 6, 10, 18, 24),
                china(2026, 6, 10, 18, 30),
                china(2026, 6, 10, 19),
                china(2026, 6, 10, 19, 30),
            ),
            rebased=True,
        )
        assert {instant.tzinfo for instant in clock.schedule} == {UTC}

    def test_gives_a_grace_also_when_the_new_due_instant_is_now(self):
        assert self.replanned("urgent", china(2026, 6, 9, 9)).due_at == china(2026, 6, 9, 10)

    def test_a_grace_does_not_run_in_a_pause(self):
        """Low is due on Monday the 22nd, asked from Wednesday 12:00 to Friday: urgent was over on Tuesday."""
        pause = (china(2026, 6, 10, 12), china(2026, 6, 12, 9))
        running = plan(promise(Metric.RESOLVE, "low"), CALENDAR, china(2026, 6, 8, 9), [pause])
        clock = replan(
            promise(Metric.RESOLVE, "urgent"), CALENDAR, running, china(2026, 6, 11, 10), GRACE, [pause]
        )
        assert (clock.due_at, clock.rebased) == (china(2026, 6, 12, 10), True)
        assert clock.schedule[0] == china(2026, 6, 12, 9, 30)
        assert all(not pause[0] < each < pause[1] for each in clock.schedule)
        half_way = replan(
            promise(Metric.RESOLVE, "urgent"), CALENDAR, running, china(2026, 6, 10, 11, 30), GRACE, [pause]
        )
        assert half_way.due_at == china(2026, 6, 12, 9, 30)

    def test_never_makes_a_clock_due_later_than_it_was(self):
        now = self.RUNNING.due_at - timedelta(minutes=10)
        clock = self.replanned("urgent", now)
        assert (clock.due_at, clock.rebased) == (self.RUNNING.due_at, True)
        assert clock.schedule[0] == now + timedelta(minutes=5)

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=3)])
    def test_leaves_a_clock_that_is_due_already_as_it_is(self, late: timedelta):
        assert self.replanned("urgent", self.RUNNING.due_at + late) is self.RUNNING

    def test_falls_back_when_a_year_is_not_known(self):
        running = msgspec.structs.replace(
            self.RUNNING, started_at=china(2026, 12, 30, 9), due_at=china(2027, 1, 13, 18)
        )
        raised = promise(Metric.RESOLVE, "high")
        with pytest.raises(UnknownYear):
            replan(raised, KNOWN_2026, running, china(2026, 12, 31, 9), GRACE)
        clock = replan(raised, KNOWN_2026, running, china(2026, 12, 31, 9), GRACE, fallback=CALENDAR)
        assert (clock.due_at, clock.provisional, clock.rebased) == (china(2027, 1, 4, 18), True, False)


class TestSteps:
    SCHEDULE = plan(promise(Metric.FIRST_CONTACT), CALENDAR, china(*FRIDAY, 9)).schedule

    @pytest.mark.parametrize(
        ("now", "index"),
        [
            (china(*FRIDAY, 9), 0),
            (china(*FRIDAY, 9, 59, 59), 0),
            (china(*FRIDAY, 10), 1),
            (china(*FRIDAY, 11), 4),
            (china(*FRIDAY, 14, 59), 5),
            (china(*FRIDAY, 15), 6),
        ],
    )
    def test_the_next_step_is_the_first_still_ahead(self, now: datetime, index: int):
        assert next_index(self.SCHEDULE, now) == index

    def test_steps_of_the_same_instant_come_together(self):
        assert next_index((china(*FRIDAY, 9), china(*FRIDAY, 9), china(*FRIDAY, 10)), china(*FRIDAY, 9)) == 2

    @pytest.mark.parametrize(("step", "level"), [("warn_50", None), ("level_1", 1), ("level_12", 12)])
    def test_a_step_names_its_level(self, step: str, level: int | None):
        assert level_of(step) == level


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hours_and_anchor(), st.data(), st.sampled_from(PROMISED), st.sampled_from(["low", "high", "urgent"]))
def test_a_schedule_never_goes_back_and_breaches_when_due(
    drawn, data: st.DataObject, metric: Metric, urgency: str
):
    hours, anchor = drawn
    start, pauses = data.draw(minutes_near(anchor)), data.draw(pauses_near(anchor))
    promised = promise(metric, urgency)
    clock = plan(promised, hours.calendar(), start, pauses)
    assert list(clock.schedule) == sorted(clock.schedule)
    assert clock.started_at < clock.schedule[0]
    assert clock.schedule[clock.steps.index("level_1")] == clock.due_at
    levels = len(promised.target.chain)
    assert len(clock.steps) == len(clock.schedule) == len(promised.target.warn_percent) + levels
