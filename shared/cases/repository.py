"""Rows of cases and of what happened to them; every statement runs in the caller's scope."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
import msgspec

from shared.cases.assignment import Able
from shared.cases.rules import Classification
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.db.engine import Transaction
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.permissions import Role
from shared.sla.policy import CaseFacts
from shared.tenancy import Actor

Data = dict[str, str | int | float | bool | list[str] | None]


class NewCase(msgspec.Struct, frozen=True, kw_only=True):
    """The row of a case as it is registered; each field is a column."""

    oem_id: int
    id: UUID
    dealer_id: int
    number: str
    state: str
    channel: str
    report_code: int
    category: str
    kind: str
    subject: str
    urgency: str
    nature: str
    department: str
    major_candidate: bool
    classification: Classification
    title: str
    words: str
    description: str
    fault_label: str
    demand: str
    conditions: str
    background: str
    language: str
    customer_id: UUID
    vehicle_id: UUID | None
    mileage_km: int | None
    contactable: bool
    points: int
    open_points: int
    owner_id: UUID
    owner_name: str
    received_at: datetime
    registered_at: datetime
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    historical: bool
    source: str
    external_ref: str | None
    created_by: str
    updated_at: datetime


_COLUMNS = NewCase.__struct_fields__
_INSERT = (
    f"INSERT INTO cases ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join(f'${place}' for place in range(1, len(_COLUMNS) + 1))})"
)
_BY_EXTERNAL_REFS = """
SELECT c.id, c.number, c.dealer_id, c.external_ref
FROM unnest($3::bigint[], $4::text[]) AS asked (dealer_id, external_ref)
JOIN cases c ON c.oem_id = $1 AND c.source = $2 AND c.dealer_id = asked.dealer_id
            AND c.external_ref = asked.external_ref
"""


async def insert(tx: Transaction, cases: Sequence[NewCase]) -> None:
    """Write new cases."""
    await tx.execute_many(_INSERT, [msgspec.structs.astuple(case) for case in cases])


@contextmanager
def known_references_refused() -> Generator[None]:
    """Raises `Conflict` (`external_ref_exists`) when another transaction has just brought the reference."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name is None or "external_ref" not in error.constraint_name:
            raise
        raise Conflict("external_ref_exists") from error


class ReferredCase(msgspec.Struct, frozen=True, kw_only=True):
    """The case that another system's number stands for."""

    id: UUID
    number: str
    dealer_id: int
    external_ref: str


async def by_external_refs(
    tx: Transaction, oem_id: int, source: str, references: Sequence[tuple[int, str]]
) -> list[ReferredCase]:
    """The cases known by these references, each with its dealer."""
    dealer_ids, numbers = [each[0] for each in references], [each[1] for each in references]
    return await tx.rows(ReferredCase, _BY_EXTERNAL_REFS, oem_id, source, dealer_ids, numbers)


class LockedCase(msgspec.Struct, frozen=True, kw_only=True):
    """What commands look at, read under the lock of the row."""

    id: UUID
    dealer_id: int
    number: str
    version: int
    cycle: int
    state: CaseState
    channel: Channel
    category: Category
    kind: Kind
    subject: str
    urgency: Urgency
    nature: str
    department: str
    major: bool
    major_candidate: bool
    owner_id: UUID
    owner_name: str
    previous_owner_id: UUID | None
    received_at: datetime
    reopened_at: datetime | None
    contacted_at: datetime | None
    planned_at: datetime | None
    result_told_at: datetime | None
    held_in: CaseState | None
    merged_into: UUID | None
    merged_from: CaseState | None
    waiting_since: datetime | None
    waits_for: str
    oem_asked: bool
    pauses: list[datetime]
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    historical: bool
    transfer_asked_at: datetime | None
    points: int
    open_points: int
    open_tasks: int
    open_compensations: int
    visit_unconfirmed: bool
    work_unverified: bool
    verdict: str | None
    customer_id: UUID
    vehicle_id: UUID | None

    @property
    def cycle_began_at(self) -> datetime:
        """The instant that the promises of the present cycle count from."""
        return self.reopened_at or self.received_at

    def facts(self) -> CaseFacts:
        """What the rules of promises look at."""
        return CaseFacts(self.kind, self.category, self.urgency, self.channel, self.major)

    @property
    def transfer_asked(self) -> bool:
        """Whether the dealer has asked to hand it to another."""
        return self.transfer_asked_at is not None

    @property
    def major_in_question(self) -> bool:
        """Whether it counts as a major complaint, or may be one."""
        return self.major or self.major_candidate


class _JustLocked(LockedCase, frozen=True, kw_only=True):
    locked_at: datetime


# Not a full FOR UPDATE: the sweep refers to the case while it holds a clock we wait for (see `sla.firing`).
# The time is read above the subquery that locks, and so after the wait for each row.
_LOCK = f"""
SELECT locked.*, clock_timestamp() AS locked_at FROM (
    SELECT {", ".join(LockedCase.__struct_fields__)} FROM cases
    WHERE oem_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
) AS locked
"""


async def lock(tx: Transaction, oem_id: int, case_id: UUID) -> LockedCase:
    """The case, locked until the transaction ends; raises `NotFound` (`case_not_found`) outside the scope.

    From here on the transaction acts at the instant at which it got the lock: what happens to a case one
    after another is written in that order (R9.3).
    In a batch all of its cases are locked at once.
    """
    case = await tx.ahead.one("locked", "case", case_id, partial(_lock, tx, oem_id))
    if case is None:
        raise NotFound("case_not_found")
    return case


async def _lock(tx: Transaction, oem_id: int, case_ids: list[UUID]) -> dict[UUID, LockedCase]:
    found = await tx.rows(_JustLocked, _LOCK, oem_id, case_ids)
    for each in found:
        tx.went_on(each.locked_at)
    return {each.id: each for each in found}


async def update(tx: Transaction, oem_id: int, case_id: UUID, changes: Mapping[str, object]) -> None:
    """Set columns (named by code, never by input) and raise the version."""
    assignments = ", ".join(f"{column} = ${place}" for place, column in enumerate(changes, 3))
    await tx.execute(
        f"UPDATE cases SET {assignments}, version = version + 1 WHERE oem_id = $1 AND id = $2",
        oem_id,
        case_id,
        *changes.values(),
    )


class NewTimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened; `data` holds codes and ids, `text` what a person wrote."""

    dealer_id: int
    case_id: UUID
    kind: str
    internal: bool
    text: str = ""
    data: Data = {}


_INSERT_ENTRY = """
INSERT INTO timeline_entries (oem_id, id, dealer_id, case_id, at, kind, actor_kind, actor_id, actor_name,
                              internal, text, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


_INSERT_ENTRIES = """
INSERT INTO timeline_entries (oem_id, id, dealer_id, case_id, at, kind, actor_kind, actor_id, actor_name,
                              internal, text, data)
SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::uuid[], $5::timestamptz[], $6::text[],
                     $7::text[], $8::uuid[], $9::text[], $10::boolean[], $11::text[], $12::jsonb[])
"""


async def append_to_timeline(tx: Transaction, actor: Actor, at: datetime, *entries: NewTimelineEntry) -> None:
    """Write what happened."""
    await tx.execute_many(_INSERT_ENTRY, _entry_rows(actor, at, entries))


async def note_on_timeline(tx: Transaction, actor: Actor, at: datetime, *entries: NewTimelineEntry) -> None:
    """Write what was told, with the rest of a batch: nothing in it may read these entries."""
    await tx.later(_INSERT_ENTRIES, _entry_rows(actor, at, entries))


def _entry_rows(actor: Actor, at: datetime, entries: Sequence[NewTimelineEntry]) -> list[tuple[object, ...]]:
    return [
        (
            actor.oem_id,
            new_id(at),
            entry.dealer_id,
            entry.case_id,
            at,
            entry.kind,
            actor.kind.value,
            actor.id,
            actor.name,
            entry.internal,
            entry.text,
            entry.data,
        )
        for entry in entries
    ]


class Candidate(Able, frozen=True, kw_only=True):
    """Someone who may own a case of a dealer, 0 for the OEM itself."""

    dealer_id: int


_CANDIDATES = """
SELECT m.id, m.dealer_id, m.name, m.role, m.department, m.skills, m.duty, m.region_ids, m.time_zone,
       (SELECT count(*) FROM cases c
        WHERE c.oem_id = $1 AND c.owner_id = m.id AND c.closed_at IS NULL) AS open_cases
FROM memberships m
WHERE m.oem_id = $1 AND m.dealer_id = ANY ($2::bigint[]) AND m.role = ANY ($3::text[]) AND m.active
ORDER BY m.created_at, m.id
"""


async def candidates(
    tx: Transaction, oem_id: int, dealer_ids: Sequence[int], roles: Sequence[Role]
) -> list[Candidate]:
    """The active members of these dealers in one of these roles, those longest there first.

    `dealer_id` 0: at the OEM itself.
    """
    return await tx.rows(Candidate, _CANDIDATES, oem_id, dealer_ids, [role.value for role in roles])
