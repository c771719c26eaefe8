"""What is told: every message with its channels, class, life and the names its templates may use. Pure.

To add one: docs/how-to/add-a-message.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from shared.outbox.vocabulary import Delivery, MessageChannel, RecipientKind


class Template(StrEnum):
    """The messages; the value names the folder under `templates/`."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ASSIGNMENT = "assignment"
    WARNING = "warning"
    BREACH = "breach"
    ESCALATION = "escalation"
    KEPT_LATE = "kept_late"
    ESCALATION_QUESTION = "escalation_question"
    PLAN = "plan"
    RESULT = "result"
    MERGED = "merged"
    TAKEN_IN = "taken_in"
    CUSTOMER_WROTE = "customer_wrote"
    CUSTOMER_AGREED = "customer_agreed"
    CUSTOMER_WITHDREW = "customer_withdrew"
    CUSTOMER_UNREACHED = "customer_unreached"
    REPORT_READY = "report_ready"
    IMPORT_DIGEST = "import_digest"
    NOBODY_FOUND = "nobody_found"
    NOBODY_NAMED = "nobody_named"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a message
    APPROVAL_WANTED = "approval_wanted"
    APPROVAL_DECIDED = "approval_decided"
    MENTION = "mention"
    TASK = "task"
    TRANSFER_WANTED = "transfer_wanted"
    MAJOR_CANDIDATE = "major_candidate"
    MAJOR_DECIDED = "major_decided"
    MAJOR_NAMED = "major_named"
    MAJOR_REPORTED = "major_reported"
    FORM_FILED = "form_filed"
    SURVEY = "survey"
    CALLBACK_WANTED = "callback_wanted"
    DIGEST = "digest"
    PROGRESS = "progress"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a message goes out.

    `lifetime`: how long it is worth sending. `priority`: lower goes first. `variables`: the names its
    templates may use, all of which have to be given. `optional`: the channels a person may do without, a
    customer all of them. `secret_link`: whoever holds the link is let in, so that it is forgotten once it has
    left. `button`: what an e-mail's button says (`templates/layout`), the audience's own unless named.
    `waits`: it may be held until the morning; `digest`: gathered with others of its kind for the same person
    (`holding`).
    """

    audience: RecipientKind
    channels: tuple[MessageChannel, ...]
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    lifetime: timedelta
    priority: int
    variables: frozenset[str]
    optional: tuple[MessageChannel, ...] = ()
    waits: bool = True
    digest: bool = False
    secret_link: bool = False
    button: str = ""


_EMAIL = (MessageChannel.EMAIL,)
_SMS = (MessageChannel.SMS,)
_BOTH = (MessageChannel.SMS, MessageChannel.EMAIL)
_STAFF, _CUSTOMER = RecipientKind.STAFF, RecipientKind.CUSTOMER
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

_TO_CUSTOMER = frozenset({"number", "customer_name", "oem_name", "dealer_name", "dealer_phone"})
_ABOUT_CASE = frozenset({"number", "title", "urgency", "dealer_name"})
_ABOUT_COMPENSATION = _ABOUT_CASE | {"person_name", "amount", "compensation", "reason"}
_ABOUT_CLOCK = _ABOUT_CASE | {"metric", "due_at"}

RULES: Final[Mapping[Template, Rule]] = MappingProxyType(
    {
        Template.ACKNOWLEDGEMENT: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=_DAY,
            waits=False,
            priority=3,
            variables=_TO_CUSTOMER | {"received_at"},
        ),
        Template.ASSIGNMENT: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_DAY,
            priority=5,
            variables=_ABOUT_CLOCK,
            optional=_EMAIL,
        ),
        Template.WARNING: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, digest=True, priority=4, variables=_ABOUT_CLOCK
        ),
        Template.BREACH: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_DAY,
            digest=True,
            priority=2,
            variables=_ABOUT_CLOCK | {"owner_name"},
            optional=_SMS,
        ),
        Template.ESCALATION: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_DAY,
            digest=True,
            priority=2,
            variables=_ABOUT_CLOCK | {"owner_name", "level", "reason"},
            optional=_SMS,
        ),
        Template.ESCALATION_QUESTION: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=3,
            variables=_ABOUT_CASE | {"person_name", "reason"},
        ),
        # Nobody is woken for what has been done meanwhile.
        Template.KEPT_LATE: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=8,
            variables=_ABOUT_CLOCK | {"owner_name"},
        ),
        Template.PLAN: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=timedelta(days=3),
            waits=False,
            priority=3,
            variables=_TO_CUSTOMER | {"plan", "promised_at"},
        ),
        Template.MERGED: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=timedelta(days=3),
            waits=False,
            priority=4,
            variables=_TO_CUSTOMER | {"plan", "promised_at"},
        ),
        Template.TAKEN_IN: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_DAY,
            priority=4,
            variables=_ABOUT_CASE | {"other_number"},
        ),
        Template.CUSTOMER_WROTE: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, priority=4, variables=_ABOUT_CASE
        ),
        Template.CUSTOMER_AGREED: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, priority=4, variables=_ABOUT_CASE
        ),
        Template.CUSTOMER_WITHDREW: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, priority=4, variables=_ABOUT_CASE
        ),
        Template.CUSTOMER_UNREACHED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=3,
            variables=_ABOUT_CASE | {"about", "reasons"},
        ),
        Template.RESULT: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=timedelta(days=3),
            waits=False,
            priority=3,
            variables=_TO_CUSTOMER | {"result", "found", "advice"},
        ),
        Template.REPORT_READY: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=7,
            variables=frozenset({"dealer_name", "month"}),
            optional=_EMAIL,
        ),
        Template.IMPORT_DIGEST: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            delivery=Delivery.AT_MOST_ONCE,
            lifetime=_WEEK,
            priority=8,
            variables=frozenset({"file_name", "cases", "open_cases", "overdue"}),
            optional=_EMAIL,
        ),
        Template.NOBODY_FOUND: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_DAY,
            priority=1,
            variables=_ABOUT_CLOCK | {"level"},
            waits=False,
        ),
        Template.NOBODY_NAMED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=1,
            variables=_ABOUT_CASE | {"nature"},
            waits=False,
        ),
        Template.INVITATION: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            waits=False,
            priority=3,
            variables=frozenset({"name", "inviter", "oem_name", "dealer_name", "role", "expires_at"}),
            secret_link=True,
        ),
        Template.PASSWORD_RESET: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=timedelta(hours=1),
            waits=False,
            priority=1,
            variables=frozenset({"name", "expires_at"}),
            secret_link=True,
        ),
        Template.APPROVAL_WANTED: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_WEEK, priority=4, variables=_ABOUT_COMPENSATION
        ),
        Template.APPROVAL_DECIDED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=5,
            variables=_ABOUT_COMPENSATION | {"decision"},
        ),
        Template.MAJOR_CANDIDATE: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_WEEK,
            waits=False,
            priority=2,
            variables=_ABOUT_CASE | {"owner_name", "signs", "reason"},
        ),
        Template.MAJOR_DECIDED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=4,
            variables=_ABOUT_CASE | {"decision", "person_name", "reason"},
        ),
        Template.MAJOR_NAMED: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_WEEK,
            priority=1,
            waits=False,
            variables=_ABOUT_CASE | {"nature", "owner_name", "due_at", "instead"},
        ),
        Template.MAJOR_REPORTED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=2,
            variables=_ABOUT_CASE | {"nature", "person_name", "reason"},
        ),
        Template.FORM_FILED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=6,
            variables=_ABOUT_CASE | {"owner_name"},
            optional=_EMAIL,
        ),
        Template.MENTION: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=5,
            variables=_ABOUT_CASE | {"person_name"},
        ),
        Template.TASK: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=5,
            variables=_ABOUT_CASE | {"task_title", "task_due_at"},
        ),
        Template.TRANSFER_WANTED: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_WEEK, priority=5, variables=_ABOUT_CASE
        ),
        Template.SURVEY: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            delivery=Delivery.AT_MOST_ONCE,
            lifetime=timedelta(days=3),
            priority=6,
            variables=_TO_CUSTOMER | {"questions"},
            optional=_BOTH,
            button="survey",
        ),
        Template.PROGRESS: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=_DAY,
            priority=6,
            variables=_TO_CUSTOMER | {"state", "found", "plan", "promised_at"},
            optional=_BOTH,
        ),
        Template.DIGEST: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_DAY,
            priority=2,
            waits=False,
            variables=frozenset({"count", "late", "warnings", "entries"}),
            button="digest",
        ),
        Template.CALLBACK_WANTED: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=timedelta(days=2),
            priority=3,
            variables=_ABOUT_CASE | {"due_at", "person_name", "score"},
        ),
    }
)
"""Everything that is told. Staff are told by SMS only of what is late; customers by whatever reaches them."""


CHOICES: Final[tuple[tuple[Template, MessageChannel], ...]] = tuple(
    (template, channel)
    for template, rule in RULES.items()
    if rule.audience is _STAFF
    for channel in rule.optional
)
"""What a member may do without; everything else is sent whatever the person chooses."""

CUSTOMERS_OPTIONAL: Final[tuple[Template, ...]] = tuple(
    template for template, rule in RULES.items() if rule.audience is _CUSTOMER and rule.optional
)
"""What customers may do without, all or nothing: neither law nor complaint asks for it (R3.7, R5.1)."""


IN_APP: Final = "in_app"
"""How a profile and a key name what is told in the console."""

IN_APP_CHOICES: Final[tuple[str, ...]] = tuple(
    f"{template.value}/{IN_APP}"
    for template, rule in RULES.items()
    if rule.audience is _STAFF and MessageChannel.EMAIL in rule.optional
)
"""What a person may do without in the console."""


def is_told_inside(template: Template, muted: frozenset[str]) -> bool:
    """Whether a message stands in the member's list in the console, too; links that let in never do."""
    rule = RULES[template]
    named = f"{template.value}/{IN_APP}"
    return (
        rule.audience is _STAFF and not rule.secret_link and not (named in IN_APP_CHOICES and named in muted)
    )


def choice(template: Template, channel: MessageChannel) -> str:
    """How a profile names a message by a channel."""
    return f"{template.value}/{channel.value}"


def template_of_level(level: int | None) -> Template:
    """What a step of a clock is told with: None is a warning, level 1 the breach."""
    if level is None:
        return Template.WARNING
    return Template.BREACH if level == 1 else Template.ESCALATION


def expiry(template: Template, now: datetime, due_at: datetime | None = None) -> datetime:
    """When a message is no longer worth sending; a warning is not once the clock is due."""
    end = now + RULES[template].lifetime
    return min(end, due_at) if template is Template.WARNING and due_at is not None else end
