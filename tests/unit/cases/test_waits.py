"""Whom a case waits for, and how long it took without that (R3.3, R4)."""

from datetime import UTC, datetime, timedelta

from shared.cases.vocabulary import CaseState
from shared.cases.waits import Party, Wait, present, times_of

BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wait(party: Party, since: float, until: float | None) -> Wait:
    return Wait(
        party=party,
        cycle=1,
        since=BEGAN + since * HOUR,
        until=None if until is None else BEGAN + until * HOUR,
        reason="",
        begun_by="杨帆",
    )


def test_gross_time_runs_on_and_net_time_leaves_the_customer_out():
    """Reports show gross and net time."""
    waits = [wait(Party.CUSTOMER, 1, 3), wait(Party.PARTS, 2, 6)]
    times = times_of(waits, BEGAN, BEGAN + 10 * HOUR)
    assert (times.gross_seconds, times.net_seconds, times.own_seconds) == (36_000, 28_800, 18_000)
    assert times.by_party == {
        Party.CUSTOMER: 7_200,
        Party.OEM: 0,
        Party.PARTS: 14_400,
        Party.STALEMATE: 0,
    }


def test_overlapping_waits_count_once_and_a_lasting_one_until_now():
    waits = [wait(Party.OEM, 0, 4), wait(Party.OEM, 5, None), wait(Party.STALEMATE, 3, 6)]
    times = times_of(waits, BEGAN, BEGAN + 8 * HOUR)
    assert times.own_seconds == 0
    assert times.by_party[Party.OEM] == 7 * 3_600


def test_nobody_is_waited_for_once_the_result_is_told():
    told = present(CaseState.RESULT_TOLD, customer=True, asked_for="parts", held=False)
    assert told == frozenset()
    held = present(CaseState.ON_HOLD, customer=False, asked_for="oem", held=True)
    assert held == {Party.OEM, Party.STALEMATE}
