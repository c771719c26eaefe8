"""Times, durations, numbers and masked personal data as people read them. Pure.

Instants are aware datetimes. Words come from the catalogues, month and weekday names from the Unicode
locale data in Babel. Durations read the same in the browser (`static/js/duration.js`), which gets their
patterns from here.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime, get_timezone_name
from babel.numbers import format_decimal

from shared.web.locale import Locale, Translator, msgid

MINUS: Final = "\u2212"
NO_VALUE: Final = "–"

_SHORTEST_PLATE: Final = 6
_SHORTEST_VIN: Final = 11

DURATION_PATTERNS: Final = {
    "days": msgid("%(days)s d %(hours)s h"),
    "hours": msgid("%(hours)s h %(minutes)s min"),
    "minutes": msgid("%(minutes)s min"),
    "seconds": msgid("%(seconds)s s"),
}
"""The duration's pattern by its largest unit."""

_DAY_OF_THIS_YEAR: Final = {Locale.ZH_CN: "MM-dd", Locale.EN: "d MMM"}
_DAY: Final = {Locale.ZH_CN: "yyyy-MM-dd", Locale.EN: "d MMM yyyy"}
_MONTH: Final = {Locale.ZH_CN: "yyyy年M月", Locale.EN: "MMMM yyyy"}
_HEADING: Final = {Locale.ZH_CN: "EEE d", Locale.EN: "EEE d"}


class Formats:
    """How one reader sees values: language and time zone."""

    def __init__(self, translator: Translator, zone: ZoneInfo) -> None:
        self.translator = translator
        self.locale = translator.locale
        self.zone = zone

    def duration(self, seconds: float) -> str:
        """A length of time in its two largest units, rounded down: `1 d 6 h`, `7 h 29 min`, `24 min`, `45 s`.

        The sign is dropped; that something is late is said by words and colour, not by a minus.
        """
        days, rest = divmod(int(abs(seconds)), 86_400)
        hours, rest = divmod(rest, 3_600)
        minutes, left = divmod(rest, 60)
        largest = "days" if days else "hours" if hours else "minutes" if minutes else "seconds"
        pattern = DURATION_PATTERNS[largest]
        return self.translator.gettext(pattern, days=days, hours=hours, minutes=minutes, seconds=left)

    def duration_patterns(self) -> dict[str, str]:
        """The translated patterns by largest unit, for the browser's ticking."""
        return {unit: self.translator.untouched(pattern) for unit, pattern in DURATION_PATTERNS.items()}

    def relative(self, at: datetime, now: datetime) -> str:
        """How long ago or ahead, in one unit: `just now`, `3 min ago`, `in 2 h`, `5 d ago`."""
        seconds, in_past, text = int(abs((now - at).total_seconds())), now > at, self.translator
        if seconds < 60:
            return text.gettext("just now")
        if seconds < 3_600:
            minutes = seconds // 60
            return (
                text.gettext("%(count)s min ago", count=minutes)
                if in_past
                else text.gettext("in %(count)s min", count=minutes)
            )
        if seconds < 86_400:
            hours = seconds // 3_600
            return (
                text.gettext("%(count)s h ago", count=hours)
                if in_past
                else text.gettext("in %(count)s h", count=hours)
            )
        days = seconds // 86_400
        return (
            text.gettext("%(count)s d ago", count=days)
            if in_past
            else text.gettext("in %(count)s d", count=days)
        )

    def moment(self, at: datetime, now: datetime) -> str:
        """An instant, as short as it stays clear: the time today, else with the day, else with the year."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        clock = local.strftime("%H:%M")
        if local.date() == today.date():
            return clock
        pattern = _DAY_OF_THIS_YEAR if local.year == today.year else _DAY
        return f"{self._date(local.date(), pattern)} {clock}"

    def full_moment(self, at: datetime) -> str:
        """An instant with everything: day, seconds and the zone's name, for tooltips and records."""
        local = at.astimezone(self.zone)
        shown = format_datetime(local, "yyyy-MM-dd EEE HH:mm:ss", locale=self.locale.catalogue)
        return f"{shown} {get_timezone_name(local, 'short', locale=self.locale.catalogue)}"

    def day(self, value: date | datetime) -> str:
        """A calendar day: `2026-11-08` or `8 Nov 2026`. A datetime is taken at the reader's place."""
        local = value.astimezone(self.zone).date() if isinstance(value, datetime) else value
        return self._date(local, _DAY)

    def month(self, first_day: date) -> str:
        """A month: `2026年10月` or `October 2026`."""
        return self._date(first_day, _MONTH)

    def weekday(self, value: date) -> str:
        """A heading for a day of the coming week: `周一 9` or `Mon 9`."""
        return self._date(value, _HEADING)

    def weekday_letter(self, value: date) -> str:
        """The shortest name of a day of the week: `一` or `M`."""
        return format_date(value, "EEEEE", locale=self.locale.catalogue)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with grouped thousands and a fixed count of decimals; a dash for no value."""
        if value is None:
            return NO_VALUE
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.locale.catalogue).replace("-", MINUS)

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share (1 = all) as a percentage: `91.2%`; a dash for no value."""
        return NO_VALUE if share is None else f"{self.number(share * 100, digits)}%"

    def signed(self, value: float, digits: int = 0) -> str:
        """A change with its sign: `+6`, `−1.4`, `0`."""
        shown = self.number(value, digits)
        has_value = any(character in "123456789" for character in shown)
        if not has_value:
            return shown.removeprefix(MINUS)
        return f"+{shown}" if value > 0 else shown

    def _date(self, value: date, patterns: dict[Locale, str]) -> str:
        return format_date(value, patterns[self.locale], locale=self.locale.catalogue)


def phone(value: str | None) -> str:
    """A telephone number in groups, Chinese ones without country code. What is no number stays as it is."""
    if not value:
        return NO_VALUE
    try:
        parsed = phonenumbers.parse(value, "CN")
    except phonenumbers.NumberParseException:
        return value
    is_chinese = parsed.country_code == 86
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if is_chinese
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def masked_phone(value: str | None) -> str:
    """A telephone number with its middle hidden (R9.2): `138****1234`; a short one keeps its last two."""
    digits = "".join(character for character in value or "" if character.isdigit())
    if not digits:
        return NO_VALUE
    national = digits.removeprefix("86") if len(digits) == 13 else digits
    if len(national) < 7:
        return "*" * max(len(national) - 2, 0) + national[-2:]
    return f"{national[:3]}****{national[-4:]}"


def masked_name(name: str) -> str:
    """A person's name of which only the beginning is left (R9.2): `张*`, `J***`."""
    name = name.strip()
    if not name:
        return ""
    is_chinese = "\u3400" <= name[0] <= "\u9fff"
    return name[0] + ("*" if is_chinese else "***")


def masked_plate(plate: str) -> str:
    """A plate with its middle hidden (R9.2): `测A·1***5`; of a short one only the first character is left."""
    if not plate:
        return ""
    if len(plate) < _SHORTEST_PLATE:
        return f"{plate[0]}***"
    mark = "" if plate[0].isascii() else "·"
    return f"{plate[:2]}{mark}{plate[2]}***{plate[-1]}"


def masked_vin(vin: str) -> str:
    """A VIN of which maker and last four characters are left (R9.2): `LSV**********0123`."""
    if len(vin) < _SHORTEST_VIN:
        return "*" * len(vin)
    return f"{vin[:3]}{'*' * (len(vin) - 7)}{vin[-4:]}"


def masked_email(address: str) -> str:
    """An e-mail address whose name is hidden (R9.2): `z***@example.com`."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}" if address else ""


def initials(name: str) -> str:
    """What an avatar shows: the last character of a Chinese name, else the first letters of two names."""
    words = name.split()
    if not words:
        return NO_VALUE
    if not name.isascii() and len(words) == 1 and "\u4e00" <= name[-1] <= "\u9fff":
        return name[-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_colour(name: str) -> int:
    """A colour number from 0 to 5 that stays the same for a name."""
    return sum(ord(character) * 47 for character in name) % 6


def file_size(size: int) -> str:
    """A file's size: `812 B`, `64 KB`, `1.4 MB`."""
    if size < 1_000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{round(size / 1_000)} KB"
    return f"{size / 1_000_000:.1f} MB"
