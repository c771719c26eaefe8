"""How a call goes from planned to its end (R5.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Conflict, Invalid
from shared.follow_up.calling import after_try
from shared.follow_up.vocabulary import EFFECTIVE, CallKind, CallResult, CallState

ASKING = frozenset({CallResult.INQUIRY, CallResult.SUGGESTION})
ENDED = frozenset(CallState) - {CallState.PLANNED}


@given(st.sampled_from(CallKind), st.lists(st.sampled_from(CallResult), max_size=30), st.integers(1, 10))
def test_a_call_ends_once_by_speaking_or_by_the_last_try_in_vain(
    kind: CallKind, results: list[CallResult], most: int
) -> None:
    """Whatever comes in whatever order: an ended call takes nothing more."""
    state, attempts, spoken = CallState.PLANNED, 0, False
    for result in results:
        if state in ENDED:
            with pytest.raises(Conflict, match="call_ended"):
                after_try(kind, state, attempts, result, most)
            continue
        if kind is CallKind.FEEDBACK and result in ASKING:
            with pytest.raises(Invalid):
                after_try(kind, state, attempts, result, most)
            continue
        following = after_try(kind, state, attempts, result, most)
        attempts += 1
        spoken = spoken or result in EFFECTIVE
        state = following
        assert (state is CallState.DONE) is spoken
        if state is CallState.NOT_REACHED:
            assert attempts >= most
        if state is CallState.PLANNED and result is not CallResult.CALL_LATER:
            assert attempts < most


def test_a_customer_who_names_another_time_is_not_given_up() -> None:
    """R4.1: when the customer asked."""
    state = after_try(CallKind.FOLLOW_UP, CallState.PLANNED, 9, CallResult.CALL_LATER, 3)
    assert state is CallState.PLANNED


@pytest.mark.parametrize("result", [CallResult.INQUIRY, CallResult.SUGGESTION])
def test_a_feedback_call_leads_to_no_other_feedback_call(result: CallResult) -> None:
    with pytest.raises(Invalid):
        after_try(CallKind.FEEDBACK, CallState.PLANNED, 0, result, 3)
