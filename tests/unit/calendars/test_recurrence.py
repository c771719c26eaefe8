"""Rules of recurrence, compared with another reader of them (R4.3)."""

import datetime as dt
from datetime import date, datetime, time, timedelta
from itertools import islice
from unittest.mock import patch

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import vRecur

from shared.calendars.recurrence import UnreadableRule, rule_of

BEGAN = st.dates(date(2015, 1, 1), date(2027, 12, 31))
SINCE = st.dates(date(2020, 1, 1), date(2028, 1, 1))
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PLACES = st.integers(-5, 5).filter(bool)


def listed(values: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(lambda each: ",".join(map(str, each)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 9))}")
    if draw(st.booleans()):
        parts.append(f"BYMONTH={draw(listed(st.integers(1, 12)))}")
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(listed(st.integers(-31, 31).filter(bool)))}")
    if draw(st.booleans()):
        turns = frequency in ("YEARLY", "MONTHLY") and draw(st.booleans())
        days = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        parts.append("BYDAY=" + ",".join(f"{draw(PLACES)}{day}" if turns else day for day in days))
        if frequency != "DAILY" and draw(st.booleans()):
            parts.append(f"BYSETPOS={draw(listed(PLACES))}")
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(NAMES))}")
    end = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if end == "COUNT":
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    if end == "UNTIL":
        parts.append(f"UNTIL={draw(SINCE):%Y%m%d}")
    return ";".join(parts)


def own(text: str, first: date, since: date, until: date) -> list[date]:
    parts = vRecur.from_ical(text)
    ends = next(iter(parts.get("UNTIL", ())), None)
    return list(rule_of(parts, first, ends).between(since, until))


@given(rules(), BEGAN, SINCE)
def test_the_days_are_those_that_another_reader_finds(text: str, first: date, since: date) -> None:
    """RFC 5545, 3.3.10; the other reader is dateutil's, kept from walking on to the year 9999."""
    until = since + timedelta(days=730)
    uncounted, _, count = text.partition(";COUNT=")
    bounded = uncounted if "UNTIL" in uncounted else f"{uncounted};UNTIL={until:%Y%m%d}"
    other = islice(rrulestr(bounded, dtstart=datetime.combine(first, time())), int(count) if count else None)
    with patch.object(dt, "MAXYEAR", until.year + 1):
        expected = [each.date() for each in other if since <= each.date() <= until]
    assert own(text, first, since, until) == expected


def test_a_rule_that_never_comes_true_ends() -> None:
    for text in ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"):
        assert own(text, date(2000, 1, 1), date(2027, 1, 1), date(2027, 12, 31)) == []
    assert own("FREQ=YEARLY;INTERVAL=9000", date(2000, 1, 1), date(2027, 1, 1), date(2100, 1, 1)) == []


@pytest.mark.parametrize(
    "text", ["FREQ=WEEKLY;BYDAY=2MO", "FREQ=YEARLY;BYWEEKNO=3", "FREQ=YEARLY;BYMONTHDAY=40"]
)
def test_what_no_rule_may_say_is_refused(text: str) -> None:
    with pytest.raises(UnreadableRule):
        own(text, date(2020, 1, 1), date(2027, 1, 1), date(2027, 12, 31))
