"""What people read for the states of messages and of their wording; part of `labels`."""

from collections.abc import Mapping
from typing import Final

MESSAGE_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "message_state": {
        "queued": "Waiting",
        "sent": "Sent",
        "unknown": "Unknown",
        "dead": "Failed",
        "expired": "Expired",
        "historical": "Recorded",
        "held": "Held back",
        "digested": "In a digest",
    },
    "approval": {
        "not_needed": "Not needed",
        "submitted": "Submitted",
        "approved": "Approved",
        "rejected": "Rejected",
    },
    "held_for": {
        "digest": "Gathered for a digest",
        "quiet_hours": "Quiet hours",
        "limit": "Limit reached",
    },
    "choice_way": {
        "phone": "Phone",
        "in_person": "In person",
        "on_site": "At the customer's",
        "chat": "Chat",
        "sms": "SMS",
        "email": "E-mail",
        "letter": "Letter",
        "link": "By the link in a message",
        "page": "On the page of this complaint, for this complaint",
    },
}
