"""Whom a case waits for, and since when: the customer, the OEM, parts, the end of a stalemate (R3.3, R4).

Each wait is a row of its own. Waiting for the customer pauses promises (`pausing`); every other wait is a
clock on whoever owns it. A command changes columns of the case; what that means for waits is found here.

The customer is waited for no longer than the pause lasts that the request began: its row holds that end from
the beginning, so that time beyond the pause's expiry or cap is the dealer's own. A further request is a
further row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import detail, promises
from shared.cases.command_moves import CONCLUDED, FINAL
from shared.cases.repository import LockedCase
from shared.cases.vocabulary import CaseState, Party
from shared.db.engine import Transaction
from shared.ids import new_id
from shared.permissions import DEALER_ROLES
from shared.sla import pause
from shared.sla import repository as clocks
from shared.sla.policy import Metric
from shared.sla.repository import CaseClock
from shared.tenancy import Actor

METRICS: Final[Mapping[Party, Metric]] = {
    Party.OEM: Metric.WAIT_OEM,
    Party.PARTS: Metric.WAIT_PARTS,
    Party.STALEMATE: Metric.STALEMATE,
}
"""The promise of whoever owns the wait."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """One wait; `until` is None while it lasts."""

    party: Party
    cycle: int
    since: datetime
    until: datetime | None
    reason: str
    begun_by: str


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Real time of the present cycle in whole seconds.

    `gross_seconds` from its beginning to the result or now; `net_seconds` without the customer's part;
    `own_seconds` without any wait; `by_party` what each wait took, whatever else ran beside it.
    """

    gross_seconds: int
    net_seconds: int
    own_seconds: int
    by_party: dict[Party, int]


class CaseWaits(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a case waits for now (None: for nobody, the dealer has to act), all its waits, and their times.

    `answer_overdue`: the customer was asked and has not answered, and the pause is over.
    """

    waits_for: Party | None
    answer_overdue: bool
    times: Times
    waits: list[Wait]


def present(
    state: CaseState, *, customer: bool, asked_for: str, held: bool, oem_asked: bool = False
) -> frozenset[Party]:
    """The waits of a case that stands like this (pure); none once the result is told."""
    if state in CONCLUDED or state in FINAL:
        return frozenset()
    found = {Party.CUSTOMER: customer, Party.OEM: oem_asked, Party.STALEMATE: held}
    waits = {party for party, lasts in found.items() if lasts}
    return frozenset(waits | ({Party(asked_for)} if asked_for else set()))


def waits_now(state: CaseState, *, customer: bool, asked_for: str, oem_asked: bool) -> list[Party]:
    """Whom a case that stands like this waits for, in the order of `Party` (pure)."""
    held = state is CaseState.ON_HOLD
    waits = present(state, customer=customer, asked_for=asked_for, held=held, oem_asked=oem_asked)
    return [party for party in Party if party in waits]


def times_of(waits: Sequence[Wait], began_at: datetime, ended_at: datetime) -> Times:
    """The times of a cycle that ran from `began_at` to `ended_at` (pure)."""
    spans = [(each.party, *_within(each, began_at, ended_at)) for each in waits]
    gross = ended_at - began_at
    return Times(
        gross_seconds=_seconds(gross),
        net_seconds=_seconds(gross - _covered(spans, {Party.CUSTOMER})),
        own_seconds=_seconds(gross - _covered(spans, set(Party))),
        by_party={party: _seconds(_covered(spans, {party})) for party in Party},
    )


async def asked_of_oem(
    tx: Transaction, oem_id: int, case: LockedCase, columns: Mapping[str, object]
) -> dict[str, object]:
    """What a command's `columns` change about the OEM being asked for something by the dealer (R3.1, R3.2).

    It is asked by a transfer that the dealer wants, an approval above the dealer's limits and a task that the
    OEM has to do. A case of its own desk asks it for nothing.
    """
    asked = columns.get("transfer_asked_at", case.transfer_asked_at) is not None
    if not asked and any(
        columns.get(name, getattr(case, name)) for name in ("open_tasks", "open_compensations")
    ):
        dealer_roles = sorted(role.value for role in DEALER_ROLES)
        asked = bool(await tx.value(_OEM_HAS_TO_ACT, oem_id, case.id, case.dealer_id, dealer_roles))
    return {} if asked is case.oem_asked else {"oem_asked": asked}


async def follow(
    tx: Transaction,
    actor: Actor,
    case: LockedCase,
    known: Sequence[CaseClock],
    columns: Mapping[str, object],
    reason: str,
) -> bool:
    """Begin and end the waits that a command's `columns` stand for; whether clocks have changed."""
    before = _present(case, {})
    after = _present(case, columns)
    begins_cycle = columns.get("cycle", case.cycle) != case.cycle
    at = await tx.now()
    asked = {Party.CUSTOMER} if columns.get("waiting_since") is not None else set[Party]()
    for party in sorted((before - after) | (before & asked)):
        await tx.execute(_END, case.id, case.cycle, party.value, at, actor.oem_id)
    if begins_cycle:
        # What lasts over the result goes on as a wait of the new cycle.
        case, known = msgspec.structs.replace(case, cycle=case.cycle + 1), ()
    for party in sorted((after - before) | (after & asked)):
        until = _pause_end(case, columns, at) if party is Party.CUSTOMER else None
        await tx.execute(
            _BEGIN,
            actor.oem_id,
            new_id(at),
            case.dealer_id,
            case.id,
            case.cycle,
            party.value,
            at,
            until,
            reason,
            actor.name,
        )
    ended = {METRICS[party] for party in before - after if party in METRICS}
    kept = [each.id for each in known if each.metric in ended and each.is_open]
    if kept:
        await clocks.meet(tx, actor.oem_id, kept, at)
    begun = [METRICS[party] for party in after - before if party in METRICS]
    for metric in sorted(begun):
        await _promise(tx, actor.oem_id, case, known, metric, at)
    return bool(kept or begun)


async def waits_of(tx: Transaction, oem_id: int, case_id: UUID) -> CaseWaits:
    """Whom a case waits for, and how long it did; raises `NotFound` (`case_not_found`)."""
    case = await detail.case_view(tx, oem_id, case_id)
    waits = await tx.rows(Wait, _WAITS, oem_id, case_id)
    now = await tx.now()
    lasting = {each.party for each in waits if each.until is None or each.until > now}
    ended_at = case.result_told_at or case.closed_at or now
    began_at = case.reopened_at or case.received_at
    of_cycle = [each for each in waits if each.cycle == case.cycle]
    return CaseWaits(
        waits_for=next((party for party in Party if party in lasting), None),
        answer_overdue=case.waiting_since is not None and Party.CUSTOMER not in lasting,
        times=times_of(of_cycle, began_at, max(began_at, ended_at)),
        waits=[each if each.until is None or each.until <= now else _lasting(each) for each in waits],
    )


_BEGIN: Final = """
INSERT INTO case_waits (oem_id, id, dealer_id, case_id, cycle, party, since, until, reason, begun_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_OEM_HAS_TO_ACT: Final = """
SELECT NOT d.is_desk AND (
    EXISTS (SELECT FROM case_tasks t
            WHERE t.oem_id = $1 AND t.case_id = $2 AND t.state = 'open' AND t.at_oem)
    OR EXISTS (SELECT FROM case_approvals a
               WHERE a.oem_id = $1 AND a.case_id = $2 AND a.state = 'pending'
                 AND a.wanted_role <> ALL ($4::text[])))
FROM dealers d WHERE d.oem_id = $1 AND d.id = $3
"""
_END: Final = """
UPDATE case_waits SET until = $4
WHERE oem_id = $5 AND case_id = $1 AND cycle = $2 AND party = $3
  AND (until IS NULL OR until > $4)
"""
_WAITS: Final = """
SELECT party, cycle, since, until, reason, begun_by FROM case_waits
WHERE oem_id = $1 AND case_id = $2 ORDER BY since, id
"""


def _present(case: LockedCase, columns: Mapping[str, object]) -> frozenset[Party]:
    state = CaseState(str(columns.get("state", case.state)))
    return present(
        state,
        customer=columns.get("waiting_since", case.waiting_since) is not None,
        asked_for=str(columns.get("waits_for", case.waits_for)),
        held=state is CaseState.ON_HOLD,
        oem_asked=bool(columns.get("oem_asked", case.oem_asked)),
    )


def _pause_end(case: LockedCase, columns: Mapping[str, object], at: datetime) -> datetime:
    """When the pause ends that begins now; now itself where the cap leaves none."""
    pauses = msgspec.convert(columns.get("pauses", case.pauses), list[datetime])
    return pause.paused_until(pause.spans_of(pauses), at) or at


def _lasting(wait: Wait) -> Wait:
    return msgspec.structs.replace(wait, until=None)


async def _promise(
    tx: Transaction,
    oem_id: int,
    case: LockedCase,
    known: Sequence[CaseClock],
    metric: Metric,
    at: datetime,
) -> None:
    terms = await promises.terms(tx, oem_id, case.dealer_id)
    planned = promises.plan_one(terms, case.facts(), metric, at)
    if planned is not None:
        turn = max((each.turn for each in known if each.metric is metric), default=0) + 1
        await clocks.insert(tx, promises.home_of(oem_id, case, terms), at, [planned], turn=turn)


def _within(wait: Wait, began_at: datetime, ended_at: datetime) -> tuple[datetime, datetime]:
    return max(wait.since, began_at), min(wait.until or ended_at, ended_at)


def _covered(spans: Sequence[tuple[Party, datetime, datetime]], parties: set[Party]) -> timedelta:
    """The time that at least one of the parties' spans covers."""
    covered = timedelta()
    reached: datetime | None = None
    for _, since, until in sorted((span for span in spans if span[0] in parties), key=lambda span: span[1]):
        begin = since if reached is None else max(since, reached)
        if until > begin:
            covered += until - begin
            reached = until
    return covered


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
