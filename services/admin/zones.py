"""The time zones offered in forms; any other that is set already is offered as well."""

from typing import Final

from shared.web.components import Choice

_ZONES: Final = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Sydney",
    "UTC",
)


def zone_choices(present: str) -> list[Choice]:
    """The usual zones and the present one."""
    return [Choice(each, each) for each in dict.fromkeys((*_ZONES, present))]
