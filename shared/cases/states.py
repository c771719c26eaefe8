"""The life of a case as one table: who may ask what, when, with which fields, and what it does (R3, pure).

Every door asks `decide`; nothing else moves a case. The table itself is `RULES` in `command_table.py`: a new
command is a new rule there; the diagram in `docs/case-states.md` is made from it.

What meets a clock (R4.1):
- `register` is met when staff register the case or first do something with one that came in by itself.
- `first_contact` is met by a logged contact or attempt, and by telling the customer the plan or the result.
- `first_response` is met when the customer has been answered: an effective contact, a plan or a result told.
  An attempt is no answer.
- `resolve` is met when the customer has been told the result (R6.2: solved and the customer told).

What is forced, and what is only written down when it is done (docs/adr/0006-the-life-of-a-case.md):
- The short path stays: registered, contacted, planned, result told, closed.
- Work on the car needs the customer's agreement to the plan (R3.4), a visit also its confirmation (R3.4).
- Work once begun is verified on every complained point before the result is told (R3.5).
- Holding a case (R3.3) pauses nothing: its promises run on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.cases.command_moves import FINAL, ONWARDS
from shared.cases.command_rules import Command, Condition, Rule, Stamp
from shared.cases.command_table import RULES
from shared.cases.vocabulary import CaseState, Kind, ReportStatus
from shared.errors import Param
from shared.permissions import Role, may

__all__ = [
    "FINAL",
    "ONWARDS",
    "REPORT_STATUSES",
    "RULES",
    "Command",
    "Condition",
    "Facts",
    "Reason",
    "Refusal",
    "Rule",
    "Stamp",
    "Transition",
    "available",
    "decide",
]

_IN_ANY_STATE: Final[Mapping[CaseState, str]] = {
    CaseState.RECEIVED: "receipt_not_confirmed",
    CaseState.CLOSED: "case_closed",
    CaseState.ON_HOLD: "case_on_hold",
    CaseState.WITHDRAWN: "case_withdrawn",
    CaseState.MERGED: "case_merged",
}
_BY_COMMAND: Final = {rule.command: rule for rule in RULES}

REPORT_STATUSES: Final[Mapping[CaseState, ReportStatus]] = {
    CaseState.RECEIVED: ReportStatus.ON_GOING,
    CaseState.REGISTERED: ReportStatus.ON_GOING,
    CaseState.CONTACTED: ReportStatus.ON_GOING,
    CaseState.DIAGNOSED: ReportStatus.ON_GOING,
    CaseState.PLANNED: ReportStatus.IN_PROCESS,
    CaseState.AGREED: ReportStatus.IN_PROCESS,
    CaseState.EXECUTING: ReportStatus.IN_PROCESS,
    CaseState.VERIFIED: ReportStatus.IN_PROCESS,
    CaseState.RESULT_TOLD: ReportStatus.IN_PROCESS,
    CaseState.SURVEYED: ReportStatus.IN_PROCESS,
    CaseState.ON_HOLD: ReportStatus.HOLD,
    CaseState.CLOSED: ReportStatus.CLOSED,
    CaseState.WITHDRAWN: ReportStatus.CLOSED,
    CaseState.MERGED: ReportStatus.CLOSED,
}
"""What the OEM is told of each state (R3.3): without a conclusion, being carried out, stalemate, closed."""


class Reason(StrEnum):
    """Why a command is refused; the service makes 403, 409 and 422 of it."""

    NOT_PERMITTED = "not_permitted"
    OUT_OF_ORDER = "out_of_order"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a decision looks at.

    `filled` are the fields of the command that are not empty, `unmet` the conditions that do not hold,
    `held_in` the state a case on hold was held in.
    """

    state: CaseState
    role: Role
    filled: frozenset[str] = frozenset()
    kind: Kind = Kind.COMPLAINT
    unmet: frozenset[Condition] = frozenset()
    held_in: CaseState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What happens: the state after, the promises met, the instants set for the first time."""

    rule: Rule
    to: CaseState
    stamps: tuple[Stamp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing happens: `code` and `params` make the sentence, `missing` names the empty fields."""

    reason: Reason
    code: str
    params: Mapping[str, Param]
    missing: tuple[str, ...] = ()


def decide(command: Command, facts: Facts) -> Transition | Refusal:
    """Whether `command` is possible and what it does.

    Permission is judged first, then order and conditions, then fields.
    """
    rule = _BY_COMMAND[command]
    lacking = next((each for each in rule.permissions if not may(facts.role, each)), None)
    if lacking is not None:
        params = {"permission": lacking.value, "role": facts.role.value}
        return Refusal(reason=Reason.NOT_PERMITTED, code="not_permitted", params=params)
    out_of_order = _out_of_order(rule, facts)
    if out_of_order is not None:
        params = {"command": command.value, "state": facts.state.value}
        return Refusal(reason=Reason.OUT_OF_ORDER, code=out_of_order, params=params)
    missing = tuple(field for field in rule.required if field not in facts.filled)
    if missing:
        return Refusal(reason=Reason.INCOMPLETE, code="invalid_input", params={}, missing=missing)
    to = rule.moves[facts.state]
    if rule.returns and facts.held_in is not None:
        to = facts.held_in
    registers = facts.state is CaseState.RECEIVED and to not in {CaseState.RECEIVED, CaseState.WITHDRAWN}
    stamps = (Stamp.REGISTERED_AT, *rule.stamps) if registers else rule.stamps
    return Transition(rule=rule, to=to, stamps=stamps)


def available(
    state: CaseState,
    role: Role,
    kind: Kind = Kind.COMPLAINT,
    unmet: frozenset[Condition] = frozenset(),
) -> tuple[Command, ...]:
    """The commands that a role can give in a state, in the order of the table: what a page offers."""
    facts = Facts(state=state, role=role, kind=kind, unmet=unmet)
    return tuple(
        rule.command
        for rule in RULES
        if all(may(role, each) for each in rule.permissions) and _out_of_order(rule, facts) is None
    )


def _out_of_order(rule: Rule, facts: Facts) -> str | None:
    """The code of what stands against it now, None when nothing does."""
    if facts.state not in rule.moves:
        return rule.refused.get(facts.state) or _IN_ANY_STATE.get(facts.state, "out_of_order")
    if rule.kinds and facts.kind not in rule.kinds:
        return "not_for_this_kind"
    return next((each.value for each in rule.needs if each in facts.unmet), None)
