"""The one table of commands: who may ask what, in which state, with which fields, what it does (R3, pure).

What it means, and the reasons, stand in `shared/cases/states.py`, which decides by it.
"""

from collections.abc import Mapping
from typing import Final

from shared.cases.command_rules import Command, Condition, Moves, Rule, Stamp
from shared.cases.vocabulary import CaseState, Kind
from shared.permissions import Permission
from shared.sla.policy import Metric

_RECEIVED = CaseState.RECEIVED
_REGISTERED = CaseState.REGISTERED
_CONTACTED = CaseState.CONTACTED
_DIAGNOSED = CaseState.DIAGNOSED
_PLANNED = CaseState.PLANNED
_AGREED = CaseState.AGREED
_EXECUTING = CaseState.EXECUTING
_VERIFIED = CaseState.VERIFIED
_RESULT_TOLD = CaseState.RESULT_TOLD
_SURVEYED = CaseState.SURVEYED
_CLOSED = CaseState.CLOSED
_ON_HOLD = CaseState.ON_HOLD
_WITHDRAWN = CaseState.WITHDRAWN

ONWARDS: Final = (
    _RECEIVED,
    _REGISTERED,
    _CONTACTED,
    _DIAGNOSED,
    _PLANNED,
    _AGREED,
    _EXECUTING,
    _VERIFIED,
    _RESULT_TOLD,
    _SURVEYED,
    _CLOSED,
)
"""The steps of a case in their order (R3.3); the other states lie beside them."""

FINAL: Final = frozenset({_CLOSED, _WITHDRAWN, CaseState.MERGED})
"""The states in which nothing is promised any more."""


def _stay(*states: CaseState) -> dict[CaseState, CaseState]:
    return {state: state for state in states}


_UNDER_WAY: Final[Moves] = _stay(*ONWARDS[:-1])
_OPEN: Final[Moves] = {**_UNDER_WAY, _ON_HOLD: _ON_HOLD}
_ALWAYS: Final[Moves] = {**_OPEN, _CLOSED: _CLOSED, _WITHDRAWN: _WITHDRAWN}
_REGISTERING: Final[Moves] = {**_OPEN, _RECEIVED: _REGISTERED}
_TALKING: Final[Moves] = {**_OPEN, _RECEIVED: _CONTACTED, _REGISTERED: _CONTACTED}
_IN_HAND: Final[Moves] = _stay(*ONWARDS[1:-1], _ON_HOLD)
_CONCLUDED: Final = (_RESULT_TOLD, _SURVEYED)

_TOLD: Final[Mapping[CaseState, str]] = dict.fromkeys(_CONCLUDED, "result_already_told")
_UNPLANNED: Final[Mapping[CaseState, str]] = dict.fromkeys(
    (_REGISTERED, _CONTACTED, _DIAGNOSED), "nothing_planned"
)

_P = Permission
_ANSWERED: Final = frozenset({Metric.REGISTER, Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE})
_UNCONTACTED: Final[Mapping[CaseState, str]] = dict.fromkeys(
    (_RECEIVED, _REGISTERED), "customer_not_contacted"
)
_TELLING: Final[Moves] = dict.fromkeys(
    (_REGISTERED, _CONTACTED, _DIAGNOSED, _PLANNED, _AGREED, _VERIFIED), _RESULT_TOLD
)

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        command=Command.CONFIRM_RECEIPT,
        permissions=(_P.CASE_TAKE,),
        moves={_RECEIVED: _REGISTERED},
        refused=dict.fromkeys((*ONWARDS[1:-1], _ON_HOLD), "already_registered"),
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
    Rule(
        command=Command.TAKE_OVER,
        permissions=(_P.CASE_TAKE_OVER,),
        moves=_REGISTERING,
        required=("reason",),
        meets=frozenset({Metric.REGISTER}),
    ),
    Rule(
        command=Command.HAND_BACK,
        permissions=(_P.CASE_TAKE,),
        moves=_IN_HAND,
        needs=(Condition.OWNS,),
        required=("reason",),
    ),
    Rule(command=Command.ASK_TRANSFER, permissions=(_P.TRANSFER_ASK,), moves=_OPEN, required=("reason",)),
    Rule(
        command=Command.REFUSE_TRANSFER,
        permissions=(_P.CASE_TRANSFER,),
        moves=_OPEN,
        needs=(Condition.TRANSFER_ASKED,),
        required=("reason",),
    ),
    Rule(
        command=Command.TRANSFER,
        permissions=(_P.CASE_TRANSFER,),
        moves=_OPEN,
        required=("dealer_id", "reason"),
    ),
    Rule(command=Command.CLASSIFY, permissions=(_P.CASE_CLASSIFY,), moves=_OPEN),
    Rule(
        command=Command.LOWER_URGENCY,
        permissions=(_P.CASE_CLASSIFY, _P.URGENCY_LOWER),
        moves=_OPEN,
        required=("reason",),
    ),
    Rule(command=Command.MARK_MAJOR, permissions=(_P.CASE_CLASSIFY,), moves=_OPEN, required=("reason",)),
    Rule(
        command=Command.CONFIRM_MAJOR,
        permissions=(_P.MAJOR_DECIDE,),
        moves=_OPEN,
        required=("criteria", "reason"),
    ),
    Rule(
        command=Command.DISMISS_MAJOR,
        permissions=(_P.MAJOR_DECIDE,),
        moves=_OPEN,
        needs=(Condition.MAJOR_IN_QUESTION,),
        required=("reason",),
    ),
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
    Rule(command=Command.ADD_TAG, permissions=(_P.CASE_CLASSIFY,), moves=_ALWAYS, required=("tag",)),
    Rule(command=Command.REMOVE_TAG, permissions=(_P.CASE_CLASSIFY,), moves=_ALWAYS, required=("tag",)),
    Rule(command=Command.RENEW_LINK, permissions=(_P.CASE_TAKE,), moves=_ALWAYS, required=("reason",)),
    Rule(
        command=Command.REQUEST_FROM_CUSTOMER,
        permissions=(_P.CASE_CONTACT, _P.CASE_PLAN),
        moves={state: state for state in (*ONWARDS[2:-1], _ON_HOLD)},
        refused=_UNCONTACTED,
        required=("request", "via"),
        customer_sees=True,
    ),
    Rule(
        command=Command.ADD_POINTS,
        permissions=(_P.CASE_PLAN,),
        moves=_stay(*ONWARDS[:7], _ON_HOLD),
        refused={_VERIFIED: "already_verified", **_TOLD},
        required=("points",),
    ),
    Rule(
        command=Command.DIAGNOSE,
        permissions=(_P.CASE_PLAN,),
        moves={
            **_stay(_REGISTERED, _DIAGNOSED, _PLANNED, _AGREED, _EXECUTING, _ON_HOLD),
            _CONTACTED: _DIAGNOSED,
            _VERIFIED: _EXECUTING,
        },
        refused=_TOLD,
        required=("findings",),
    ),
    Rule(
        command=Command.PLAN,
        permissions=(_P.CASE_PLAN,),
        moves=dict.fromkeys((_CONTACTED, _DIAGNOSED, _PLANNED, _AGREED, _EXECUTING), _PLANNED),
        refused={**_UNCONTACTED, _VERIFIED: "already_verified", **_TOLD},
        required=("plan",),
        stamps=(Stamp.PLANNED_AT,),
    ),
    Rule(
        command=Command.TELL_PLAN,
        permissions=(_P.CASE_PLAN, _P.CASE_CONTACT),
        moves=dict.fromkeys(ONWARDS[:7], _PLANNED),
        refused={_VERIFIED: "already_verified", **_TOLD},
        required=("plan", "told_via"),
        meets=_ANSWERED,
        stamps=(Stamp.CONTACTED_AT, Stamp.PLANNED_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.AGREE,
        permissions=(_P.CASE_AGREE,),
        moves={_PLANNED: _AGREED},
        refused={
            **_UNPLANNED,
            **dict.fromkeys((_AGREED, _EXECUTING, _VERIFIED), "already_agreed"),
            **_TOLD,
        },
        required=("agreed_by", "via"),
        customer_sees=True,
    ),
    Rule(
        command=Command.CONFIRM_VISIT,
        permissions=(_P.CASE_PLAN,),
        moves=_stay(_PLANNED, _AGREED, _EXECUTING),
        refused={**_UNPLANNED, _VERIFIED: "already_verified", **_TOLD},
        required=("via",),
        customer_sees=True,
    ),
    Rule(
        command=Command.EXECUTE_STEP,
        permissions=(_P.CASE_PLAN,),
        moves={_AGREED: _EXECUTING, _EXECUTING: _EXECUTING, _VERIFIED: _EXECUTING},
        refused={**_UNPLANNED, _PLANNED: "customer_not_agreed", **_TOLD},
        needs=(Condition.VISIT_CONFIRMED,),
        required=("step",),
    ),
    Rule(
        command=Command.VERIFY,
        permissions=(_P.CASE_PLAN,),
        moves={_EXECUTING: _VERIFIED, _VERIFIED: _VERIFIED},
        refused={**_UNPLANNED, **dict.fromkeys((_PLANNED, _AGREED), "nothing_executed"), **_TOLD},
        needs=(Condition.POINTS_KNOWN, Condition.POINTS_CONFIRMED),
        required=("check",),
    ),
    Rule(
        command=Command.COMPENSATE,
        permissions=(_P.CASE_COMPENSATE,),
        moves=_IN_HAND,
        required=("kind", "amount_minor", "currency", "reason"),
    ),
    Rule(
        command=Command.ASK_APPROVAL,
        permissions=(_P.CASE_COMPENSATE,),
        moves=_IN_HAND,
        required=("kind", "amount_minor", "currency", "reason"),
    ),
    Rule(command=Command.APPROVE, permissions=(_P.APPROVAL_DECIDE,), moves=_IN_HAND),
    Rule(command=Command.DECLINE, permissions=(_P.APPROVAL_DECIDE,), moves=_IN_HAND, required=("reason",)),
    Rule(command=Command.GIVE_COMPENSATION, permissions=(_P.CASE_COMPENSATE,), moves=_IN_HAND),
    Rule(
        command=Command.DROP_COMPENSATION,
        permissions=(_P.CASE_COMPENSATE,),
        moves=_IN_HAND,
        required=("reason",),
    ),
    Rule(
        command=Command.ADD_TASK,
        permissions=(_P.CASE_TASK,),
        moves=_IN_HAND,
        required=("department", "title"),
    ),
    Rule(command=Command.FINISH_TASK, permissions=(_P.CASE_PLAN,), moves=_IN_HAND, required=("outcome",)),
    Rule(command=Command.CANCEL_TASK, permissions=(_P.CASE_TASK,), moves=_IN_HAND, required=("reason",)),
    Rule(
        command=Command.JUDGE_SUGGESTION,
        permissions=(_P.CASE_RESOLVE,),
        moves=_TELLING,
        refused={_EXECUTING: "not_verified", **_TOLD},
        needs=(Condition.WORK_VERIFIED,),
        kinds=frozenset({Kind.SUGGESTION}),
        required=("verdict", "reply", "told_via"),
        meets=_ANSWERED | {Metric.RESOLVE},
        stamps=(Stamp.CONTACTED_AT, Stamp.RESULT_TOLD_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.JUDGE_EXPERIENCE,
        permissions=(_P.CASE_RESOLVE,),
        moves=_TELLING,
        refused={_EXECUTING: "not_verified", **_TOLD},
        needs=(Condition.WORK_VERIFIED,),
        kinds=frozenset({Kind.USAGE_EXPERIENCE}),
        required=("verdict", "reply", "told_via"),
        meets=_ANSWERED | {Metric.RESOLVE},
        stamps=(Stamp.CONTACTED_AT, Stamp.RESULT_TOLD_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.RESOLVE,
        permissions=(_P.CASE_RESOLVE,),
        moves=_TELLING,
        refused={_EXECUTING: "not_verified", **_TOLD},
        needs=(Condition.WORK_VERIFIED,),
        required=("result", "told_via"),
        meets=_ANSWERED | {Metric.RESOLVE},
        stamps=(Stamp.CONTACTED_AT, Stamp.RESULT_TOLD_AT),
        customer_sees=True,
    ),
    Rule(
        command=Command.SURVEY,
        permissions=(_P.CASE_SURVEY,),
        moves={_RESULT_TOLD: _SURVEYED, _SURVEYED: _SURVEYED, _CLOSED: _CLOSED},
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        required=("satisfied_with_process", "satisfied_with_result"),
        meets=frozenset({Metric.SURVEY}),
    ),
    Rule(
        command=Command.CLOSE,
        permissions=(_P.CASE_CLOSE,),
        moves=dict.fromkeys(_CONCLUDED, _CLOSED),
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        needs=(Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        required=("root_cause", "preventive_measure"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    Rule(
        command=Command.CLOSE_JUDGED,
        permissions=(_P.CASE_CLOSE,),
        moves=dict.fromkeys(_CONCLUDED, _CLOSED),
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        needs=(Condition.JUDGED, Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        kinds=frozenset({Kind.SUGGESTION, Kind.USAGE_EXPERIENCE}),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    Rule(
        command=Command.HOLD,
        permissions=(_P.CASE_HOLD,),
        moves=dict.fromkeys(ONWARDS[2:-1], _ON_HOLD),
        refused=_UNCONTACTED,
        required=("reason",),
    ),
    Rule(
        command=Command.RESUME,
        permissions=(_P.CASE_PLAN,),
        moves={_ON_HOLD: _ON_HOLD},
        refused=dict.fromkeys(ONWARDS[:-1], "not_on_hold"),
        returns=True,
        required=("reason",),
    ),
    Rule(
        command=Command.MERGE,
        permissions=(_P.CASE_MERGE,),
        moves=dict.fromkeys(ONWARDS[1:8], CaseState.MERGED),
        refused=_TOLD,
        needs=(Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        required=("into_id", "reason"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    # The other side of a merger: what the customer is told here reaches every complainant.
    Rule(
        command=Command.ABSORB,
        permissions=(_P.CASE_MERGE,),
        moves=_stay(*ONWARDS[1:7], _ON_HOLD),
        refused={_VERIFIED: "already_verified", **_TOLD},
    ),
    Rule(
        command=Command.UNMERGE,
        permissions=(_P.CASE_MERGE,),
        moves={CaseState.MERGED: CaseState.MERGED},
        refused=dict.fromkeys((*ONWARDS[:-1], _ON_HOLD), "not_merged"),
        returns=True,
        required=("reason",),
    ),
    Rule(
        command=Command.WITHDRAW,
        permissions=(_P.CASE_WITHDRAW,),
        moves=dict.fromkeys((*ONWARDS[:-1], _ON_HOLD), _WITHDRAWN),
        required=("reason", "via"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
        customer_sees=True,
    ),
    Rule(
        command=Command.REOPEN,
        permissions=(_P.CASE_REOPEN,),
        moves=dict.fromkeys((_RESULT_TOLD, _SURVEYED, _CLOSED, _WITHDRAWN), _REGISTERED),
        refused=dict.fromkeys((*ONWARDS[:8], _ON_HOLD), "case_not_closed"),
        required=("reason",),
        begins_cycle=True,
        customer_sees=True,
    ),
    Rule(command=Command.ESCALATE, permissions=(_P.CASE_ESCALATE,), moves=_OPEN, required=("reason",)),
    Rule(command=Command.ACKNOWLEDGE, permissions=(_P.ESCALATION_ACKNOWLEDGE,), moves=_OPEN),
    # What the customer writes by himself changes nothing but the timeline.
    Rule(
        command=Command.CUSTOMER_MESSAGE,
        permissions=(_P.CASE_SPEAK,),
        moves={**_OPEN, CaseState.MERGED: CaseState.MERGED},
        required=("text",),
        customer_sees=True,
    ),
)
