"""The shape of the command table: commands, conditions, and what a rule says of one (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.cases.vocabulary import CaseState, Kind
from shared.permissions import Permission
from shared.sla.policy import Metric


class Command(StrEnum):
    """What the table tells apart; one request may need several (`lower_urgency` beside `classify`)."""

    CONFIRM_RECEIPT = "confirm_receipt"
    TAKE = "take"
    ASSIGN = "assign"
    TAKE_OVER = "take_over"
    HAND_BACK = "hand_back"
    ASK_TRANSFER = "ask_transfer"
    REFUSE_TRANSFER = "refuse_transfer"
    TRANSFER = "transfer"
    CLASSIFY = "classify"
    LOWER_URGENCY = "lower_urgency"
    MARK_MAJOR = "mark_major"
    CONFIRM_MAJOR = "confirm_major"
    DISMISS_MAJOR = "dismiss_major"
    FILE_REPORT = "file_report"
    LOG_CONTACT = "log_contact"
    LOG_ATTEMPT = "log_attempt"
    ADD_NOTE = "add_note"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    REQUEST_FROM_CUSTOMER = "request_from_customer"
    ADD_POINTS = "add_points"
    DIAGNOSE = "diagnose"
    PLAN = "plan"
    TELL_PLAN = "tell_plan"
    AGREE = "agree"
    CONFIRM_VISIT = "confirm_visit"
    EXECUTE_STEP = "execute_step"
    VERIFY = "verify"
    COMPENSATE = "compensate"
    ASK_APPROVAL = "ask_approval"
    APPROVE = "approve"
    DECLINE = "decline"
    GIVE_COMPENSATION = "give_compensation"
    DROP_COMPENSATION = "drop_compensation"
    ADD_TASK = "add_task"
    FINISH_TASK = "finish_task"
    CANCEL_TASK = "cancel_task"
    JUDGE_SUGGESTION = "judge_suggestion"
    JUDGE_EXPERIENCE = "judge_experience"
    RESOLVE = "resolve"
    SURVEY = "survey"
    CLOSE = "close"
    CLOSE_JUDGED = "close_judged"
    WAIT = "wait"
    END_WAIT = "end_wait"
    HOLD = "hold"
    RESUME = "resume"
    MERGE = "merge"
    ABSORB = "absorb"
    UNMERGE = "unmerge"
    LINK = "link"
    UNLINK = "unlink"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    ACKNOWLEDGE = "acknowledge"
    CUSTOMER_MESSAGE = "customer_message"
    RENEW_LINK = "renew_link"
    CHOOSE_MESSAGES = "choose_messages"


class Stamp(StrEnum):
    """An instant of the case that a command sets the first time it happens."""

    REGISTERED_AT = "registered_at"
    CONTACTED_AT = "contacted_at"
    PLANNED_AT = "planned_at"
    RESULT_TOLD_AT = "result_told_at"
    CLOSED_AT = "closed_at"


class Condition(StrEnum):
    """What has to hold besides the state; the value is the code of the refusal where it does not."""

    OWNS = "not_the_owner"
    POINTS_KNOWN = "no_points"
    POINTS_CONFIRMED = "points_not_confirmed"
    VISIT_CONFIRMED = "visit_not_confirmed"
    WORK_VERIFIED = "not_verified"
    TASKS_DONE = "tasks_open"
    COMPENSATIONS_SETTLED = "compensation_open"
    JUDGED = "not_judged"
    TRANSFER_ASKED = "transfer_not_asked"
    WAITS_FOR_SOMEBODY = "not_waiting"
    MAJOR_IN_QUESTION = "major_not_in_question"
    # Of a merged case, whose customer waits for the result of the other one, or has been told it.
    STILL_WAITS = "result_already_told"
    HAS_BEEN_TOLD = "case_merged"


Moves = Mapping[CaseState, CaseState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All there is to know of one command.

    `moves` leads from each state it is possible in to the state after; `refused` gives the reason in the
    states where a person would wonder. `returns`: the state after is the one the case was held in. `needs`
    have to hold; `kinds`, where there are any, are the only ones it is for. `required` are fields of the
    command that must not be empty. `stamps` are set when they are not set yet. `ends_clocks`: promises that
    are still open are cancelled. `begins_cycle`: a new cycle begins, with promises of its own.
    """

    command: Command
    permissions: tuple[Permission, ...]
    moves: Moves
    refused: Mapping[CaseState, str] = field(default_factory=dict[CaseState, str])
    returns: bool = False
    needs: tuple[Condition, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    required: tuple[str, ...] = ()
    meets: frozenset[Metric] = frozenset()
    stamps: tuple[Stamp, ...] = ()
    ends_clocks: bool = False
    begins_cycle: bool = False
    customer_sees: bool = False
