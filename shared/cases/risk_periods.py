"""Times in which complaints grow dangerous sooner, each with a prepared plan and resources (R2.6, pure)."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec

from shared.cases.rule_set import Bilingual
from shared.errors import FieldError

MOST_PERIODS: Final = 50
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID: Final = 40
_LONGEST_NAME: Final = 80
_LONGEST_TEXT: Final = 4_000

MONTHS: Final = (0, 240)
DAYS: Final = (0, 180)
"""The least and the most that a period may name of them."""
_Months = Annotated[int, msgspec.Meta(ge=MONTHS[0], le=MONTHS[1])]
_Days = Annotated[int, msgspec.Meta(ge=DAYS[0], le=DAYS[1])]


class RiskKind(StrEnum):
    """What a period is counted from."""

    YEARLY = "yearly"  # 每年固定日期
    DATES = "dates"  # 指定日期
    AFTER_PURCHASE = "after_purchase"  # 购车后
    NEW_MODEL = "new_model"  # 新车型上市


class RiskPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One period with what was prepared for it.

    `yearly` uses month, day, `before_days`, `after_days`; `dates` uses `starts_on` and `ends_on`, both
    within; `after_purchase` the months from and to; `new_model` the models, their launch and how many months
    it lasts. The others do not matter for it. One that is not `enabled` never runs.
    """

    id: str
    kind: RiskKind
    name: Bilingual
    plan: Bilingual
    resources: Bilingual
    enabled: bool = True
    month: Annotated[int, msgspec.Meta(ge=1, le=12)] = 1
    day: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1
    before_days: _Days = 0
    after_days: _Days = 0
    starts_on: date | None = None
    ends_on: date | None = None
    from_months: _Months = 0
    to_months: _Months = 0
    models: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    launched_on: date | None = None
    months: _Months = 12


class RiskPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The periods of one OEM in one version."""

    periods: Annotated[tuple[RiskPeriod, ...], msgspec.Meta(max_length=MOST_PERIODS)]


class RunningPeriod(msgspec.Struct, frozen=True):
    """A period that runs, and its first and last day."""

    period: RiskPeriod
    starts_on: date
    ends_on: date


@lru_cache(maxsize=1)
def default_risk_policy() -> RiskPolicy:
    """What a new OEM starts with: `defaults/risk_periods.toml`."""
    content = (files("shared.cases.defaults") / "risk_periods.toml").read_bytes()
    return msgspec.toml.decode(content, type=RiskPolicy)


def running_for_all(policy: RiskPolicy, today: date) -> list[RunningPeriod]:
    """The periods of the calendar that run on a day, whatever the vehicle; the one that ends first leads."""
    found = (
        RunningPeriod(period, *span)
        for period in policy.periods
        if period.enabled
        for span in _of_calendar(period, today)
        if span[0] <= today <= span[1]
    )
    return sorted(found, key=lambda each: (each.ends_on, each.period.id))


def running_for(
    policy: RiskPolicy, today: date, *, purchased_on: date | None = None, vehicle: str = ""
) -> list[RunningPeriod]:
    """As `running_for_all`, and those of one vehicle: its purchase, and its model among `vehicle`'s words."""
    found = [
        RunningPeriod(period, *span)
        for period in policy.periods
        if period.enabled
        for span in _of_vehicle(period, purchased_on, vehicle)
        if span[0] <= today <= span[1]
    ]
    both = [*running_for_all(policy, today), *found]
    return sorted(both, key=lambda each: (each.ends_on, each.period.id))


def problems_of(policy: RiskPolicy) -> list[FieldError]:
    """What keeps the periods from being published; fields as `periods.<place>.<name>`."""
    problems: list[FieldError] = []
    known: set[str] = set()
    for place, period in enumerate(policy.periods):
        problems += [
            FieldError(f"periods.{place}.{field}", code, dict(params))
            for field, code, params in _problems(period)
        ]
        if period.id in known:
            problems.append(FieldError(f"periods.{place}.id", "duplicate_id"))
        known.add(period.id)
    return problems


def _of_calendar(period: RiskPeriod, today: date) -> Iterator[tuple[date, date]]:
    if period.kind is RiskKind.DATES and period.starts_on and period.ends_on:
        yield period.starts_on, period.ends_on
    if period.kind is RiskKind.YEARLY:
        # The days around a new year belong to the year before or after.
        for year in (today.year - 1, today.year, today.year + 1):
            if 1 < year < date.max.year:
                the_day = _day_of(year, period.month, period.day)
                yield (
                    the_day - timedelta(days=period.before_days),
                    the_day + timedelta(days=period.after_days),
                )


def _of_vehicle(period: RiskPeriod, purchased_on: date | None, vehicle: str) -> Iterable[tuple[date, date]]:
    if period.kind is RiskKind.AFTER_PURCHASE and purchased_on is not None:
        first = _months_after(purchased_on, period.from_months)
        return [(first, _months_after(purchased_on, period.to_months))]
    if period.kind is RiskKind.NEW_MODEL and period.launched_on is not None:
        words = vehicle.casefold()
        if any(model.casefold() in words for model in period.models if model):
            return [(period.launched_on, _months_after(period.launched_on, period.months))]
    return []


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return _day_of(year, month + 1, day.day)


_Problem = tuple[str, str, dict[str, int]]


def _problems(period: RiskPeriod) -> Iterator[_Problem]:
    if not _ID.fullmatch(period.id) or len(period.id) > _LONGEST_ID:
        yield "id", "bad_id", {}
    texts: Sequence[tuple[str, Bilingual, int, bool]] = (
        ("name", period.name, _LONGEST_NAME, True),
        ("plan", period.plan, _LONGEST_TEXT, period.enabled),
        ("resources", period.resources, _LONGEST_TEXT, False),
    )
    for field, text, longest, required in texts:
        for language, written in (("zh", text.zh), ("en", text.en)):
            if required and not written.strip():
                yield f"{field}_{language}", "required", {}
            if len(written) > longest:
                yield f"{field}_{language}", "too_long", {"limit": longest}
    if period.enabled:
        yield from _problems_of_kind(period)


def _problems_of_kind(period: RiskPeriod) -> Iterator[_Problem]:
    if period.kind is RiskKind.DATES:
        if period.starts_on is None:
            yield "starts_on", "required", {}
        if period.ends_on is None:
            yield "ends_on", "required", {}
        elif period.starts_on is not None and period.ends_on < period.starts_on:
            yield "ends_on", "ends_before_start", {}
    if period.kind is RiskKind.AFTER_PURCHASE and period.to_months <= period.from_months:
        yield "to_months", "ends_before_start", {}
    if period.kind is RiskKind.NEW_MODEL:
        if not any(model.strip() for model in period.models):
            yield "models", "required", {}
        if period.launched_on is None:
            yield "launched_on", "required", {}
        if not period.months:
            yield "months", "required", {}
