"""One command on one case: locked, judged by the table, written with its traces (R3, R4, R9.3).

Every command runs the same way: the case is locked, promises that have fallen due are recorded as broken, the
table decides, the columns change, clocks are met, and timeline, audit and event are written, all in one
transaction.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import detail, promises, repository, reveals, search, waits
from shared.cases.command_moves import CONCLUDED, FINAL
from shared.cases.repository import Data, LockedCase, NewTimelineEntry
from shared.cases.search import SearchedCase
from shared.cases.standing import Standing, unmet
from shared.cases.states import Command, Facts, Reason, Refusal, Stamp, Transition, decide
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, FieldError, Forbidden, Invalid
from shared.outbox.events import EventKind, NewEvent, Payload, emit
from shared.sla import repository as clocks
from shared.sla.firing import fire_due_of_case
from shared.sla.policy import AFTERWARDS, FirstContactBy, Metric
from shared.sla.repository import CaseClock
from shared.tenancy import Actor

_EMPTY: Final = (None, "", ())
_NOTHING_AWAITED: Final = frozenset({*CONCLUDED, *FINAL})


@dataclass(slots=True, kw_only=True)
class Change:
    """What a command makes of a case besides what the table says.

    `columns` are set; `text` and `data` go to the timeline; `event` and `payload` to the packages above.
    """

    columns: dict[str, object] = field(default_factory=dict[str, object])
    text: str = ""
    data: Data = field(default_factory=Data)
    event: EventKind | None = None
    payload: Payload = field(default_factory=Payload)


@dataclass(slots=True, kw_only=True)
class Handling:
    """A case under its lock, in an open transaction."""

    tx: Transaction
    actor: Actor
    at: datetime
    case: LockedCase
    version: int | None
    clocks: list[CaseClock]

    @property
    def oem_id(self) -> int:
        """The OEM acted in."""
        return self.actor.oem_id

    def judge(
        self,
        commands: Sequence[Command],
        filled: Mapping[str, object],
        standing: Standing | None = None,
    ) -> list[Transition]:
        """What the table says to every one of `commands`; `filled` holds the command's fields by name.

        `standing` is what will stand open once the command is done, where it changes that itself.
        Raises `Forbidden`, then `Conflict` for a stale version, a wrong state or a condition that does not
        hold, then `Invalid`.
        """
        facts = Facts(
            state=self.case.state,
            role=self.actor.role,
            filled=frozenset(name for name, value in filled.items() if value not in _EMPTY),
            kind=self.case.kind,
            unmet=unmet(standing or self.case, self.actor.membership_id),
            held_in=self.case.held_in or self.case.merged_from,
        )
        decisions = [decide(command, facts) for command in commands]
        refusals = [each for each in decisions if isinstance(each, Refusal)]
        for refusal in refusals:
            if refusal.reason is Reason.NOT_PERMITTED:
                raise Forbidden(refusal.code, refusal.params)
        if self.version is not None and self.version != self.case.version:
            raise Conflict("stale_version", {"current": self.case.version})
        if refusals:
            raise _error(refusals[0])
        return [each for each in decisions if isinstance(each, Transition)]

    async def apply(self, transitions: Sequence[Transition], change: Change) -> CaseView:
        """Write what the table and the command say; the case as it is then, and as the actor may read it.

        Afterwards `case` and `clocks` are as they were before: whoever goes on (`afterwards`) holds it anew.
        """
        main = transitions[0]
        columns = {**change.columns, **self._stamps(transitions)}
        if main.to is not self.case.state:
            columns["state"] = main.to.value
            if CaseState.ON_HOLD in {main.to, self.case.state}:
                columns["held_in"] = self.case.state.value if main.to is CaseState.ON_HOLD else None
        if main.to in _NOTHING_AWAITED and self.case.waits_for:
            columns["waits_for"] = ""
        columns |= await waits.asked_of_oem(self.tx, self.oem_id, self.case, columns)
        if await waits.follow(self.tx, self.actor, self.case, self.clocks, columns, change.text):
            cycle = int(str(columns.get("cycle", self.case.cycle)))
            self.clocks = await clocks.lock(self.tx, self.oem_id, self.case.id, cycle)
        found_by = await self._found_by(columns)
        metrics = await self._kept_by(transitions)
        async with self.tx.together():
            due = await self._meet(transitions, metrics)
            row = {**columns, **due, "updated_at": self.at}
            await repository.update(self.tx, self.oem_id, self.case.id, row)
            await search.rewrite(self.tx, self.oem_id, found_by)
            await self._leave_traces(main, change, sorted(columns))
        case = await detail.case_view(self.tx, self.oem_id, self.case.id)
        return await reveals.seen(self.tx, self.actor, case)

    async def _found_by(self, columns: Mapping[str, object]) -> list[SearchedCase]:
        texts = {name: value for name, value in columns.items() if name in search.TEXT_COLUMNS}
        if not texts:
            return []
        known = await search.searched(self.tx, self.oem_id, [self.case.id])
        return [msgspec.structs.replace(each, **texts) for each in known]

    def _stamps(self, transitions: Sequence[Transition]) -> dict[str, object]:
        present = {
            Stamp.CONTACTED_AT: self.case.contacted_at,
            Stamp.PLANNED_AT: self.case.planned_at,
            Stamp.RESULT_TOLD_AT: self.case.result_told_at,
        }
        stamps = {stamp for transition in transitions for stamp in transition.stamps}
        return {stamp.value: self.at for stamp in stamps if present.get(stamp) is None}

    async def _kept_by(self, transitions: Sequence[Transition]) -> frozenset[Metric]:
        """The promises that the commands keep; whether an attempt is a contact, the policy says (R4.1)."""
        metrics = frozenset[Metric]().union(*(each.rule.meets for each in transitions))
        if any(each.rule.command is Command.LOG_ATTEMPT for each in transitions):
            terms = await promises.terms(self.tx, self.oem_id, self.case.dealer_id)
            if terms.policy.first_contact_by is FirstContactBy.EFFECTIVE:
                return metrics - {Metric.FIRST_CONTACT}
        return metrics

    async def _meet(self, transitions: Sequence[Transition], metrics: frozenset[Metric]) -> dict[str, object]:
        """Meet and cancel clocks; the columns that hold what is due next."""
        still_open = [each for each in self.clocks if each.is_open]
        met = [each.id for each in still_open if each.metric in metrics]
        left = [each for each in still_open if each.metric not in metrics]
        if met:
            await clocks.meet(self.tx, self.oem_id, met, self.at)
        ended = [each for each in left if self._ends(each, transitions)]
        if ended:
            await clocks.cancel(self.tx, self.oem_id, [each.id for each in ended], self.at)
            left = [each for each in left if each not in ended]
        return due_next(left)

    def _ends(self, promise: CaseClock, transitions: Sequence[Transition]) -> bool:
        if not any(each.rule.ends_clocks for each in transitions):
            return False
        return promise.metric not in AFTERWARDS or transitions[0].to is not CaseState.CLOSED

    async def _leave_traces(self, main: Transition, change: Change, fields: Sequence[str]) -> None:
        tx, case = self.tx, self.case
        entry = NewTimelineEntry(
            dealer_id=case.dealer_id,
            case_id=case.id,
            kind=main.rule.command.value,
            internal=not main.rule.customer_sees,
            text=change.text,
            data=change.data,
        )
        await repository.append_to_timeline(tx, self.actor, self.at, entry)
        audit = AuditEntry(
            action=f"case.{main.rule.command}",
            entity="case",
            entity_id=case.id,
            dealer_id=case.dealer_id,
            fields=fields,
        )
        await append(tx, self.actor, self.at, audit)
        if change.event is not None:
            by_id = str(self.actor.membership_id) if self.actor.membership_id else None
            event = NewEvent(
                kind=change.event,
                dealer_id=case.dealer_id,
                case_id=case.id,
                payload={"by_id": by_id, **change.payload},
            )
            await emit(tx, self.oem_id, self.at, event)


def due_next(promises: Iterable[CaseClock]) -> dict[str, object]:
    """The columns of a case that hold what is due next of these open promises."""
    due = min(promises, key=lambda each: (each.due_at, each.metric), default=None)
    return {
        "due_at": due.due_at if due else None,
        "due_metric": due.metric.value if due else None,
        "due_started_at": due.started_at if due else None,
    }


@asynccontextmanager
async def handling(
    actor: Actor, case_id: UUID, *, version: int | None, as_of: datetime | None
) -> AsyncGenerator[Handling]:
    """Open a transaction with the case locked and everything recorded that has fallen due before now.

    Raises `NotFound` (`case_not_found`) outside the actor's scope.
    """
    async with transaction(actor.scope, as_of=as_of) as tx:
        yield await held(tx, actor, case_id, version=version)


async def held(tx: Transaction, actor: Actor, case_id: UUID, *, version: int | None) -> Handling:
    """As `handling`, in a transaction that is open already and may hold several cases.

    A case is locked before those handled in it, otherwise the ids tell the order. `at` is when the
    locks were had: what one command after another does to a case is written in that order (R9.3).
    """
    case = await repository.lock(tx, actor.oem_id, case_id)
    known = await clocks.lock(tx, actor.oem_id, case_id, case.cycle)
    at = await tx.now()
    if any(each.next_at is not None and each.next_at <= at for each in known):
        await fire_due_of_case(tx, actor.oem_id, case_id)
        known = await clocks.lock(tx, actor.oem_id, case_id, case.cycle)
    return Handling(tx=tx, actor=actor, at=at, case=case, version=version, clocks=known)


def _error(refusal: Refusal) -> AppError:
    if refusal.reason is Reason.OUT_OF_ORDER:
        return Conflict(refusal.code, refusal.params)
    fields = [FieldError(name, "required") for name in refusal.missing]
    return Invalid(refusal.code, refusal.params, fields=fields)
