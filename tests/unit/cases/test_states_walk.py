"""Random walks over all roles and commands: no sequence finds a way round a rule."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cases.states import RULES, Command, Facts, Refusal, Stamp, decide
from shared.cases.vocabulary import CaseState
from shared.permissions import DEALER_ROLES, Role
from shared.sla.policy import Metric

FIELDS = sorted({field for rule in RULES for field in rule.required})
STEPS = st.tuples(
    st.sampled_from(list(Command)),
    st.sampled_from(list(Role)),
    st.one_of(st.just(frozenset(FIELDS)), st.frozensets(st.sampled_from(FIELDS))),
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
TELLERS = (DEALER_ROLES - {Role.TECHNICIAN}) | CLOSERS | {Role.CAC_AGENT}
ANSWERS = {Command.LOG_CONTACT, Command.TELL_PLAN, Command.RESOLVE}
ONWARDS = [
    CaseState.RECEIVED,
    CaseState.REGISTERED,
    CaseState.CONTACTED,
    CaseState.PLANNED,
    CaseState.RESULT_TOLD,
    CaseState.CLOSED,
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([CaseState.RECEIVED, CaseState.REGISTERED]), st.lists(STEPS, min_size=1, max_size=40))
def test_no_walk_finds_a_way_round_a_rule(start, steps):
    """R3.2, R3.3, R3.9, R4.1."""
    state = start
    done: list[Command] = []
    met: set[Metric] = set() if start is CaseState.RECEIVED else {Metric.REGISTER}
    stamps: set[Stamp] = set()
    for command, role, filled in steps:
        decision = decide(command, Facts(state=state, role=role, filled=filled))
        if isinstance(decision, Refusal):
            continue
        assert state is not CaseState.CLOSED
        assert role not in {Role.READER, Role.PLATFORM_OPERATOR}
        assert role is not Role.INTEGRATION or command in {
            Command.LOG_CONTACT,
            Command.LOG_ATTEMPT,
            Command.ADD_NOTE,
        }
        assert ONWARDS.index(decision.to) >= ONWARDS.index(state), "a case never goes back by itself"
        if command is Command.CLOSE:
            assert role in CLOSERS
            assert {"root_cause", "preventive_measure"} <= filled
            assert Command.RESOLVE in done
        if command is Command.RESOLVE:
            assert role in TELLERS
            assert {"result", "told_via"} <= filled
        if decision.to is CaseState.PLANNED and state is not CaseState.PLANNED:
            assert command is Command.TELL_PLAN or set(done) & ANSWERS
        done.append(command)
        met |= decision.rule.meets
        stamps |= set(decision.stamps)
        state = decision.to
        assert (Metric.FIRST_RESPONSE in met) == bool(set(done) & ANSWERS)
        assert (Metric.FIRST_CONTACT in met) == bool(set(done) & (ANSWERS | {Command.LOG_ATTEMPT}))
        assert (Metric.RESOLVE in met) == (Command.RESOLVE in done)
        assert (Stamp.CLOSED_AT in stamps) == (state is CaseState.CLOSED)
        assert state is CaseState.RECEIVED or Metric.REGISTER in met


@given(st.sampled_from(list(Command)), st.sampled_from(list(CaseState)), st.sampled_from(list(Role)))
def test_every_decision_has_an_answer_a_person_understands(command, state, role):
    decision = decide(command, Facts(state=state, role=role))
    if isinstance(decision, Refusal):
        assert decision.code
        assert decision.code != "out_of_order" or state not in ONWARDS
