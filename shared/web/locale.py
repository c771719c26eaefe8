"""The languages people read Huiyin in: which one a request gets, and the translated sentences.

Sentences in the code and in templates are English; they are the keys (msgid) of the Babel catalogues under
`shared/web/catalogues`. Variable parts are named, `%(count)s`, and a percent sign is written `%%`.
"""

import gettext as gettext_module
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES: Final = Path(__file__).parent / "catalogues"
DOMAIN: Final = "huiyin"


class Locale(StrEnum):
    """A language we speak. The value is the language tag (BCP 47) of HTML, HTTP and the database."""

    ZH_CN = "zh-CN"
    EN = "en"

    @property
    def catalogue(self) -> str:
        """The name Babel and gettext use."""
        return self.value.replace("-", "_")

    @property
    def own_name(self) -> str:
        """The language's name in itself, for a switch that everybody can read."""
        return {Locale.ZH_CN: "中文", Locale.EN: "English"}[self]

    @property
    def short_name(self) -> str:
        """The language's sign in itself, where a name has no room."""
        return {Locale.ZH_CN: "中", Locale.EN: "EN"}[self]

    @property
    def other(self) -> "Locale":
        """The language a switch between the two leads to."""
        return Locale.EN if self is Locale.ZH_CN else Locale.ZH_CN


DEFAULT_LOCALE: Final = Locale.ZH_CN


def msgid(message: str) -> str:
    """Mark a sentence for the catalogues where it is defined, long before it is translated."""
    return message


def locale_of(tag: str | None) -> Locale | None:
    """The locale that serves a language tag, None for languages we do not speak.

    All Chinese is served zh-CN and all English en: `zh-Hant-TW` → zh-CN, `en_GB` → en.
    """
    language = (tag or "").strip().lower().replace("_", "-").split("-", 1)[0]
    return {"zh": Locale.ZH_CN, "en": Locale.EN}.get(language)


def negotiate(*choices: str | None, accept_language: str | None = None) -> Locale:
    """The locale of a request: the first usable explicit choice, else the browser's wish, else the default.

    Pass the choices in order of rank: the cookie set by the language switch, then the profile.
    """
    for choice in choices:
        if found := locale_of(choice):
            return found
    return _from_accept_language(accept_language or "") or DEFAULT_LOCALE


def _from_accept_language(header: str) -> Locale | None:
    wishes: list[tuple[float, Locale]] = []
    for item in header.split(","):
        tag, _, parameters = item.partition(";")
        found = locale_of(tag)
        weight = _weight(parameters)
        if found and weight > 0:
            wishes.append((weight, found))
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0


class Translator:
    """The sentences of one locale."""

    def __init__(self, locale: Locale, translations: gettext_module.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations

    def gettext(self, message: str, **params: object) -> str:
        """The sentence in this locale with its `%(name)s` parts filled in."""
        return self.untouched(message) % params

    def untouched(self, message: str) -> str:
        """The sentence in this locale with its parts still to be filled in."""
        return self._translations.gettext(message)

    def untouched_plural(self, singular: str, plural: str, count: int) -> str:
        """The form that fits `count`, its parts still to be filled in."""
        return self._translations.ngettext(singular, plural, count)

    def untouched_in_context(self, context: str, message: str) -> str:
        """The sentence of a context, its parts still to be filled in."""
        return self._translations.pgettext(context, message)

    def ngettext(self, singular: str, plural: str, count: int, **params: object) -> str:
        """The form of the sentence that fits `count`, which is also a part named `count`."""
        return self.untouched_plural(singular, plural, count) % {"count": count, **params}

    def pgettext(self, context: str, message: str, **params: object) -> str:
        """The sentence as it reads in a context, for words that translate in more than one way."""
        return self.untouched_in_context(context, message) % params

    def fill(self, message: str, params: Mapping[str, object]) -> str:
        """The sentence with its parts filled in; a part without a value shows its name in brackets."""
        return self.untouched(message) % _Forgiving(params)


class _Forgiving(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return f"({name})"


@cache
def translator(locale: Locale) -> Translator:
    """The translator of a locale, compiled from its catalogue when first asked for."""
    path = CATALOGUES / locale.catalogue / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale.catalogue, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translator(locale, gettext_module.GNUTranslations(compiled))
