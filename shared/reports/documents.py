"""What printed documents share: their templates in one language, and the characters the fonts can draw."""

from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.reports import fonts
from shared.reports.printable import Drawable
from shared.web.locale import Locale, translator

TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def drawable() -> Drawable:
    """The table that takes out of a text what the fonts cannot draw; raises like `fonts.check`."""
    return Drawable(fonts.covered())


@cache
def environment(locale: Locale) -> Environment:
    """The templates of documents in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    sentences = translator(locale)
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by the i18n extension
        gettext=sentences.untouched,
        ngettext=sentences.untouched_plural,
        newstyle=True,
        pgettext=sentences.untouched_in_context,
    )
    return made
