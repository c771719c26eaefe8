"""The rules behind the findings of a month: each speaks only when it holds. Pure.

Each rule asks for enough cases, so that chance is not reported as a fact. Thresholds are the constants below;
a rule's docstring says when it speaks.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.facts import (
    CategoryShift,
    Finding,
    FindingTone,
    KpiMissed,
    KpiRecovered,
    KpiStreak,
    LateGroup,
    LateTogether,
    MajorCases,
    NoCases,
    OldOpenCases,
    QuickResolution,
    RepeatVehicles,
    SeriesFocus,
    Unacknowledged,
    VolumeRun,
)
from shared.reports.figures import CaseRow, ClockOutcome, DealerMonth
from shared.reports.judge import Judgement, KpiResult
from shared.reports.summary import Summary, handling_days, share_permille

FINDINGS_AT_MOST: Final = 5
CASES_FOR_A_RATE: Final = 5
SHIFT_PERMILLE: Final = 100
SHIFT_CASES: Final = 20
SHIFT_BASE_MONTHS: Final = 3
LATE_CASES: Final = 5
LATE_SHARE_PERMILLE: Final = 600
LATE_EXCESS_PERMILLE: Final = 200
TREND_RUN: Final = 3
TREND_CHANGE_PERMILLE: Final = 200
TREND_CASES: Final = 10
OLD_DAYS: Final = 30
QUICK_DAYS_BUCKETS: Final = 2
QUICK_PERMILLE: Final = 850
QUICK_CASES: Final = 10
STREAK_MONTHS: Final = 3
SERIES_CASES: Final = 10
SERIES_PERMILLE: Final = 500
REPEAT_VEHICLES: Final = 2
WORK_STARTS: Final = 9
WORK_ENDS: Final = 17
SATURDAY: Final = 5


def find(figures: DealerMonth, summary: Summary, results: Sequence[KpiResult]) -> tuple[Finding, ...]:
    """The findings to print: at most `FINDINGS_AT_MOST`, worst first; good news, if any, keeps a place."""
    if not summary.received:
        found = [Finding(FindingTone.PLAIN, NoCases()), *_old_open_cases(figures, summary)]
        return _most_important(found)
    found = [
        *_kpis_missed(results),
        *_late_together(figures, summary),
        *_old_open_cases(figures, summary),
        *_unacknowledged(figures),
        *_major_cases(summary),
        *_volume_run(figures),
        *_category_shift(figures),
        *_repeat_vehicles(figures),
        *_series_focus(summary),
        *_kpi_good_news(results),
        *_quick_resolution(summary),
    ]
    return _most_important(found)


def _most_important(found: Sequence[Finding]) -> tuple[Finding, ...]:
    tones = list(FindingTone)
    ordered = sorted(found, key=lambda finding: tones.index(finding.tone))
    if len(ordered) <= FINDINGS_AT_MOST:
        return tuple(ordered)
    chosen = ordered[:FINDINGS_AT_MOST]
    good = next((finding for finding in ordered if finding.tone is FindingTone.GOOD), None)
    if good is not None and good not in chosen:
        chosen[-1] = good
    return tuple(chosen)


def _kpis_missed(results: Sequence[KpiResult]) -> list[Finding]:
    """Each indicator judged below or in need of improvement, on `CASES_FOR_A_RATE` cases or more."""
    tones = {Judgement.BELOW: FindingTone.BAD, Judgement.NEEDS_IMPROVEMENT: FindingTone.WARN}
    return [
        Finding(
            tones[result.judgement], KpiMissed(result.kpi, result.rate, result.target, result.counts.missed)
        )
        for result in results
        if result.judgement in tones
        and result.rate is not None
        and result.counts.accepted >= CASES_FOR_A_RATE
    ]


def _late_together(figures: DealerMonth, summary: Summary) -> list[Finding]:
    """Of `LATE_CASES` late contacts or more, 60 % or more are of a group with 20 points less of all cases."""
    late = [row for row in summary.received if row.first_contact is ClockOutcome.MISSED]
    if len(late) < LATE_CASES:
        return []
    groups: list[tuple[LateGroup, ReportCode | None, Callable[[CaseRow], bool]]] = [
        (LateGroup.WEEKEND, None, partial(_is_weekend, figures)),
        (LateGroup.OUT_OF_HOURS, None, partial(_is_out_of_hours, figures)),
    ]
    groups += [(LateGroup.CHANNEL, code, partial(_came_by, code)) for code in ReportCode]
    candidates: list[LateTogether] = []
    for group, channel, belongs in groups:
        in_group = sum(map(belongs, late))
        share = share_permille(in_group, len(late))
        of_all = share_permille(sum(map(belongs, summary.received)), len(summary.received))
        if share >= LATE_SHARE_PERMILLE and share - of_all >= LATE_EXCESS_PERMILLE:
            candidates.append(LateTogether(group, len(late), in_group, share, of_all, channel))
    if not candidates:
        return []
    return [Finding(FindingTone.WARN, max(candidates, key=lambda fact: fact.share - fact.of_all))]


def _came_by(code: ReportCode, row: CaseRow) -> bool:
    return row.channel == code


def _is_weekend(figures: DealerMonth, row: CaseRow) -> bool:
    return figures.local_date(row.received_at).weekday() >= SATURDAY


def _is_out_of_hours(figures: DealerMonth, row: CaseRow) -> bool:
    hour = row.received_at.astimezone(ZoneInfo(figures.time_zone)).hour
    return not WORK_STARTS <= hour < WORK_ENDS


def _old_open_cases(figures: DealerMonth, summary: Summary) -> list[Finding]:
    """Any case open for more than `OLD_DAYS` days."""
    old = [row for row in summary.open_cases if handling_days(figures, row) > OLD_DAYS]
    if not old:
        return []
    fact = OldOpenCases(len(old), OLD_DAYS, handling_days(figures, old[0]), old[0].number)
    return [Finding(FindingTone.BAD, fact)]


def _unacknowledged(figures: DealerMonth) -> list[Finding]:
    """Any escalation of the month that nobody acknowledged (R4.2)."""
    raised = sum(level.raised for level in figures.escalations)
    missing = raised - sum(level.acknowledged for level in figures.escalations)
    return [Finding(FindingTone.BAD, Unacknowledged(missing, raised))] if missing > 0 else []


def _major_cases(summary: Summary) -> list[Finding]:
    """Any major complaint."""
    return [Finding(FindingTone.WARN, MajorCases(summary.major))] if summary.major else []


def _volume_run(figures: DealerMonth) -> list[Finding]:
    """A full month ends three moves the same way, 20 % or more in all; `TREND_CASES` or more at one end."""
    if not figures.is_complete:
        return []
    totals = [month.categories.total for month in figures.months[-TREND_RUN - 1 :]]
    moves = [after - before for before, after in pairwise(totals)]
    rising, falling = all(move > 0 for move in moves), all(move < 0 for move in moves)
    if not (rising or falling) or max(totals) < TREND_CASES or totals[0] == 0:
        return []
    change = (totals[-1] - totals[0]) * 1000 // totals[0]
    if abs(change) < TREND_CHANGE_PERMILLE:
        return []
    tone = FindingTone.WARN if rising else FindingTone.GOOD
    return [Finding(tone, VolumeRun(TREND_RUN, totals[0], totals[-1], change))]


def _category_shift(figures: DealerMonth) -> list[Finding]:
    """The category whose share moved most, by 10 points or more, with `SHIFT_CASES` cases now and before."""
    current = figures.current.categories
    before = [month.categories for month in figures.months[-SHIFT_BASE_MONTHS - 1 : -1]]
    total_before = sum(counts.total for counts in before)
    if current.total < SHIFT_CASES or total_before < SHIFT_CASES:
        return []
    shifts = [
        CategoryShift(
            category,
            share_permille(current.of(category), current.total),
            share_permille(sum(counts.of(category) for counts in before), total_before),
            current.of(category),
        )
        for category in Category
    ]
    largest = max(shifts, key=lambda shift: (abs(shift.share - shift.before), shift.share - shift.before))
    if abs(largest.share - largest.before) < SHIFT_PERMILLE:
        return []
    tone = FindingTone.WARN if largest.share > largest.before else FindingTone.PLAIN
    return [Finding(tone, largest)]


def _repeat_vehicles(figures: DealerMonth) -> list[Finding]:
    """`REPEAT_VEHICLES` vehicles or more came back."""
    if figures.repeat_vehicles < REPEAT_VEHICLES:
        return []
    return [Finding(FindingTone.WARN, RepeatVehicles(figures.repeat_vehicles))]


def _series_focus(summary: Summary) -> list[Finding]:
    """Of `SERIES_CASES` product quality cases or more with a known series, half or more are of one (R2.5)."""
    series = [
        row.series for row in summary.received if row.category is Category.PRODUCT_QUALITY and row.series
    ]
    if len(series) < SERIES_CASES:
        return []
    name, cases = max(sorted(Counter(series).items()), key=lambda item: item[1])
    share = share_permille(cases, len(series))
    if share < SERIES_PERMILLE:
        return []
    return [Finding(FindingTone.PLAIN, SeriesFocus(name, cases, len(series), share))]


def _kpi_good_news(results: Sequence[KpiResult]) -> list[Finding]:
    """One indicator back at target, and the longest run of `STREAK_MONTHS` months or more at target."""
    found: list[Finding] = []
    met = [
        (result, result.rate)
        for result in results
        if result.judgement is Judgement.MEETS
        and result.rate is not None
        and result.counts.accepted >= CASES_FOR_A_RATE
    ]
    for result, rate in met:
        before = result.history[-2]
        if before is not None and before < result.target:
            found.append(Finding(FindingTone.GOOD, KpiRecovered(result.kpi, rate, before, result.target)))
            break
    runs = [KpiStreak(result.kpi, _months_met(result), rate, result.target) for result, rate in met]
    longest = max(runs, key=lambda run: run.months, default=None)
    if longest is not None and longest.months >= STREAK_MONTHS:
        found.append(Finding(FindingTone.GOOD, longest))
    return found


def _months_met(result: KpiResult) -> int:
    months = 0
    for rate in reversed(result.history):
        if rate is None or rate < result.target:
            break
        months += 1
    return months


def _quick_resolution(summary: Summary) -> list[Finding]:
    """Of `QUICK_CASES` cases or more resolved in the month, 85 % or more took seven days or less."""
    quick = sum(summary.resolved_buckets[:QUICK_DAYS_BUCKETS])
    share = share_permille(quick, summary.resolved_in_month)
    if summary.resolved_in_month < QUICK_CASES or share < QUICK_PERMILLE:
        return []
    return [Finding(FindingTone.GOOD, QuickResolution(quick, summary.resolved_in_month, share))]
