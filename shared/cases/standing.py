"""What holds of a case besides its state, for the table to ask (pure)."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.cases.command_rules import Condition
from shared.cases.vocabulary import CaseState


class Standing(Protocol):
    """What the conditions look at; both a locked case and one that is read have it."""

    @property
    def state(self) -> CaseState:
        """Where it stands."""
        ...

    @property
    def result_told_at(self) -> datetime | None:
        """When its customer was told the result of this cycle."""
        ...

    @property
    def owner_id(self) -> UUID:
        """The membership that owns the case."""
        ...

    @property
    def points(self) -> int:
        """How many points are complained of."""
        ...

    @property
    def open_points(self) -> int:
        """How many of them are not confirmed yet."""
        ...

    @property
    def open_tasks(self) -> int:
        """How many tasks are not done."""
        ...

    @property
    def open_compensations(self) -> int:
        """How many compensations are asked for or approved, but not given."""
        ...

    @property
    def visit_unconfirmed(self) -> bool:
        """Whether the plan is a visit that the customer has not confirmed."""
        ...

    @property
    def work_unverified(self) -> bool:
        """Whether work was done that nobody has verified."""
        ...

    @property
    def verdict(self) -> str | None:
        """What became of a suggestion or an experience."""
        ...

    @property
    def waits_for(self) -> str:
        """Whether it waits for the OEM or for parts: `oem`, `parts` or empty."""
        ...

    @property
    def transfer_asked(self) -> bool:
        """Whether the dealer has asked to hand it to another."""
        ...

    @property
    def major_in_question(self) -> bool:
        """Whether it counts as a major complaint, or may be one."""
        ...


def unmet(case: Standing, membership_id: UUID | None) -> frozenset[Condition]:
    """The conditions that do not hold for this person."""
    merged, told = case.state is CaseState.MERGED, case.result_told_at is not None
    holds = {
        Condition.OWNS: case.owner_id == membership_id,
        Condition.POINTS_KNOWN: case.points > 0,
        Condition.POINTS_CONFIRMED: case.open_points == 0,
        Condition.VISIT_CONFIRMED: not case.visit_unconfirmed,
        Condition.WORK_VERIFIED: not case.work_unverified,
        Condition.TASKS_DONE: case.open_tasks == 0,
        Condition.COMPENSATIONS_SETTLED: case.open_compensations == 0,
        Condition.JUDGED: case.verdict is not None,
        Condition.TRANSFER_ASKED: case.transfer_asked,
        Condition.WAITS_FOR_SOMEBODY: bool(case.waits_for),
        Condition.MAJOR_IN_QUESTION: case.major_in_question,
        Condition.STILL_WAITS: not merged or not told,
        Condition.HAS_BEEN_TOLD: not merged or told,
    }
    return frozenset(condition for condition, is_so in holds.items() if not is_so)
