"""Open cases and another clock policy: looked at before it is published, migrated where wanted (R4.1).

A migration goes through the open cases of the OEM in batches and brings each to the policy in force for its
dealer. It is one row that counts along; whatever interrupts it, it goes on after the last batch.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import joint_calendar, policy_behind, promises
from shared.cases.counting_anew import all_made_by, say_due_next
from shared.cases.handling import held
from shared.cases.joint_promises import by_own_plans, complainants, keep_earliest, own_plans
from shared.cases.made_by import made_by
from shared.cases.policy_anew import CaseAnew, PromiseAnew, case_anew
from shared.cases.policy_effect import (
    CASE_COLUMNS,
    CLOCKS,
    COUNT,
    OPEN_CASES,
    CaseClockRow,
    cases_anew,
    clocks_of,
    origins,
    told,
)
from shared.cases.promises import Terms
from shared.cases.repository import LockedCase
from shared.db.engine import Transaction
from shared.errors import Conflict
from shared.ids import new_id
from shared.outbox.events import Event, EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.sla import repository as clocks
from shared.sla.firing import fire_due_of_cases
from shared.sla.repository import Versions
from shared.tenancy import Actor
from shared.tenants.policies import OF_OEM, PolicyName

CASES_AT_ONCE: Final = 300
_NOBODY: Final = UUID(int=0)
_ACTION: Final = "policy.migrate"
_FIGURES: Final = ("cases", "earlier", "later", "rebased", "started", "dropped", "kept")


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """How far a migration is; the figures as in `PolicyEffect`, of the cases done."""

    id: UUID
    version: int
    cases: int
    cases_done: int
    earlier: int
    later: int
    rebased: int
    started: int
    dropped: int
    kept: int
    started_at: datetime
    started_by: str
    finished_at: datetime | None


class _Row(Migration, frozen=True, kw_only=True):
    after: UUID


_BATCH: Final = f"SELECT c.id {OPEN_CASES} AND c.id > $3 ORDER BY c.id LIMIT $4"
# What is handled in another is locked last, as everywhere.
_LOCK: Final = f"""
SELECT {CASE_COLUMNS} FROM cases c WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[])
ORDER BY c.merged_into IS NOT NULL, c.id FOR NO KEY UPDATE
"""
_BY_POLICY: Final = """
UPDATE clocks SET policy_version = $3, policy_dealer_id = $4 WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""
_MIGRATION_COLUMNS: Final = ", ".join(Migration.__struct_fields__)
_START: Final = """
INSERT INTO policy_migrations (oem_id, id, version, cases, after, started_at, started_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
# One that failed too often stands in nobody's way: another begins from the first case.
_GIVE_UP: Final = """
UPDATE policy_migrations m SET finished_at = $2
WHERE m.oem_id = $1 AND m.finished_at IS NULL AND NOT EXISTS (
    SELECT FROM events e WHERE e.oem_id = $1 AND e.kind = $3 AND e.state = 'pending'
      AND e.payload ->> 'migration_id' = m.id::text)
"""
_NEWEST: Final = f"""
SELECT {_MIGRATION_COLUMNS} FROM policy_migrations WHERE oem_id = $1 ORDER BY id DESC LIMIT $2
"""
_HOLD: Final = f"""
SELECT {_MIGRATION_COLUMNS}, after FROM policy_migrations WHERE oem_id = $1 AND id = $2 FOR UPDATE
"""
_ADVANCE: Final = """
UPDATE policy_migrations SET cases_done = cases_done + $3, earlier = earlier + $4, later = later + $5,
    rebased = rebased + $6, started = started + $7, dropped = dropped + $8, kept = kept + $9,
    after = $10, finished_at = $11
WHERE oem_id = $1 AND id = $2
"""


async def migrations(tx: Transaction, oem_id: int, most: int = 20) -> list[Migration]:
    """The migrations of an OEM, the newest first."""
    return await tx.rows(Migration, _NEWEST, oem_id, most)


async def start(tx: Transaction, actor: Actor, version: int) -> UUID:
    """Begin to bring open cases to the policy in force, which the OEM's `version` is.

    Raises `Forbidden`, `Conflict` (`migration_running`) while another one goes on.
    """
    actor.require(Permission.TENANT_MANAGE)
    now, migration_id = await tx.now(), new_id()
    await tx.execute(_GIVE_UP, actor.oem_id, now, EventKind.POLICY_MIGRATION.value)
    cases = await tx.value(COUNT, actor.oem_id, OF_OEM)
    row = (actor.oem_id, migration_id, version, cases, _NOBODY, now, actor.name)
    try:
        await tx.execute(_START, *row)
    except asyncpg.UniqueViolationError as error:
        raise Conflict("migration_running") from error
    entry = AuditEntry(action=_ACTION, entity="policy", entity_id=f"{PolicyName.CLOCKS.value}/{version}")
    await append(tx, actor, now, entry)
    await _go_on(tx, actor.oem_id, now, migration_id)
    return migration_id


async def on_migration(tx: Transaction, event: Event) -> None:
    """Migrate the next batch of cases. Idempotent: it goes on after the last case that was done."""
    oem_id, migration_id = event.oem_id, event.uuid("migration_id")
    row = await tx.row(_Row, _HOLD, oem_id, migration_id)
    if row is None or row.finished_at is not None:
        return
    now = await tx.now()
    case_ids = await tx.values(_BATCH, oem_id, OF_OEM, row.after, CASES_AT_ONCE)
    anew = await _migrate(tx, oem_id, case_ids, now)
    figures = told(anew)
    is_last = len(case_ids) < CASES_AT_ONCE
    counts = [getattr(figures, name) for name in _FIGURES]
    after = case_ids[-1] if case_ids else row.after
    await tx.execute(_ADVANCE, oem_id, migration_id, *counts, after, now if is_last else None)
    if not is_last:
        await _go_on(tx, oem_id, now, migration_id)


async def _go_on(tx: Transaction, oem_id: int, now: datetime, migration_id: UUID) -> None:
    payload = {"migration_id": str(migration_id)}
    event = NewEvent(kind=EventKind.POLICY_MIGRATION, dealer_id=OF_OEM, payload={**payload})
    await emit(tx, oem_id, now, event)


async def _migrate(
    tx: Transaction, oem_id: int, case_ids: Sequence[UUID], now: datetime
) -> Sequence[CaseAnew]:
    cases = await tx.rows(LockedCase, _LOCK, oem_id, case_ids)
    await fire_due_of_cases(tx, oem_id, case_ids)
    terms = await promises.terms_of_dealers(tx, oem_id, sorted({case.dealer_id for case in cases}))
    known = await clocks_of(tx, oem_id, cases, lock=True)
    made = await all_made_by(tx, oem_id, origins(known))
    anew = await asyncio.to_thread(cases_anew, cases, known, made, terms, now)
    joint = set(await joint_calendar.holders(tx, oem_id, case_ids))
    await _write(tx, oem_id, now, [each for each in anew if each.case.id not in joint], terms)
    for each in anew:
        if each.case.id in joint:
            await _write_joint(tx, oem_id, each, terms[each.case.dealer_id])
    await policy_behind.keep_the_rest(tx, oem_id, case_ids, terms)
    await say_due_next(tx, oem_id, case_ids)
    entries = [
        AuditEntry(
            action=_ACTION,
            entity="case",
            entity_id=each.case.id,
            dealer_id=each.case.dealer_id,
            fields=changed,
        )
        for each in anew
        if (changed := _metrics_of(each))
    ]
    await append(tx, Actor.system(oem_id), now, *entries)
    return anew


async def _write(
    tx: Transaction, oem_id: int, now: datetime, anew: Sequence[CaseAnew], terms: Mapping[int, Terms]
) -> None:
    moved: dict[Versions, list[PromiseAnew]] = defaultdict(list)
    same: dict[tuple[int, int], list[UUID]] = defaultdict(list)
    for case in anew:
        in_force = terms[case.case.dealer_id]
        for each in (*case.counted, *case.started):
            if each.before is not None and each.is_moved:
                then = msgspec.structs.replace(
                    in_force.versions,
                    calendar_version=each.calendar_version,
                    calendar_dealer_id=each.calendar_dealer_id,
                )
                moved[then].append(each)
            elif each.before is not None:
                same[in_force.policy_version, in_force.policy_dealer_id].append(each.before.id)
    for versions, found in moved.items():
        plans = [(each.before.id, each.plan) for each in found if each.before is not None]
        await clocks.reschedule(tx, oem_id, versions, now, plans)
    for (version, whose), clock_ids in same.items():
        await tx.execute(_BY_POLICY, oem_id, clock_ids, version, whose)
    for case in anew:
        new = [each.plan for each in case.started if each.before is None]
        if new:
            home = promises.home_of(oem_id, case.case, terms[case.case.dealer_id])
            await clocks.insert(tx, home, now, new)
    for case in anew:
        dropped = [each.id for each in case.dropped]
        in_force = terms[case.case.dealer_id]
        # Dropped by this policy: only by this policy may another classification bring it back.
        await tx.execute(_BY_POLICY, oem_id, dropped, in_force.policy_version, in_force.policy_dealer_id)
        await clocks.cancel(tx, oem_id, dropped, now)


async def _write_joint(tx: Transaction, oem_id: int, anew: CaseAnew, terms: Terms) -> None:
    """The same where others are merged: they keep what was promised to them, and the earliest counts."""
    work = await held(tx, Actor.system(oem_id), anew.case.id, version=None)
    found = await complainants(work)
    own = own_plans(found)
    alone = {each.id: each for each in by_own_plans(work.clocks, own)}
    made = {
        clock_id: (await made_by(tx, oem_id, work.case.dealer_id, versions), versions)
        for clock_id, versions in (await _versions_of(tx, oem_id, work.case)).items()
        if clock_id in alone
    }
    by_itself = case_anew(work.case, list(alone.values()), made, terms, work.at)
    plans = {
        each.before.id: each.plan
        for each in (*by_itself.counted, *by_itself.started)
        if each.before is not None
    }
    alone_now = msgspec.structs.replace(by_itself, dropped=[])
    await _write(tx, oem_id, work.at, [alone_now], {work.case.dealer_id: terms})
    work.clocks = await clocks.lock(tx, oem_id, work.case.id, work.case.cycle)
    now_own = {**own, **plans, **{each.id: None for each in by_itself.dropped}}
    await keep_earliest(work, work.case, found, now_own)


async def _versions_of(tx: Transaction, oem_id: int, case: LockedCase) -> dict[UUID, Versions]:
    known = await tx.rows(CaseClockRow, CLOCKS, oem_id, [case.id])
    return {each.id: each.versions for each in known}


def _metrics_of(anew: CaseAnew) -> list[str]:
    moved = [each.plan.metric for each in (*anew.counted, *anew.started) if each.is_moved]
    return sorted({metric.value for metric in (*moved, *(each.metric for each in anew.dropped))})
