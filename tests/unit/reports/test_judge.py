"""The indicators of R6.2: formula, target, judgement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reports.figures import Attainment, Kpi, MonthFigures, PeerRate, Peers, Targets
from shared.reports.judge import Judgement, judge, judge_all, judgement_of, rate_of
from tests.unit.reports.samples import MONTH, dealer_month, quiet_months

COUNTS = st.builds(
    Attainment, met=st.integers(0, 500), missed=st.integers(0, 500), running=st.integers(0, 500)
)
TARGET = st.integers(1, 1000)


def test_the_targets_that_the_requirements_name():
    """R6.2: response ≥ 95 %, closed loop ≥ 90 %."""
    assert (Targets().response, Targets().closed_loop) == (950, 900)


@pytest.mark.parametrize(
    ("met", "missed", "running", "target", "expected"),
    [
        (95, 5, 0, 950, Judgement.MEETS),
        (96, 4, 0, 950, Judgement.MEETS),
        (949, 51, 0, 950, Judgement.NEEDS_IMPROVEMENT),
        (90, 10, 0, 950, Judgement.NEEDS_IMPROVEMENT),
        (899, 101, 0, 950, Judgement.BELOW),
        (90, 0, 10, 950, Judgement.UNDECIDED),
        (90, 6, 4, 950, Judgement.NEEDS_IMPROVEMENT),
        (0, 0, 3, 950, Judgement.UNDECIDED),
        (0, 1, 0, 950, Judgement.BELOW),
        (0, 0, 0, 950, Judgement.NO_CASES),
    ],
)
def test_the_judgement_of_a_rate(met: int, missed: int, running: int, target: int, expected: Judgement):
    """R6.2: meets or exceeds, needs improvement (up to 5 points below), below."""
    assert judgement_of(Attainment(met=met, missed=missed, running=running), target) is expected


def test_the_rate_is_met_by_accepted_and_rounded_down():
    """R6.2: answered ÷ accepted; 94.96 % must not be printed as 95.0 %."""
    assert rate_of(Attainment(met=9496, missed=504)) == 949
    assert rate_of(Attainment(met=1, missed=1, running=1)) == 333


@given(COUNTS, TARGET)
def test_a_target_is_met_exactly_when_the_printed_rate_reaches_it(counts: Attainment, target: int):
    rate = rate_of(counts)
    is_met = judgement_of(counts, target) is Judgement.MEETS
    assert is_met == (rate is not None and rate >= target)
    if counts.accepted:
        assert is_met == (counts.met * 1000 >= target * counts.accepted)


@given(COUNTS, TARGET)
def test_a_case_that_is_met_after_all_never_worsens_the_judgement(counts: Attainment, target: int):
    order = [Judgement.BELOW, Judgement.NEEDS_IMPROVEMENT, Judgement.UNDECIDED, Judgement.MEETS]
    if counts.running == 0:
        return
    better = Attainment(met=counts.met + 1, missed=counts.missed, running=counts.running - 1)
    assert order.index(judgement_of(better, target)) >= order.index(judgement_of(counts, target))


@given(COUNTS, TARGET)
def test_a_case_that_is_missed_after_all_never_betters_the_judgement(counts: Attainment, target: int):
    order = [Judgement.BELOW, Judgement.NEEDS_IMPROVEMENT, Judgement.UNDECIDED, Judgement.MEETS]
    if counts.running == 0:
        return
    worse = Attainment(met=counts.met, missed=counts.missed + 1, running=counts.running - 1)
    assert order.index(judgement_of(worse, target)) <= order.index(judgement_of(counts, target))


def test_a_month_without_cases_has_no_rate_and_no_change():
    """R6.2: "no cases" stands in place of 0 % and 100 %."""
    for result in judge_all(dealer_month()):
        assert result.judgement is Judgement.NO_CASES
        assert (result.rate, result.best_rate, result.change) == (None, None, None)
        assert result.history == (None,) * 12


def test_the_change_compares_with_the_month_before():
    months = (
        *quiet_months()[:-2],
        MonthFigures(month=MONTH.plus(-1), response=Attainment(met=9, missed=1)),
        MonthFigures(month=MONTH, response=Attainment(met=19, missed=1)),
    )
    result = judge(dealer_month(months=months), Kpi.RESPONSE)
    assert (result.rate, result.change) == (950, 50)
    assert result.history[-3:] == (None, 900, 950)


def test_peers_are_shown_for_five_dealers_or_more_only():
    with pytest.raises(ValueError, match="5 dealers"):
        Peers(group=dealer_month().oem, dealers=4, rates={})
    peers = Peers(
        group=dealer_month().oem, dealers=5, rates={Kpi.RESPONSE: PeerRate(average=900, upper_quartile=960)}
    )
    figures = dealer_month(peers=peers)
    assert judge(figures, Kpi.RESPONSE).peer == PeerRate(average=900, upper_quartile=960)
    assert judge(figures, Kpi.HANDLING).peer is None


def test_a_trend_with_a_gap_is_refused():
    with pytest.raises(ValueError, match="12 months"):
        dealer_month(months=quiet_months()[1:])
