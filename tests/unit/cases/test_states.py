from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from shared.cases import state_diagram
from shared.cases.states import (
    FINAL,
    ONWARDS,
    REPORT_STATUSES,
    RULES,
    Command,
    Condition,
    Facts,
    Reason,
    Refusal,
    Rule,
    Stamp,
    Transition,
    available,
    decide,
)
from shared.cases.vocabulary import CaseState, Kind, ReportStatus
from shared.permissions import Permission, Role, may
from shared.sla.policy import Metric

DOCUMENT = Path(__file__).parents[3] / "docs" / "case-states.md"
ALL_FIELDS = frozenset(field for rule in RULES for field in rule.required)
AT_ANY_TIME = {
    Command.ADD_TAG,
    Command.REMOVE_TAG,
    Command.RENEW_LINK,
    Command.CHOOSE_MESSAGES,
    Command.LINK,
    Command.UNLINK,
}

OF_MERGED = {
    Command.UNMERGE: CaseState.MERGED,
    Command.CUSTOMER_MESSAGE: CaseState.MERGED,
    Command.SURVEY: CaseState.MERGED,
    Command.CHOOSE_MESSAGES: CaseState.MERGED,
    Command.WITHDRAW: CaseState.WITHDRAWN,
}
"""What the customer of a merged case still says, and what ends the merger."""


def transition(command: Command, state: CaseState, role: Role = Role.STATION_HEAD) -> Transition:
    decision = decide(command, Facts(state=state, role=role, filled=ALL_FIELDS))
    assert isinstance(decision, Transition), decision
    return decision


def refusal(
    command: Command,
    state: CaseState,
    role: Role = Role.STATION_HEAD,
    filled: frozenset[str] = ALL_FIELDS,
    unmet: frozenset[Condition] = frozenset(),
) -> Refusal:
    decision = decide(command, Facts(state=state, role=role, filled=filled, unmet=unmet))
    assert isinstance(decision, Refusal), decision
    return decision


def rule_of(command: Command) -> Rule:
    return next(rule for rule in RULES if rule.command is command)


def test_every_command_has_exactly_one_rule():
    assert sorted(rule.command for rule in RULES) == sorted(Command)


def test_the_main_path_leads_from_registration_to_closing():
    """R3.3."""
    state = CaseState.REGISTERED
    for command in (Command.LOG_CONTACT, Command.PLAN, Command.RESOLVE, Command.CLOSE):
        state = transition(command, state).to
    assert state is CaseState.CLOSED


@pytest.mark.parametrize("state", [CaseState.REGISTERED, CaseState.CONTACTED, CaseState.PLANNED])
def test_nothing_is_closed_before_the_customer_was_told_the_result(state):
    """R3.9, R6.2."""
    assert refusal(Command.CLOSE, state).code == "result_not_told"


def test_closing_needs_root_cause_and_preventive_measure():
    """R3.9."""
    refused = refusal(Command.CLOSE, CaseState.RESULT_TOLD, filled=frozenset({"root_cause"}))
    assert refused.reason is Reason.INCOMPLETE
    assert refused.missing == ("preventive_measure",)


def test_a_plan_that_is_not_told_needs_a_contact_first():
    assert refusal(Command.PLAN, CaseState.REGISTERED).code == "customer_not_contacted"
    assert transition(Command.TELL_PLAN, CaseState.REGISTERED).to is CaseState.PLANNED


@pytest.mark.parametrize(
    ("command", "meets"),
    [
        (Command.LOG_ATTEMPT, {Metric.FIRST_CONTACT}),
        (Command.LOG_CONTACT, {Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE}),
        (Command.TELL_PLAN, {Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE}),
        (Command.PLAN, set()),
        (Command.RESOLVE, {Metric.FIRST_CONTACT, Metric.FIRST_RESPONSE, Metric.RESOLVE}),
        (Command.ADD_NOTE, set()),
        (Command.ASSIGN, set()),
        (Command.CLASSIFY, set()),
        (Command.ESCALATE, set()),
        (Command.ACKNOWLEDGE, set()),
        (Command.DIAGNOSE, set()),
        (Command.AGREE, set()),
        (Command.EXECUTE_STEP, set()),
        (Command.VERIFY, set()),
        (Command.HOLD, set()),
        (Command.REQUEST_FROM_CUSTOMER, set()),
        (Command.WITHDRAW, set()),
        (Command.REOPEN, set()),
    ],
)
def test_a_promise_is_met_only_by_the_fact_itself(command, meets):
    """R4.1."""
    assert rule_of(command).meets - {Metric.REGISTER} == meets


def test_taking_a_case_that_came_in_by_itself_registers_it():
    """R1.4."""
    taken = transition(Command.TAKE, CaseState.RECEIVED)
    assert taken.to is CaseState.REGISTERED
    assert taken.stamps == (Stamp.REGISTERED_AT,)
    assert Metric.REGISTER in taken.rule.meets


def test_assigning_a_case_that_came_in_by_itself_does_not_register_it():
    assert transition(Command.ASSIGN, CaseState.RECEIVED).to is CaseState.RECEIVED


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("command", sorted(set(Command) - AT_ANY_TIME - {Command.REOPEN}))
def test_nothing_but_reopening_moves_a_case_that_has_ended(command, state):
    if state is CaseState.MERGED and command in OF_MERGED:
        role = Role.CUSTOMER if command is Command.CUSTOMER_MESSAGE else Role.STATION_HEAD
        assert transition(command, state, role).to is OF_MERGED[command]
        return
    if command in {Command.SURVEY, Command.ACKNOWLEDGE} and state is CaseState.CLOSED:
        # A customer may answer, and somebody say that he takes care of a call that is late, after closing.
        assert transition(command, state).to is CaseState.CLOSED
        return
    role = next(role for role in Role if all(may(role, each) for each in rule_of(command).permissions))
    refused = refusal(command, state, role)
    assert refused.reason is Reason.OUT_OF_ORDER
    assert refused.code == f"case_{state}"


def test_who_waits_for_the_result_of_a_merger_withdraws_and_who_was_told_it_reopens():
    """R1.7, R3.3, R5.3: each complainant for himself."""
    waits, told = frozenset({Condition.HAS_BEEN_TOLD}), frozenset({Condition.STILL_WAITS})
    for command in (Command.SURVEY, Command.REOPEN):
        assert refusal(command, CaseState.MERGED, unmet=waits).code == "case_merged"
        assert command in available(CaseState.MERGED, Role.STATION_HEAD, unmet=told)
    assert refusal(Command.WITHDRAW, CaseState.MERGED, unmet=told).code == "result_already_told"
    assert Command.WITHDRAW in available(CaseState.MERGED, Role.CUSTOMER, unmet=waits)


@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.WITHDRAWN])
@pytest.mark.parametrize("command", sorted(AT_ANY_TIME))
def test_a_case_that_has_ended_still_gets_tags_and_new_links_and_stays_where_it_is(command, state):
    decision = transition(command, state)
    assert decision.to is state
    assert not decision.stamps


@pytest.mark.parametrize(
    "state", [CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.RESULT_TOLD, CaseState.SURVEYED]
)
def test_a_case_that_seemed_settled_can_be_reopened(state):
    """R3.3, R5.3."""
    assert transition(Command.REOPEN, state, Role.CUSTOMER_RELATIONS).to is CaseState.REGISTERED
    assert refusal(Command.REOPEN, state, Role.ADVISOR).code == "not_permitted"


def test_the_whole_path_leads_over_every_step():
    """R3.3."""
    state, passed = CaseState.RECEIVED, [CaseState.RECEIVED]
    for command in (
        Command.CONFIRM_RECEIPT,
        Command.LOG_CONTACT,
        Command.DIAGNOSE,
        Command.PLAN,
        Command.AGREE,
        Command.EXECUTE_STEP,
        Command.VERIFY,
        Command.RESOLVE,
        Command.SURVEY,
        Command.CLOSE,
    ):
        state = transition(command, state).to
        passed.append(state)
    assert tuple(passed) == ONWARDS


def test_nothing_is_done_before_the_customer_has_agreed():
    """R3.4."""
    assert refusal(Command.EXECUTE_STEP, CaseState.PLANNED).code == "customer_not_agreed"
    unmet = frozenset({Condition.VISIT_CONFIRMED})
    assert refusal(Command.EXECUTE_STEP, CaseState.AGREED, unmet=unmet).code == "visit_not_confirmed"


def test_the_customer_himself_can_agree_write_choose_withdraw_and_answer_and_nothing_else():
    """R3.4, R3.6, R5.1."""
    for state in CaseState:
        assert set(available(state, Role.CUSTOMER)) <= {
            Command.AGREE,
            Command.CHOOSE_MESSAGES,
            Command.CUSTOMER_MESSAGE,
            Command.SURVEY,
            Command.WITHDRAW,
        }
    assert transition(Command.AGREE, CaseState.PLANNED, Role.CUSTOMER).to is CaseState.AGREED


@pytest.mark.parametrize("state", [CaseState.PLANNED, CaseState.AGREED, CaseState.DIAGNOSED])
def test_work_that_was_begun_is_verified_before_the_result_is_told(state):
    """R3.5: also where a new plan has led the case back."""
    assert refusal(Command.RESOLVE, CaseState.EXECUTING).code == "not_verified"
    unmet = frozenset({Condition.WORK_VERIFIED})
    assert refusal(Command.RESOLVE, state, unmet=unmet).code == "not_verified"


def test_every_complained_point_is_confirmed_before_the_work_counts_as_verified():
    """R3.5."""
    for condition in (Condition.POINTS_KNOWN, Condition.POINTS_CONFIRMED):
        refused = refusal(Command.VERIFY, CaseState.EXECUTING, unmet=frozenset({condition}))
        assert refused.code == condition


@pytest.mark.parametrize("condition", [Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED])
def test_nothing_is_closed_while_something_stands_open(condition):
    """R3.1, R3.2."""
    refused = refusal(Command.CLOSE, CaseState.RESULT_TOLD, unmet=frozenset({condition}))
    assert refused.code == condition


def test_a_held_case_goes_on_where_it_was_held():
    """R3.3."""
    for state in (CaseState.CONTACTED, CaseState.EXECUTING, CaseState.RESULT_TOLD):
        assert transition(Command.HOLD, state).to is CaseState.ON_HOLD
        facts = Facts(state=CaseState.ON_HOLD, role=Role.STATION_HEAD, filled=ALL_FIELDS, held_in=state)
        decision = decide(Command.RESUME, facts)
        assert isinstance(decision, Transition)
        assert decision.to is state


def test_holding_is_a_managers_and_meets_or_ends_no_promise():
    """R3.3: no parking of what should be answered."""
    held = rule_of(Command.HOLD)
    assert (held.meets, held.ends_clocks) == (frozenset(), False)
    assert refusal(Command.HOLD, CaseState.CONTACTED, Role.ADVISOR).reason is Reason.NOT_PERMITTED
    assert refusal(Command.HOLD, CaseState.REGISTERED).code == "customer_not_contacted"


@pytest.mark.parametrize(
    ("command", "kind"),
    [(Command.JUDGE_SUGGESTION, Kind.SUGGESTION), (Command.JUDGE_EXPERIENCE, Kind.USAGE_EXPERIENCE)],
)
def test_suggestions_and_experiences_have_a_short_path_of_their_own(command, kind):
    """R3.7."""
    facts = Facts(state=CaseState.REGISTERED, role=Role.CUSTOMER_RELATIONS, filled=ALL_FIELDS, kind=kind)
    decision = decide(command, facts)
    assert isinstance(decision, Transition)
    assert decision.to is CaseState.RESULT_TOLD
    assert Metric.RESOLVE in decision.rule.meets
    for other in set(Kind) - {kind}:
        refused = decide(command, replace(facts, kind=other))
        assert isinstance(refused, Refusal)
        assert refused.code == "not_for_this_kind"


def test_a_case_is_moved_between_dealers_only_by_who_sees_them_all():
    """R9.1: the dealer asks, the OEM does it."""
    allowed = {role for role in Role if may(role, Permission.CASE_TRANSFER)}
    assert allowed == {Role.CAC_AGENT, Role.HEAD_OFFICE, Role.ADMINISTRATOR}


def test_lowering_the_urgency_is_for_managers_and_needs_a_reason():
    """R2.3."""
    refused = refusal(Command.LOWER_URGENCY, CaseState.REGISTERED, Role.ADVISOR)
    assert (refused.reason, refused.params["permission"]) == (Reason.NOT_PERMITTED, "case.urgency_lower")
    refused = refusal(Command.LOWER_URGENCY, CaseState.REGISTERED, Role.SERVICE_MANAGER, frozenset())
    assert refused.missing == ("reason",)


def test_permission_is_judged_before_order():
    assert refusal(Command.CLOSE, CaseState.CLOSED, Role.READER).reason is Reason.NOT_PERMITTED


def test_an_integration_cannot_confirm_what_it_sent():
    """R1.4."""
    assert refusal(Command.CONFIRM_RECEIPT, CaseState.RECEIVED, Role.INTEGRATION).code == "not_permitted"


def test_available_commands_are_those_that_are_decided():
    for state, role, kind in product(CaseState, Role, (Kind.COMPLAINT, Kind.SUGGESTION)):
        for unmet in (frozenset[Condition](), frozenset(Condition)):
            facts = Facts(state=state, role=role, filled=ALL_FIELDS, kind=kind, unmet=unmet)
            decided = {each for each in Command if isinstance(decide(each, facts), Transition)}
            assert set(available(state, role, kind, unmet)) == decided


def test_readers_are_offered_nothing():
    assert not any(available(state, Role.READER) for state in CaseState)


def test_every_state_has_a_status_for_the_oem():
    """R3.3."""
    assert set(REPORT_STATUSES) == set(CaseState)
    assert REPORT_STATUSES[CaseState.CONTACTED] is ReportStatus.ON_GOING
    assert REPORT_STATUSES[CaseState.PLANNED] is ReportStatus.IN_PROCESS
    assert REPORT_STATUSES[CaseState.ON_HOLD] is ReportStatus.HOLD
    assert REPORT_STATUSES[CaseState.CLOSED] is ReportStatus.CLOSED


def test_whoever_may_close_may_have_told_the_result():
    for role in Role:
        closes, tells = rule_of(Command.CLOSE).permissions, rule_of(Command.RESOLVE).permissions
        if all(may(role, each) for each in closes):
            assert all(may(role, each) for each in tells)


def test_the_page_in_docs_is_the_table():
    page = DOCUMENT.read_text(encoding="utf-8")
    assert page == state_diagram.document(), "run: python -m shared.cases.state_diagram > docs/case-states.md"
