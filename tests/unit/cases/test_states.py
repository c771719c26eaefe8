from pathlib import Path

import pytest

from shared.cases import state_diagram
from shared.cases.states import (
    REPORT_STATUSES,
    RULES,
    Command,
    Facts,
    Reason,
    Refusal,
    Stamp,
    Transition,
    available,
    decide,
)
from shared.cases.vocabulary import CaseState, ReportStatus
from shared.permissions import Role, may
from shared.sla.policy import Metric

DOCUMENT = Path(__file__).parents[3] / "docs" / "case-states.md"
ALL_FIELDS = frozenset(field for rule in RULES for field in rule.required)


def transition(command: Command, state: CaseState, role: Role = Role.STATION_HEAD) -> Transition:
    decision = decide(command, Facts(state=state, role=role, filled=ALL_FIELDS))
    assert isinstance(decision, Transition), decision
    return decision


def refusal(
    command: Command,
    state: CaseState,
    role: Role = Role.STATION_HEAD,
    filled: frozenset[str] = ALL_FIELDS,
) -> Refusal:
    decision = decide(command, Facts(state=state, role=role, filled=filled))
    assert isinstance(decision, Refusal), decision
    return decision


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
    ],
)
def test_a_promise_is_met_only_by_the_fact_itself(command, meets):
    """R4.1."""
    rule = next(rule for rule in RULES if rule.command is command)
    assert rule.meets - {Metric.REGISTER} == meets


def test_taking_a_case_that_came_in_by_itself_registers_it():
    """R1.4."""
    taken = transition(Command.TAKE, CaseState.RECEIVED)
    assert taken.to is CaseState.REGISTERED
    assert taken.stamps == (Stamp.REGISTERED_AT,)
    assert Metric.REGISTER in taken.rule.meets


def test_assigning_a_case_that_came_in_by_itself_does_not_register_it():
    assert transition(Command.ASSIGN, CaseState.RECEIVED).to is CaseState.RECEIVED


@pytest.mark.parametrize("command", list(Command))
def test_nothing_moves_a_closed_case(command):
    role = Role.CUSTOMER if command is Command.CUSTOMER_MESSAGE else Role.ADMINISTRATOR
    refused = refusal(command, CaseState.CLOSED, role)
    assert refused.reason is Reason.OUT_OF_ORDER
    assert refused.code == "case_closed"


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
    for state in CaseState:
        for role in Role:
            decided = tuple(
                command
                for command in Command
                if isinstance(decide(command, Facts(state=state, role=role, filled=ALL_FIELDS)), Transition)
            )
            assert set(available(state, role)) == set(decided)


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
        closes = next(rule for rule in RULES if rule.command is Command.CLOSE).permissions
        tells = next(rule for rule in RULES if rule.command is Command.RESOLVE).permissions
        if all(may(role, each) for each in closes):
            assert all(may(role, each) for each in tells)


def test_the_page_in_docs_is_the_table():
    page = DOCUMENT.read_text(encoding="utf-8")
    assert page == state_diagram.document(), "run: python -m shared.cases.state_diagram > docs/case-states.md"
