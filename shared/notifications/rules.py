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
    RESULT = "result"
    REPORT_READY = "report_ready"
    IMPORT_DIGEST = "import_digest"
    NOBODY_FOUND = "nobody_found"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a message goes out.

    `lifetime`: how long it is worth sending. `priority`: lower goes first. `variables`: the names its
    templates may use, all of which have to be given.
    """

    audience: RecipientKind
    channels: tuple[MessageChannel, ...]
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    lifetime: timedelta
    priority: int
    variables: frozenset[str]


_EMAIL = (MessageChannel.EMAIL,)
_BOTH = (MessageChannel.SMS, MessageChannel.EMAIL)
_STAFF, _CUSTOMER = RecipientKind.STAFF, RecipientKind.CUSTOMER
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

_TO_CUSTOMER = frozenset({"number", "customer_name", "oem_name", "dealer_name", "dealer_phone"})
_ABOUT_CASE = frozenset({"number", "title", "urgency", "dealer_name"})
_ABOUT_CLOCK = _ABOUT_CASE | {"metric", "due_at"}

RULES: Final[Mapping[Template, Rule]] = MappingProxyType(
    {
        Template.ACKNOWLEDGEMENT: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=_DAY,
            priority=3,
            variables=_TO_CUSTOMER | {"received_at"},
        ),
        Template.ASSIGNMENT: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, priority=5, variables=_ABOUT_CLOCK
        ),
        Template.WARNING: Rule(
            audience=_STAFF, channels=_EMAIL, lifetime=_DAY, priority=4, variables=_ABOUT_CLOCK
        ),
        Template.BREACH: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_DAY,
            priority=2,
            variables=_ABOUT_CLOCK | {"owner_name"},
        ),
        Template.ESCALATION: Rule(
            audience=_STAFF,
            channels=_BOTH,
            lifetime=_DAY,
            priority=2,
            variables=_ABOUT_CLOCK | {"owner_name", "level", "reason"},
        ),
        Template.RESULT: Rule(
            audience=_CUSTOMER,
            channels=_BOTH,
            lifetime=timedelta(days=3),
            priority=3,
            variables=_TO_CUSTOMER | {"result"},
        ),
        Template.REPORT_READY: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_WEEK,
            priority=7,
            variables=frozenset({"dealer_name", "month"}),
        ),
        Template.IMPORT_DIGEST: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            delivery=Delivery.AT_MOST_ONCE,
            lifetime=_WEEK,
            priority=8,
            variables=frozenset({"file_name", "cases", "open_cases", "overdue"}),
        ),
        Template.NOBODY_FOUND: Rule(
            audience=_STAFF,
            channels=_EMAIL,
            lifetime=_DAY,
            priority=1,
            variables=_ABOUT_CLOCK | {"level"},
        ),
    }
)
"""Everything that is told. Staff are told by SMS only of what is late; customers by whatever reaches them."""


def template_of_level(level: int | None) -> Template:
    """What a step of a clock is told with: None is a warning, level 1 the breach."""
    if level is None:
        return Template.WARNING
    return Template.BREACH if level == 1 else Template.ESCALATION


def expiry(template: Template, now: datetime, due_at: datetime | None = None) -> datetime:
    """When a message is no longer worth sending; a warning is not once the clock is due."""
    end = now + RULES[template].lifetime
    return min(end, due_at) if template is Template.WARNING and due_at is not None else end
