"""The Jinja environment of both web doors, and the viewer a page is made for.

A page is rendered for one `Viewer`. Filters and translations read that viewer from a context variable which
is set only while `Pages.render` runs, so that macros need no extra argument. Everything is escaped, an
unknown name is an error, and templates are compiled once per process; there is no bytecode cache on disk.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.web import formatting, trends
from shared.web.assets import Assets
from shared.web.components import Choice
from shared.web.delivery_words import why_undelivered
from shared.web.formatting import Formats
from shared.web.labels import label, values_of
from shared.web.locale import Locale, Translator, translator
from shared.web.money import money
from shared.web.sentences import sentence

TEMPLATES: Final = Path(__file__).parent / "templates"
STATIC: Final = Path(__file__).parent / "static"


class Viewer:
    """Who reads a page: language, time zone and the instant everything relative is counted from."""

    def __init__(self, locale: Locale, zone: ZoneInfo, now: datetime) -> None:
        self.locale = locale
        self.zone = zone
        self.now = now

    @cached_property
    def translator(self) -> Translator:
        """The sentences in the reader's language."""
        return translator(self.locale)

    @cached_property
    def formats(self) -> Formats:
        """Times and numbers as the reader writes them."""
        return Formats(self.translator, self.zone)


_viewer: ContextVar[Viewer] = ContextVar("viewer")


class Pages:
    """Renders templates from the given folders and from those of `shared/web`."""

    def __init__(self, folders: Sequence[Path], assets: Assets) -> None:
        self.assets = assets
        self.environment = _environment([*folders, TEMPLATES], assets)

    def render(self, template: str, viewer: Viewer, **values: object) -> str:
        """The page or fragment as HTML; `values` are the names the template uses."""
        token = _viewer.set(viewer)
        try:
            return self.environment.get_template(template).render(viewer=viewer, **values)
        finally:
            _viewer.reset(token)


def _environment(folders: Iterable[Path], assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        gettext=_gettext, ngettext=_ngettext, newstyle=True, pgettext=_pgettext
    )
    environment.filters.update(_FILTERS)
    names = cast("dict[str, object]", environment.globals)
    names["asset"] = assets.url
    names["trends"] = trends
    names["locales"] = list(Locale)
    names["languages"] = [Choice(locale.value, locale.own_name) for locale in Locale]
    return environment


def _gettext(message: str) -> str:
    return _viewer.get().translator.untouched(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return _viewer.get().translator.untouched_plural(singular, plural, count)


def _pgettext(context: str, message: str) -> str:
    return _viewer.get().translator.untouched_in_context(context, message)


def _duration(seconds: float) -> str:
    return _viewer.get().formats.duration(seconds)


def _relative(at: datetime) -> str:
    viewer = _viewer.get()
    return viewer.formats.relative(at, viewer.now)


def _moment(at: datetime) -> str:
    viewer = _viewer.get()
    return viewer.formats.moment(at, viewer.now)


def _full_moment(at: datetime) -> str:
    return _viewer.get().formats.full_moment(at)


def _day(value: date | datetime) -> str:
    return _viewer.get().formats.day(value)


def _month(first_day: date) -> str:
    return _viewer.get().formats.month(first_day)


def _weekday_letter(value: date) -> str:
    return _viewer.get().formats.weekday_letter(value)


def _weekday(value: date) -> str:
    return _viewer.get().formats.weekday(value)


def _number(value: float | None, digits: int = 0) -> str:
    return _viewer.get().formats.number(value, digits)


def _percent(share: float | None, digits: int = 1) -> str:
    return _viewer.get().formats.percent(share, digits)


def _signed(value: float, digits: int = 0) -> str:
    return _viewer.get().formats.signed(value, digits)


def _money(amount_minor: int, currency: str) -> str:
    return money(amount_minor, currency, _viewer.get().locale)


def _label(value: str | int, group: str) -> str:
    return label(_viewer.get().translator, group, value)


def _sentence(code: str, params: dict[str, object] | None = None) -> str:
    return sentence(_viewer.get().translator, code, params or {})


def _why_undelivered(reason: str) -> str:
    return why_undelivered(_viewer.get().translator, reason)


def _json(value: object) -> Markup:
    """JSON that is safe inside a script element of type application/json."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    escaped = text.replace("<", r"\u003c").replace("&", r"\u0026")
    return Markup(escaped)  # noqa: S704 - what could close the element is escaped


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "avatar_colour": formatting.avatar_colour,
    "day": _day,
    "duration": _duration,
    "file_size": formatting.file_size,
    "full_moment": _full_moment,
    "initials": formatting.initials,
    "json": _json,
    "label": _label,
    "masked_phone": formatting.masked_phone,
    "moment": _moment,
    "money": _money,
    "month": _month,
    "number": _number,
    "percent": _percent,
    "phone": formatting.phone,
    "relative": _relative,
    "sentence": _sentence,
    "signed": _signed,
    "values_of": values_of,
    "weekday": _weekday,
    "weekday_letter": _weekday_letter,
    "why_undelivered": _why_undelivered,
}
