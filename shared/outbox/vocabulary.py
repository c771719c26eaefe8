"""The words of messages: closed lists whose values the database and the API hold. Pure."""

from enum import StrEnum
from typing import Final


class MessageChannel(StrEnum):
    """The ways a message leaves."""

    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"
    """A robot in a group of a chat."""
    WEBHOOK = "webhook"
    """Another system, which is told of events."""


class RecipientKind(StrEnum):
    """Whom a message is for."""

    STAFF = "staff"
    CUSTOMER = "customer"
    GROUP = "group"
    """Those in a group of a chat."""
    SYSTEM = "system"


class Delivery(StrEnum):
    """Which mistake is worse: telling nobody or telling twice."""

    AT_LEAST_ONCE = "at_least_once"
    """Whatever is required. A try whose end is not known is repeated under the same token."""
    AT_MOST_ONCE = "at_most_once"
    """Surveys, digests of imports. A try whose end is not known stays `unknown` until a person decides."""


class MessageState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    """Waits for its first or next try."""
    SENT = "sent"
    """A provider has taken it."""
    UNKNOWN = "unknown"
    """The answer was lost, and it must not go twice."""
    DEAD = "dead"
    """Refused, or tried in vain too often."""
    EXPIRED = "expired"
    """Its time passed before it could leave."""
    HISTORICAL = "historical"
    """Recorded as sent in its day, never handed to a channel."""
    HELD = "held"
    """Waits for what `HeldFor` says before its first try."""
    DIGESTED = "digested"
    """Told in a digest together with others."""


GIVEN_UP: Final = (MessageState.DEAD, MessageState.UNKNOWN, MessageState.EXPIRED)
"""The states of messages that did not get through and go nowhere by themselves."""


class HeldFor(StrEnum):
    """What a held message waits for."""

    DIGEST = "digest"
    """For more of the same for the same person."""
    QUIET_HOURS = "quiet_hours"
    """For the morning."""
    LIMIT = "limit"
    """For the recipient to have been sent less in the last 24 hours."""


class Receipt(StrEnum):
    """What a provider tells of a message after it has taken it."""

    DELIVERED = "delivered"
    """It has arrived."""
    FAILED = "failed"
    """It has not, and will not."""
