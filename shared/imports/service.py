"""Importing complaints from a CSV file (R1.8): nothing twice, however often it is tried."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Final

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import service as cases
from shared.cases.intake import Intake, Source
from shared.cases.register_many import Outcome, Registered
from shared.db.engine import transaction
from shared.imports import repository
from shared.imports.mapping import Mapping
from shared.imports.outcomes import Problem, RowOutcome, Status, Summary
from shared.imports.reading import Inspection, Record, Table, inspect, read_table
from shared.imports.repository import DealerCounts, Run
from shared.imports.rows import BoundMapping, bind
from shared.outbox.events import EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import dealers, oems
from shared.tenants.dealers import Dealer
from shared.tenants.oems import Oem
from shared.web.locale import negotiate, translator

BATCH: Final = 50
"""Rows registered together: what a crash can lose, to be made again by the next try."""

Tell = Callable[[Sequence[RowOutcome]], None]
"""Hears of rows as soon as it is settled what became of them, in the order of the file."""

_Register = Callable[[Sequence[Intake]], Awaitable[list[Outcome]]]


class SourceFile(msgspec.Struct, frozen=True):
    """A CSV file: its name for people, and its bytes, which have to be seekable and open until the end."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Import:
    """A file that has been looked at and fits its mapping; see `prepare`."""

    actor: Actor
    file: SourceFile
    inspection: Inspection
    table: Table
    bound: BoundMapping

    async def run(self, *, historical: bool, tell: Tell, as_of: datetime | None = None) -> Summary:
        """Register every row that can be; the counts.

        With `historical`, breaches are recorded, owners are sent nothing, and each manager gets one digest.
        Raises `Unavailable` when the database goes away: another try goes on where this one ended.
        """
        async with transaction(self.actor.scope, as_of=as_of) as tx:
            run = await repository.begin(
                tx,
                self.actor.oem_id,
                file_name=self.file.name,
                digest=self.inspection.sha256,
                historical=historical,
                actor_name=self.actor.name,
            )
        actor = replace(self.actor, request_id=str(run.id))

        async def register(intakes: Sequence[Intake]) -> list[Outcome]:
            return await cases.register_many(
                actor, intakes, source=Source.IMPORT, historical=historical, as_of=as_of
            )

        summary = Summary()
        for records in _batches(self.table.records):
            outcomes = await _Batch(self.bound, register).outcomes(records)
            summary.add(outcomes)
            tell(outcomes)
        await self._finish(actor, run, summary, historical=historical, as_of=as_of)
        return summary

    async def rehearse(self, *, tell: Tell, as_of: datetime | None = None) -> Summary:
        """Say what `run` would do, and write nothing."""
        seen: set[tuple[int | None, str | None]] = set()

        async def rehearse(intakes: Sequence[Intake]) -> list[Outcome]:
            return await cases.rehearse_many(self.actor, intakes, source=Source.IMPORT, as_of=as_of)

        summary = Summary()
        for records in _batches(self.table.records):
            outcomes = await _Batch(self.bound, rehearse, seen).outcomes(records)
            summary.add(outcomes)
            tell(outcomes)
        return summary

    async def _finish(
        self, actor: Actor, run: Run, summary: Summary, *, historical: bool, as_of: datetime | None
    ) -> None:
        oem_id = actor.oem_id
        async with transaction(actor.scope, as_of=as_of) as tx:
            counts = await repository.counts(tx, oem_id, run)
            accepted, rejected = sum(each.cases for each in counts), summary.statuses[Status.REJECTED]
            finished = await repository.finish(
                tx,
                oem_id,
                run.id,
                accepted=accepted,
                # Rows that an interrupted try had accepted came as repeated in this one.
                repeated=summary.rows - rejected - accepted,
                rejected=rejected,
            )
            if not finished:
                return
            now = await tx.now()
            await append(
                tx, actor, now, AuditEntry(action="import.finish", entity="import", entity_id=run.id)
            )
            await emit(tx, oem_id, now, _finished(run, self.file.name, counts, historical=historical))


async def prepare(actor: Actor, file: SourceFile, mapping: Mapping) -> Import:
    """Look at the whole file and bind the mapping to it; writes nothing.

    Raises `Forbidden`, and `Invalid` when the file or the mapping is of no use, with every reason.
    """
    actor.require(Permission.CASE_IMPORT)
    inspection, table = await asyncio.to_thread(_looked_at, file.stream, mapping)
    oem, known = await _oem_and_dealers(actor)
    speak = translator(negotiate(oem.locale))
    bound = bind(
        mapping,
        table.header,
        dealers=known,
        time_zone=oem.time_zone,
        backdating_reason=speak.gettext("Imported from the file %(file)s.", file=file.name),
    )
    return Import(actor, file, inspection, table, bound)


def _looked_at(stream: BinaryIO, mapping: Mapping) -> tuple[Inspection, Table]:
    inspection = inspect(stream, mapping.file.encoding)
    stream.seek(0)
    return inspection, read_table(stream, inspection.encoding, mapping.file.delimiter)


async def _oem_and_dealers(actor: Actor) -> tuple[Oem, list[Dealer]]:
    async with transaction(actor.scope, read_only=True) as tx:
        return await oems.oem(tx, actor.oem_id), await dealers.dealers(tx, actor.oem_id)


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


@dataclass(slots=True)
class _Batch:
    """Some rows of a file; `seen` holds what a rehearsal would have registered before."""

    bound: BoundMapping
    register: _Register
    seen: set[tuple[int | None, str | None]] | None = None
    settled: dict[int, RowOutcome] = field(default_factory=dict)

    async def outcomes(self, records: Sequence[Record]) -> list[RowOutcome]:
        drafts = list(self._drafts(records))
        for wave in _waves(drafts):
            fresh = [each for each in wave if not self._settled_as_seen(*each)]
            if not fresh:
                continue
            found = await self.register([intake for _, intake in fresh])
            for (line, intake), outcome in zip(fresh, found, strict=True):
                self._settle(line, intake, outcome)
        return [self.settled[line] for line in sorted(self.settled)]

    def _drafts(self, records: Iterable[Record]) -> Iterator[tuple[int, Intake]]:
        for record in records:
            if record.problem is not None:
                self._reject(record.line, "", [Problem("", record.problem, record.params)])
                continue
            draft = self.bound.draft(record.cells)
            if draft.intake is None:
                problems = [Problem(self.bound.shown(p.field), p.code, p.params) for p in draft.problems]
                self._reject(record.line, draft.reference, problems)
            else:
                yield record.line, draft.intake

    def _settled_as_seen(self, line: int, intake: Intake) -> bool:
        if self.seen is None or _key(intake) not in self.seen:
            return False
        reference = intake.external_ref or ""
        self.settled[line] = RowOutcome(line=line, reference=reference, status=Status.REPEATED)
        return True

    def _settle(self, line: int, intake: Intake, outcome: Outcome) -> None:
        reference = intake.external_ref or ""
        if isinstance(outcome, Registered):
            if self.seen is not None:
                self.seen.add(_key(intake))
            self.settled[line] = RowOutcome(
                line=line,
                reference=reference,
                status=Status.ACCEPTED,
                number=outcome.number,
                contactable=outcome.contactable,
                category=outcome.category.value,
                urgency=outcome.urgency.value,
                owner_name=outcome.owner_name,
            )
        elif outcome.code == "external_ref_exists":
            number = str(outcome.params.get("number", ""))
            self.settled[line] = RowOutcome(
                line=line, reference=reference, status=Status.REPEATED, number=number
            )
        elif outcome.fields:
            problems = [
                Problem(self.bound.shown(each.field), each.code, each.params) for each in outcome.fields
            ]
            self._reject(line, reference, problems)
        else:
            self._reject(line, reference, [Problem("", outcome.code, outcome.params)])

    def _reject(self, line: int, reference: str, problems: Sequence[Problem]) -> None:
        self.settled[line] = RowOutcome(
            line=line, reference=reference, status=Status.REJECTED, problems=tuple(problems)
        )


def _waves(drafts: Sequence[tuple[int, Intake]]) -> list[list[tuple[int, Intake]]]:
    """The rows in such groups that no reference comes twice in one; the first group has the first of each."""
    waves: list[list[tuple[int, Intake]]] = []
    times: dict[tuple[int | None, str | None], int] = {}
    for line, intake in drafts:
        time = times.get(_key(intake), 0)
        times[_key(intake)] = time + 1
        if time == len(waves):
            waves.append([])
        waves[time].append((line, intake))
    return waves


def _key(intake: Intake) -> tuple[int | None, str | None]:
    return intake.dealer_id, intake.external_ref


def _finished(run: Run, file_name: str, counts: Sequence[DealerCounts], *, historical: bool) -> NewEvent:
    return NewEvent(
        kind=EventKind.IMPORT_FINISHED,
        dealer_id=0,
        payload={
            "run_id": str(run.id),
            "file_name": file_name,
            "historical": historical,
            "cases": {str(each.dealer_id): each.cases for each in counts},
            "open_cases": {str(each.dealer_id): each.open_cases for each in counts},
            "overdue": {str(each.dealer_id): each.overdue for each in counts},
        },
    )
