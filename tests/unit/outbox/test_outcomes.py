"""What follows from one try at sending."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.outbox.outcomes import (
    BACKOFF_CAP,
    Outcome,
    Reject,
    Retry,
    Sent,
    Unknown,
    Verdict,
    backoff,
    verdict,
)
from shared.outbox.vocabulary import Delivery, MessageState

ONCE, AGAIN = Delivery.AT_MOST_ONCE, Delivery.AT_LEAST_ONCE


def judge(outcome: Outcome, delivery: Delivery = AGAIN, attempts: int = 1) -> Verdict:
    return verdict(outcome, delivery, attempts=attempts, max_attempts=3, spread=0.5)


def test_a_message_the_provider_took_is_sent_with_its_reference() -> None:
    assert judge(Sent("abc")) == Verdict(state=MessageState.SENT, reference="abc")


@pytest.mark.parametrize("delivery", list(Delivery))
def test_a_refusal_is_final(delivery: Delivery) -> None:
    assert judge(Reject("550"), delivery) == Verdict(state=MessageState.DEAD, error="550")


def test_a_retry_waits_for_the_backoff_and_at_least_as_long_as_the_provider_asked() -> None:
    assert judge(Retry("503")).wait == timedelta(seconds=2)
    assert judge(Retry("429", after=timedelta(minutes=5))).wait == timedelta(minutes=5)


def test_the_last_try_ends_dead_with_its_reason_so_that_nothing_is_lost_silently() -> None:
    assert judge(Retry("503"), attempts=2).state is MessageState.QUEUED
    assert judge(Retry("503"), attempts=3) == Verdict(state=MessageState.DEAD, error="503")
    assert judge(Unknown("timeout"), attempts=3).state is MessageState.DEAD


def test_a_lost_answer_is_repeated_only_where_telling_twice_is_the_lesser_mistake() -> None:
    assert judge(Unknown("timeout"), AGAIN).state is MessageState.QUEUED
    assert judge(Unknown("timeout"), ONCE) == Verdict(state=MessageState.UNKNOWN, error="timeout")


@given(attempts=st.integers(1, 1_000), spread=st.floats(0, 1))
def test_the_backoff_grows_to_half_an_hour_and_is_scattered_by_half(attempts: int, spread: float) -> None:
    wait = backoff(attempts, spread)
    middle = min(timedelta(seconds=2 ** min(attempts, 20)), BACKOFF_CAP)
    assert middle * 0.5 <= wait <= middle * 1.5
    assert backoff(attempts, 0.5) <= backoff(attempts + 1, 0.5)
