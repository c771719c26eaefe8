"""Promises that begin with what happens to a case, not with its receipt: survey and calls (R4.1).

Each works on a case under its lock and says anew what is due next; the version of the case stays, for no form
has become stale by it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec

from shared.cases import promises
from shared.cases.command_moves import FINAL
from shared.cases.facts_anew import Maker, maker_of
from shared.cases.handling import Handling, due_next
from shared.cases.made_by import origins_of
from shared.cases.promises import Hours
from shared.cases.recount import MadeBy
from shared.sla import clock
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.pause import spans_of
from shared.sla.policy import Basis, Metric, MetricTarget, Target, target_of
from shared.sla.repository import CaseClock, ClockState

_SET_DUE: Final = """
UPDATE cases SET due_at = $3, due_metric = $4, due_started_at = $5 WHERE oem_id = $1 AND id = $2
"""
_MINUTE: Final = timedelta(minutes=1)


async def begin(work: Handling, metric: Metric, started_at: datetime) -> CaseClock | None:
    """Promise it from `started_at`, once per cycle; its clock, None where the policy promises nothing.

    What was dropped is promised anew.
    """
    known = clock_of(work, metric)
    if known is not None and known.state is not ClockState.CANCELLED:
        return known
    return await begin_turn(work, metric, started_at)


async def begin_turn(work: Handling, metric: Metric, started_at: datetime) -> CaseClock | None:
    """Promise it from `started_at` once more within the cycle; as `begin`."""
    planned = await plan_turn(work, metric, started_at)
    return await start_turn(work, planned) if planned else None


async def plan_turn(work: Handling, metric: Metric, started_at: datetime) -> PlannedClock | None:
    """The plan of a promise from `started_at`, None where the policy promises nothing."""
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    return promises.plan_one(terms, work.case.facts(), metric, started_at, spans_of(work.case.pauses))


async def plan_until(
    work: Handling, metric: Metric, started_at: datetime, due_at: datetime
) -> PlannedClock | None:
    """As `plan_turn`, due at an instant somebody asked for, in whole minutes."""
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    promised = target_of(terms.policy, work.case.facts(), metric)
    return None if promised is None else _until(promised, terms.hours, started_at, due_at)


def _until(promised: MetricTarget, hours: Hours, started_at: datetime, due_at: datetime) -> PlannedClock:
    target = Target(
        duration_minutes=(due_at - started_at) // _MINUTE,
        basis=Basis.ALWAYS,
        warn_percent=promised.target.warn_percent,
        chain=promised.target.chain,
    )
    until = MetricTarget(promised.metric, target, promised.rule)
    return clock.plan(until, hours.calendar, started_at, fallback=hours.fallback)


async def start_turn(work: Handling, planned: PlannedClock) -> CaseClock:
    """Make the promise by its plan, as one more turn of its metric within the cycle."""
    begun = await _start(work, planned)
    await _renew(work, begun)
    return begun


async def turn_over(work: Handling, kept: CaseClock, planned: PlannedClock) -> None:
    """The open turn `kept` ends well, and the next is promised by its plan."""
    met = await _meet(work, kept)
    await _renew(work, met, await _start(work, planned))


async def _start(work: Handling, planned: PlannedClock) -> CaseClock:
    known = clock_of(work, planned.metric)
    return await _insert(work, planned, turn=known.turn + 1 if known else 1)


async def _insert(work: Handling, planned: PlannedClock, turn: int) -> CaseClock:
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    home = promises.home_of(work.oem_id, work.case, terms)
    (begun,) = await clocks.insert(work.tx, home, work.at, [planned], turn=turn)
    return begun


async def begin_help(work: Handling, cycle: int, turn: int, level: int) -> None:
    """Somebody of a level is called for help and owes an answer; once for each call, `turn` (R4.2).

    A case that is over, or open again, meanwhile needs none.
    """
    if work.case.state in FINAL or work.case.cycle != cycle:
        return
    if any(each.metric is Metric.HELP and each.turn == turn for each in work.clocks):
        return
    terms = await promises.terms(work.tx, work.oem_id, work.case.dealer_id)
    promise = target_of(terms.policy, work.case.facts(), Metric.HELP)
    planned = promise and clock.plan_above(
        promise, terms.hours.calendar, level, work.at, terms.hours.fallback
    )
    if planned is not None:
        await _renew(work, await _insert(work, planned, turn))


async def keep_help(work: Handling, turns: Collection[int]) -> None:
    """The calls are answered, in time or not; for a caller that sets what is due next itself."""
    answered = [
        each.id for each in work.clocks if each.metric is Metric.HELP and each.turn in turns and each.is_open
    ]
    if answered:
        await clocks.meet(work.tx, work.oem_id, answered, work.at)
        work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)


async def drop(work: Handling, metric: Metric) -> None:
    """It is not promised any more."""
    known = open_turn_of(work, metric)
    if known is not None:
        await clocks.cancel(work.tx, work.oem_id, [known.id], work.at)
        await _renew(work, msgspec.structs.replace(known, state=ClockState.CANCELLED, next_at=None))


async def keep(work: Handling, metric: Metric) -> None:
    """The promise is kept, in time or not."""
    known = clock_of(work, metric)
    if known is not None and known.is_open:
        await _renew(work, await _meet(work, known))


async def unkeep(work: Handling, metric: Metric) -> None:
    """The promise only seemed to be kept: it is open again, due when it was."""
    known = clock_of(work, metric)
    if known is None or known.state is not ClockState.MET:
        return
    await clocks.unmeet(work.tx, work.oem_id, known.id, work.at)
    work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)
    await _renew(work)


async def take_back_turn(work: Handling, metric: Metric) -> None:
    """The latest turn only seemed to begin: the one before is open again, due when it was."""
    turns = sorted((each for each in work.clocks if each.metric is metric), key=lambda each: each.turn)
    if len(turns) < 2 or not turns[-1].is_open or turns[-2].state is not ClockState.MET:
        return
    await clocks.cancel(work.tx, work.oem_id, [turns[-1].id], work.at)
    await clocks.unmeet(work.tx, work.oem_id, turns[-2].id, work.at)
    work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)
    await _renew(work)


async def move(work: Handling, metric: Metric, due_at: datetime) -> None:
    """A promise that is not late yet falls due when the customer asked, in whole minutes.

    It warns and climbs by the policy that made it; by the one in force where that one cannot be read, or
    promises nothing to the case as it is classified now.
    """
    known = clock_of(work, metric)
    if known is None or not known.is_open or known.due_at <= work.at:
        return
    for maker in await _makers(work, known):
        promised = target_of(maker.made_by.policy, work.case.facts(), metric)
        if promised is not None:
            planned = _until(promised, maker.made_by.hours, known.started_at, due_at)
            await clocks.reschedule(work.tx, work.oem_id, maker.versions, work.at, [(known.id, planned)])
            work.clocks = await clocks.lock(work.tx, work.oem_id, work.case.id, work.case.cycle)
            await _renew(work)
            return


async def _makers(work: Handling, known: CaseClock) -> list[Maker]:
    """What made the clock, then what is in force."""
    tx, oem_id, case = work.tx, work.oem_id, work.case
    terms = await promises.terms(tx, oem_id, case.dealer_id)
    in_force = Maker(MadeBy(terms.policy, terms.hours), terms.versions)
    origin = (await origins_of(tx, oem_id, case.dealer_id, [known.id]))[known.id]
    return [maker_of(known, case.facts(), spans_of(case.pauses), origin, in_force), in_force]


def clock_of(work: Handling, metric: Metric) -> CaseClock | None:
    """The clock of a metric in the present cycle: that of the latest turn."""
    turns = [each for each in work.clocks if each.metric is metric]
    return max(turns, key=lambda each: each.turn, default=None)


def open_turn_of(work: Handling, metric: Metric) -> CaseClock | None:
    """The turn that is still to be kept: the latest, or the one before it that `take_back_turn` opened."""
    turns = [each for each in work.clocks if each.metric is metric and each.is_open]
    return max(turns, key=lambda each: each.turn, default=None)


async def _meet(work: Handling, known: CaseClock) -> CaseClock:
    await clocks.meet(work.tx, work.oem_id, [known.id], work.at)
    return msgspec.structs.replace(known, state=ClockState.MET, next_at=None)


async def _renew(work: Handling, *changed: CaseClock) -> None:
    """Hold the clocks as they are now; what is due next is written where that is another."""
    known = {each.id: each for each in (*work.clocks, *changed)}
    work.clocks = sorted(known.values(), key=lambda each: (each.due_at, each.metric, each.turn))
    due = due_next(each for each in work.clocks if each.is_open)
    case = msgspec.structs.replace(work.case, **due)
    if case != work.case:
        await work.tx.execute(_SET_DUE, work.oem_id, case.id, *due.values())
        work.case = case
