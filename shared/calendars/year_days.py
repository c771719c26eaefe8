"""What is known of a country's holidays in one year.

China's come from `chinesecalendar`, which follows the State Council's announcement of each November; every
other country's from `holidays`. A year that the source does not know is None, never a year without holidays.
"""

from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Final

import chinese_calendar
import msgspec

_CHINA: Final = "CN"
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100


class YearDays(msgspec.Struct, frozen=True, kw_only=True):
    """The holidays and the make-up working days of one year, and where they come from."""

    year: int
    holidays: tuple[date, ...]
    make_up_days: tuple[date, ...] = ()
    source: str = ""


@cache
def known_days(country: str, year: int) -> YearDays | None:
    """The days of that year in a country (ISO 3166-1 alpha-2); None where the source does not know them."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return _china(year) if country == _CHINA else _elsewhere(country, year)


def _china(year: int) -> YearDays | None:
    days = tuple(sorted(day for day in chinese_calendar.holidays if day.year == year))
    if not days:
        return None
    return YearDays(
        year=year,
        holidays=days,
        make_up_days=tuple(sorted(day for day in chinese_calendar.workdays if day.year == year)),
        source=f"chinesecalendar {chinese_calendar.__version__}",
    )


def _elsewhere(country: str, year: int) -> YearDays | None:
    # A third of a second to import, and only who opens or edits a calendar needs it.
    import holidays

    try:
        days = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
    return YearDays(
        year=year,
        holidays=tuple(sorted(day for day in days if day.year == year)),
        make_up_days=tuple(sorted(day for day in days.weekend_workdays if day.year == year)),
        source=f"holidays {version('holidays')}",
    )
