"""The history of a case in words: from codes and ids to a headline in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.admin.session import Reader
from shared.cases.views import TimelineEntry as Entry
from shared.tenancy import ActorKind
from shared.web.components import TimelineEntry
from shared.web.delivery_words import why_unreached
from shared.web.labels import label
from shared.web.locale import Locale, Translator, msgid, translator
from shared.web.money import money

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
    "add_tag": "classified",
    "remove_tag": "classified",
    "plan": "planned",
    "tell_plan": "planned",
    "resolve": "resolved",
    "close": "closed",
    "escalate": "escalated",
    "file_report": "escalated",
    "acknowledge": "acknowledged",
    "take_over": "taken",
    "hand_back": "assigned",
    "ask_transfer": "assigned",
    "transfer": "assigned",
    "request_from_customer": "contacted",
    "agree": "contacted",
    "confirm_visit": "contacted",
    "execute_step": "worked",
    "verify": "verified",
    "diagnose": "diagnosed",
    "judge_suggestion": "resolved",
    "judge_experience": "resolved",
    "survey": "contacted",
    "follow_up_call": "contacted",
    "apology": "noted",
    "callback_wanted": "warned",
    "assigned_by_rule": "assigned",
    "close_judged": "closed",
    "approve": "acknowledged",
    "hold": "held",
    "wait": "held",
    "withdraw": "closed",
    "reopen": "reopened",
    "customer_told": "told",
    "customer_message": "wrote",
    "attach": "attached",
    "customer_unreachable": "unreachable",
    "customer_not_told": "noted",
    "customer_not_reached": "unreachable",
    "choose_messages": "noted",
}
# What names the other case of a merger or a link.
_MERGERS: Final[Mapping[str, tuple[str, str]]] = {
    "merge": ("into", msgid("merged the case into %(number)s")),
    "absorb": ("number", msgid("merged %(number)s into this case")),
    "unmerge": ("from", msgid("took the case out of %(number)s")),
    "release": ("number", msgid("took %(number)s out of this case")),
    "link": ("number", msgid("linked the case to %(number)s")),
    "unlink": ("number", msgid("took the link to %(number)s away")),
}
_HEADLINES: Final[Mapping[str, str]] = {
    "register": msgid("registered the case"),
    "backdate": msgid("gave the reason for the earlier time"),
    "confirm_receipt": msgid("confirmed the receipt"),
    "take": msgid("took the case"),
    "add_note": msgid("wrote a note"),
    "plan": msgid("made a plan"),
    "close": msgid("closed the case"),
    "apology": msgid("apologised"),
    "close_judged": msgid("closed the case"),
    "take_over": msgid("took the case over for the OEM"),
    "ask_transfer": msgid("asked to move the case to another dealer"),
    "refuse_transfer": msgid("refused the transfer"),
    "add_points": msgid("wrote down what is complained of"),
    "diagnose": msgid("made a diagnosis"),
    "execute_step": msgid("carried out a step"),
    "verify": msgid("verified the work on every complained point"),
    "finish_task": msgid("finished a task"),
    "cancel_task": msgid("cancelled a task"),
    "renew_link": msgid("ended the customer's links"),
    "wait": msgid("let the case wait for somebody"),
    "end_wait": msgid("ended the wait"),
    "hold": msgid("put the case on hold"),
    "resume": msgid("let the case go on"),
    "withdraw": msgid("recorded that the customer does not pursue the case"),
    "reopen": msgid("opened the case again"),
    "lower_urgency": msgid("lowered the urgency"),
    "mark_major": msgid("judged whether it is major"),
    "escalate": msgid("called for help"),
    "confirm_major": msgid("confirmed a major complaint"),
    "file_report": msgid("filed the written report"),
    "dismiss_major": msgid("dismissed the signs of a major complaint"),
    "acknowledge": msgid("acknowledged the escalation"),
    "customer_message": msgid("wrote to us by the link"),
    "attach": msgid("added a file"),
    "customer_unreachable": msgid("No message to the customer: no usable address"),
}
_DETAILS: Final[Mapping[str, str]] = {
    "found": msgid("Found: %(value)s"),
    "advice": msgid("Further advice: %(value)s"),
    "measured": msgid("Measured: %(value)s"),
    "parts": msgid("Parts: %(value)s"),
    "temporary_measure": msgid("For now: %(value)s"),
    "signed_off_by": msgid("Signed off by %(value)s"),
    "alternative": msgid("Instead: %(value)s"),
    "preventive_measure": msgid("Preventive measure: %(value)s"),
}
_SHOWN_CHANGES: Final = ("category", "kind", "subject", "urgency", "nature", "department")


def timeline_of(entries: Sequence[Entry], reader: Reader) -> list[TimelineEntry]:
    """The entries newest first, as the page shows them."""
    speak = translator(reader.locale)
    return [_shown(entry, speak) for entry in reversed(entries)]


def _shown(entry: Entry, speak: Translator) -> TimelineEntry:
    words = _SPECIAL.get(entry.kind)
    known = _HEADLINES.get(entry.kind)
    headline = words(speak, entry) if words else speak.gettext(known) if known else entry.kind
    return TimelineEntry(
        kind=_look(entry),
        at=entry.at,
        headline=headline,
        actor="" if entry.actor_kind == ActorKind.SYSTEM else entry.actor_name,
        body=_body(entry, speak),
        is_internal=entry.internal,
    )


def _body(entry: Entry, speak: Translator) -> str:
    """What somebody wrote, and what was measured or named with it."""
    lines = [entry.text]
    points = entry.data.get("points")
    if entry.kind == "add_points" and isinstance(points, list):
        lines += points
    ways = entry.data.get("ways")
    if entry.kind == "customer_not_reached" and isinstance(ways, list):
        lines += [why_unreached(speak, *each.split(":", 2)) for each in ways]
    lines += [
        speak.gettext(pattern, value=value)
        for name, pattern in _DETAILS.items()
        if isinstance(value := entry.data.get(name), str) and value
    ]
    return "\n".join(line for line in lines if line)


def _look(entry: Entry) -> str:
    if entry.kind != "escalation_told":
        return _LOOKS.get(entry.kind, entry.kind)
    if entry.data.get("level") is None:
        return "warned"
    return "escalated" if entry.data.get("metric") == "manual" else "breached"


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


def _merger(speak: Translator, entry: Entry) -> str:
    name, text = _MERGERS[entry.kind]
    return speak.gettext(text, number=entry.data.get(name, ""))


def _tagged(speak: Translator, entry: Entry) -> str:
    return speak.gettext("added the tag %(tag)s", tag=entry.data.get("tag", ""))


def _untagged(speak: Translator, entry: Entry) -> str:
    return speak.gettext("removed the tag %(tag)s", tag=entry.data.get("tag", ""))


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


def _requested(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("channel"))
    return speak.gettext("asked the customer for something (%(way)s)", way=way)


def _agreed(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "agreement_way", entry.data.get("via"))
    if entry.actor_kind == ActorKind.CUSTOMER:
        return speak.gettext("agreed to the plan (%(way)s)", way=way)
    return speak.gettext("recorded that the customer agrees to the plan (%(way)s)", way=way)


def _visit_confirmed(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "contact_channel", entry.data.get("channel"))
    return speak.gettext("confirmed the visit with the customer (%(way)s)", way=way)


def _task_added(speak: Translator, entry: Entry) -> str:
    department = _value(speak, "department", entry.data.get("department"))
    if assignee := entry.data.get("assignee"):
        return speak.gettext("gave %(name)s a task (%(department)s)", name=assignee, department=department)
    return speak.gettext("gave a task to %(department)s", department=department)


def _compensation(pattern: str) -> _Words:
    def words(speak: Translator, entry: Entry) -> str:
        kind = _value(speak, "compensation_kind", entry.data.get("kind"))
        amount, currency = entry.data.get("amount_minor"), entry.data.get("currency")
        shown = money(amount, str(currency), speak.locale) if isinstance(amount, int) else ""
        return speak.gettext(pattern, what=f"{kind} {shown}".strip())

    return words


def _judged(speak: Translator, entry: Entry) -> str:
    verdict = _value(speak, "verdict", entry.data.get("verdict"))
    return speak.gettext("told the customer the verdict: %(verdict)s", verdict=verdict)


def _transferred(speak: Translator, entry: Entry) -> str:
    chinese = speak.locale is Locale.ZH_CN
    dealer = entry.data.get("dealer" if chinese else "dealer_en") or entry.data.get("dealer")
    return speak.gettext("moved the case to %(dealer)s", dealer=dealer)


def _customer_told(speak: Translator, entry: Entry) -> str:
    channels = entry.data.get("channels")
    ways = [_value(speak, "message_channel", each) for each in channels] if isinstance(channels, list) else []
    about = _value(speak, "template", entry.data.get("template"))
    return speak.gettext(
        "To the customer: %(about)s (%(way)s)", about=about, way=speak.gettext(", ").join(ways)
    )


def _customer_not_told(speak: Translator, entry: Entry) -> str:
    about = _value(speak, "template", entry.data.get("template"))
    return speak.gettext("Not sent, as the customer does without: %(about)s", about=about)


def _customer_not_reached(speak: Translator, entry: Entry) -> str:
    about = _value(speak, "template", entry.data.get("template"))
    return speak.gettext("The customer could not be reached: %(about)s", about=about)


def _chosen(speak: Translator, entry: Entry) -> str:
    way = _value(speak, "choice_way", entry.data.get("via"))
    if entry.data.get("wanted"):
        return speak.gettext("The customer wants surveys and word of the progress (%(way)s)", way=way)
    return speak.gettext("The customer does without surveys and word of the progress (%(way)s)", way=way)


def _escalation_told(speak: Translator, entry: Entry) -> str:
    recipients = entry.data.get("recipients")
    names = speak.gettext(", ").join(recipients) if isinstance(recipients, list) else ""
    if entry.data.get("metric") == "manual":
        return speak.gettext("Help was called; told: %(names)s", names=names)
    metric = _value(speak, "metric", entry.data.get("metric"))
    level = entry.data.get("level")
    if level is None:
        return speak.gettext("%(metric)s falls due soon; told: %(names)s", metric=metric, names=names)
    return speak.gettext(
        "%(metric)s is late, level %(level)s; told: %(names)s", metric=metric, level=level, names=names
    )


def _surveyed(speak: Translator, entry: Entry) -> str:
    data = entry.data
    if data.get("satisfied_with_process") and data.get("satisfied_with_result"):
        return speak.gettext("Survey: satisfied")
    return speak.gettext("Survey: not satisfied")


def _called(speak: Translator, entry: Entry) -> str:
    return speak.gettext(
        "%(call)s: %(result)s",
        call=_value(speak, "call_kind", entry.data.get("call")),
        result=_value(speak, "call_result", entry.data.get("result")),
    )


def _assigned_by_rule(speak: Translator, entry: Entry) -> str:
    return speak.gettext(
        "gave the case to %(name)s by the rule %(rule)s",
        name=entry.data.get("owner", ""),
        rule=entry.data.get("en" if speak.locale is Locale.EN else "zh", ""),
    )


def _callback_wanted(speak: Translator, entry: Entry) -> str:
    return speak.gettext("Not satisfied; to call back: %(name)s", name=entry.data.get("caller", ""))


_SPECIAL: Final[Mapping[str, _Words]] = {
    **dict.fromkeys(_MERGERS, _merger),
    "assign": _assigned,
    "hand_back": _assigned,
    "assigned_by_rule": _assigned_by_rule,
    "transfer": _transferred,
    "request_from_customer": _requested,
    "agree": _agreed,
    "confirm_visit": _visit_confirmed,
    "add_task": _task_added,
    "compensate": _compensation(msgid("gave the customer: %(what)s")),
    "ask_approval": _compensation(msgid("asked for approval: %(what)s")),
    "approve": _compensation(msgid("approved: %(what)s")),
    "decline": _compensation(msgid("declined: %(what)s")),
    "give_compensation": _compensation(msgid("gave the customer: %(what)s")),
    "drop_compensation": _compensation(msgid("dropped: %(what)s")),
    "judge_suggestion": _judged,
    "judge_experience": _judged,
    "classify": _classified,
    "add_tag": _tagged,
    "remove_tag": _untagged,
    "log_contact": _contacted,
    "log_attempt": _attempted,
    "tell_plan": _plan_told,
    "resolve": _resolved,
    "survey": _surveyed,
    "follow_up_call": _called,
    "callback_wanted": _callback_wanted,
    "customer_told": _customer_told,
    "customer_not_told": _customer_not_told,
    "customer_not_reached": _customer_not_reached,
    "choose_messages": _chosen,
    "escalation_told": _escalation_told,
}
