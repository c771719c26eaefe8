"""The policy data a new OEM starts with; all of it is the OEM's to change afterwards."""

from typing import Final

import msgspec
from babel.numbers import get_territory_currencies

from shared.calendars.china import OFFICE_HOURS, china
from shared.calendars.definition import CalendarDefinition
from shared.cases.authority import default_authority
from shared.cases.default_rules import default_rule_set
from shared.cases.vocabulary import DEFAULT_REPORT_CODES
from shared.sla.default_policy import default_clock_policy
from shared.sla.local_interval import WEEKDAYS
from shared.tenants.policies import PolicyName

DEFAULT_CONSENT: Final = {
    "zh": (
        "为受理和处理您的投诉，{oem}将收集您填写的姓名、联系方式、车辆信息、情况描述和照片，"
        "并提供给您选择的经销商，由其与您联系并处理。\n"
        "上述信息仅用于处理本次投诉、回访满意度和改进质量，不用于营销；保存期限为法律规定的维修记录保存期限（不少于六年），"
        "期满后删除。\n"
        "您可以通过进度页面或投诉电话查询、更正您的信息，或撤回同意；撤回不影响此前已进行的处理，"
        "但我们可能无法继续处理您的投诉。"
    ),
    "en": (
        "To receive and handle your complaint, {oem} collects the name, contact, vehicle details, "
        "description and photos you enter here and passes them to the dealer you choose, who will contact "
        "you and handle it.\n"
        "They are used to handle this complaint, to ask whether you are satisfied and to improve quality, "
        "never for marketing. They are kept as long as the law has repair records kept (at least six years) "
        "and deleted after that.\n"
        "By the tracking page or the complaint line you can see and correct your data or withdraw this "
        "consent; what was done before stays lawful, but we may then be unable to go on with your complaint."
    ),
}
"""What customers agree to (Personal Information Protection Law of China, articles 13, 14, 17, 23).

`{oem}` stands for the OEM's name.
"""


def default_policies(country: str, time_zone: str) -> dict[PolicyName, bytes]:
    """The body of every policy as JSON, for an OEM of that country (ISO 3166) and time zone (IANA)."""
    return {
        PolicyName.CLASSIFICATION: msgspec.json.encode(default_rule_set()),
        PolicyName.CHANNELS: msgspec.json.encode({"report_codes": dict(DEFAULT_REPORT_CODES)}),
        PolicyName.CLOCKS: msgspec.json.encode(default_clock_policy()),
        PolicyName.CONSENT: msgspec.json.encode(DEFAULT_CONSENT),
        PolicyName.CALENDAR: msgspec.json.encode(default_calendar(country, time_zone)),
        PolicyName.AUTHORITY: msgspec.json.encode(default_authority(currency_of(country))),
    }


def currency_of(country: str) -> str:
    """The currency of a country today (ISO 4217); the yuan where none is known."""
    return next(iter(get_territory_currencies(country)), "CNY")


def default_calendar(country: str, time_zone: str) -> CalendarDefinition:
    """Office hours from Monday to Friday; in China with its holidays and make-up days."""
    if country == "CN":
        return msgspec.structs.replace(china(), time_zone=time_zone)
    return CalendarDefinition(time_zone=time_zone, weekly=dict.fromkeys(WEEKDAYS[:5], OFFICE_HOURS))
