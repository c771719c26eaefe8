"""The clock policy a new OEM starts with (R4.1); each number is the OEM's to change.

A policy that was published before a metric came into the product says nothing of it. Until its OEM publishes
anew, the metric has the target of this policy: `completed`.
"""

from typing import Final

import msgspec

from shared.permissions import Role
from shared.sla.policy import (
    EVERY_CASE,
    Basis,
    ChainLevel,
    ClockPolicy,
    ClockRule,
    Match,
    Metric,
    Target,
    in_rank_order,
)

ADDED_LATER: Final = (
    Metric.PROGRESS,
    Metric.MAJOR_REPORT,
    Metric.WAIT_OEM,
    Metric.WAIT_PARTS,
    Metric.STALEMATE,
    Metric.HELP,
)
"""Metrics of which the policies of an OEM that was there before them say nothing."""

_LEVELS = (Role.SERVICE_MANAGER, Role.STATION_HEAD, Role.REGIONAL_MANAGER)


def default_clock_policy() -> ClockPolicy:
    """Registered and answered within 24 h, contacted within 2 business hours, solved by urgency.

    The survey goes out within 24 h of the result; a follow-up call comes within 3 working days of closing, a
    second one two weeks after it, with two days to reach the customer. Who is dissatisfied is called back
    within 48 h, who asked something within 3 working days.

    The written report on a complaint that touches media or courts is due within 4 h, day or night (R3.10).

    Who is called for help acknowledges it within a business hour; unacknowledged, the call climbs the chain.

    While a case is open its customer hears of it every 3 working days, of an urgent one every working day, by
    a message at 80 % of that time unless somebody has spoken with him since (R3.7).

    Whoever owns a wait has a promise of his own: the OEM answers within 2 working days, parts arrive within
    3, a stalemate ends within 5.

    The chain goes from the service manager to the station head and the regional manager (R4.2): every two
    business hours, for urgent cases every half hour of day or night. Suggestions only have to be registered
    and the customer contacted, unless they are urgent.
    """
    patient = _chain(after_minutes=120, basis=Basis.BUSINESS)
    pressing = _chain(after_minutes=30, basis=Basis.ALWAYS)
    return ClockPolicy(
        rules=(
            ClockRule(
                rank=10,
                name="urgent",
                match=Match(urgencies=("urgent",)),
                targets={
                    **_first_steps(pressing),
                    Metric.RESOLVE: _real_hours(24, pressing),
                    Metric.PROGRESS: _word_every(1, patient),
                },
            ),
            ClockRule(
                rank=20,
                name="suggestion",
                match=Match(kinds=("suggestion",)),
                targets={Metric.FIRST_RESPONSE: None, Metric.RESOLVE: None, Metric.PROGRESS: None},
            ),
            ClockRule(
                rank=30,
                name="high",
                match=Match(urgencies=("high",)),
                targets={Metric.RESOLVE: Target(working_days=3, chain=patient)},
            ),
            ClockRule(
                rank=40,
                name="low",
                match=Match(urgencies=("low",)),
                targets={Metric.RESOLVE: Target(working_days=10, chain=patient)},
            ),
            ClockRule(
                rank=1000,
                name="default",
                targets={
                    **_first_steps(patient),
                    Metric.RESOLVE: Target(working_days=5, chain=patient),
                    **_afterwards(patient),
                    Metric.MAJOR_REPORT: _real_hours(4, pressing),
                    Metric.HELP: Target(duration_minutes=60, warn_percent=(), chain=patient),
                    **_waits(),
                    Metric.PROGRESS: _word_every(3, patient),
                },
            ),
        )
    )


def unheard_of(policy: ClockPolicy) -> tuple[Metric, ...]:
    """The metrics that came later than the policy: its last rule, which has to speak of all, names none."""
    last = in_rank_order(policy)[-1:]
    if not last or last[0].match != EVERY_CASE:
        return ()
    return tuple(metric for metric in ADDED_LATER if metric not in last[0].targets)


def completed(policy: ClockPolicy) -> ClockPolicy:
    """The policy with our own target for each metric that came later than it; otherwise as it is.

    Regular word to customers is not begun by an upgrade: the OEM says when (`Metric.PROGRESS`: no clock).
    """
    missing = unheard_of(policy)
    if not missing:
        return policy
    ours = in_rank_order(default_clock_policy())[-1].targets
    last = in_rank_order(policy)[-1]
    supplied = {metric: ours[metric] for metric in missing if metric is not Metric.PROGRESS}
    said = dict.fromkeys(missing) | last.targets | supplied
    whole = msgspec.structs.replace(last, targets={each: said[each] for each in Metric if each in said})
    rules = tuple(whole if rule is last else rule for rule in policy.rules)
    return msgspec.structs.replace(policy, rules=rules)


def _first_steps(chain: tuple[ChainLevel, ...]) -> dict[Metric, Target | None]:
    return {
        Metric.REGISTER: _real_hours(24, chain),
        Metric.FIRST_CONTACT: Target(duration_minutes=120, chain=chain),
        Metric.FIRST_RESPONSE: _real_hours(24, chain),
    }


def _afterwards(chain: tuple[ChainLevel, ...]) -> dict[Metric, Target | None]:
    late = (75,)
    return {
        Metric.SURVEY: Target(duration_minutes=24 * 60, basis=Basis.ALWAYS, warn_percent=late, chain=chain),
        Metric.FOLLOW_UP: Target(working_days=3, warn_percent=late, chain=chain),
        Metric.SECOND_FOLLOW_UP: Target(
            duration_minutes=16 * 24 * 60, basis=Basis.ALWAYS, warn_percent=(95,), chain=chain
        ),
        Metric.DISSATISFIED_CALLBACK: _real_hours(48, chain),
        Metric.FEEDBACK_AFTER_HANDLING: Target(working_days=3, warn_percent=late, chain=chain),
    }


def _waits() -> dict[Metric, Target | None]:
    late = (75,)
    return {
        Metric.WAIT_OEM: Target(
            working_days=2,
            warn_percent=late,
            chain=_chain(120, Basis.BUSINESS, (Role.REGIONAL_MANAGER, Role.HEAD_OFFICE, Role.ADMINISTRATOR)),
        ),
        Metric.WAIT_PARTS: Target(working_days=3, warn_percent=late, chain=_chain(120, Basis.BUSINESS)),
        Metric.STALEMATE: Target(
            working_days=5,
            warn_percent=late,
            chain=_chain(120, Basis.BUSINESS, (Role.STATION_HEAD, Role.REGIONAL_MANAGER, Role.HEAD_OFFICE)),
        ),
    }


def _word_every(working_days: int, chain: tuple[ChainLevel, ...]) -> Target:
    return Target(working_days=working_days, warn_percent=(80,), chain=chain)


def _real_hours(hours: int, chain: tuple[ChainLevel, ...]) -> Target:
    return Target(duration_minutes=hours * 60, basis=Basis.ALWAYS, chain=chain)


def _chain(after_minutes: int, basis: Basis, roles: tuple[Role, ...] = _LEVELS) -> tuple[ChainLevel, ...]:
    first, *later = (
        ChainLevel(level, role.value, after_minutes, basis) for level, role in enumerate(roles, 1)
    )
    return (ChainLevel(first.level, first.role), *later)
