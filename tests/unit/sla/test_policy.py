"""What is promised on a case (R4.1)."""

import msgspec
import pytest

from shared.cases.vocabulary import Category, Channel, Kind, Urgency
from shared.sla.default_policy import ADDED_LATER, completed, default_clock_policy, unheard_of
from shared.sla.policy import (
    BEGUN_LATER,
    Basis,
    CaseFacts,
    ChainLevel,
    ClockPolicy,
    ClockRule,
    Match,
    Metric,
    Target,
    matches,
    targets_for,
)
from shared.sla.policy_checks import CaseWords, problems

WORDS = CaseWords(frozenset(Kind), frozenset(Category), frozenset(Urgency), frozenset(Channel))
CHAIN = (ChainLevel(1, "service_manager"), ChainLevel(2, "station_head", 120))
TWO_HOURS = Target(duration_minutes=120, chain=CHAIN)
EVERY_METRIC: dict[Metric, Target | None] = dict.fromkeys(Metric, TWO_HOURS)
DEFAULT = ClockRule(100, "default", EVERY_METRIC)


def facts(**changes: object) -> CaseFacts:
    ordinary = CaseFacts(kind="complaint", category="SA", urgency="medium", channel="phone")
    return msgspec.structs.replace(ordinary, **changes)


def policy(*rules: ClockRule, grace_minutes: int = 60) -> ClockPolicy:
    return ClockPolicy((*rules, DEFAULT), grace_minutes)


def found(checked: ClockPolicy) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in problems(checked, WORDS)}


class TestAPolicyOfBefore:
    """R4.1: who was there before a metric is promised what is supplied, until the OEM says more."""

    LAST = msgspec.structs.replace(
        DEFAULT,
        targets={metric: target for metric, target in EVERY_METRIC.items() if metric not in ADDED_LATER},
    )
    OLD = ClockPolicy(
        (LAST, ClockRule(5, "first", {Metric.MAJOR_REPORT: TWO_HOURS}, Match(major=True))), grace_minutes=30
    )

    def test_it_says_what_is_supplied_of_what_it_has_never_heard_of(self):
        ours = default_clock_policy().rules[-1].targets
        whole = completed(self.OLD)
        assert set(unheard_of(self.OLD)) == set(ADDED_LATER)
        assert unheard_of(whole) == ()
        assert problems(self.OLD, WORDS) != ()
        assert problems(whole, WORDS) == ()
        [last, first] = whole.rules
        assert {metric: last.targets[metric] for metric in ADDED_LATER} == {
            metric: None if metric is Metric.PROGRESS else ours[metric] for metric in ADDED_LATER
        }, "an upgrade does not begin to write to customers"
        assert {metric: last.targets[metric] for metric in self.LAST.targets} == self.LAST.targets
        assert (first, whole.grace_minutes) == (self.OLD.rules[1], 30)

    def test_what_it_says_itself_is_left_alone_even_that_there_is_no_clock(self):
        silent = msgspec.structs.replace(DEFAULT, targets=dict.fromkeys(Metric))
        said = ClockPolicy((silent,))
        assert completed(said) == said
        assert unheard_of(said) == ()


class TestDefault:
    POLICY = default_clock_policy()

    def targets(self, **changes: object) -> dict[Metric, Target]:
        return {promise.metric: promise.target for promise in targets_for(self.POLICY, facts(**changes))}

    def test_it_can_be_saved(self):
        assert problems(self.POLICY, WORDS) == ()

    def test_it_survives_storage(self):
        stored = msgspec.json.encode(self.POLICY)
        assert msgspec.json.decode(stored, type=ClockPolicy) == self.POLICY

    @pytest.mark.parametrize("urgency", Urgency)
    def test_every_case_is_registered_contacted_and_answered(self, urgency: Urgency):
        """R4.1: first contact within 2 h, registration and first response within 24 h."""
        targets = self.targets(urgency=urgency)
        assert (targets[Metric.REGISTER].duration_minutes, targets[Metric.REGISTER].basis) == (
            24 * 60,
            "always",
        )
        assert (targets[Metric.FIRST_CONTACT].duration_minutes, targets[Metric.FIRST_CONTACT].basis) == (
            120,
            "business",
        )
        assert (targets[Metric.FIRST_RESPONSE].duration_minutes, targets[Metric.FIRST_RESPONSE].basis) == (
            24 * 60,
            "always",
        )

    @pytest.mark.parametrize(("urgency", "days"), [("high", 3), ("medium", 5), ("low", 10)])
    def test_resolution_is_promised_by_urgency(self, urgency: str, days: int):
        assert self.targets(urgency=urgency)[Metric.RESOLVE].working_days == days

    def test_an_urgent_case_is_resolved_within_a_day_of_real_time(self):
        target = self.targets(urgency="urgent")[Metric.RESOLVE]
        assert (target.duration_minutes, target.basis) == (24 * 60, Basis.ALWAYS)

    def test_a_suggestion_has_no_clock_for_answer_and_resolution(self):
        promised = set(self.targets(kind="suggestion", urgency="low"))
        assert promised - BEGUN_LATER == {Metric.REGISTER, Metric.FIRST_CONTACT}

    @pytest.mark.parametrize(("urgency", "days"), [("urgent", 1), ("high", 3), ("medium", 3), ("low", 3)])
    def test_the_customer_of_an_open_case_hears_of_it_regularly(self, urgency: str, days: int):
        """R3.7: at 80 % of the time; urgent ones daily, in the dealer's hours, so that nobody is woken."""
        target = self.targets(urgency=urgency)[Metric.PROGRESS]
        assert (target.working_days, target.warn_percent) == (days, (80,))

    def test_who_suggests_something_waits_for_the_verdict_and_not_for_progress(self):
        assert Metric.PROGRESS not in self.targets(kind="suggestion", urgency="low")

    def test_an_urgent_suggestion_has_all_clocks(self):
        promised = set(self.targets(kind="suggestion", urgency="urgent"))
        assert promised - BEGUN_LATER == set(Metric) - BEGUN_LATER

    def test_the_chain_has_three_levels_faster_for_urgent_cases(self):
        """R4.2: service manager, station head, OEM regional manager."""
        patient = self.targets(urgency="high")[Metric.RESOLVE].chain
        pressing = self.targets(urgency="urgent")[Metric.FIRST_CONTACT].chain
        roles = ["service_manager", "station_head", "regional_manager"]
        assert [level.role for level in patient] == [level.role for level in pressing] == roles
        assert [(level.after_minutes, level.basis) for level in patient[1:]] == [(120, "business")] * 2
        assert [(level.after_minutes, level.basis) for level in pressing[1:]] == [(30, "always")] * 2


class TestMatching:
    @pytest.mark.parametrize(
        ("match", "expected"),
        [
            (Match(), True),
            (Match(kinds=("complaint", "fault")), True),
            (Match(kinds=("fault",)), False),
            (Match(categories=("SA",)), True),
            (Match(categories=("SQ",)), False),
            (Match(urgencies=("high", "medium")), True),
            (Match(urgencies=("high",)), False),
            (Match(channels=("phone",)), True),
            (Match(channels=("app",)), False),
            (Match(major=False), True),
            (Match(major=True), False),
            (Match(categories=("SA",), channels=("app",)), False),
            (Match(categories=("SA",), channels=("phone",), major=False), True),
        ],
    )
    def test_everything_a_rule_names_has_to_match(self, match: Match, expected: bool):  # noqa: FBT001
        assert matches(match, facts()) is expected

    def test_the_first_rule_by_rank_decides_wherever_it_is_listed(self):
        second = ClockRule(
            2, "second", {Metric.RESOLVE: Target(working_days=2, chain=CHAIN)}, Match(kinds=("complaint",))
        )
        first = ClockRule(
            1, "first", {Metric.RESOLVE: Target(working_days=1, chain=CHAIN)}, Match(categories=("SA",))
        )
        decided = {promise.metric: promise for promise in targets_for(policy(second, first), facts())}
        assert decided[Metric.RESOLVE].rule == "first"
        assert decided[Metric.RESOLVE].target.working_days == 1

    def test_a_rule_leaves_the_metrics_it_does_not_name_to_later_rules(self):
        rule = ClockRule(1, "app", {Metric.RESOLVE: None}, Match(channels=("app",)))
        promised = targets_for(policy(rule), facts(channel="app"))
        received = [promise.metric for promise in promised if promise.metric not in BEGUN_LATER]
        assert received == ["register", "first_contact", "first_response"]
        assert {promise.rule for promise in promised} == {"default"}

    def test_promises_come_in_the_order_of_the_metrics(self):
        assert [promise.metric for promise in targets_for(policy(), facts())] == list(Metric)


class TestChecks:
    def test_a_sound_policy_has_no_problems(self):
        rule = ClockRule(1, "major", {Metric.RESOLVE: Target(working_days=1, chain=CHAIN)}, Match(major=True))
        assert found(policy(rule)) == set()

    def test_a_policy_ends_with_a_default_for_every_case(self):
        only_phone = ClockRule(1, "phone", EVERY_METRIC, Match(channels=("phone",)))
        assert found(ClockPolicy(())) == {("rules", "no_default")}
        assert found(ClockPolicy((only_phone,))) == {("rules", "no_default")}

    def test_the_default_speaks_of_every_metric(self):
        silent = ClockRule(1, "default", {Metric.RESOLVE: None})
        told = problems(ClockPolicy((silent,)), WORDS)
        assert {problem.code for problem in told} == {"missing_metric"}
        assert {problem.params["metric"] for problem in told} == set(Metric) - {Metric.RESOLVE}

    def test_ranks_and_names_are_used_once(self):
        one = ClockRule(1, "one", {Metric.RESOLVE: None}, Match(kinds=("fault",)))
        same_rank = ClockRule(1, "two", {Metric.RESOLVE: None}, Match(kinds=("inquiry",)))
        same_name = ClockRule(2, "one", {Metric.RESOLVE: None}, Match(kinds=("inquiry",)))
        assert found(policy(one, same_rank)) == {("rules[1].rank", "duplicate_rank")}
        assert found(policy(one, same_name)) == {("rules[1].name", "duplicate_name")}

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("", "one_line_of_text"),
            (" ", "one_line_of_text"),
            ("a\nb", "one_line_of_text"),
            ("a" * 61, "too_long"),
        ],
    )
    def test_a_name_is_a_line_that_the_console_can_show(self, name: str, code: str):
        rule = ClockRule(1, name, {Metric.RESOLVE: None}, Match(kinds=("fault",)))
        assert found(policy(rule)) == {("rules[0].name", code)}

    def test_the_api_takes_no_more_levels_than_the_console_shows(self):
        chain = tuple(ChainLevel(level, CHAIN[0].role, 60 * (level - 1)) for level in range(1, 8))
        rule = ClockRule(1, "long", {Metric.RESOLVE: Target(60, chain=chain)}, Match(kinds=("fault",)))
        assert found(policy(rule)) == {("rules[0].targets.resolve.chain", "too_many")}
        roles = ("cac_agent", "administrator", "head_office", "reader")
        assert found(msgspec.structs.replace(policy(), desk_roles=roles)) == {("desk_roles", "too_many")}

    def test_a_rule_says_something(self):
        assert found(policy(ClockRule(1, "mute", {}))) == {("rules[0].targets", "no_targets")}

    def test_a_value_no_case_can_have_never_matches(self):
        match = Match(("compliment",), ("XX",), ("extreme",), ("telepathy",))
        assert found(policy(ClockRule(1, "odd", {Metric.RESOLVE: None}, match))) == {
            ("rules[0].match.kinds", "unknown_value"),
            ("rules[0].match.categories", "unknown_value"),
            ("rules[0].match.urgencies", "unknown_value"),
            ("rules[0].match.channels", "unknown_value"),
        }

    def test_a_rule_that_an_earlier_one_always_precedes_never_matches(self):
        wide = ClockRule(1, "wide", {Metric.RESOLVE: None}, Match(kinds=("fault", "complaint")))
        narrow = ClockRule(2, "narrow", {Metric.RESOLVE: TWO_HOURS}, Match(kinds=("fault",), major=True))
        assert found(policy(narrow, wide)) == {("rules[0].targets.resolve", "never_matches")}
        everything = ClockRule(3, "everything", {Metric.RESOLVE: None})
        assert found(policy(everything)) == {("rules[1].targets.resolve", "never_matches")}

    def test_a_rule_that_earlier_ones_leave_nothing_to_never_matches(self):
        urgent = ClockRule(1, "urgent", {Metric.RESOLVE: None}, Match(urgencies=("urgent", "high")))
        others = ClockRule(2, "others", {Metric.RESOLVE: TWO_HOURS}, Match(urgencies=("medium", "low")))
        faults = ClockRule(3, "faults", {Metric.RESOLVE: None, Metric.SURVEY: None}, Match(kinds=("fault",)))
        odd = ClockRule(4, "odd", {Metric.RESOLVE: None}, Match(kinds=("compliment",)))
        assert found(policy(urgent, others, faults)) == {("rules[2].targets.resolve", "never_matches")}
        assert found(policy(urgent, odd)) == {("rules[1].match.kinds", "unknown_value")}

    def test_there_are_not_too_many_rules(self):
        many = [ClockRule(rank, str(rank), {Metric.RESOLVE: None}, Match(major=True)) for rank in range(100)]
        assert ("rules", "too_many_rules") in found(policy(*many))

    @pytest.mark.parametrize(
        "earlier",
        [
            ClockRule(1, "other metric", {Metric.REGISTER: None}, Match(kinds=("fault",))),
            ClockRule(1, "narrower", {Metric.RESOLVE: None}, Match(kinds=("fault",), channels=("app",))),
            ClockRule(1, "other kind", {Metric.RESOLVE: None}, Match(kinds=("complaint",))),
            ClockRule(1, "major only", {Metric.RESOLVE: None}, Match(kinds=("fault",), major=True)),
            ClockRule(3, "later", {Metric.RESOLVE: None}),
        ],
    )
    def test_a_rule_that_can_still_match_is_kept(self, earlier: ClockRule):
        rule = ClockRule(2, "faults", {Metric.RESOLVE: TWO_HOURS}, Match(kinds=("fault",)))
        assert "rules[1].targets.resolve" not in {field for field, _ in found(policy(earlier, rule))}

    @pytest.mark.parametrize(
        ("target", "problem"),
        [
            (Target(chain=CHAIN), ("", "duration_or_working_days")),
            (Target(60, 1, chain=CHAIN), ("", "duration_or_working_days")),
            (Target(0, chain=CHAIN), (".duration_minutes", "out_of_range")),
            (Target(-5, chain=CHAIN), (".duration_minutes", "out_of_range")),
            (Target(366 * 24 * 60 + 1, chain=CHAIN), (".duration_minutes", "out_of_range")),
            (Target(None, 0, chain=CHAIN), (".working_days", "out_of_range")),
            (Target(None, 367, chain=CHAIN), (".working_days", "out_of_range")),
            (Target(None, 3, Basis.ALWAYS, chain=CHAIN), (".basis", "working_days_are_business")),
            (Target(60, warn_percent=(75, 50), chain=CHAIN), (".warn_percent", "invalid_warn_marks")),
            (Target(60, warn_percent=(50, 50), chain=CHAIN), (".warn_percent", "invalid_warn_marks")),
            (Target(60, warn_percent=(0, 50), chain=CHAIN), (".warn_percent", "invalid_warn_marks")),
            (Target(60, warn_percent=(50, 100), chain=CHAIN), (".warn_percent", "invalid_warn_marks")),
            (Target(60), (".chain", "no_levels")),
            (Target(60, chain=(CHAIN[1],)), (".chain", "levels_out_of_order")),
            (Target(60, chain=(CHAIN[0], CHAIN[0])), (".chain", "levels_out_of_order")),
            (Target(60, chain=(ChainLevel(1, "king"),)), (".chain[0].role", "unknown_role")),
            (Target(60, chain=(ChainLevel(1, "integration"),)), (".chain[0].role", "unknown_role")),
            (
                Target(60, chain=(ChainLevel(1, "service_manager", 5),)),
                (".chain[0].after_minutes", "first_level_is_the_breach"),
            ),
            (
                Target(60, chain=(CHAIN[0], ChainLevel(2, "station_head", 0))),
                (".chain[1].after_minutes", "level_not_later"),
            ),
        ],
    )
    def test_a_target_that_cannot_be_met_or_told_is_refused(self, target: Target, problem: tuple[str, str]):
        field, code = problem
        rule = ClockRule(1, "faults", {Metric.RESOLVE: target}, Match(kinds=("fault",)))
        assert (f"rules[0].targets.resolve{field}", code) in found(policy(rule))

    @pytest.mark.parametrize(
        "target", [Target(60, warn_percent=(), chain=CHAIN), Target(None, 366, chain=CHAIN)]
    )
    def test_a_target_without_warnings_or_at_the_limit_is_accepted(self, target: Target):
        assert (
            found(policy(ClockRule(1, "faults", {Metric.RESOLVE: target}, Match(kinds=("fault",))))) == set()
        )

    @pytest.mark.parametrize("grace_minutes", [0, -1, 24 * 60 + 1])
    def test_the_grace_is_some_time_and_at_most_a_day(self, grace_minutes: int):
        assert found(policy(grace_minutes=grace_minutes)) == {("grace_minutes", "out_of_range")}

    @pytest.mark.parametrize("roles", [(), ("station_head",), ("regional_manager",), ("king",)])
    def test_at_the_oem_desk_people_of_the_oem_are_told(self, roles: tuple[str, ...]):
        """R4.2."""
        checked = msgspec.structs.replace(policy(), desk_roles=roles)
        assert {field for field, _ in found(checked)} == {"desk_roles"}

    def test_a_misspelt_key_is_not_passed_over(self):
        stored = msgspec.json.encode(policy()).replace(b"warn_percent", b"warn_percents")
        with pytest.raises(msgspec.ValidationError, match="warn_percents"):
            msgspec.json.decode(stored, type=ClockPolicy)
