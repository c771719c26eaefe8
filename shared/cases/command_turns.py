"""The last part of the table of commands: how a case ends, is held, merged and begun anew (R3.3, pure)."""

from typing import Final

from shared.cases.command_moves import (
    ANYHOW,
    CLOSED,
    CONCLUDED,
    MERGED,
    ON_HOLD,
    ONWARDS,
    OPEN,
    REGISTERED,
    RESULT_TOLD,
    SURVEYED,
    TOLD,
    UNCONTACTED,
    VERIFIED,
    WITHDRAWN,
    stay,
)
from shared.cases.command_rules import Command, Condition, Rule, Stamp
from shared.cases.vocabulary import Kind
from shared.permissions import Permission
from shared.sla.policy import Metric

_P = Permission

TURNS: Final[tuple[Rule, ...]] = (
    Rule(
        command=Command.SURVEY,
        permissions=(_P.CASE_SURVEY,),
        moves={RESULT_TOLD: SURVEYED, SURVEYED: SURVEYED, CLOSED: CLOSED, MERGED: MERGED},
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        needs=(Condition.HAS_BEEN_TOLD,),
        required=("satisfied_with_process", "satisfied_with_result"),
        meets=frozenset({Metric.SURVEY}),
    ),
    Rule(
        command=Command.CLOSE,
        permissions=(_P.CASE_CLOSE,),
        moves=dict.fromkeys(CONCLUDED, CLOSED),
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        needs=(Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        required=("root_cause", "preventive_measure"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    Rule(
        command=Command.CLOSE_JUDGED,
        permissions=(_P.CASE_CLOSE,),
        moves=dict.fromkeys(CONCLUDED, CLOSED),
        refused=dict.fromkeys(ONWARDS[1:8], "result_not_told"),
        needs=(Condition.JUDGED, Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        kinds=frozenset({Kind.SUGGESTION, Kind.USAGE_EXPERIENCE}),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
    ),
    Rule(
        command=Command.WAIT,
        permissions=(_P.CASE_PLAN,),
        moves=stay(*ONWARDS[1:8], ON_HOLD),
        refused=TOLD,
        required=("party", "reason"),
    ),
    Rule(
        command=Command.END_WAIT,
        permissions=(_P.CASE_PLAN,),
        moves=stay(*ONWARDS[1:8], ON_HOLD),
        refused=TOLD,
        needs=(Condition.WAITS_FOR_SOMEBODY,),
        required=("reason",),
    ),
    Rule(
        command=Command.HOLD,
        permissions=(_P.CASE_HOLD,),
        moves=dict.fromkeys(ONWARDS[2:-1], ON_HOLD),
        refused=UNCONTACTED,
        required=("reason",),
    ),
    Rule(
        command=Command.RESUME,
        permissions=(_P.CASE_PLAN,),
        moves={ON_HOLD: ON_HOLD},
        refused=dict.fromkeys(ONWARDS[:-1], "not_on_hold"),
        returns=True,
        required=("reason",),
    ),
    Rule(
        command=Command.MERGE,
        permissions=(_P.CASE_MERGE,),
        moves=dict.fromkeys(ONWARDS[1:8], MERGED),
        refused=TOLD,
        needs=(Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED),
        required=("into_id", "reason"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
        customer_sees=True,
    ),
    # The other side of a merger: what the customer is told here reaches every complainant.
    Rule(
        command=Command.ABSORB,
        permissions=(_P.CASE_MERGE,),
        moves=stay(*ONWARDS[1:7], ON_HOLD),
        refused={VERIFIED: "already_verified", **TOLD},
    ),
    Rule(
        command=Command.UNMERGE,
        permissions=(_P.CASE_MERGE,),
        moves={MERGED: MERGED},
        refused=dict.fromkeys((*ONWARDS[:-1], ON_HOLD), "not_merged"),
        returns=True,
        required=("reason",),
        customer_sees=True,
    ),
    # Cases that have to do with each other stay what they are.
    Rule(
        command=Command.LINK,
        permissions=(_P.CASE_CLASSIFY,),
        moves=ANYHOW,
        required=("other_id", "reason"),
    ),
    Rule(
        command=Command.UNLINK,
        permissions=(_P.CASE_CLASSIFY,),
        moves=ANYHOW,
        required=("other_id", "reason"),
    ),
    Rule(
        command=Command.WITHDRAW,
        permissions=(_P.CASE_WITHDRAW,),
        moves=dict.fromkeys((*ONWARDS[:-1], ON_HOLD, MERGED), WITHDRAWN),
        needs=(Condition.STILL_WAITS,),
        required=("reason", "via"),
        stamps=(Stamp.CLOSED_AT,),
        ends_clocks=True,
        customer_sees=True,
    ),
    Rule(
        command=Command.REOPEN,
        permissions=(_P.CASE_REOPEN,),
        moves=dict.fromkeys((RESULT_TOLD, SURVEYED, CLOSED, WITHDRAWN, MERGED), REGISTERED),
        refused=dict.fromkeys((*ONWARDS[:8], ON_HOLD), "case_not_closed"),
        needs=(Condition.HAS_BEEN_TOLD,),
        required=("reason",),
        begins_cycle=True,
        customer_sees=True,
    ),
    Rule(command=Command.ESCALATE, permissions=(_P.CASE_ESCALATE,), moves=OPEN, required=("reason",)),
    # Surveys and calls are promised after the closing, too.
    Rule(
        command=Command.ACKNOWLEDGE,
        permissions=(_P.ESCALATION_ACKNOWLEDGE,),
        moves={**OPEN, CLOSED: CLOSED},
    ),
    # What the customer writes by himself changes nothing but the timeline.
    Rule(
        command=Command.CUSTOMER_MESSAGE,
        permissions=(_P.CASE_SPEAK,),
        moves={**OPEN, MERGED: MERGED},
        required=("text",),
        customer_sees=True,
    ),
    # What he gets beside what he has to be told is his own to say, whatever has become of the case.
    Rule(
        command=Command.CHOOSE_MESSAGES,
        permissions=(_P.CASE_CHOOSE,),
        moves=ANYHOW,
        required=("via",),
    ),
)
