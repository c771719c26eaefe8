"""What other systems can be told of."""

from datetime import timedelta
from typing import Final

from shared.outbox.events import EventKind

OFFERED: Final[tuple[EventKind, ...]] = (
    EventKind.CASE_REGISTERED,
    EventKind.CASE_ASSIGNED,
    EventKind.CASE_CLASSIFIED,
    EventKind.CASE_CONTACTED,
    EventKind.CASE_DIAGNOSED,
    EventKind.CASE_PLANNED,
    EventKind.CASE_AGREED,
    EventKind.CASE_WORKED_ON,
    EventKind.CASE_VERIFIED,
    EventKind.CASE_RESULT_TOLD,
    EventKind.CASE_SURVEYED,
    EventKind.CASE_CLOSED,
    EventKind.CASE_HELD,
    EventKind.CASE_RESUMED,
    EventKind.CASE_WITHDRAWN,
    EventKind.CASE_REOPENED,
    EventKind.CASE_MERGED,
    EventKind.CASE_UNMERGED,
    EventKind.CASE_CUSTOMER_WROTE,
    EventKind.CASE_ESCALATED,
    EventKind.CLOCK_FIRED,
    EventKind.ESCALATION_ACKNOWLEDGED,
    EventKind.MAJOR_FOUND,
    EventKind.MAJOR_DECIDED,
    EventKind.REPORT_READY,
)
"""The kinds of events, in the order of a case's life."""

TEST: Final = "webhook.test"
"""What a test is called, beside the kinds of events."""
TEMPLATE: Final = "webhook"
"""What the outbox calls a message to another system."""
LIFETIME: Final = timedelta(days=3)
"""How long an event is tried; after the first hour every half hour."""
MOST_TRIES: Final = 200
PRIORITY: Final = 9
