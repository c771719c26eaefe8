"""Keys that make a message unique: one thing is told to one person by one channel once. Pure.

Built from ids only, never from what a message says: a reworded template must not send anything again.
"""

from typing import NamedTuple
from uuid import UUID


class Fired(NamedTuple):
    """One firing of one clock, or one manual escalation (metric `manual`).

    `turn` counts the clocks of a metric that is promised again and again within a cycle.
    """

    case_id: UUID
    metric: str
    cycle: int
    turn: int
    step: str

    def __str__(self) -> str:
        turn = f".{self.turn}" if self.turn > 1 else ""
        return f"{self.case_id}:{self.metric}:{self.cycle}{turn}:{self.step}"


def escalation(fired: Fired, recipient_id: UUID, channel: str) -> str:
    """What one firing has to say to one person."""
    return f"esc:{fired}:{recipient_id}:{channel}"


def nobody_found(fired: Fired, recipient_id: UUID, channel: str) -> str:
    """The alarm that a level of the chain has no person."""
    return f"nobody:{fired}:{recipient_id}:{channel}"


def named(case_id: UUID, cycle: int, nature: str, recipient_id: UUID, channel: str) -> str:
    """That a complaint is of a nature somebody is named for: once in each round of the case."""
    return f"named:{case_id}:{cycle}:{nature}:{recipient_id}:{channel}"


def nobody_named(case_id: UUID, cycle: int, nature: str, recipient_id: UUID, channel: str) -> str:
    """The alarm that nobody is named for the nature of a complaint, or can be reached: once in each round."""
    return f"unnamed:{case_id}:{cycle}:{nature}:{recipient_id}:{channel}"


def case(template: str, case_id: UUID, event_id: UUID, recipient_id: UUID, channel: str) -> str:
    """What one event of a case has to say to one person."""
    return f"case:{case_id}:{template}:{event_id}:{recipient_id}:{channel}"


def run(template: str, run_id: UUID, recipient_id: UUID, channel: str) -> str:
    """A report that is ready, an import that is done."""
    return f"run:{run_id}:{template}:{recipient_id}:{channel}"


def digest(first_id: UUID, recipient_id: UUID, channel: str) -> str:
    """One digest of the messages that begin with this one."""
    return f"digest:{first_id}:{recipient_id}:{channel}"
