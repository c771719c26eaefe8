"""What the calendar routes take and give beside the definitions themselves."""

from datetime import date
from typing import Annotated

import msgspec

from services.api.parameters import KnownVersion
from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.ical import LARGEST_FILE
from shared.calendars.service import CalendarInForce
from shared.calendars.year_days import FIRST_YEAR, LAST_YEAR
from shared.cases.filters import DealerId
from shared.tenants.policies import StoredVersion

EXAMPLE = {
    "time_zone": "Asia/Shanghai",
    "weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-10-01", "2026-10-02"],
    "extra": {"2026-10-10": [["09:00", "18:00"]]},
    "known_years": [2026],
    "source": "State Council, 2025-11-04",
}
EXAMPLE_FILE = "\r\n".join(  # noqa: FLY002  # a file is read line by line
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//Holidays//EN",
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTART;VALUE=DATE:20270101",
        "DTEND;VALUE=DATE:20270104",
        "SUMMARY:元旦（休）",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)


class CalendarWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar as it shall be; `version` is the one it was made from, 0 for a dealer's first.

    `anew` counts all open promises again, not only provisional ones.
    """

    version: KnownVersion
    definition: CalendarDefinition
    dealer_id: DealerId | None = None
    anew: bool = False


class CalendarDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar to try on the open promises."""

    definition: CalendarDefinition
    dealer_id: DealerId | None = None


class CalendarFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An iCalendar file as text, and the year wanted of it."""

    year: Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
    content: Annotated[str, msgspec.Meta(max_length=LARGEST_FILE)]


class CalendarVersions(msgspec.Struct, frozen=True):
    """Every version, newest first."""

    items: list[StoredVersion]


class DealerCalendars(msgspec.Struct, frozen=True):
    """The calendars of dealers that have one of their own."""

    items: list[CalendarInForce]


class DaysOfYear(msgspec.Struct, frozen=True, kw_only=True):
    """Holidays and make-up days of one year; `source` names who says so.

    `skipped`: how many events of a file may fall into the year and could not be read as days: appointments,
    and rules of recurrence that cannot be followed. With any, the year is not to be published as complete
    unseen.
    """

    year: int
    holidays: list[date]
    make_up_days: dict[date, DayHours]
    source: str
    skipped: int = 0
