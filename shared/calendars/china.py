"""China's holidays and make-up working days, from the package `chinesecalendar`.

The State Council announces each year's arrangement in November of the year before; the package follows with a
release. Years it does not know yet are left out of `known_years`.
"""

import chinese_calendar

from shared.calendars.definition import CalendarDefinition, DayHours
from shared.sla.local_interval import WEEKDAYS

OFFICE_HOURS: DayHours = (("09:00", "18:00"),)


def china(hours: DayHours = OFFICE_HOURS, weekdays: tuple[str, ...] = WEEKDAYS[:5]) -> CalendarDefinition:
    """The calendar of a place in China that keeps the same hours on these weekdays and on make-up days.

    Days off that fall on a weekend are holidays too, so that places that work on weekends close on them.
    """
    return CalendarDefinition(
        time_zone="Asia/Shanghai",
        weekly=dict.fromkeys(weekdays, hours),
        holidays=tuple(sorted(chinese_calendar.holidays)),
        extra=dict.fromkeys(sorted(chinese_calendar.workdays), hours),
        known_years=tuple(sorted({day.year for day in chinese_calendar.holidays})),
        source=f"chinesecalendar {chinese_calendar.__version__}",
    )
