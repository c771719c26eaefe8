"""Messages in the recipient's words: templates filled in, in one language and time zone.

Text templates are plain text; the HTML of an e-mail is one layout around the text, in which everything is
escaped. An unknown name is an error, and so is a value that no template of the message may use.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale as BabelLocale
from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2 import Template as Compiled

from shared.notifications.rules import RULES, Template
from shared.notifications.sms_size import clipped, is_gsm7, sms_size
from shared.notifications.texts import LINK, LINK_PATH, LINKED, OURS, MessageTexts, Text, fill
from shared.outbox.messages import ProviderTemplate
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.web.formatting import Formats
from shared.web.labels import label
from shared.web.locale import Locale, translator

TEMPLATES: Final = Path(__file__).parent / "templates"

SMS_SIGNATURE: Final = "【回音】"
SMS_SEGMENTS: Final = 2
_BRIEF: Final = "brief"
"""In templates of SMS: whether there is room for what is needed only."""
_WORTH_SAYING: Final = 8
"""Characters that a value keeps, however little room there is."""

# Parsed once: Babel looks through its files each time it is given a name.
_BABEL: Final = {locale: BabelLocale.parse(locale.catalogue) for locale in Locale}
_WHEN: Final = {Locale.ZH_CN: "M月d日HH:mm", Locale.EN: "d MMM HH:mm"}
# The closed lists that variables take their values from, by the variable.
_GROUPS: Final = {
    "urgency": "urgency",
    "metric": "metric",
    "compensation": "compensation_kind",
    "nature": "nature",
    "role": "role",
    "state": "state",
}
_DECIDED: Final = {
    Template.MAJOR_DECIDED: "major_verdict",
    Template.APPROVAL_DECIDED: "compensation_state",
}
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029]")


class Bilingual(msgspec.Struct, frozen=True):
    """A name that reads differently in the two languages."""

    zh: str
    en: str

    def in_locale(self, locale: Locale) -> str:
        """The one the reader understands."""
        return self.zh if locale is Locale.ZH_CN else self.en


Value = str | int | date | datetime | Bilingual | None


class Reader(msgspec.Struct, frozen=True):
    """Whom the words are for; `signature` begins an SMS, `abroad` as of `signed`."""

    locale: Locale
    time_zone: str
    signature: str = SMS_SIGNATURE
    abroad: bool = False


class Rendered(msgspec.Struct, frozen=True):
    """The words of one message for one channel; an SMS has no subject.

    `provider_template`: what goes instead of them to a provider that sends approved templates only. `is_cut`:
    an SMS that says less than its text.
    """

    subject: str
    body: str
    provider_template: ProviderTemplate | None = None
    is_cut: bool = False


class WrongVariables(ValueError):
    """The values given are not those the message's templates are written for."""


_reader: ContextVar[Reader] = ContextVar("reader")


def render(
    template: Template,
    channel: MessageChannel,
    reader: Reader,
    values: Mapping[str, Value],
    texts: MessageTexts = OURS,
    link: str = "",
) -> Rendered:
    """The message in the reader's words: the OEM's own text, or ours.

    `values` are exactly the rule's variables. `link` stands in an SMS whose own text names it, otherwise it
    is told beside the body (`sms_text`, `email_text`). An SMS begins with the signature and never needs more
    than two segments; ours says less where it would leave no room for its link. Raises `WrongVariables`.
    """
    if wrong := set(values) ^ RULES[template].variables:
        raise WrongVariables(f"{template.value}: {', '.join(sorted(wrong))}")
    shown = {name: _shown(value, reader.locale) for name, value in values.items()}
    folder = f"{template.value}/{reader.locale.value}"
    token = _reader.set(reader)
    try:
        if (own := texts.of(template, channel, reader.locale)) is not None:
            return _in_own_words(own, shown, reader, link)
        if channel is MessageChannel.SMS:
            return _our_sms(f"{folder}/sms.txt", shown, reader.signature, link)
        return Rendered(
            _one_line(_text(f"{folder}/subject.txt", shown)),
            _paragraphs_kept(_text(f"{folder}/email.txt", shown)),
        )
    finally:
        _reader.reset(token)


def starting_text(template: Template, channel: MessageChannel, locale: Locale) -> Text:
    """Our text with its variables in braces, for an OEM to begin its own with.

    Where ours says different things by what is known, this is what it says when everything is.
    """
    places = {name: f"{{{name}}}" for name in RULES[template].variables}
    folder = f"{template.value}/{locale.value}"
    if channel is MessageChannel.SMS:
        body = _one_line(_places(f"{folder}/sms.txt", places | {_BRIEF: ""}))
        return Text(template=template, channel=channel, locale=locale, body=body)
    return Text(
        template=template,
        channel=channel,
        locale=locale,
        subject=_one_line(_places(f"{folder}/subject.txt", places)),
        body=_paragraphs_kept(_places(f"{folder}/email.txt", places)),
    )


def _in_own_words(own: Text, shown: Mapping[str, Any], reader: Reader, link: str) -> Rendered:
    values = {name: _said(own.template, name, value) for name, value in shown.items()}
    if own.channel is MessageChannel.EMAIL:
        return Rendered(_one_line(fill(own.subject, values)), _paragraphs_kept(fill(own.body, values)))
    begin = signed(own.sign_name, own.locale, abroad=reader.abroad) if own.sign_name else reader.signature
    whole = values | {LINK: link, LINK_PATH: urlsplit(link).path.lstrip("/")}
    values = _with_room_for_link(own, begin, whole)
    sms = _sms(begin, _one_line(fill(own.body, values)))
    if values != whole:
        sms = msgspec.structs.replace(sms, is_cut=True)
    if not own.is_sent_by_template:
        return sms
    template = ProviderTemplate(
        code=own.provider_template_id,
        parameters=tuple((name, values[name]) for name in own.variables),
        sign_name=own.sign_name,
    )
    return msgspec.structs.replace(sms, provider_template=template)


def _with_room_for_link(own: Text, begin: str, values: dict[str, str]) -> dict[str, str]:
    """The values, the longest of them cut: half a link opens nothing, and none is better than that."""
    if not LINKED & set(own.variables):
        return values
    known = values
    others = [name for name in own.variables if name not in LINKED]
    while sms_size(begin + _one_line(fill(own.body, values))).segments > SMS_SEGMENTS:
        longest = max(others, key=lambda name: len(values[name]), default="")
        if not longest or len(values[longest]) <= _WORTH_SAYING:
            return known | {LINK: "", LINK_PATH: ""}
        room = max(_WORTH_SAYING, len(values[longest]) * 3 // 4)
        values = values | {longest: _clip(values[longest], room)}
    return values


def _our_sms(path: str, shown: Mapping[str, Any], signature: str, link: str) -> Rendered:
    def said(*, brief: bool) -> Rendered:
        return _sms(signature, _one_line(_text(path, {**shown, _BRIEF: brief})))

    def has_link(words: Rendered) -> bool:
        return is_linked(sms_text(words.body, link), link)

    whole = said(brief=False)
    if has_link(whole):
        return whole
    brief = said(brief=True)
    return brief if has_link(brief) else whole


def _sms(signature: str, words: str) -> Rendered:
    text = signature + words
    body = clipped(text, SMS_SEGMENTS)
    return Rendered("", body, is_cut=body != text)


def _said(template: Template, name: str, value: Any) -> str:
    """A value as words: what stands for a closed list is its label, what is missing is nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return _when(value)
    if isinstance(value, date):
        return _month(value)
    group = _DECIDED.get(template, "") if name == "decision" else _GROUPS.get(name, "")
    return _label(value, group) if group else str(value)


def sms_text(body: str, link: str) -> str:
    """The text that is sent, with the link if it does not name it and needs no third segment with it."""
    linked = body if not link or is_linked(body, link) else f"{body} {link}"
    return linked if sms_size(linked).segments <= SMS_SEGMENTS else body


def is_linked(body: str, link: str) -> bool:
    """Whether the words name the link, be it with a host of their own, with or without `https://`."""
    path = urlsplit(link).path.lstrip("/")
    return link in body or ("/" in path and path in body)


def signed(name: str, locale: Locale, *, abroad: bool) -> str:
    """What an SMS of the OEM begins with; without a name of its own the product's.

    Networks in China want 【】 around it. For who reads English `abroad` (`sms_texts.is_abroad`), a name that
    the networks' own alphabet can write stands in [], so that the message is charged by 160 characters and
    not by 70.
    """
    if not name:
        return SMS_SIGNATURE
    return f"[{name}] " if abroad and locale is Locale.EN and is_gsm7(name) else f"【{name}】"


def email_text(body: str, link: str, choice_link: str = "", locale: Locale = Locale.ZH_CN) -> str:
    """The plain text part of an e-mail; `choice_link` as of `NewMessage`."""
    parts = [body, link, f"{_choice(locale)}\n{choice_link}" if choice_link else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def email_html(
    subject: str,
    body: str,
    link: str,
    locale: Locale,
    button: str = RecipientKind.STAFF.value,
    *,
    choice_link: str = "",
) -> str:
    """The HTML part of an e-mail: the text's paragraphs and the button of that name for its link.

    `choice_link` as of `NewMessage`, below them.
    """
    paragraphs = [paragraph.split("\n") for paragraph in body.split("\n\n")]
    says = _text(f"layout/{locale.value}/button_{button}.txt", {}).strip()
    return (
        _environment(html=True)
        .get_template("layout/layout.html")
        .render(
            locale=locale.value,
            subject=subject,
            paragraphs=paragraphs,
            link=link,
            button=says,
            choice_link=choice_link,
            choice=_choice(locale) if choice_link else "",
        )
    )


def _choice(locale: Locale) -> str:
    return _text(f"layout/{locale.value}/choice.txt", {}).strip()


def _places(path: str, places: Mapping[str, str]) -> str:
    return _place_environment().get_template(path).render(places)


@cache
def _place_environment() -> Environment:
    environment = _environment(html=False).overlay()
    # An overlay shares its dictionary of filters with what it lies over.
    filters: dict[str, Any] = {**environment.filters, **dict.fromkeys(_FILTERS, _unchanged)}
    environment.filters = filters
    return environment


def _unchanged(value: object, *_: object) -> object:
    return value


def _text(path: str, values: Mapping[str, object]) -> str:
    return _template(path).render(values)


@cache
def _template(path: str) -> Compiled:
    return _environment(html=False).get_template(path)


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(TEMPLATES)),
        autoescape=html,  # noqa: S701  # text is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(_FILTERS)
    # Templates say what they are given and nothing else; Jinja copies its own names for every message.
    environment.globals.clear()
    return environment


def _shown(value: Value, locale: Locale) -> str | int | date | datetime | None:
    if isinstance(value, Bilingual):
        value = value.in_locale(locale)
    return _CONTROL.sub(" ", value) if isinstance(value, str) and not value.isprintable() else value


def _label(value: str, group: str) -> str:
    return label(translator(_reader.get().locale), group, value)


def _month(first_day: date) -> str:
    reader = _reader.get()
    return Formats(translator(reader.locale), ZoneInfo(reader.time_zone)).month(first_day)


def _when(at: datetime) -> str:
    reader = _reader.get()
    return _told_when(at, reader.time_zone, reader.locale)


@lru_cache(maxsize=4_096)
def _told_when(at: datetime, time_zone: str, locale: Locale) -> str:
    return format_datetime(at.astimezone(ZoneInfo(time_zone)), _WHEN[locale], locale=_BABEL[locale])


def _clip(text: str, units: int) -> str:
    """Cut to `units` UTF-16 units, the way an SMS counts; a cut is shown."""
    encoded = text.encode("utf-16-le")
    if len(encoded) // 2 <= units:
        return text
    mark = "..." if is_gsm7(text) else "…"
    return encoded[: (units - len(mark)) * 2].decode("utf-16-le", "ignore").rstrip() + mark


_FILTERS: Final[dict[str, Any]] = {"label": _label, "month": _month, "short": _clip, "when": _when}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs_kept(text: str) -> str:
    lines = (line.rstrip() for line in text.strip().split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
