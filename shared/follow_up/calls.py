"""Making a call: every try is kept, and what the customer says is followed (R5.2, R5.3)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases import afterwards, detail, repository, search, turns
from shared.cases.commands import Assign, CaseCommand, Reopen
from shared.cases.handling import Handling
from shared.cases.instants import future
from shared.cases.intake import Source, another_of
from shared.cases.merging import with_holder
from shared.cases.ownership import new_owner
from shared.cases.register import register
from shared.cases.repository import NewTimelineEntry
from shared.cases.responsibility import assign_within
from shared.cases.texts import clean_line, cleaned
from shared.cases.vocabulary import Channel
from shared.customers.identifiers import BadIdentifier, email_address, phone_number
from shared.customers.repository import renew_contact
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.follow_up import call_rows
from shared.follow_up.call_rows import CallView
from shared.follow_up.calling import after_try, asks_something
from shared.follow_up.planning import local_day, plan_call, working_day, zone_of
from shared.follow_up.policy_data import follow_up_policy
from shared.follow_up.vocabulary import EFFECTIVE, METRICS, CallKind, CallResult, CallState
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import oems

_LONGEST: Final = 2_000
_DAY: Final = timedelta(days=1)


class LogCall(CaseCommand, frozen=True, kw_only=True):
    """What came of one try.

    `call_on` or `asked_at` is when the customer wants to be called instead (`call_later`). A `complaint`
    needs the `apology` made and may name who answers for it; about the `same_matter` it opens the case again,
    otherwise it is a new case in the customer's words, the note. `phone` and `email` are better ones the
    customer gave.
    """

    result: CallResult
    note: str = ""
    call_on: date | None = None
    asked_at: datetime | None = None
    apology: str = ""
    owner_id: UUID | None = None
    same_matter: bool = True
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""


class HandOverCall(CaseCommand, frozen=True, kw_only=True):
    """Another person makes the call."""

    caller_id: UUID


async def log_call(
    actor: Actor, call_id: UUID, command: LogCall, *, version: int | None, as_of: datetime | None = None
) -> CallView:
    """Write down a try, and do what follows from it, all in one transaction.

    Raises `NotFound` (`call_not_found`), `Forbidden`, `Conflict` (`stale_version`, `call_ended`,
    `feedback_had`), and `Invalid`.
    """
    await _require_seen(actor, call_id)
    command = cleaned(command, note=_LONGEST, apology=_LONGEST)
    _check(command)
    if command.result is CallResult.COMPLAINT and not command.same_matter:
        return await _about_another_matter(actor, call_id, command, version, as_of)
    async with transaction(actor.scope, as_of=as_of) as tx:
        return await _log(tx, actor, call_id, command, version)


async def hand_over_call(
    actor: Actor, call_id: UUID, command: HandOverCall, *, version: int | None, as_of: datetime | None = None
) -> CallView:
    """Let somebody else of the dealer, or of the OEM, make the call. Raises as `log_call`."""
    await _require_seen(actor, call_id)
    async with transaction(actor.scope, as_of=as_of) as tx:
        work, _, found = await _held(tx, actor, call_id, version)
        if found.state is not CallState.PLANNED:
            raise Conflict("call_ended")
        try:
            named = await new_owner(tx, work.oem_id, work.case.dealer_id, command.caller_id)
        except Invalid as error:
            raise Invalid.field("caller_id", error.fields[0].code) from error
        await call_rows.update(
            work, msgspec.structs.replace(found, caller_id=named.id, caller_name=named.name)
        )
        await _audit(work, found, "call.hand_over", ["caller_id"])
        return await call_rows.call(tx, work.oem_id, call_id)


async def _require_seen(actor: Actor, call_id: UUID) -> None:
    """What the actor does not see is not found (R9.1), and only what is seen may be forbidden."""
    if not actor.may(Permission.CASE_CONTACT):
        async with transaction(actor.scope, read_only=True) as tx:
            await call_rows.call(tx, actor.oem_id, call_id)
        actor.require(Permission.CASE_CONTACT)


async def _about_another_matter(
    actor: Actor, call_id: UUID, command: LogCall, version: int | None, as_of: datetime | None
) -> CallView:
    """A new case of what is complained of, and the end of the call: both or neither, in one transaction."""
    # What can be refused is refused before a number is drawn for the case.
    async with transaction(actor.scope, as_of=as_of, read_only=True) as tx:
        found = await call_rows.call(tx, actor.oem_id, call_id)
        _refuse_stale(found, version)
        if found.state is not CallState.PLANNED:
            raise Conflict("call_ended")
        await _contact_given(tx, actor.oem_id, command)
        before = await detail.case_view(tx, actor.oem_id, found.case_id)

    async def logged(tx: Transaction, made_id: UUID) -> None:
        if command.owner_id is not None:
            wanted = Assign(owner_id=command.owner_id, reason=command.note)
            await assign_within(tx, actor, made_id, wanted)
        await _log(tx, actor, call_id, command, version, elsewhere=made_id)

    complaint = another_of(before, Channel.PHONE, command.note)
    await register(actor, complaint, source=Source.STAFF, alongside=logged, as_of=as_of)
    async with transaction(actor.scope, as_of=as_of, read_only=True) as tx:
        return await call_rows.call(tx, actor.oem_id, call_id)


async def _log(
    tx: Transaction,
    actor: Actor,
    call_id: UUID,
    command: LogCall,
    version: int | None,
    elsewhere: UUID | None = None,
) -> CallView:
    """The try and what follows from it; `elsewhere` is the new case of a complaint about another matter."""
    work, holder, found = await _held(tx, actor, call_id, version)
    _, policy = await follow_up_policy(tx, work.oem_id)
    state = after_try(found.kind, found.state, found.attempts, command.result, policy.calls.most_attempts)
    await call_rows.insert_attempt(work, found.id, command.result, command.note)
    changed = msgspec.structs.replace(found, state=state, attempts=found.attempts + 1, note=command.note)
    if state is CallState.PLANNED:
        changed = await _again(work, changed, command, policy.calls.latest_days)
    else:
        changed = _ended(work, changed, command.result if command.result in EFFECTIVE else None)
        await afterwards.keep(work, METRICS[found.kind])
    changed = msgspec.structs.replace(changed, linked_case_id=elsewhere)
    await call_rows.update(work, changed)
    await _renew_contact(work, command)
    await _leave_traces(work, changed, command)
    if asks_something(command.result):
        await _plan_feedback(work, command)
    if command.result is CallResult.COMPLAINT and elsewhere is None:
        reopening = Reopen(reason=command.note, owner_id=command.owner_id)
        await turns.reopen_held(work, reopening, holder)
    return await call_rows.call(tx, work.oem_id, call_id)


async def _held(
    tx: Transaction, actor: Actor, call_id: UUID, version: int | None
) -> tuple[Handling, Handling | None, CallView]:
    """The call under the lock of its case and the one that is handled in; all may have changed before it."""
    case_id = (await call_rows.call(tx, actor.oem_id, call_id)).case_id
    work, holder = await with_holder(tx, actor, case_id, version=None)
    found = await call_rows.call(tx, actor.oem_id, call_id)
    _refuse_stale(found, version)
    return work, holder, found


def _refuse_stale(found: CallView, version: int | None) -> None:
    if version is not None and version != found.version:
        raise Conflict("stale_version", {"current": found.version})


def _check(command: LogCall) -> None:
    problems: list[FieldError] = []
    if command.result is CallResult.CALL_LATER and command.call_on is None and command.asked_at is None:
        problems.append(FieldError("call_on", "required"))
    if command.result in EFFECTIVE and not command.note:
        problems.append(FieldError("note", "required"))
    if command.result is CallResult.COMPLAINT and not command.apology:
        problems.append(FieldError("apology", "required"))
    if problems:
        raise Invalid("invalid_input", fields=problems)


async def _again(work: Handling, call: CallView, command: LogCall, latest_days: int) -> CallView:
    """On which day it is tried next: when the customer asked, else the next working day."""
    if command.result is not CallResult.CALL_LATER:
        return msgspec.structs.replace(call, call_on=await working_day(work, work.at, 1), asked_at=None)
    asked_at = future("asked_at", command.asked_at, work.at, "due_in_past")
    call_on = await local_day(work, asked_at) if asked_at else command.call_on
    today = await local_day(work, work.at)
    latest = await local_day(work, call.created_at + latest_days * _DAY)
    if call_on is None or call_on < today:
        raise Invalid.field("call_on", "due_in_past")
    if call_on > max(latest, today):
        raise Invalid.field("call_on", "too_late", latest=latest.isoformat())
    if call.kind is not CallKind.CALLBACK:
        due_at = asked_at + timedelta(hours=1) if asked_at else await _end_of(work, call_on)
        await afterwards.move(work, METRICS[call.kind], due_at)
    clock = afterwards.clock_of(work, METRICS[call.kind])
    return msgspec.structs.replace(
        call, call_on=call_on, asked_at=asked_at, due_at=clock.due_at if clock else call.due_at
    )


async def _end_of(work: Handling, day: date) -> datetime:
    return datetime.combine(day + _DAY, datetime.min.time(), await zone_of(work))


def _ended(work: Handling, call: CallView, outcome: CallResult | None) -> CallView:
    return msgspec.structs.replace(call, outcome=outcome, ended_at=work.at, ended_by=work.actor.name)


async def _contact_given(tx: Transaction, oem_id: int, command: LogCall) -> tuple[str, str]:
    """The better number and e-mail address, empty where none was given; raises `Invalid`."""
    country = (await oems.oem(tx, oem_id)).country
    problems: list[FieldError] = []
    phone, email = clean_line(command.phone), clean_line(command.email)
    try:
        phone = phone_number(phone, country) if phone else ""
    except BadIdentifier as error:
        problems.append(FieldError("phone", str(error)))
    try:
        email = email_address(email) if email else ""
    except BadIdentifier as error:
        problems.append(FieldError("email", str(error)))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return phone, email


async def _renew_contact(work: Handling, command: LogCall) -> None:
    if not command.phone and not command.email:
        return
    phone, email = await _contact_given(work.tx, work.oem_id, command)
    await renew_contact(work.tx, work.oem_id, work.case.customer_id, phone=phone, email=email)
    await search.refresh_of_customer(work.tx, work.oem_id, work.case.customer_id)


async def _leave_traces(work: Handling, call: CallView, command: LogCall) -> None:
    entries = [_entry(work, "follow_up_call", command.note, call, command.result)]
    if command.apology:
        entries.append(_entry(work, "apology", command.apology, call, command.result))
    await repository.append_to_timeline(work.tx, work.actor, work.at, *entries)
    fields = ["state", "attempts", *(name for name in ("phone", "email") if getattr(command, name))]
    await _audit(work, call, "call.log", fields)


def _entry(work: Handling, kind: str, text: str, call: CallView, result: CallResult) -> NewTimelineEntry:
    return NewTimelineEntry(
        dealer_id=work.case.dealer_id,
        case_id=work.case.id,
        kind=kind,
        internal=True,
        text=text,
        data={
            "call_id": str(call.id),
            "call": call.kind.value,
            "result": result.value,
            "effective": result in EFFECTIVE,
            "case_id": str(call.linked_case_id) if call.linked_case_id else None,
        },
    )


async def _audit(work: Handling, call: CallView, action: str, fields: list[str]) -> None:
    entry = AuditEntry(
        action=action, entity="call", entity_id=call.id, dealer_id=work.case.dealer_id, fields=fields
    )
    await append(work.tx, work.actor, work.at, entry)


async def _plan_feedback(work: Handling, command: LogCall) -> None:
    """What the customer asked or proposed gets an answer by telephone."""
    _, policy = await follow_up_policy(work.tx, work.oem_id)
    day = await working_day(work, work.at, 1)
    role = policy.calls.caller_role
    if await plan_call(work, CallKind.FEEDBACK, role, work.at, day, reason=command.note) is None:
        raise Conflict("feedback_had")
