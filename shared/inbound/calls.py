"""Telephone calls as the telephone system tells them: when one was offered and answered (R1.4).

A system may tell a call several times, each time with what it has learned; what is known once stays. A call
belongs to the case it names, else to a case of the same telephone number: an open one, or one received close
to the call. A call comes before its case is registered: that case takes it when it is.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.intake_checks import CLOCK_SKEW
from shared.customers.identifiers import BadIdentifier, phone_number
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.idempotency.keys import Once, first_made
from shared.ids import new_id
from shared.inbound.sources import Sender
from shared.outbox.events import Event
from shared.permissions import Permission
from shared.tenancy import DbRole

BEFORE_RECEIPT: Final = timedelta(hours=2)
"""A case is registered at most so long after the call that brought it, or dated before it."""
ABOUT_EARLIER: Final = timedelta(days=30)
"""A call is about a case of the same number that came in at most so long before."""
_OLDEST: Final = timedelta(days=31)


class InboundCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A telephone call; `call_id` is its number over there, `phone` the caller's, empty when withheld."""

    call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    case_number: Annotated[str, msgspec.Meta(max_length=40)] = ""


class CallOutcome(StrEnum):
    """Whether a call was answered as soon as it was to be (R1.4)."""

    IN_TIME = "in_time"
    LATE = "late"
    NOT_ANSWERED = "not_answered"


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call on a case; it was answered after `waited_seconds`, and was to be within `answer_seconds`."""

    id: UUID
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    waited_seconds: int | None
    answer_seconds: int
    outcome: CallOutcome


class TakenCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has been written down, and the case it belongs to so far."""

    id: UUID
    case_id: UUID | None
    case_number: str | None


class _Home(msgspec.Struct, frozen=True):
    id: UUID
    dealer_id: int
    number: str


_OF_NUMBER: Final = "SELECT id, dealer_id, number FROM cases WHERE oem_id = $1 AND number = $2"
_OF_PHONE: Final = """
SELECT c.id, c.dealer_id, c.number
FROM customers p JOIN cases c ON c.oem_id = p.oem_id AND c.customer_id = p.id
WHERE p.oem_id = $1 AND p.phone = $2 AND c.received_at BETWEEN $3 AND $4
ORDER BY c.closed_at IS NULL DESC, c.received_at DESC, c.id DESC LIMIT 1
"""
_LOCK: Final = """
SELECT id FROM case_calls WHERE oem_id = $1 AND source_id = $2 AND call_ref = $3 FOR UPDATE
"""
_INSERT: Final = """
INSERT INTO case_calls (oem_id, id, dealer_id, case_id, source_id, call_ref, phone, offered_at, answered_at,
                        ended_at, answer_seconds, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (oem_id, source_id, call_ref) DO NOTHING
"""
_COMPLETE: Final = """
UPDATE case_calls
SET answered_at = coalesce(answered_at, $3), ended_at = coalesce(ended_at, $4),
    dealer_id = CASE WHEN case_id IS NULL THEN $6 ELSE dealer_id END, case_id = coalesce(case_id, $5)
WHERE oem_id = $1 AND id = $2
"""
_TAKEN: Final = """
SELECT k.id, k.case_id, c.number AS case_number
FROM case_calls k LEFT JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id
WHERE k.oem_id = $1 AND k.id = $2
"""
_OF_CASE: Final = """
SELECT id, offered_at, answered_at, ended_at, answer_seconds,
       floor(extract(epoch FROM answered_at - offered_at))::int AS waited_seconds,
       CASE WHEN answered_at IS NULL THEN 'not_answered'
            WHEN answered_at - offered_at <= make_interval(secs => answer_seconds) THEN 'in_time'
            ELSE 'late' END AS outcome
FROM case_calls WHERE oem_id = $1 AND case_id = $2 ORDER BY offered_at DESC, id DESC LIMIT 100
"""
_ATTACH: Final = """
UPDATE case_calls k SET case_id = c.id, dealer_id = c.dealer_id
FROM cases c JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
WHERE c.oem_id = $1 AND c.id = $2 AND NOT c.historical AND p.phone <> ''
  AND k.oem_id = $1 AND k.case_id IS NULL AND k.phone = p.phone AND k.dealer_id IN (0, c.dealer_id)
  AND k.offered_at - c.received_at BETWEEN -$3::interval AND $3::interval
"""


async def take_call(sender: Sender, call: InboundCall, *, as_of: datetime | None = None) -> TakenCall:
    """Write a call down, or complete what is known of it; the same message again changes nothing.

    Raises `Invalid` with every field that cannot be accepted, and `Conflict`: `idempotency_key_reused` for a
    message id that came with another body, `call_out_of_reach` for a call of a case that has moved on.
    """
    actor = sender.actor
    actor.require(Permission.CASE_CONTACT)
    async with transaction(actor.scope, as_of=as_of) as tx:
        now = await tx.now()
        phone = _checked(call, sender.country, now)
        known_id = await tx.value(_LOCK, actor.oem_id, sender.source_id, call.call_id)
        call_id: UUID = known_id or new_id(now)
        first = await _first_of_message(tx, sender, call, call_id, now)
        if first is not None:
            return await _taken(tx, actor.oem_id, first)
        home = await _home(tx, actor.oem_id, call, phone)
        dealer_id = home.dealer_id if home else _own_dealer(sender)
        case_id = home.id if home else None
        times = (call.answered_at, call.ended_at)
        if known_id is not None:
            await tx.execute(_COMPLETE, actor.oem_id, call_id, *times, case_id, dealer_id)
        elif not await tx.execute(
            _INSERT,
            actor.oem_id,
            call_id,
            dealer_id,
            case_id,
            sender.source_id,
            call.call_id,
            phone,
            call.offered_at,
            *times,
            sender.answer_seconds,
            now,
        ):
            raise Conflict("call_out_of_reach")
        entry = AuditEntry(action="call.record", entity="call", entity_id=call_id, dealer_id=dealer_id)
        await append(tx, actor, now, entry)
        return await _taken(tx, actor.oem_id, call_id)


async def calls_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[CallView]:
    """The calls of a case, newest first, at most a hundred."""
    return await tx.rows(CallView, _OF_CASE, oem_id, case_id)


async def on_registered(tx: Transaction, event: Event) -> None:
    """A new case takes the calls of its customer that were offered around its receipt."""
    await tx.execute(_ATTACH, event.oem_id, event.about_case(), BEFORE_RECEIPT)


def _checked(call: InboundCall, country: str, now: datetime) -> str:
    """The caller's number in its one form; raises `Invalid`."""
    problems: list[FieldError] = []
    instants = {name: getattr(call, name) for name in ("offered_at", "answered_at", "ended_at")}
    for name, at in instants.items():
        if at is None:
            continue
        if at.tzinfo is None:
            problems.append(FieldError(name, "time_zone_missing"))
        elif at > now + CLOCK_SKEW:
            problems.append(FieldError(name, "received_in_future"))
        elif at < now - _OLDEST:
            problems.append(FieldError(name, "received_too_long_ago"))
    if not problems:
        problems += [
            FieldError(name, "before_offered")
            for name, at in instants.items()
            if at is not None and at < call.offered_at
        ]
    phone = ""
    if call.phone.strip():
        try:
            phone = phone_number(call.phone, country)
        except BadIdentifier as error:
            problems.append(FieldError("phone", str(error)))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return phone


async def _first_of_message(
    tx: Transaction, sender: Sender, call: InboundCall, call_id: UUID, now: datetime
) -> UUID | None:
    """The call that this message has told before; None when it is new."""
    digest = sha256(b"call\0" + msgspec.json.encode(call)).digest()
    whose, key = f"{sender.actor.kind.value}:{sender.source_id}", f"webhook:{sender.message_id}"
    return await first_made(tx, sender.actor.oem_id, Once(whose, key, digest), call_id, now)


async def _home(tx: Transaction, oem_id: int, call: InboundCall, phone: str) -> _Home | None:
    number = call.case_number.strip().upper()
    if number:
        found = await tx.row(_Home, _OF_NUMBER, oem_id, number)
        if found is None:
            raise Invalid.field("case_number", "case_not_found")
        return found
    if not phone:
        return None
    earliest, latest = call.offered_at - ABOUT_EARLIER, call.offered_at + BEFORE_RECEIPT
    return await tx.row(_Home, _OF_PHONE, oem_id, phone, earliest, latest)


async def _taken(tx: Transaction, oem_id: int, call_id: UUID) -> TakenCall:
    found = await tx.row(TakenCall, _TAKEN, oem_id, call_id)
    if found is None:
        raise Conflict("call_out_of_reach")
    return found


def _own_dealer(sender: Sender) -> int:
    return sender.actor.scope.dealer_ids[0] if sender.actor.scope.role is DbRole.DEALER else 0
