"""Things that go wrong at providers, on demand: for the tests of the channels and for the chaos runs."""

import random
from enum import Enum

import msgspec


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often and how things go wrong; without any, nothing does."""

    error_percent: int = 0
    """Answered 500 (e-mail: 451), nothing kept."""
    lost_answer_percent: int = 0
    """Kept, but the connection breaks before the answer."""
    throttle_percent: int = 0
    """Answered 429 with Retry-After (e-mail: 450), nothing kept."""
    retry_after_s: int = 1
    delay_ms: int = 0
    """Waited before each answer."""
    seed: int = 0


class Fault(Enum):
    """What happens to one message."""

    NONE = "none"
    ERROR = "error"
    LOST_ANSWER = "lost_answer"
    THROTTLE = "throttle"


class FaultMaker:
    """Decides for each message; the same faults and order of messages give the same decisions."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._random = random.Random(0)

    def set(self, faults: Faults) -> None:
        """Begin anew with `faults`."""
        self.faults = faults
        self._random = random.Random(faults.seed)

    def next(self) -> Fault:
        """What happens to the next message."""
        draw = self._random.uniform(0, 100)
        for fault, percent in (
            (Fault.ERROR, self.faults.error_percent),
            (Fault.LOST_ANSWER, self.faults.lost_answer_percent),
            (Fault.THROTTLE, self.faults.throttle_percent),
        ):
            if draw < percent:
                return fault
            draw -= percent
        return Fault.NONE
