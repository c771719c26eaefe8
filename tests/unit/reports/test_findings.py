"""A finding is printed only when its rule holds: each rule just holds, and just does not."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.facts import (
    CategoryShift,
    Fact,
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
from shared.reports.figures import (
    Attainment,
    CaseRow,
    CategoryCounts,
    ClockOutcome,
    EscalationLevel,
    Kpi,
    MonthFigures,
)
from shared.reports.findings import FINDINGS_AT_MOST, find
from shared.reports.judge import judge_all
from shared.reports.summary import summarise
from tests.unit.reports.samples import END, GENERATED_AT, MONTH, START, busy_month, case_row, dealer_month

A_THURSDAY = START + timedelta(hours=10)  # 1 October 2026, 10:00 at the dealer
A_SATURDAY = A_THURSDAY + timedelta(days=2)


def findings(**changes: object) -> tuple[Finding, ...]:
    figures = dealer_month(**changes)
    return find(figures, summarise(figures), judge_all(figures))


def facts_of(kind: type[Fact], **changes: object) -> Sequence[Fact]:
    return [finding.fact for finding in findings(**changes) if isinstance(finding.fact, kind)]


def cases(count: int, change: Callable[[int], dict[str, object]] = lambda _: {}) -> tuple[CaseRow, ...]:
    return tuple(
        case_row(**({"number": f"AF20261001{index:03d}", "received_at": A_THURSDAY} | change(index)))
        for index in range(count)
    )


def months(last: Sequence[dict[str, object]]) -> tuple[MonthFigures, ...]:
    """Quiet months, then one for each entry."""
    filled: list[dict[str, object]] = [{}] * (12 - len(last)) + list(last)
    return tuple(
        MonthFigures(month=month, **entry)  # type: ignore[arg-type]  # each test's own fields
        for month, entry in zip(MONTH.back(12), filled, strict=True)
    )


def test_a_month_without_cases_says_so_and_nothing_else():
    assert [finding.fact for finding in findings()] == [NoCases()]


def test_a_month_without_cases_still_names_old_open_ones():
    old = case_row(received_at=GENERATED_AT - timedelta(days=40), result_at=None)
    assert {type(finding.fact) for finding in findings(cases=(old,))} == {NoCases, OldOpenCases}


def test_an_ordinary_month_has_no_finding():
    assert findings(cases=cases(4)) == ()


@pytest.mark.parametrize(
    ("counts", "tone"),
    [
        (Attainment(met=89, missed=11), FindingTone.BAD),
        (Attainment(met=91, missed=9), FindingTone.WARN),
        (Attainment(met=95, missed=5), None),
        (Attainment(met=90, missed=2, running=8), None),
        (Attainment(met=1, missed=3), None),
    ],
)
def test_a_missed_indicator_is_a_finding_when_enough_cases_show_it(
    counts: Attainment, tone: FindingTone | None
):
    found = findings(cases=cases(4), months=months([{"response": counts}]))
    missed = [finding for finding in found if isinstance(finding.fact, KpiMissed)]
    assert [finding.tone for finding in missed] == ([] if tone is None else [tone])
    for finding in missed:
        assert isinstance(finding.fact, KpiMissed)
        assert (finding.fact.kpi, finding.fact.missed) == (Kpi.RESPONSE, counts.missed)


def late(index: int, among: int, when: object) -> dict[str, object]:
    if index >= among:
        return {}
    return {"first_contact": ClockOutcome.MISSED, "received_at": when}


def test_late_cases_that_come_together_at_weekends_are_a_finding():
    rows = cases(20, lambda index: late(index, 6, A_SATURDAY))
    assert facts_of(LateTogether, cases=rows) == [LateTogether(LateGroup.WEEKEND, 6, 6, 1000, 300)]


def test_late_cases_outside_office_hours_are_a_finding():
    rows = cases(20, lambda index: late(index, 6, A_THURSDAY + timedelta(hours=7)))
    assert facts_of(LateTogether, cases=rows) == [LateTogether(LateGroup.OUT_OF_HOURS, 6, 6, 1000, 300)]


def test_late_cases_of_one_channel_are_a_finding_with_the_channel():
    rows = cases(
        20,
        lambda index: (
            late(index, 5, A_THURSDAY) | ({"channel": ReportCode.OEM_FORWARDED} if index < 5 else {})
        ),
    )
    assert facts_of(LateTogether, cases=rows) == [
        LateTogether(LateGroup.CHANNEL, 5, 5, 1000, 250, ReportCode.OEM_FORWARDED)
    ]


def test_too_few_late_cases_are_no_finding():
    assert facts_of(LateTogether, cases=cases(20, lambda index: late(index, 4, A_SATURDAY))) == []


def test_late_cases_of_a_group_that_most_cases_belong_to_are_no_finding():
    rows = cases(20, lambda index: late(index, 6, A_SATURDAY) | {"received_at": A_SATURDAY})
    assert facts_of(LateTogether, cases=rows) == []


@pytest.mark.parametrize(("days", "expected"), [(31, 1), (30, 0)])
def test_a_case_open_for_more_than_thirty_days_is_a_finding(days: int, expected: int):
    old = case_row(received_at=GENERATED_AT - timedelta(days=days), result_at=None)
    assert len(facts_of(OldOpenCases, cases=(*cases(3), old))) == expected


def test_the_oldest_open_case_is_named():
    rows = [
        case_row(number=f"AF{days}", received_at=GENERATED_AT - timedelta(days=days), result_at=None)
        for days in (35, 90, 50)
    ]
    assert facts_of(OldOpenCases, cases=(*cases(1), *rows)) == [OldOpenCases(3, 30, 90, "AF90")]


def test_an_escalation_nobody_acknowledged_is_a_finding():
    levels = (
        EscalationLevel(level=1, raised=3, acknowledged=3),
        EscalationLevel(level=2, raised=2, acknowledged=1),
    )
    assert facts_of(Unacknowledged, cases=cases(3), escalations=levels) == [Unacknowledged(1, 5)]
    assert facts_of(Unacknowledged, cases=cases(3), escalations=levels[:1]) == []


def test_major_complaints_are_a_finding():
    assert facts_of(MajorCases, cases=cases(3, lambda index: {"is_major": index == 0})) == [MajorCases(1)]


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ([10, 11, 12, 13], [VolumeRun(3, 10, 13, 300)]),
        ([13, 12, 11, 10], [VolumeRun(3, 13, 10, -231)]),
        ([10, 11, 11, 13], []),
        ([20, 21, 22, 23], []),
        ([6, 7, 8, 9], []),
        ([0, 4, 8, 12], []),
    ],
)
def test_a_run_of_three_moves_is_a_finding(totals: list[int], expected: list[VolumeRun]):
    trend = months([{"categories": CategoryCounts(service=total)} for total in totals])
    assert facts_of(VolumeRun, cases=cases(3), months=trend) == expected


def test_a_month_that_is_not_over_is_no_end_of_a_falling_run():
    trend = months([{"categories": CategoryCounts(service=total)} for total in (40, 30, 20, 5)])
    half_way = START + timedelta(days=14)
    assert facts_of(VolumeRun, cases=cases(3), months=trend, generated_at=half_way) == []
    assert len(facts_of(VolumeRun, cases=cases(3), months=trend, generated_at=END)) == 1


@pytest.mark.parametrize(
    ("parts", "service", "expected"),
    [
        (8, 12, [CategoryShift(Category.PARTS, 400, 200, 8)]),
        (4, 16, []),
        (5, 15, []),
        (7, 12, []),
        (0, 20, [CategoryShift(Category.SERVICE, 1000, 800, 20)]),
    ],
)
def test_a_moved_share_is_a_finding_when_enough_cases_show_it(
    parts: int, service: int, expected: list[CategoryShift]
):
    before = {"categories": CategoryCounts(parts=4, service=16)}
    trend = months([before, before, before, {"categories": CategoryCounts(parts=parts, service=service)}])
    assert facts_of(CategoryShift, cases=cases(3), months=trend) == expected


def test_a_share_without_a_past_is_no_finding():
    trend = months([{"categories": CategoryCounts(parts=40)}])
    assert facts_of(CategoryShift, cases=cases(3), months=trend) == []


def test_vehicles_that_come_back_are_a_finding_from_two_on():
    assert facts_of(RepeatVehicles, cases=cases(3), repeat_vehicles=2) == [RepeatVehicles(2)]
    assert facts_of(RepeatVehicles, cases=cases(3), repeat_vehicles=1) == []


def test_quality_cases_of_one_series_are_a_finding():
    def quality(index: int) -> dict[str, object]:
        return {"category": Category.PRODUCT_QUALITY, "series": "X5" if index % 2 == 0 else f"S{index}"}

    assert facts_of(SeriesFocus, cases=cases(10, quality)) == [SeriesFocus("X5", 5, 10, 500)]
    assert facts_of(SeriesFocus, cases=cases(9, quality)) == []
    assert (
        facts_of(SeriesFocus, cases=cases(10, lambda index: quality(index) | {"category": Category.PARTS}))
        == []
    )


def test_an_indicator_back_at_target_is_good_news():
    trend = months([{"response": Attainment(met=8, missed=2)}, {"response": Attainment(met=10)}])
    assert facts_of(KpiRecovered, cases=cases(3), months=trend) == [
        KpiRecovered(Kpi.RESPONSE, 1000, 800, 950)
    ]


@pytest.mark.parametrize(("length", "expected"), [(2, []), (3, [3]), (7, [7])])
def test_the_longest_run_at_target_is_good_news(length: int, expected: list[int]):
    trend = months([{"response": Attainment(met=10)}] * length)
    assert [fact.months for fact in facts_of(KpiStreak, cases=cases(3), months=trend)] == expected  # type: ignore[union-attr]


def test_a_month_without_cases_ends_a_run():
    trend = months([{"response": Attainment(met=10)}] * 5 + [{}, {"response": Attainment(met=10)}])
    assert facts_of(KpiStreak, cases=cases(3), months=trend) == []


def test_quick_resolutions_are_good_news():
    def slow(index: int) -> dict[str, object]:
        days = 8 if index < 2 else 7
        return {"result_at": A_THURSDAY + timedelta(days=days)}

    assert facts_of(QuickResolution, cases=cases(14, slow)) == [QuickResolution(12, 14, 857)]
    assert facts_of(QuickResolution, cases=cases(13, slow)) == []
    assert facts_of(QuickResolution, cases=cases(9)) == []


def test_the_worst_comes_first_and_good_news_keeps_a_place():
    figures = busy_month(200)
    found = find(figures, summarise(figures), judge_all(figures))
    tones = [finding.tone for finding in found]
    assert len(found) == FINDINGS_AT_MOST
    assert tones == sorted(tones, key=list(FindingTone).index)
    assert tones.count(FindingTone.GOOD) == 1


def test_a_finding_is_named_after_its_fact():
    assert Finding(FindingTone.WARN, MajorCases(1)).code == "major_cases"
