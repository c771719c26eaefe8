"""The days on which something comes again by a rule of RFC 5545 (section 3.3.10). Pure, and bounded.

Only rules that go by days: yearly, monthly, weekly and daily ones. One that goes by weeks of the year, by
hours, or by anything that is not known here is told apart by an error, never read as another. The work is
bounded by the length of the period that is asked for; a rule that counts its days has to be followed from its
first one, so that one reaches back `FARTHEST_YEARS` at most.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec

FARTHEST_YEARS: Final = 50
_PARTS: Final = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYSETPOS")
)
_FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ONE_DAY: Final = timedelta(days=1)
_LAST: Final = date.max - timedelta(days=400)


class UnreadableRule(ValueError):
    """The rule cannot be followed here."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that can be followed; `days` are weekdays from 0 (Monday), each with its turn or 0 for all."""

    first: date
    frequency: str
    interval: int
    count: int | None
    until: date
    week_begins: int
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    days: frozenset[tuple[int, int]]
    positions: frozenset[int]

    def between(self, since: date, until: date) -> Iterator[date]:
        """The days from `since` to `until`, both included, in order; raises `UnreadableRule`."""
        if self.count is not None and self.first.year < since.year - FARTHEST_YEARS:
            raise UnreadableRule("far")
        told = 0
        turn = 0 if self.count is not None else max(self._turn_before(since), 0)
        last = min(until, self.until, _LAST)
        while (begins := self._begin(turn)) is not None and begins <= last:
            for day in self._of_period(begins):
                if day > last or (self.count is not None and told >= self.count):
                    return
                told += 1
                if day >= since:
                    yield day
            turn += 1

    def _turn_before(self, since: date) -> int:
        """A turn that begins before `since`."""
        years = since.year - self.first.year
        periods = {
            "YEARLY": years,
            "MONTHLY": 12 * years + since.month - self.first.month,
            "WEEKLY": (since - self.first).days // 7,
            "DAILY": (since - self.first).days,
        }
        return periods[self.frequency] // self.interval - 1

    def _begin(self, turn: int) -> date | None:
        """The first day of a turn's period; None beyond the calendar's end."""
        steps = turn * self.interval
        try:
            if self.frequency == "YEARLY":
                return date(self.first.year + steps, 1, 1)
            if self.frequency == "MONTHLY":
                years, month = divmod(self.first.month - 1 + steps, 12)
                return date(self.first.year + years, month + 1, 1)
            if self.frequency == "DAILY":
                return self.first + steps * _ONE_DAY
            begun = (self.first.weekday() - self.week_begins) % 7
            return self.first + (7 * steps - begun) * _ONE_DAY
        except (ValueError, OverflowError):
            return None

    def _of_period(self, begins: date) -> list[date]:
        lengths = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": _month_length(begins), "YEARLY": _year_length(begins)}
        days = (begins + index * _ONE_DAY for index in range(lengths[self.frequency]))
        fitting = [day for day in days if self._fits(day)]
        if self.positions:
            places = {place - 1 if place > 0 else len(fitting) + place for place in self.positions}
            fitting = [day for index, day in enumerate(fitting) if index in places]
        return [day for day in fitting if day >= self.first]

    def _fits(self, day: date) -> bool:
        return (
            (not self.months or day.month in self.months)
            and (not self.month_days or _is_one_of(day.day, _month_length(day), self.month_days))
            and (not self.year_days or _is_one_of(_day_of_year(day), _year_length(day), self.year_days))
            and (not self.days or any(self._is_turn(day, *each) for each in self.days))
        )

    def _is_turn(self, day: date, weekday: int, turn: int) -> bool:
        if day.weekday() != weekday:
            return False
        by_year = self.frequency == "YEARLY" and not self.months
        place, length = (_day_of_year(day), _year_length(day)) if by_year else (day.day, _month_length(day))
        return turn in (0, (place - 1) // 7 + 1, -((length - place) // 7 + 1))


def rule_of(parts: Mapping[str, Sequence[Any]], first: date, until: date | None) -> Rule:
    """The rule that the parts of an RRULE stand for, `UNTIL` read as a day; raises `UnreadableRule`.

    What a rule leaves open is said by its first day, as the RFC has it.
    """
    frequency = _one(parts, "FREQ", "")
    if frequency not in _FREQUENCIES or not _PARTS.issuperset(parts):
        raise UnreadableRule(frequency)
    days = frozenset(_weekday(each) for each in parts.get("BYDAY", ()))
    year_days = _numbers(parts, "BYYEARDAY", 366)
    months, month_days = _numbers(parts, "BYMONTH", 12), _numbers(parts, "BYMONTHDAY", 31)
    if any(turn for _, turn in days) and frequency in ("WEEKLY", "DAILY"):
        raise UnreadableRule("BYDAY")
    if not (days or year_days or month_days):
        if frequency == "YEARLY":
            months = months or frozenset({first.month})
        if frequency in ("YEARLY", "MONTHLY"):
            month_days = frozenset({first.day})
        elif frequency == "WEEKLY":
            days = frozenset({(first.weekday(), 0)})
    count = _one(parts, "COUNT", None)
    return Rule(
        first=first,
        frequency=frequency,
        interval=max(int(_one(parts, "INTERVAL", 1)), 1),
        count=None if count is None else int(count),
        until=until or date.max,
        week_begins=_WEEKDAYS.index(str(_one(parts, "WKST", "MO"))),
        months=months,
        month_days=month_days,
        year_days=year_days,
        days=days,
        positions=_numbers(parts, "BYSETPOS", 366),
    )


def _one(parts: Mapping[str, Sequence[Any]], name: str, default: Any) -> Any:
    values = parts.get(name) or (default,)
    if len(values) != 1:
        raise UnreadableRule(name)
    return values[0]


def _numbers(parts: Mapping[str, Sequence[Any]], name: str, largest: int) -> frozenset[int]:
    numbers = frozenset(int(each) for each in parts.get(name, ()))
    lowest = 1 if name == "BYMONTH" else -largest
    if not all(lowest <= each <= largest and each for each in numbers):
        raise UnreadableRule(name)
    return numbers


def _weekday(text: object) -> tuple[int, int]:
    turn, name = str(text)[:-2], str(text)[-2:]
    try:
        return _WEEKDAYS.index(name.upper()), int(turn or 0)
    except ValueError as error:
        raise UnreadableRule("BYDAY") from error


def _is_one_of(place: int, length: int, wanted: frozenset[int]) -> bool:
    return place in wanted or place - length - 1 in wanted


def _day_of_year(day: date) -> int:
    return (day - date(day.year, 1, 1)).days + 1


def _year_length(day: date) -> int:
    return _day_of_year(date(day.year, 12, 31))


def _month_length(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - date(day.year, day.month, 1)).days
