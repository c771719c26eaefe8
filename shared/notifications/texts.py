"""An OEM's own wording of messages (话术): text with variables in braces, and what is wrong with one.

`{number}` stands for a variable. What stands in double square brackets is left out when a variable in it is
empty: `[[, by {promised_at}]]`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from shared.errors import FieldError
from shared.notifications.rules import RULES, Template
from shared.outbox.vocabulary import MessageChannel
from shared.web.locale import Locale

LONGEST_BODY: Final = 4_000
LONGEST_SUBJECT: Final = 200
LONGEST_TEMPLATE_ID: Final = 64
LONGEST_SIGN_NAME: Final = 20

LINK: Final = "link"
LINK_PATH: Final = "link_path"
LINKED: Final = frozenset({LINK, LINK_PATH})
"""What an SMS may name besides its message's variables: its link, or what follows the link's host.

Where a text names neither, the link is put behind it. Providers of approved templates want it named, often
with the host as words of the template.
"""


class Approval(StrEnum):
    """Where a text stands with a provider that sends approved templates only."""

    NOT_NEEDED = "not_needed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message by one channel in one language; an SMS has no subject.

    `provider_template_id` is the approved template of the provider, filled in with the variables in the order
    in which the body names them; `sign_name` the approved signature, empty for the OEM's own.
    """

    template: Template
    channel: MessageChannel
    locale: Locale
    subject: Annotated[str, msgspec.Meta(max_length=LONGEST_SUBJECT)] = ""
    body: Annotated[str, msgspec.Meta(max_length=LONGEST_BODY)]
    provider_template_id: Annotated[str, msgspec.Meta(max_length=LONGEST_TEMPLATE_ID)] = ""
    sign_name: Annotated[str, msgspec.Meta(max_length=LONGEST_SIGN_NAME)] = ""
    approval: Approval = Approval.NOT_NEEDED

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the body, each once, in their order."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.body)))

    @property
    def is_sent_by_template(self) -> bool:
        """Whether the provider gets its approved template instead of the words."""
        return bool(self.provider_template_id) and self.approval is Approval.APPROVED


class MessageTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The OEM's own texts; where there is none ours holds."""

    texts: tuple[Text, ...] = ()

    def of(self, template: Template, channel: MessageChannel, locale: Locale) -> Text | None:
        """The OEM's own, None where ours holds."""
        wanted = (template, channel, locale)
        return next(
            (each for each in self.texts if (each.template, each.channel, each.locale) == wanted), None
        )

    def without(self, template: Template, channel: MessageChannel, locale: Locale) -> "MessageTexts":
        """The others."""
        gone = self.of(template, channel, locale)
        return MessageTexts(texts=tuple(each for each in self.texts if each is not gone))

    def having(self, text: Text) -> "MessageTexts":
        """With this text in place of the present one."""
        others = self.without(text.template, text.channel, text.locale).texts
        return MessageTexts(texts=(*others, text))


OURS: Final = MessageTexts()

_LONGEST: Final = {
    "subject": LONGEST_SUBJECT,
    "body": LONGEST_BODY,
    "provider_template_id": LONGEST_TEMPLATE_ID,
    "sign_name": LONGEST_SIGN_NAME,
}
_VARIABLE: Final = re.compile(r"\{([a-z_]+)\}")
_OPTIONAL: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


def fill(words: str, values: Mapping[str, str]) -> str:
    """The words, filled in; what is optional only where none of its variables is empty."""

    def optional(found: re.Match[str]) -> str:
        inside = found[1]
        return inside if all(values.get(name) for name in _VARIABLE.findall(inside)) else ""

    return _VARIABLE.sub(lambda found: values[found[1]], _OPTIONAL.sub(optional, words))


def variables_of(template: Template, channel: MessageChannel) -> frozenset[str]:
    """What a text of this message may name; links that let in are in no SMS."""
    rule = RULES[template]
    has_link = channel is MessageChannel.SMS and not rule.secret_link
    return rule.variables | LINKED if has_link else rule.variables


def required_of(template: Template) -> frozenset[str]:
    """The variables that a text may not leave out: its reader has to know which case it is about."""
    return frozenset({"number"}) & RULES[template].variables


def problems_of(text: Text) -> list[FieldError]:
    """What keeps a text from being published, with the line."""
    rule = RULES[text.template]
    if text.channel not in rule.channels:
        return [FieldError("channel", "unknown_value")]
    problems: list[FieldError] = []
    problems += [
        FieldError(name, "too_long", {"limit": most})
        for name, most in _LONGEST.items()
        if len(getattr(text, name)) > most
    ]
    is_mail = text.channel is MessageChannel.EMAIL
    if not text.body.strip():
        problems.append(FieldError("body", "required"))
    if is_mail and not text.subject.strip():
        problems.append(FieldError("subject", "required"))
    problems += _wrong_in("body", text.body, variables_of(text.template, text.channel))
    problems += _wrong_in("subject", text.subject, rule.variables) if is_mail else []
    if not problems:
        problems += [
            FieldError("body", "text_variable_missing", {"name": name})
            for name in sorted(required_of(text.template) - set(text.variables))
        ]
    if text.approval is not Approval.NOT_NEEDED and not text.provider_template_id.strip():
        problems.append(FieldError("provider_template_id", "required"))
    return problems


def _wrong_in(field: str, words: str, known: frozenset[str]) -> list[FieldError]:
    problems: list[FieldError] = []
    for number, line in enumerate(words.split("\n"), 1):
        problems += [
            FieldError(field, "text_variable_unknown", {"line": number, "name": name})
            for name in _VARIABLE.findall(line)
            if name not in known
        ]
        rest = _VARIABLE.sub("", line)
        if "{" in rest or "}" in rest:
            problems.append(FieldError(field, "text_brace", {"line": number}))
    rest = _OPTIONAL.sub("", words)
    for mark in ("[[", "]]"):
        if mark in rest:
            line = words[: words.index(mark)].count("\n") + 1
            problems.append(FieldError(field, "text_bracket", {"line": line}))
            break
    return problems
