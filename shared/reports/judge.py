"""Indicators of the monthly report: definition, target, actual value and judgement (R6.2). Pure.

| Indicator   | Met by a case that…                                                    | Target |
|-------------|------------------------------------------------------------------------|--------|
| timeliness  | was contacted within the standard time (R4.1)                          | 90 %   |
| handling    | has a conclusion: reported as In process or Closed (R3.3)              | 98 %   |
| response    | was answered within 24 h (R6.2)                                        | ≥ 95 % |
| closed loop | is solved and its customer was told (R6.2)                             | ≥ 90 % |

The rate is met ÷ accepted, as R6.2 says, over the cases received in the month. A case whose time is not up
counts as accepted and not as met. So that this alone never condemns a dealer, a rate below target that the
running cases could still lift to it is `UNDECIDED`. A month without cases is `NO_CASES`, not 0 % or 100 %.
"""

from enum import StrEnum
from typing import Final

import msgspec

from shared.reports.figures import Attainment, DealerMonth, Kpi, PeerRate

NEEDS_IMPROVEMENT_WITHIN: Final = 50
"""A rate at most this many per mille (5 points) below target needs improvement; further down it is below."""


class Judgement(StrEnum):
    """How an indicator stands to its target (R6.2: the first three)."""

    MEETS = "meets"  # ○ 达到和超过计划指标
    NEEDS_IMPROVEMENT = "needs_improvement"  # △ 需改进
    BELOW = "below"  # × 低于计划指标
    UNDECIDED = "undecided"
    NO_CASES = "no_cases"


class KpiResult(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator of the month. All rates in per mille, None for a month without cases."""

    kpi: Kpi
    counts: Attainment
    rate: int | None
    best_rate: int | None
    """The rate if every running case were met."""
    target: int
    judgement: Judgement
    change: int | None
    """Per mille points against the month before; None when one of the two had no cases."""
    history: tuple[int | None, ...]
    """The rates of the trend's months, oldest first."""
    peer: PeerRate | None


def judge_all(figures: DealerMonth) -> tuple[KpiResult, ...]:
    """Every indicator, in the order of `Kpi`."""
    return tuple(judge(figures, kpi) for kpi in Kpi)


def judge(figures: DealerMonth, kpi: Kpi) -> KpiResult:
    """One indicator."""
    counts = figures.current.of(kpi)
    target = figures.targets.of(kpi)
    rate, before = rate_of(counts), rate_of(figures.previous.of(kpi))
    return KpiResult(
        kpi=kpi,
        counts=counts,
        rate=rate,
        best_rate=_best_rate(counts),
        target=target,
        judgement=judgement_of(counts, target),
        change=rate - before if rate is not None and before is not None else None,
        history=tuple(rate_of(month.of(kpi)) for month in figures.months),
        peer=figures.peers.rates.get(kpi) if figures.peers else None,
    )


def rate_of(counts: Attainment) -> int | None:
    """Met ÷ accepted in per mille, rounded down (94.96 % is not 95.0 %); None without cases."""
    return counts.met * 1000 // counts.accepted if counts.accepted else None


def judgement_of(counts: Attainment, target: int) -> Judgement:
    """The judgement of a rate against a target in per mille."""
    rate, best = rate_of(counts), _best_rate(counts)
    if rate is None or best is None:
        return Judgement.NO_CASES
    if rate >= target:
        return Judgement.MEETS
    if best >= target:
        return Judgement.UNDECIDED
    if rate >= target - NEEDS_IMPROVEMENT_WITHIN:
        return Judgement.NEEDS_IMPROVEMENT
    return Judgement.BELOW


def _best_rate(counts: Attainment) -> int | None:
    return (counts.met + counts.running) * 1000 // counts.accepted if counts.accepted else None
