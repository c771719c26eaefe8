"""What is promised on a case: an OEM's clock policy, kept as versioned data (R4.1).

A policy is a list of rules in explicit rank order, the default last. Each metric is decided on its own: the
first rule that matches the case and names the metric gives the target, or says that there is no clock. So a
rule names only what it changes, and every target can be traced to one rule.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec


class Metric(StrEnum):
    """What a clock measures; Chinese terms in `docs/domain.md`."""

    REGISTER = "register"
    FIRST_CONTACT = "first_contact"
    FIRST_RESPONSE = "first_response"
    PROGRESS = "progress"
    RESOLVE = "resolve"
    MAJOR_REPORT = "major_report"
    SURVEY = "survey"
    FOLLOW_UP = "follow_up"
    SECOND_FOLLOW_UP = "second_follow_up"
    DISSATISFIED_CALLBACK = "dissatisfied_callback"
    FEEDBACK_AFTER_HANDLING = "feedback_after_handling"
    WAIT_OEM = "wait_oem"
    WAIT_PARTS = "wait_parts"
    STALEMATE = "stalemate"
    HELP = "help"


AFTERWARDS: Final = frozenset(
    {
        Metric.SURVEY,
        Metric.FOLLOW_UP,
        Metric.SECOND_FOLLOW_UP,
        Metric.DISSATISFIED_CALLBACK,
        Metric.FEEDBACK_AFTER_HANDLING,
    }
)
"""What is promised of a case that is settled: closing the case does not end it."""


WAITS: Final = frozenset({Metric.WAIT_OEM, Metric.WAIT_PARTS, Metric.STALEMATE})
"""Waiting for anybody but the customer is no pause: whoever owns the wait has a clock of his own."""


BEGUN_LATER: Final = AFTERWARDS | WAITS | {Metric.PROGRESS, Metric.MAJOR_REPORT, Metric.HELP}
"""What is promised by what happens to a case, not by its receipt."""


NEVER_PAUSED: Final = WAITS | {Metric.REGISTER, Metric.FIRST_CONTACT, Metric.MAJOR_REPORT, Metric.HELP}
"""What runs on while we wait for the customer, whatever a policy says."""


class Basis(StrEnum):
    """In which hours a duration counts."""

    BUSINESS = "business"
    ALWAYS = "always"


class ChainLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level of the escalation chain: whoever has `role` is told.

    Level 1 is told at the breach; each further level `after_minutes`, counted on `basis`, after the one
    before. `on_duty`: of those who have the role, only who is on duty then.
    """

    level: int
    role: str
    after_minutes: int = 0
    basis: Basis = Basis.BUSINESS
    on_duty: bool = False


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a metric may take: either `duration_minutes` on `basis`, or whole `working_days`.

    `warn_percent` are the shares of the target after which the owner is warned.
    """

    duration_minutes: int | None = None
    working_days: int | None = None
    basis: Basis = Basis.BUSINESS
    warn_percent: tuple[int, ...] = (50, 75, 90)
    chain: tuple[ChainLevel, ...] = ()


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases a rule is for. An empty list and None match every case; everything named has to match."""

    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    major: bool | None = None


EVERY_CASE = Match()


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The targets of the metrics it names, for the cases it matches; None says that there is no clock."""

    rank: int
    name: str
    targets: dict[Metric, Target | None]
    match: Match = EVERY_CASE


class PauseRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which promises pause while we wait for the customer, and how long: at once, and in one cycle."""

    metrics: tuple[Metric, ...] = (Metric.RESOLVE,)
    longest_minutes: int = 7 * 24 * 60
    cap_minutes: int = 14 * 24 * 60


class StricterTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a dealer promises instead of what `rule` of its OEM says for the metric; never less."""

    rule: str
    metric: Metric
    target: Target


class FirstContactBy(StrEnum):
    """What keeps the promise of a first contact: an attempt to reach the customer, or speaking with him."""

    ATTEMPT = "attempt"
    EFFECTIVE = "effective"


class ClockPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of one version of a policy.

    `grace_minutes` is what remains, in real time, when a raised urgency puts the due instant into the past.
    A case closed longer ago than `reopen_days` is not opened again: a new one is linked to it.
    On a case of the OEM desk, where no dealer stands, `desk_roles` are told in place of a chain's roles,
    level by level, the last of them from there on.
    `first_contact_by` holds for every attempt that is made while the policy is in force.
    `stricter` is empty but in a dealer's own policy: what its rules say otherwise than its OEM's.
    """

    rules: tuple[ClockRule, ...]
    grace_minutes: int = 60
    pauses: PauseRules = PauseRules()
    reopen_days: int = 90
    desk_roles: tuple[str, ...] = ("cac_agent", "head_office", "administrator")
    first_contact_by: FirstContactBy = FirstContactBy.ATTEMPT
    stricter: tuple[StricterTarget, ...] = ()


class CaseFacts(msgspec.Struct, frozen=True):
    """What rules look at; the values of `shared.cases.vocabulary`."""

    kind: str
    category: str
    urgency: str
    channel: str
    major: bool = False


class MetricTarget(msgspec.Struct, frozen=True):
    """A promise on a case: the target of a metric, and the name of the rule that gave it."""

    metric: Metric
    target: Target
    rule: str


def targets_for(policy: ClockPolicy, facts: CaseFacts) -> tuple[MetricTarget, ...]:
    """The promises on a case, in the order of `Metric`; a metric without a clock is left out."""
    matching = [rule for rule in in_rank_order(policy) if matches(rule.match, facts)]
    promised = (_promised(matching, metric) for metric in Metric)
    return tuple(each for each in promised if each is not None)


def target_of(policy: ClockPolicy, facts: CaseFacts, metric: Metric) -> MetricTarget | None:
    """The promise of one metric on a case, None without a clock."""
    asked = (rule for rule in in_rank_order(policy) if metric in rule.targets and matches(rule.match, facts))
    return _promised(asked, metric)


def _promised(matching: Iterable[ClockRule], metric: Metric) -> MetricTarget | None:
    """What the first of the rules that knows the metric promises; that may be nothing."""
    deciding = next((rule for rule in matching if metric in rule.targets), None)
    target = None if deciding is None else deciding.targets[metric]
    return None if deciding is None or target is None else MetricTarget(metric, target, deciding.name)


def matches(match: Match, facts: CaseFacts) -> bool:
    """Whether the case has every property the match names."""
    return (
        _allows(match.kinds, facts.kind)
        and _allows(match.categories, facts.category)
        and _allows(match.urgencies, facts.urgency)
        and _allows(match.channels, facts.channel)
        and match.major in {None, facts.major}
    )


def in_rank_order(policy: ClockPolicy) -> list[ClockRule]:
    """The rules as they are asked, the default last."""
    return sorted(policy.rules, key=lambda rule: rule.rank)


def _allows(named: tuple[str, ...], value: str) -> bool:
    return not named or value in named


def chain_at_desk(policy: ClockPolicy, chain: tuple[ChainLevel, ...]) -> tuple[ChainLevel, ...]:
    """The chain as it is climbed on a case of the OEM desk: at the same instants, by the desk's roles."""
    roles = policy.desk_roles
    return tuple(msgspec.structs.replace(each, role=roles[min(each.level, len(roles)) - 1]) for each in chain)
