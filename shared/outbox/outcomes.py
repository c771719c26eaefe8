"""What became of one try at sending, and what follows from it: the decision apart from the doing. Pure."""

from datetime import timedelta
from typing import assert_never

import msgspec

from shared.outbox.vocabulary import Delivery, MessageState

BACKOFF_CAP = timedelta(minutes=30)


class Sent(msgspec.Struct, frozen=True):
    """The provider has taken it; `reference` is the provider's own id."""

    reference: str | None = None


class Retry(msgspec.Struct, frozen=True):
    """Not taken, and it may be tried again, not before `after`."""

    reason: str
    after: timedelta = timedelta(0)


class Reject(msgspec.Struct, frozen=True):
    """Refused for good: another try would end the same way."""

    reason: str


class Unknown(msgspec.Struct, frozen=True):
    """It may or may not have been taken: the answer was lost."""

    reason: str


class Untried(msgspec.Struct, frozen=True):
    """It was not begun, for want of a free connection or of time: no fault of the message or the provider."""


Outcome = Sent | Retry | Reject | Unknown | Untried


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is written of a try: the new state, and for a queued message how long it waits."""

    state: MessageState
    wait: timedelta = timedelta(0)
    reference: str | None = None
    error: str | None = None
    counts: bool = True
    """False: as if it had not been claimed."""


def verdict(
    outcome: Outcome, delivery: Delivery, *, attempts: int, max_attempts: int, spread: float
) -> Verdict:
    """What follows from the outcome of try number `attempts` (from 1); `spread` in 0..1 scatters the wait."""
    match outcome:
        case Sent():
            return Verdict(state=MessageState.SENT, reference=_storable(outcome.reference))
        case Untried():
            return Verdict(state=MessageState.QUEUED, counts=False)
        case Reject():
            return Verdict(state=MessageState.DEAD, error=outcome.reason)
        case Unknown() if delivery is Delivery.AT_MOST_ONCE:
            return Verdict(state=MessageState.UNKNOWN, error=outcome.reason)
        case Unknown():
            wanted = timedelta(0)
        case Retry():
            wanted = outcome.after
        case _:
            assert_never(outcome)
    if attempts >= max_attempts:
        return Verdict(state=MessageState.DEAD, error=outcome.reason)
    wait = max(wanted, backoff(attempts, spread))
    return Verdict(state=MessageState.QUEUED, wait=wait, error=outcome.reason)


def backoff(attempts: int, spread: float) -> timedelta:
    """The wait after try number `attempts`: 2^attempts seconds up to half an hour, scattered by ± 50 %.

    `spread` in 0..1 chooses within the scatter, so that what failed together is not tried again together.
    """
    capped = min(timedelta(seconds=2 ** min(attempts, 12)), BACKOFF_CAP)
    return capped * (0.5 + spread)


def _storable(reference: str | None) -> str | None:
    """What is text: a provider may answer anything, also bytes that no database takes as characters."""
    return None if reference is None else "".join(filter(str.isprintable, reference))
