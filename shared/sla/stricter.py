"""A dealer's own promises: its OEM's policy, stricter in places (R4.1). Pure.

A dealer changes targets and nothing else, so that for every case the same rule decides as at its OEM: a
policy whose targets are stricter one by one is stricter for every case.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shared.errors import FieldError
from shared.sla.policy import Basis, ChainLevel, ClockPolicy, ClockRule, Metric, StricterTarget, Target

_MINUTES_PER_DAY = 24 * 60


def own_policy(oem: ClockPolicy, stricter: Iterable[StricterTarget]) -> ClockPolicy:
    """The policy of a dealer; what names no target of the OEM's any more is left out.

    Where the OEM has become stricter itself, the stricter of both holds in each part of a target.
    """
    of_oem = {(rule.name, metric): target for rule in oem.rules for metric, target in rule.targets.items()}
    kept = {
        (each.rule, each.metric): _tightened(each.target, of_oem[each.rule, each.metric])
        for each in stricter
        if (each.rule, each.metric) in of_oem
    }
    # What the OEM promises by now anyway is the dealer's own no longer.
    own = {cell: target for cell, target in kept.items() if target != of_oem[cell]}
    return msgspec.structs.replace(
        oem,
        rules=tuple(_with(rule, own) for rule in oem.rules),
        stricter=tuple(StricterTarget(rule, metric, target) for (rule, metric), target in own.items()),
    )


def _with(rule: ClockRule, own: dict[tuple[str, Metric], Target]) -> ClockRule:
    targets = {metric: own.get((rule.name, metric), target) for metric, target in rule.targets.items()}
    return msgspec.structs.replace(rule, targets=targets)


def problems_of_stricter(oem: ClockPolicy, stricter: Sequence[StricterTarget]) -> Iterator[FieldError]:
    """Why a dealer may not promise this instead of what its OEM does.

    `twice` for a target that is named before, `unknown_value` for one that the OEM's policy does not have;
    of a target `longer` or `not_comparable`, `fewer_warnings`, `fewer_levels`.
    """
    rules = {rule.name: rule for rule in oem.rules}
    seen: set[tuple[str, Metric]] = set()
    for index, each in enumerate(stricter):
        field = f"stricter[{index}]"
        rule = rules.get(each.rule)
        if (each.rule, each.metric) in seen:
            yield FieldError(field, "twice")
        seen.add((each.rule, each.metric))
        if rule is None:
            yield FieldError(f"{field}.rule", "unknown_value", {"value": each.rule})
        elif each.metric not in rule.targets:
            yield FieldError(f"{field}.metric", "unknown_value", {"value": each.metric})
        else:
            for problem in looser(each.target, rule.targets[each.metric]):
                path = f"{field}.target.{problem.field}"
                yield msgspec.structs.replace(problem, field=path)


def looser(own: Target, of_oem: Target | None) -> Iterator[FieldError]:
    """In which parts a target asks for less than another; anything is stricter than no clock."""
    if of_oem is None:
        return
    if (problem := _time_problem(own, of_oem)) is not None:
        yield problem
    missing = sorted(set(of_oem.warn_percent) - set(own.warn_percent))
    if missing:
        yield FieldError("warn_percent", "fewer_warnings", {"percent": missing[0]})
    if (role := _missed_role(own.chain, of_oem.chain)) is not None:
        yield FieldError("chain", "fewer_levels", {"role": role})


def _tightened(own: Target, of_oem: Target | None) -> Target:
    if of_oem is None or not any(looser(own, of_oem)):
        return own
    timed = of_oem if _time_problem(own, of_oem) is not None else own
    return Target(
        duration_minutes=timed.duration_minutes,
        working_days=timed.working_days,
        basis=timed.basis,
        warn_percent=tuple(sorted({*own.warn_percent, *of_oem.warn_percent})),
        chain=own.chain if _missed_role(own.chain, of_oem.chain) is None else of_oem.chain,
    )


def _time_problem(own: Target, of_oem: Target) -> FieldError | None:
    if own.working_days is not None and of_oem.working_days is not None:
        ok = own.working_days <= of_oem.working_days
        return None if ok else FieldError("working_days", "longer", {"most": of_oem.working_days})
    if own.duration_minutes is not None and of_oem.duration_minutes is not None:
        if own.basis is Basis.BUSINESS and of_oem.basis is Basis.ALWAYS:
            return FieldError("basis", "not_comparable")
        ok = own.duration_minutes <= of_oem.duration_minutes
        return None if ok else FieldError("duration_minutes", "longer", {"most": of_oem.duration_minutes})
    if own.duration_minutes is not None and of_oem.working_days is not None and own.basis is Basis.ALWAYS:
        # The last of n working days begins at the earliest n - 1 midnights later.
        most = (of_oem.working_days - 1) * _MINUTES_PER_DAY
        if own.duration_minutes <= most:
            return None
        return FieldError("duration_minutes", "longer", {"most": most})
    field = "duration_minutes" if own.duration_minutes is not None else "working_days"
    return FieldError(field, "not_comparable")


def _missed_role(own: Sequence[ChainLevel], of_oem: Sequence[ChainLevel]) -> str | None:
    """The first role of the OEM's chain that would be told later, or not at all."""
    place = 0
    for level in of_oem:
        reached = next(
            (
                index
                for index in range(place, len(own))
                if own[index].role == level.role and (level.on_duty or not own[index].on_duty)
            ),
            None,
        )
        if reached is None or not _in_time(own[place : reached + 1], level):
            return level.role
        place = reached + 1
    return None


def _in_time(steps: Sequence[ChainLevel], level: ChainLevel) -> bool:
    waits = [each for each in steps if each.after_minutes]
    if level.basis is Basis.ALWAYS and any(each.basis is Basis.BUSINESS for each in waits):
        return False
    return sum(each.after_minutes for each in waits) <= level.after_minutes
