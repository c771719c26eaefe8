"""The policy data a new OEM starts with; all of it is the OEM's to change afterwards."""

import msgspec
from babel.numbers import get_territory_currencies

from shared.calendars.china import OFFICE_HOURS, china
from shared.calendars.definition import CalendarDefinition
from shared.calendars.editing import with_known_days
from shared.calendars.year_days import known_days
from shared.cases.assignment import AssignmentPolicy
from shared.cases.authority import default_authority
from shared.cases.default_rules import default_rule_set
from shared.cases.major_persons import MajorPersons
from shared.cases.majors import default_major_policy
from shared.cases.risk_periods import default_risk_policy
from shared.cases.vocabulary import DEFAULT_REPORT_CODES
from shared.follow_up.default_policy import default_follow_up
from shared.notifications.holding import default_message_policy
from shared.notifications.texts import OURS
from shared.portal import consent
from shared.sla.default_policy import default_clock_policy
from shared.sla.local_interval import WEEKDAYS
from shared.tenants.policies import PolicyName


def default_policies(country: str, time_zone: str, year: int) -> dict[PolicyName, bytes]:
    """The body of every policy as JSON, for an OEM of that country (ISO 3166), zone (IANA) and year."""
    return {
        PolicyName.CLASSIFICATION: msgspec.json.encode(default_rule_set()),
        PolicyName.CHANNELS: msgspec.json.encode({"report_codes": dict(DEFAULT_REPORT_CODES)}),
        PolicyName.CLOCKS: msgspec.json.encode(default_clock_policy()),
        PolicyName.CALENDAR: msgspec.json.encode(default_calendar(country, time_zone, year)),
        PolicyName.FOLLOW_UP: msgspec.json.encode(default_follow_up()),
        PolicyName.AUTHORITY: msgspec.json.encode(default_authority(currency_of(country))),
        PolicyName.MAJOR: msgspec.json.encode(default_major_policy()),
        PolicyName.RISK_PERIODS: msgspec.json.encode(default_risk_policy()),
        PolicyName.MAJOR_PERSONS: msgspec.json.encode(MajorPersons()),
        PolicyName.MESSAGES: msgspec.json.encode(default_message_policy()),
        PolicyName.TEXTS: msgspec.json.encode(OURS),
        PolicyName.ASSIGNMENT: msgspec.json.encode(AssignmentPolicy()),
        PolicyName.CONSENT: msgspec.json.encode(consent.DEFAULT),
    }


def currency_of(country: str) -> str:
    """The currency of a country today (ISO 4217); the yuan where none is known."""
    return next(iter(get_territory_currencies(country)), "CNY")


def default_calendar(country: str, time_zone: str, year: int) -> CalendarDefinition:
    """Office hours from Monday to Friday with the country's holidays, in China with its make-up days.

    Beside China's, the holidays of two years back to one year ahead of `year` are taken. Without holidays
    where those of the country are not known.
    """
    if country == "CN":
        return msgspec.structs.replace(china(), time_zone=time_zone)
    made = CalendarDefinition(time_zone=time_zone, weekly=dict.fromkeys(WEEKDAYS[:5], OFFICE_HOURS))
    for each in range(year - 2, year + 2):
        days = known_days(country, each)
        if days is not None:
            made = with_known_days(made, days)
    return made
