"""A form of a case as a PDF in one language (R3.9)."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from shared.cases.rule_set import Bilingual
from shared.reports import weasy
from shared.reports.case_form import CaseForm
from shared.reports.documents import TEMPLATES, drawable, environment
from shared.reports.printable import capped
from shared.web.formatting import Formats
from shared.web.labels import label
from shared.web.locale import Locale, translator
from shared.web.money import money

_LONGEST: Final = 3_000


class FormWords:
    """How the values of one form are written for one language."""

    def __init__(self, form: CaseForm, locale: Locale) -> None:
        self.locale = locale
        self._speak = translator(locale)
        self._formats = Formats(self._speak, ZoneInfo(form.time_zone))

    def name(self, both: Bilingual) -> str:
        """The name in the form's language; the Chinese one where there is no other."""
        return (both.en or both.zh) if self.locale is Locale.EN else both.zh

    def label(self, group: str, value: str) -> str:
        """The label of a closed list's value."""
        return label(self._speak, group, value)

    def moment(self, at: datetime | None) -> str:
        """Day and time at the OEM's place; empty for none."""
        return "" if at is None else at.astimezone(self._formats.zone).strftime("%Y-%m-%d %H:%M")

    def day(self, value: date | None) -> str:
        """A calendar day; empty for none."""
        return "" if value is None else self._formats.day(value)

    def number(self, value: int | None) -> str:
        """A whole number; empty for none."""
        return "" if value is None else self._formats.number(value)

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount."""
        return money(amount_minor, currency, self.locale)

    def text(self, words: str) -> str:
        """What somebody wrote, cut where it would fill the form alone."""
        return capped(words, _LONGEST)


def render_pdf(form: CaseForm, locale: Locale) -> bytes:
    """The form as PDF: the same values give the same bytes. Raises like `weasy.print_pdf`."""
    html = (
        environment(locale)
        .get_template("case_form/form.html")
        .render(
            form=form,
            words=FormWords(form, locale),
            style=_style(),
            printed=form.printed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        .translate(drawable())
    )
    return weasy.print_pdf(html, [], form.printed_at.astimezone(UTC))


@cache
def _style() -> Markup:
    return Markup((TEMPLATES / "case_form" / "form.css").read_text(encoding="utf-8"))  # noqa: S704  # our own file
