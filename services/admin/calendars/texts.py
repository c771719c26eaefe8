"""A calendar as its form holds it, and the form as a calendar."""

from datetime import date
from typing import Final

import msgspec

from services.admin.forms import Fields
from shared.calendars.definition import CalendarDefinition, DayHours
from shared.calendars.editing import set_year, usual_hours
from shared.calendars.texts import (
    days_of_text,
    hours_of_text,
    make_up_days_of_text,
    text_of_days,
    text_of_hours,
    text_of_make_up_days,
)
from shared.errors import FieldError, Invalid
from shared.sla.local_interval import WEEKDAYS

OF_OEM: Final = "oem"
"""The value of the form's choice for the OEM's holidays."""

OWN: Final = "own"


def typed(definition: CalendarDefinition, year: int) -> dict[str, str]:
    """The definition as its form holds it, with the days of one year."""
    return {
        "time_zone": definition.time_zone,
        **{day: text_of_hours(definition.weekly.get(day, ())) for day in WEEKDAYS},
        "follows": OF_OEM if definition.follows_oem else OWN,
        **typed_days(
            tuple(day for day in definition.holidays if day.year == year),
            {day: hours for day, hours in definition.extra.items() if day.year == year},
        ),
        "complete": "true" if definition.known_years is not None and year in definition.known_years else "",
        "source": definition.source,
    }


def typed_days(holidays: tuple[date, ...], extra: dict[date, DayHours]) -> dict[str, str]:
    """The days of a year as the form holds them."""
    return {"holidays": text_of_days(holidays), "make_up": text_of_make_up_days(extra)}


def read(fields: Fields, before: CalendarDefinition, year: int) -> CalendarDefinition:
    """The calendar of a form, `before` with what it changes; raises `Invalid` naming every wrong field."""
    problems: list[FieldError] = []
    weekly: dict[str, DayHours] = {}
    for day in WEEKDAYS:
        try:
            weekly[day] = hours_of_text(fields.get(day, ""), day)
        except Invalid as error:
            problems.extend(error.fields)
    follows = fields.get("follows") == OF_OEM
    made = msgspec.structs.replace(
        before,
        time_zone=fields.get("time_zone", ""),
        weekly={day: hours for day, hours in weekly.items() if hours},
        follows_oem=follows,
    )
    if not follows:
        try:
            made = _with_days(fields, made, year)
        except Invalid as error:
            problems.extend(error.fields)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return made


def by_field(error: Invalid) -> Invalid:
    """The problems of a definition by the names of the form's fields."""
    named = {"weekly": "mon", "extra": "make_up"}
    fields: list[FieldError] = []
    for each in error.fields:
        group, _, rest = each.field.partition(".")
        name = rest.partition("[")[0] if group == "weekly" and rest else named.get(group, each.field)
        fields.append(FieldError(name, each.code, each.params))
    return Invalid(error.code, error.params, fields=fields)


def _with_days(fields: Fields, definition: CalendarDefinition, year: int) -> CalendarDefinition:
    holidays = days_of_text(fields.get("holidays", ""), year, "holidays")
    make_up = make_up_days_of_text(fields.get("make_up", ""), year, "make_up")
    source = fields.get("source", "").strip()
    if len(source) > 200 or not source.isprintable():
        raise Invalid.field("source", "unknown_value")
    extra = {day: hours or usual_hours(definition, day) for day, hours in make_up.items()}
    complete = fields.get("complete") == "true"
    return set_year(definition, year, holidays, extra, complete=complete, source=source)
