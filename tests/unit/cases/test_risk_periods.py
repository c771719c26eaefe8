"""Risk periods: when each runs (R2.6)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.cases.risk_periods import (
    RiskKind,
    RiskPeriod,
    RiskPolicy,
    default_risk_policy,
    problems_of,
    running_for,
    running_for_all,
)
from shared.cases.rule_set import Bilingual

TEXT = Bilingual("一", "one")
SALE = RiskPeriod(
    id="sale",
    kind=RiskKind.DATES,
    name=TEXT,
    plan=TEXT,
    resources=TEXT,
    starts_on=date(2026, 9, 1),
    ends_on=date(2026, 9, 30),
)
MODEL = replace(
    SALE, id="model", kind=RiskKind.NEW_MODEL, models=("L7",), launched_on=date(2026, 1, 31), months=12
)


def names(policy: RiskPolicy, today: date, **vehicle: object) -> list[str]:
    return [each.period.id for each in running_for(policy, today, **vehicle)]  # type: ignore[arg-type]


def test_the_default_periods_are_sound():
    assert problems_of(default_risk_policy()) == []


@pytest.mark.parametrize(
    ("today", "runs"),
    [
        (date(2026, 1, 28), False),
        (date(2026, 1, 29), True),
        (date(2026, 3, 15), True),
        (date(2026, 3, 25), True),
        (date(2026, 3, 26), False),
    ],
)
def test_march_15_runs_from_a_month_and_a_half_before_to_ten_days_after(today: date, *, runs: bool):
    """R2.6."""
    assert ("march-15" in names(default_risk_policy(), today)) is runs


@pytest.mark.parametrize(
    ("today", "runs"),
    [
        (date(2026, 2, 27), False),
        (date(2026, 2, 28), True),
        (date(2026, 5, 30), True),
        (date(2026, 5, 31), False),
    ],
)
def test_three_to_six_months_after_the_purchase(today: date, *, runs: bool):
    """R2.6: bought on the 30th of November; February has no 30th."""
    found = names(default_risk_policy(), today, purchased_on=date(2025, 11, 30))
    assert ("after-purchase" in found) is runs


def test_a_campaign_runs_on_its_first_and_last_day():
    """R2.6."""
    policy = RiskPolicy((SALE,))
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1)]
    assert [bool(names(policy, day)) for day in days] == [False, True, True, False]


def test_the_first_year_of_a_new_model_concerns_its_vehicles_only():
    """R2.6."""
    policy, today = RiskPolicy((MODEL,)), date(2026, 12, 1)
    assert names(policy, today, vehicle="Test l7 PHEV") == ["model"]
    assert names(policy, today, vehicle="Test L5") == names(policy, today) == []
    assert names(policy, date(2027, 1, 31), vehicle="L7") == ["model"]
    assert names(policy, date(2027, 2, 1), vehicle="L7") == []
    assert running_for_all(policy, today) == []


def test_a_period_that_is_off_never_runs():
    assert names(RiskPolicy((replace(SALE, enabled=False),)), date(2026, 9, 10)) == []


def test_days_around_the_new_year_belong_to_it():
    period = replace(SALE, kind=RiskKind.YEARLY, month=1, day=3, before_days=10, after_days=2)
    for day in (date(2025, 12, 24), date(2026, 1, 5)):
        assert names(RiskPolicy((period,)), day) == ["sale"]
    assert names(RiskPolicy((period,)), date(2026, 1, 6)) == []


def test_the_29th_of_february_is_the_28th_in_other_years():
    period = replace(SALE, kind=RiskKind.YEARLY, month=2, day=29)
    assert names(RiskPolicy((period,)), date(2026, 2, 28)) == ["sale"]


@given(
    today=st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    month=st.integers(1, 12),
    day=st.integers(1, 31),
    before=st.integers(0, 180),
    after=st.integers(0, 180),
)
def test_a_yearly_period_runs_on_as_many_days_as_it_says(
    today: date, month: int, day: int, before: int, after: int
):
    period = replace(SALE, kind=RiskKind.YEARLY, month=month, day=day, before_days=before, after_days=after)
    for running in running_for_all(RiskPolicy((period,)), today):
        assert running.starts_on <= today <= running.ends_on
        assert running.ends_on - running.starts_on == timedelta(days=before + after)


@pytest.mark.parametrize(
    ("period", "field", "code"),
    [
        (replace(SALE, id="Sale!"), "id", "bad_id"),
        (replace(SALE, name=Bilingual("", "x")), "name_zh", "required"),
        (replace(SALE, plan=Bilingual("x", " ")), "plan_en", "required"),
        (replace(SALE, plan=Bilingual("x" * 4_001, "x")), "plan_zh", "too_long"),
        (replace(SALE, starts_on=None), "starts_on", "required"),
        (replace(SALE, ends_on=date(2026, 8, 31)), "ends_on", "ends_before_start"),
        (
            replace(SALE, kind=RiskKind.AFTER_PURCHASE, from_months=6, to_months=6),
            "to_months",
            "ends_before_start",
        ),
        (replace(MODEL, models=(" ",)), "models", "required"),
        (replace(MODEL, launched_on=None), "launched_on", "required"),
        (replace(MODEL, months=0), "months", "required"),
    ],
)
def test_what_is_wrong_with_a_period_is_told_by_field(period: RiskPeriod, field: str, code: str):
    [problem] = problems_of(RiskPolicy((MODEL, replace(period, id=period.id.replace("model", "other")))))
    assert (problem.field, problem.code) == (f"periods.1.{field}", code)


def test_two_periods_of_one_name_are_refused():
    assert [each.code for each in problems_of(RiskPolicy((SALE, SALE)))] == ["duplicate_id"]
