"""Whether a firing still has to be told when its event is handled."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.escalation.suppression import FiringFacts, Suppression, suppression

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEPS = ("warn_50", "warn_75", "level_1", "level_2")
WARNING = FiringFacts(
    step="warn_50",
    historical=False,
    clock_open=True,
    clock_steps=STEPS,
    clock_step=2,
    clock_due_at=NOW + timedelta(minutes=10),
)
BREACH = msgspec.structs.replace(WARNING, step="level_1", clock_step=4, clock_due_at=NOW)


@pytest.mark.parametrize("firing", [WARNING, BREACH])
def test_what_is_still_so_is_told(firing: FiringFacts) -> None:
    """R4.4."""
    assert suppression(firing, NOW) is None


@pytest.mark.parametrize("firing", [WARNING, msgspec.structs.replace(BREACH, step="level_2")])
def test_a_promise_kept_meanwhile_wakes_nobody(firing: FiringFacts) -> None:
    kept = msgspec.structs.replace(firing, clock_open=False)
    assert suppression(kept, NOW) is Suppression.MET_BEFORE_TOLD


def test_a_breach_is_told_even_when_the_promise_was_kept_before_anybody_heard_of_it() -> None:
    """R4.4: nothing late is ever silent."""
    assert suppression(msgspec.structs.replace(BREACH, clock_open=False), NOW) is None


@pytest.mark.parametrize("firing", [WARNING, BREACH, msgspec.structs.replace(BREACH, clock_open=False)])
def test_imported_history_wakes_nobody(firing: FiringFacts) -> None:
    imported = msgspec.structs.replace(firing, historical=True)
    assert suppression(imported, NOW) is Suppression.HISTORICAL


def test_a_warning_is_stale_once_the_clock_is_due() -> None:
    at_due = msgspec.structs.replace(WARNING, clock_due_at=NOW)
    assert suppression(at_due, NOW) is Suppression.STALE


def test_a_warning_is_stale_once_a_later_step_has_come() -> None:
    assert suppression(msgspec.structs.replace(WARNING, clock_step=3), NOW) is Suppression.STALE


def test_a_warning_of_a_plan_that_was_replaced_is_stale() -> None:
    replaced = msgspec.structs.replace(WARNING, clock_steps=("warn_80", "level_1"))
    assert suppression(replaced, NOW) is Suppression.STALE


def test_a_level_is_told_however_late() -> None:
    """After an outage every elapsed level is told."""
    late = msgspec.structs.replace(BREACH, clock_due_at=NOW - timedelta(days=3), clock_step=5)
    assert suppression(late, NOW) is None
