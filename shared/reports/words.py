"""The fixed words and the values of a report as one language writes them."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.figures import Kpi, Name, PhoneKind
from shared.reports.judge import Judgement
from shared.reports.printable import capped
from shared.web.formatting import NO_VALUE, Formats
from shared.web.labels import label
from shared.web.locale import Locale, translator

HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 86_400
NAME_AT_MOST: Final = 48


class Words:
    """Names of codes and short values in one language, at one place."""

    def __init__(self, locale: Locale, time_zone: str) -> None:
        self.locale = locale
        self.translator = translator(locale)
        self.formats = Formats(self.translator, ZoneInfo(time_zone))

    def name(self, name: Name) -> str:
        """The name in this language, cut to a length that a heading holds."""
        return capped(name.zh if self.locale is Locale.ZH_CN else name.en, NAME_AT_MOST)

    def category(self, category: Category) -> str:
        """The name of a report category (R2.1)."""
        return label(self.translator, "category", category)

    def channel(self, code: ReportCode) -> str:
        """The name of a channel code (R1.1)."""
        return label(self.translator, "report_code", code)

    def kpi(self, kpi: Kpi) -> str:
        """The name of an indicator (R6.2)."""
        t = self.translator
        return {
            Kpi.TIMELINESS: t.pgettext("kpi", "Timeliness"),
            Kpi.HANDLING: t.pgettext("kpi", "Handling"),
            Kpi.RESPONSE: t.pgettext("kpi", "Response in 24 h"),
            Kpi.CLOSED_LOOP: t.pgettext("kpi", "Closed loop"),
        }[kpi]

    def kpi_definition(self, kpi: Kpi) -> str:
        """How an indicator is counted (R6.2)."""
        t = self.translator
        return {
            Kpi.TIMELINESS: t.gettext("contacted within the standard time ÷ accepted"),
            Kpi.HANDLING: t.gettext("with a conclusion ÷ accepted"),
            Kpi.RESPONSE: t.gettext("answered within 24 h ÷ accepted"),
            Kpi.CLOSED_LOOP: t.gettext("solved and the customer told ÷ accepted"),
        }[kpi]

    def judgement(self, judgement: Judgement) -> str:
        """The mark and word of a judgement (R6.2)."""
        t = self.translator
        return {
            Judgement.MEETS: t.pgettext("judgement", "○ Meets"),
            Judgement.NEEDS_IMPROVEMENT: t.pgettext("judgement", "△ Improve"),
            Judgement.BELOW: t.pgettext("judgement", "× Below"),
            Judgement.UNDECIDED: t.pgettext("judgement", "… Undecided"),
            Judgement.NO_CASES: t.pgettext("judgement", "– No cases"),
        }[judgement]

    def phone_kind(self, kind: PhoneKind) -> str:
        """What is printed in place of a number; a dash when nothing is known."""
        t = self.translator
        return {
            PhoneKind.MOBILE: t.pgettext("phone_kind", "Mobile"),
            PhoneKind.LANDLINE: t.pgettext("phone_kind", "Landline"),
            PhoneKind.WORK: t.pgettext("phone_kind", "Work"),
            PhoneKind.UNKNOWN: NO_VALUE,
        }[kind]

    def buckets(self) -> Sequence[str]:
        """The names of the handling-time buckets, shortest first (R6.1)."""
        t = self.translator
        return (
            t.pgettext("bucket", "≤ 3 d"),
            t.pgettext("bucket", "4–7 d"),
            t.pgettext("bucket", "8–14 d"),
            t.pgettext("bucket", "15–30 d"),
            t.pgettext("bucket", "1–2 mo"),
            t.pgettext("bucket", "> 2 mo"),
        )

    def percent(self, permille: int | None) -> str:
        """A rate with one decimal: `91.2%`; a dash for none."""
        return self.formats.percent(None if permille is None else permille / 1000)

    def points(self, permille: int) -> str:
        """A difference of rates in points, without its sign: `1.4`."""
        return self.formats.number(abs(permille) / 10, 1)

    def number(self, value: int) -> str:
        """A count with grouped thousands."""
        return self.formats.number(value)

    def signed(self, value: int) -> str:
        """A change of a count with its sign."""
        return self.formats.signed(value)

    def hours(self, seconds: int | None) -> str:
        """A time in hours with one decimal; a dash for none."""
        if seconds is None:
            return NO_VALUE
        hours = self.formats.number(seconds / HOUR_SECONDS, 1)
        return self.translator.gettext("%(hours)s h", hours=hours)

    def days(self, seconds: int | None) -> str:
        """A time in days with one decimal; a dash for none."""
        if seconds is None:
            return NO_VALUE
        days = self.formats.number(seconds / DAY_SECONDS, 1)
        return self.translator.gettext("%(count)s d", count=days)

    def whole_days(self, days: int) -> str:
        """A whole number of days; `same day` for none."""
        if days == 0:
            return self.translator.gettext("same day")
        return self.translator.gettext("%(count)s d", count=days)

    def short_day(self, day: date, year: int) -> str:
        """A date for a narrow column; the year is written when it is not the report's."""
        if day.year != year:
            return self.formats.day(day)
        pattern = "MM-dd" if self.locale is Locale.ZH_CN else "d MMM"
        return format_date(day, pattern, locale=self.locale.catalogue)

    def short_month(self, first_day: date) -> str:
        """A month under a column of the trend."""
        return format_date(first_day, "MMM", locale=self.locale.catalogue)
