"""Holidays as iCalendar files (R4.3)."""

import re
from datetime import UTC, date, datetime

import pytest

from shared.calendars.china import china
from shared.calendars.ical import LARGEST_FILE, MOST_EVENTS, MOST_LINES, Names, read, written
from shared.errors import Invalid

NAMES = Names("工作日历", "休", "班")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def file_of(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//Holidays//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", *event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def test_what_is_written_is_read_again():
    definition = china()
    content = written(definition, 2026, NAMES, NOW)
    assert content.startswith(b"BEGIN:VCALENDAR")
    found = read(content, 2026)
    assert found.holidays == tuple(day for day in definition.holidays if day.year == 2026)
    assert found.make_up_days == {day: hours for day, hours in definition.extra.items() if day.year == 2026}


def test_a_run_of_holidays_is_one_event_whose_end_is_exclusive():
    content = written(china(), 2026, NAMES, NOW).decode()
    assert "DTSTART;VALUE=DATE:20261001" in content
    assert "DTEND;VALUE=DATE:20261008" in content


def test_titles_of_public_calendars_tell_make_up_days():
    found = read(
        file_of(
            "DTSTART;VALUE=DATE:20270206\nDTEND;VALUE=DATE:20270213\nSUMMARY:春节（休）",
            "DTSTART;VALUE=DATE:20270220\nSUMMARY:春节（班）",
            "DTSTART;VALUE=DATE:20270221\nSUMMARY:春节 补班",
            "DTSTART;VALUE=DATE:20270222\nSUMMARY:Spring Festival\nCATEGORIES:Holiday,Workday",
        ),
        2027,
    )
    assert len(found.holidays) == 7
    assert found.make_up_days == {date(2027, 2, 20): (), date(2027, 2, 21): (), date(2027, 2, 22): ()}


def test_yearly_events_come_again_and_other_years_stay_out():
    found = read(
        file_of(
            "DTSTART;VALUE=DATE:20200101\nSUMMARY:New Year\nRRULE:FREQ=YEARLY",
            "DTSTART;VALUE=DATE:20191231\nDTEND;VALUE=DATE:20200102\nSUMMARY:Turn\nRRULE:FREQ=YEARLY",
            "DTSTART;VALUE=DATE:20200229\nSUMMARY:Leap day\nRRULE:FREQ=YEARLY",
            "DTSTART;VALUE=DATE:20261003\nSUMMARY:Of another year",
            "DTSTART;VALUE=DATE:20301003\nSUMMARY:Only later\nRRULE:FREQ=YEARLY",
        ),
        2027,
    )
    assert found.holidays == (date(2027, 1, 1), date(2027, 12, 31))


def test_appointments_and_cancelled_events_are_no_holidays():
    found = read(
        file_of(
            "DTSTART:20270105T090000Z\nDTEND:20270105T100000Z\nSUMMARY:Meeting",
            "DTSTART;VALUE=DATE:20270106\nSTATUS:CANCELLED\nSUMMARY:Not any more",
            "DTSTART;VALUE=DATE:20270107\nDURATION:P2D\nSUMMARY:Two days",
        ),
        2027,
    )
    assert found.holidays == (date(2027, 1, 7), date(2027, 1, 8))


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", [date(2027, 11, 25)]),
        ("DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", [date(2027, 5, 31)]),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20231231", []),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20270501T000000Z", [date(2027, 5, 1)]),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;COUNT=2", []),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;COUNT=8", [date(2027, 5, 1)]),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;INTERVAL=2", []),
        ("DTSTART;VALUE=DATE:20210501\nRRULE:FREQ=YEARLY;INTERVAL=2", [date(2027, 5, 1)]),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260501,20270501", []),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260501", [date(2027, 5, 1)]),
        (
            "DTSTART;VALUE=DATE:20270517\nRRULE:FREQ=DAILY;COUNT=5",
            [date(2027, 5, day) for day in (17, 18, 19, 20, 21)],
        ),
        (
            "DTSTART;VALUE=DATE:20200501\nRDATE;VALUE=DATE:20270503,20280503\nRDATE;VALUE=DATE:20270506",
            [date(2027, 5, 3), date(2027, 5, 6)],
        ),
        (
            "DTSTART;TZID=Asia/Shanghai:20270101T000000\nDTEND;TZID=Asia/Shanghai:20270103T000000",
            [date(2027, 1, 1), date(2027, 1, 2)],
        ),
        (
            "DTSTART;TZID=Asia/Shanghai:20200101T000000\nDURATION:P1D\nRRULE:FREQ=YEARLY;UNTIL=20261231T160000Z",
            [date(2027, 1, 1)],
        ),
        ("DTSTART:20270501T000000\nDTEND:20270502T000000", [date(2027, 5, 1)]),
    ],
)
def test_what_comes_again_is_read_as_it_is_meant(event: str, days: list[date]):
    """R4.3; RFC 5545, 3.8.5: rules, further days and days left out."""
    found = read(file_of(event), 2027)
    assert (list(found.holidays), found.skipped) == (days, 0)


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20270105T090000Z\nDTEND:20270105T100000Z",
        "DTSTART:20200105T090000Z\nDTEND:20200105T100000Z\nRRULE:FREQ=MONTHLY",
        "DTSTART;VALUE=DATE:20200105\nRRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "DTSTART;VALUE=DATE:20200105\nRRULE:FREQ=HOURLY",
        "DTSTART;VALUE=DATE:20200105\nRRULE:FREQ=SOMETIMES",
        "DTSTART;VALUE=DATE:20200105\nRRULE:FREQ=YEARLY\nRRULE:FREQ=MONTHLY",
        "DTSTART;VALUE=DATE:19000105\nRRULE:FREQ=DAILY;COUNT=1000000",
    ],
)
def test_what_cannot_be_read_is_counted_and_not_guessed(event: str):
    found = read(file_of(event, "DTSTART;VALUE=DATE:20270501"), 2027)
    assert (found.holidays, found.skipped) == ((date(2027, 5, 1),), 1)
    assert read(file_of(event), 2019).skipped == (1 if "1900" in event else 0)


def test_one_day_of_a_series_is_moved_or_taken_out():
    lines = (
        "1\nDTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY",
        "1\nRECURRENCE-ID;VALUE=DATE:20270501\nDTSTART;VALUE=DATE:20270503",
        "2\nDTSTART;VALUE=DATE:20200601\nRRULE:FREQ=YEARLY",
        "2\nRECURRENCE-ID;VALUE=DATE:20270601\nDTSTART;VALUE=DATE:20270601\nSTATUS:CANCELLED",
    )
    content = file_of(*(f"X-UID:{each}" for each in lines))
    content = re.sub(rb"UID:\d\r\nX-UID", b"UID", content)
    assert read(content, 2027).holidays == (date(2027, 5, 3),)


def test_no_rule_makes_more_than_the_days_of_the_year():
    daily = "DTSTART;VALUE=DATE:20000101\nDTEND;VALUE=DATE:20010101\nRRULE:FREQ=DAILY"
    assert len(read(file_of(*[daily] * 50), 2028).holidays) == 366


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"PK\x03\x04",
        file_of("DTSTART;VALUE=DATE:20279999"),
        file_of("SUMMARY:Without a day"),
        file_of("DTSTART;VALUE=DATE:20270106\nX-HUIYIN-HOURS:always"),
    ],
)
def test_anything_else_is_refused(content: bytes):
    with pytest.raises(Invalid) as refused:
        read(content, 2027)
    assert [(each.field, each.code) for each in refused.value.fields] == [("file", "not_an_icalendar_file")]


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(Invalid) as refused:
        read(b"x" * (LARGEST_FILE + 1), 2027)
    assert refused.value.fields[0].code == "file_too_heavy"


@pytest.mark.parametrize(
    ("title", "worked"),
    [
        ("Special Non-Working Day", False),
        ("Nonworking day", False),
        ("元旦 不上班", False),
        ("Working day", True),
        ("调休上班", True),
        ("元旦（班）", True),
        ("国庆节 班", True),
    ],
)
def test_a_day_off_is_no_make_up_day_whatever_its_title(title: str, worked: bool):  # noqa: FBT001
    found = read(file_of(f"DTSTART;VALUE=DATE:20270101\nSUMMARY:{title}"), 2027)
    assert bool(found.make_up_days) is worked
    assert bool(found.holidays) is not worked


@pytest.mark.slow
def test_a_file_of_too_many_events_is_refused_before_it_is_read():
    content = file_of(*["DTSTART;VALUE=DATE:20270106"] * MOST_EVENTS)
    assert read(content, 2027).holidays == (date(2027, 1, 6),)
    with pytest.raises(Invalid) as refused:
        read(content.replace(b"BEGIN:VEVENT", b"begin:vevent\r\nEND:VEVENT\r\nBEGIN:VEVENT", 1), 2027)
    assert refused.value.fields[0].code == "too_many"


def test_an_event_of_too_many_lines_is_refused_before_it_is_read():
    with pytest.raises(Invalid) as refused:
        read(file_of("DTSTART;VALUE=DATE:20270106" + "\nX-A:1" * MOST_LINES), 2027)
    assert refused.value.fields[0].code == "too_many"
