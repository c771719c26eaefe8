"""Keys that make a message unique: one thing is told to one person by one channel once. Pure.

Built from ids only, never from what a message says: a reworded template must not send anything again.
"""

from uuid import UUID


def escalation(case_id: UUID, metric: str, cycle: int, step: str, recipient_id: UUID, channel: str) -> str:
    """One firing of one clock, or one manual escalation (metric `manual`)."""
    return f"esc:{case_id}:{metric}:{cycle}:{step}:{recipient_id}:{channel}"


def nobody_found(case_id: UUID, metric: str, cycle: int, step: str, recipient_id: UUID, channel: str) -> str:
    """The alarm that a level of the chain has no person."""
    return f"nobody:{case_id}:{metric}:{cycle}:{step}:{recipient_id}:{channel}"


def case(template: str, case_id: UUID, event_id: UUID, recipient_id: UUID, channel: str) -> str:
    """What one event of a case has to say to one person."""
    return f"case:{case_id}:{template}:{event_id}:{recipient_id}:{channel}"


def run(template: str, run_id: UUID, recipient_id: UUID, channel: str) -> str:
    """A report that is ready, an import that is done."""
    return f"run:{run_id}:{template}:{recipient_id}:{channel}"
