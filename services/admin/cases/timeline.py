"""The history of a case in words: from codes and ids to a headline in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.admin.session import Reader
from shared.cases.views import EscalationView
from shared.cases.views import TimelineEntry as Entry
from shared.sla.clock import level_of
from shared.web.components import TimelineEntry
from shared.web.labels import label
from shared.web.locale import Translator, msgid, translator

_Words = Callable[[Translator, Entry], str]

# The command of an entry → the look of its point on the line.
_LOOKS: Final[Mapping[str, str]] = {
    "register": "registered",
    "confirm_receipt": "registered",
    "take": "taken",
    "assign": "assigned",
    "classify": "classified",
    "log_contact": "contacted",
    "log_attempt": "attempted",
    "add_note": "noted",
    "plan": "planned",
    "tell_plan": "planned",
    "resolve": "resolved",
    "close": "closed",
    "escalate": "escalated",
    "acknowledge": "acknowledged",
}
_HEADLINES: Final[Mapping[str, str]] = {
    "register": msgid("registered the case"),
    "backdate": msgid("gave the reason for the earlier time"),
    "confirm_receipt": msgid("confirmed the receipt"),
    "take": msgid("took the case"),
    "add_note": msgid("wrote a note"),
    "plan": msgid("made a plan"),
    "close": msgid("closed the case"),
    "escalate": msgid("called for help"),
    "acknowledge": msgid("acknowledged the escalation"),
}
_SHOWN_CHANGES: Final = ("category", "kind", "subject", "urgency", "nature", "department")


def timeline_of(
    entries: Sequence[Entry], escalations: Sequence[EscalationView], reader: Reader
) -> list[TimelineEntry]:
    """What people did and what fell due, newest first, as the page shows it."""
    speak = translator(reader.locale)
    shown = [_shown(entry, speak) for entry in entries]
    # A call for help has its own entry by whoever called.
    shown += [_breached(each, speak) for each in escalations if each.clock_id is not None]
    return sorted(shown, key=lambda each: each.at, reverse=True)


def _breached(escalation: EscalationView, speak: Translator) -> TimelineEntry:
    metric = _value(speak, "metric", escalation.metric)
    level = level_of(escalation.step)
    return TimelineEntry(
        kind="breached",
        at=escalation.fired_at,
        headline=speak.gettext(
            "%(metric)s is late: escalated to level %(level)s", metric=metric, level=level
        ),
        body=_told(escalation, speak),
        is_internal=True,
    )


def _told(escalation: EscalationView, speak: Translator) -> str:
    """The names of those who were told; empty while nobody was."""
    names = speak.gettext(", ").join(escalation.recipient_names)
    return speak.gettext("Told: %(names)s", names=names) if names else ""


def _shown(entry: Entry, speak: Translator) -> TimelineEntry:
    words = _SPECIAL.get(entry.kind)
    known = _HEADLINES.get(entry.kind)
    headline = words(speak, entry) if words else speak.gettext(known) if known else entry.kind
    return TimelineEntry(
        kind=_LOOKS.get(entry.kind, entry.kind),
        at=entry.at,
        headline=headline,
        actor=entry.actor_name,
        body=entry.text,
        is_internal=entry.internal,
    )


def _value(speak: Translator, group: str, value: object) -> str:
    return label(speak, group, str(value))


def _assigned(speak: Translator, entry: Entry) -> str:
    return speak.gettext("handed the case to %(name)s", name=entry.data.get("owner", ""))


def _classified(speak: Translator, entry: Entry) -> str:
    changed = [
        _value(speak, name, entry.data[name]) for name in _SHOWN_CHANGES if entry.data.get(name) is not None
    ]
    if (major := entry.data.get("major")) is not None:
        changed.append(speak.gettext("Major") if major else speak.gettext("Not major"))
    if not changed:
        return speak.gettext("confirmed the classification")
    return speak.gettext("classified it: %(values)s", values=" · ".join(changed))


def _contacted(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("channel"))
    if entry.data.get("direction") == "inbound":
        return speak.gettext("was contacted by the customer (%(way)s)", way=way)
    return speak.gettext("spoke with the customer (%(way)s)", way=way)


def _attempted(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("channel"))
    return speak.gettext("tried to reach the customer (%(way)s)", way=way)


def _plan_told(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("told_via"))
    return speak.gettext("made a plan and told the customer (%(way)s)", way=way)


def _resolved(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("told_via"))
    return speak.gettext("told the customer the result (%(way)s)", way=way)


_SPECIAL: Final[Mapping[str, _Words]] = {
    "assign": _assigned,
    "classify": _classified,
    "log_contact": _contacted,
    "log_attempt": _attempted,
    "tell_plan": _plan_told,
    "resolve": _resolved,
}
