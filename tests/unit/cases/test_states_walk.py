"""Random walks over all roles and commands: no sequence finds a way round a rule."""

from dataclasses import dataclass, field
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cases.states import (
    FINAL,
    ONWARDS,
    RULES,
    Command,
    Condition,
    Facts,
    Refusal,
    Stamp,
    Transition,
    available,
    decide,
)
from shared.cases.vocabulary import CaseState, Kind
from shared.permissions import DEALER_ROLES, Role
from shared.sla.policy import Metric

FIELDS = sorted({field for rule in RULES for field in rule.required})
STEPS = st.tuples(
    st.sampled_from(list(Command)),
    st.sampled_from(list(Role)),
    st.one_of(st.just(frozenset(FIELDS)), st.frozensets(st.sampled_from(FIELDS))),
    st.one_of(st.just(frozenset[Condition]()), st.frozensets(st.sampled_from(list(Condition)))),
)

# Written out again on purpose, so that a slip in the permissions table shows.
CLOSERS = {
    Role.CUSTOMER_RELATIONS,
    Role.SERVICE_MANAGER,
    Role.STATION_HEAD,
    Role.REGIONAL_MANAGER,
    Role.HEAD_OFFICE,
    Role.ADMINISTRATOR,
}
MANAGERS = CLOSERS - {Role.CUSTOMER_RELATIONS}
TELLERS = (DEALER_ROLES - {Role.TECHNICIAN}) | CLOSERS | {Role.CAC_AGENT}
JUDGING = {Command.JUDGE_SUGGESTION, Command.JUDGE_EXPERIENCE}
TELLING = {Command.RESOLVE} | JUDGING
ANSWERS = {Command.LOG_CONTACT, Command.TELL_PLAN} | TELLING
CLOSING = {Command.CLOSE, Command.CLOSE_JUDGED}
OF_MANAGERS = {Command.HOLD, Command.APPROVE, Command.DECLINE}
THE_CUSTOMERS = {Command.AGREE, Command.CUSTOMER_MESSAGE, Command.WITHDRAW, Command.CHOOSE_MESSAGES}
OF_INTEGRATIONS = {Command.LOG_CONTACT, Command.LOG_ATTEMPT, Command.ADD_NOTE}
AT_ANY_TIME = {
    Command.ADD_TAG,
    Command.REMOVE_TAG,
    Command.RENEW_LINK,
    Command.CHOOSE_MESSAGES,
    Command.LINK,
    Command.UNLINK,
}
STILL_IN = {
    CaseState.CLOSED: AT_ANY_TIME | {Command.SURVEY},
    CaseState.WITHDRAWN: AT_ANY_TIME,
    CaseState.MERGED: {
        Command.CUSTOMER_MESSAGE,
        Command.CHOOSE_MESSAGES,
        Command.SURVEY,
        Command.LINK,
        Command.UNLINK,
    },
}
OUT_OF = {
    CaseState.CLOSED: {Command.REOPEN},
    CaseState.WITHDRAWN: {Command.REOPEN},
    CaseState.MERGED: {Command.UNMERGE, Command.WITHDRAW, Command.REOPEN},
}
"""What a case that has ended still takes, and what begins it anew."""
BACKWARDS = {
    Command.PLAN,
    Command.TELL_PLAN,
    Command.DIAGNOSE,
    Command.EXECUTE_STEP,
    Command.REOPEN,
    Command.RESUME,
}
"""What may lead a case back: a new plan, more work after the check, a new cycle."""


@dataclass(slots=True)
class Walk:
    """What a case has been through, kept beside the table to judge it by."""

    state: CaseState
    kind: Kind
    met: set[Metric]
    done: set[Command] = field(default_factory=set[Command])
    stamps: set[Stamp] = field(default_factory=set[Stamp])
    held_in: CaseState | None = None
    unverified: bool = False

    def facts(self, role: Role, filled: frozenset[str], drawn: frozenset[Condition]) -> Facts:
        unmet = drawn - {Condition.WORK_VERIFIED}
        if self.unverified:
            unmet |= {Condition.WORK_VERIFIED}
        return Facts(
            state=self.state, role=role, filled=filled, kind=self.kind, unmet=unmet, held_in=self.held_in
        )

    def check_who(self, command: Command, role: Role) -> None:
        assert role not in {Role.READER, Role.PLATFORM_OPERATOR}
        assert role is not Role.CUSTOMER or command in THE_CUSTOMERS
        assert role is not Role.INTEGRATION or command in OF_INTEGRATIONS
        assert command not in CLOSING or role in CLOSERS
        assert command not in OF_MANAGERS or role in MANAGERS
        assert command not in TELLING or role in TELLERS

    def check_order(self, command: Command, facts: Facts, to: CaseState) -> None:
        assert (
            self.state not in FINAL or command in (OUT_OF if to is not self.state else STILL_IN)[self.state]
        )
        if self.state in ONWARDS and to in ONWARDS and ONWARDS.index(to) < ONWARDS.index(self.state):
            assert command in BACKWARDS, "a case never goes back by itself"
        if command in CLOSING:
            assert self.done & TELLING
            assert not facts.unmet & {Condition.TASKS_DONE, Condition.COMPENSATIONS_SETTLED}
        assert command is not Command.CLOSE or {"root_cause", "preventive_measure"} <= facts.filled
        assert command is not Command.CLOSE_JUDGED or self.kind in {Kind.SUGGESTION, Kind.USAGE_EXPERIENCE}
        assert command not in TELLING or not self.unverified
        assert command is not Command.EXECUTE_STEP or Command.AGREE in self.done
        if command is Command.PLAN and self.state is not CaseState.PLANNED:
            assert self.done & ANSWERS
        if self.state is CaseState.ON_HOLD is not to:
            assert command is Command.WITHDRAW or to is self.held_in

    def go(self, command: Command, decision: Transition) -> None:
        if CaseState.ON_HOLD in {self.state, decision.to} and self.state is not decision.to:
            self.held_in = self.state if decision.to is CaseState.ON_HOLD else None
        if command is Command.MERGE:
            self.held_in = self.state
        if command is Command.UNMERGE:
            self.stamps -= {Stamp.CLOSED_AT}
            self.held_in = None
        if command is Command.REOPEN:
            self.done, self.met = set(), {Metric.REGISTER}
            self.stamps -= {Stamp.CLOSED_AT, Stamp.RESULT_TOLD_AT}
        self.unverified = command is Command.EXECUTE_STEP or (
            self.unverified and command is not Command.VERIFY
        )
        self.done.add(command)
        self.met |= decision.rule.meets
        self.stamps |= set(decision.stamps)
        self.state = decision.to

    def check_promises(self) -> None:
        assert (Metric.FIRST_RESPONSE in self.met) == bool(self.done & ANSWERS)
        assert (Metric.FIRST_CONTACT in self.met) == bool(self.done & (ANSWERS | {Command.LOG_ATTEMPT}))
        assert (Metric.RESOLVE in self.met) == bool(self.done & TELLING)
        assert (Stamp.CLOSED_AT in self.stamps) == (self.state in FINAL)
        assert self.state in {CaseState.RECEIVED, CaseState.WITHDRAWN} or Metric.REGISTER in self.met


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([CaseState.RECEIVED, CaseState.REGISTERED]),
    st.sampled_from(list(Kind)),
    st.lists(STEPS, min_size=1, max_size=60),
)
def test_no_walk_finds_a_way_round_a_rule(start, kind, steps):
    """R3.2, R3.3, R3.4, R3.5, R3.7, R3.9, R4.1."""
    walk = Walk(start, kind, set() if start is CaseState.RECEIVED else {Metric.REGISTER})
    for command, role, filled, drawn in steps:
        facts = walk.facts(role, filled, drawn)
        decision = decide(command, facts)
        if isinstance(decision, Refusal):
            continue
        assert command in available(walk.state, role, kind, facts.unmet)
        walk.check_who(command, role)
        walk.check_order(command, facts, decision.to)
        walk.go(command, decision)
        walk.check_promises()


def test_every_decision_has_an_answer_a_person_understands():
    for command, state, role in product(Command, CaseState, Role):
        decision = decide(command, Facts(state=state, role=role))
        if isinstance(decision, Refusal):
            assert decision.code
            assert decision.code != "out_of_order", (command, state)
