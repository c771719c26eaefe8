"""The life of a case as one table: who may ask what, when, with which fields, and what it does (R3, pure).

Every door asks `decide`; nothing else moves a case. A new command is a new rule in `RULES`; the diagram in
`docs/case-states.md` is made from the same table.

What meets a clock (R4.1):
- `register` is met when staff register the case or first do something with one that came in by itself.
- `first_contact` is met by a logged contact or attempt, and by telling the customer the plan or the result.
- `first_response` is met when the customer has been answered: an effective contact, a plan or a result told.
  An attempt is no answer.
- `resolve` is met when the customer has been told the result (R6.2: solved and the customer told).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared.cases.vocabulary import CaseState, ReportStatus
from shared.errors import Param
from shared.permissions import Permission, Role, may
from shared.sla.policy import Metric


class Command(StrEnum):
    """What the table tells apart; one request may need several (`lower_urgency` beside `classify`)."""

    CONFIRM_RECEIPT = "confirm_receipt"
    TAKE = "take"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    LOWER_URGENCY = "lower_urgency"
    MARK_MAJOR = "mark_major"
    LOG_CONTACT = "log_contact"
    LOG_ATTEMPT = "log_attempt"
    ADD_NOTE = "add_note"
    PLAN = "plan"
    TELL_PLAN = "tell_plan"
    RESOLVE = "resolve"
    CLOSE = "close"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    CUSTOMER_MESSAGE = "customer_message"


class Stamp(StrEnum):
    """An instant of the case that a command sets the first time it happens."""

    REGISTERED_AT = "registered_at"
    CONTACTED_AT = "contacted_at"
    PLANNED_AT = "planned_at"
    RESULT_TOLD_AT = "result_told_at"
    CLOSED_AT = "closed_at"


Moves = Mapping[CaseState, CaseState]

_RECEIVED = CaseState.RECEIVED
_REGISTERED = CaseState.REGISTERED
_CONTACTED = CaseState.CONTACTED
_PLANNED = CaseState.PLANNED
_RESULT_TOLD = CaseState.RESULT_TOLD
_CLOSED = CaseState.CLOSED

_OPEN: Final[Moves] = {state: state for state in (_RECEIVED, _REGISTERED, _CONTACTED, _PLANNED, _RESULT_TOLD)}
_REGISTERING: Final[Moves] = {**_OPEN, _RECEIVED: _REGISTERED}
_TALKING: Final[Moves] = {**_OPEN, _RECEIVED: _CONTACTED, _REGISTERED: _CONTACTED}

_IN_ANY_STATE: Final[Mapping[CaseState, str]] = {
    _RECEIVED: "receipt_not_confirmed",
    _CLOSED: "case_closed",
    CaseState.ON_HOLD: "case_on_hold",
    CaseState.WITHDRAWN: "case_withdrawn",
    CaseState.MERGED: "case_merged",
}
_NOT_TOLD: Final[Mapping[CaseState, str]] = dict.fromkeys(
    (_REGISTERED, _CONTACTED, _PLANNED), "result_not_told"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All there is to know of one command.

    `moves` leads from each state it is possible in to the state after; `refused` gives the reason in the
    states where a person would wonder. `required` are fields of the command that must not be empty. `stamps`
    are set when they are not set yet. `ends_clocks`: promises that are still open are cancelled.
    """

    command: Command
    permissions: tuple[Permission, ...]
    moves: Moves
    refused: Mapping[CaseState, str] = field(default_factory=dict[CaseState, str])
    required: tuple[str, ...] = ()
    meets: frozenset[Metric] = frozenset()
    stamps: tuple[Stamp, ...] = ()
    ends_clocks: bool = False
    customer_sees: bool = False


_P = Permission
_ANSWERED: Final = frozenset({Metric.REGISTER, Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE})

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        command=Command.CONFIRM_RECEIPT,
        permissions=(_P.CASE_TAKE,),
        moves={_RECEIVED: _REGISTERED},
        refused=dict.fromkeys((_REGISTERED, _CONTACTED, _PLANNED, _RESULT_TOLD), "already_registered"),
        meets=frozenset({Metric.REGISTER}),
        customer_sees=True,
    ),
    Rule(
        command=Command.TAKE,
        permissions=(_P.CASE_TAKE,),
        moves=_REGISTERING,
        meets=frozenset({Metric.REGISTER}),
    ),
    Rule(command=Command.ASSIGN, permissions=(_P.CASE_ASSIGN,), moves=_OPEN, required=("owner_id", "reason")),
    Rule(command=Command.CLASSIFY, permissions=(_P.CASE_CLASSIFY,), moves=_OPEN),
    Rule(
        command=Command.LOWER_URGENCY,
        permissions=(_P.CASE_CLASSIFY, _P.URGENCY_LOWER),
        moves=_OPEN,
        required=("reason",),
    ),
    Rule(command=Command.MARK_MAJOR, permissions=(_P.CASE_CLASSIFY,), moves=_OPEN, required=("reason",)),
    Rule(
        command=Command.LOG_CONTACT,
        permissions=(_P.CASE_CONTACT,),
        moves=_TALKING,
        required=("summary",),
        meets=_ANSWERED,
        stamps=(Stamp.CONTACTED_AT,),
        customer_sees=True,
    ),
    Rule(
        command=Command.LOG_ATTEMPT,
        permissions=(_P.CASE_CONTACT,),
        moves=_REGISTERING,
        required=("summary",),
        meets=frozenset({Metric.REGISTER, Metric.FIRST_CONTACT}),
    ),
    Rule(command=Command.ADD_NOTE, permissions=(_P.CASE_CONTACT,), moves=_OPEN, required=("text",)),
    Rule(
        command=Command.PLAN,
        permissions=(_P.CASE_PLAN,),
        moves={_CONTACTED: _PLANNED, _PLANNED: _PLANNED},
        refused={
            _RECEIVED: "customer_not_contacted",
            _REGISTERED: "customer_not_contacted",
            _RESULT_TOLD: "result_already_told",
        },
        required=("plan",),
        stamps=(Stamp.PLANNED_AT,),
    ),
    Rule(
        command=Command.TELL_PLAN,
        permissions=(_P.CASE_PLAN, _P.CASE_CONTACT),
        moves={
            _RECEIVED: _PLANNED,
            _REGISTERED: _PLANNED,
            _CONTACTED: _PLANNED,
            _PLANNED: _PLANNED,
        },
        refused={_RESULT_TOLD: "result_already_told"},
        required=("plan", "told_via"),
        meets=_ANSWERED,
        stamps=(Stamp.CONTACTED_AT, Stamp.PLANNED_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.RESOLVE,
        permissions=(_P.CASE_RESOLVE,),
        moves={_REGISTERED: _RESULT_TOLD, _CONTACTED: _RESULT_TOLD, _PLANNED: _RESULT_TOLD},
        refused={_RESULT_TOLD: "result_already_told"},
        required=("result", "told_via"),
        meets=_ANSWERED | {Metric.RESOLVE},
        stamps=(Stamp.CONTACTED_AT, Stamp.RESULT_TOLD_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.CLOSE,
        permissions=(_P.CASE_CLOSE,),
        moves={_RESULT_TOLD: _CLOSED},
        refused=_NOT_TOLD,
        required=("root_cause", "preventive_measure"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    Rule(command=Command.ESCALATE, permissions=(_P.CASE_ESCALATE,), moves=_OPEN, required=("reason",)),
    Rule(command=Command.ACKNOWLEDGE, permissions=(_P.ESCALATION_ACKNOWLEDGE,), moves=_OPEN),
    # What the customer writes by himself changes nothing but the timeline.
    Rule(
        command=Command.CUSTOMER_MESSAGE,
        permissions=(_P.CASE_SPEAK,),
        moves=_OPEN,
        required=("text",),
        customer_sees=True,
    ),
)

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
    """What a decision looks at; `filled` are the fields of the command that are not empty."""

    state: CaseState
    role: Role
    filled: frozenset[str] = frozenset()


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
    """Whether `command` is possible and what it does; permission is judged first, then order, then fields."""
    rule = _BY_COMMAND[command]
    lacking = next((each for each in rule.permissions if not may(facts.role, each)), None)
    if lacking is not None:
        params = {"permission": lacking.value, "role": facts.role.value}
        return Refusal(reason=Reason.NOT_PERMITTED, code="not_permitted", params=params)
    to = rule.moves.get(facts.state)
    if to is None:
        code = rule.refused.get(facts.state) or _IN_ANY_STATE.get(facts.state, "out_of_order")
        params = {"command": command.value, "state": facts.state.value}
        return Refusal(reason=Reason.OUT_OF_ORDER, code=code, params=params)
    missing = tuple(field for field in rule.required if field not in facts.filled)
    if missing:
        return Refusal(reason=Reason.INCOMPLETE, code="invalid_input", params={}, missing=missing)
    registers = facts.state is _RECEIVED and to is not _RECEIVED
    stamps = (Stamp.REGISTERED_AT, *rule.stamps) if registers else rule.stamps
    return Transition(rule=rule, to=to, stamps=stamps)


def available(state: CaseState, role: Role) -> tuple[Command, ...]:
    """The commands that a role can give in a state, in the order of the table: what a page offers."""
    return tuple(
        rule.command
        for rule in RULES
        if state in rule.moves and all(may(role, permission) for permission in rule.permissions)
    )
