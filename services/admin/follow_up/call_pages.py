"""The page models of calls, read in the caller's transaction."""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.admin.addresses import address_of
from services.admin.follow_up.models import CallCard, CallLine, CallsPage
from services.admin.session import Reader
from shared.accounts import people
from shared.cases import queries, reveals
from shared.db.engine import Transaction
from shared.follow_up import call_rows
from shared.follow_up.call_lists import CallDay, CallFilter, CallRow, call_counts, calls_to_make
from shared.follow_up.call_rows import CallView
from shared.follow_up.vocabulary import CallState
from shared.permissions import DEALER_ROLES, Permission, may
from shared.tenants import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab
from shared.web.labels import label
from shared.web.locale import msgid, translator

_AT_OEM: Final = 0
_DAYS: Final = {
    CallDay.TODAY: msgid("Today"),
    CallDay.NEXT: msgid("Next working day"),
    CallDay.ALL: msgid("All planned"),
}


async def calls_page(tx: Transaction, reader: Reader, wanted: CallFilter, cursor: str | None) -> CallsPage:
    """The list of a day."""
    oem_id = reader.actor.oem_id
    found = await calls_to_make(tx, reader.actor, wanted, cursor=cursor)
    sizes = await call_counts(tx, oem_id, wanted)
    now, speak = await tx.now(), translator(reader.locale)
    at_dealer = reader.actor.role in DEALER_ROLES
    there = [] if at_dealer else [each for each in await dealers.dealers(tx, oem_id) if each.active]
    return CallsPage(
        tabs=[
            Tab(
                href=calls_url(wanted, day=day),
                text=speak.gettext(text),
                count=getattr(sizes, day.value),
                is_current=day is wanted.day,
            )
            for day, text in _DAYS.items()
        ],
        day=wanted.day,
        caller_id=str(wanted.caller_id or ""),
        dealer_id=str(wanted.dealer_id or ""),
        callers=await _callers(tx, reader) if at_dealer else [],
        dealers=[Choice(str(each.id), reader.named(each.name, each.name_en)) for each in there],
        lines=[_line(each, reader, now) for each in found.items],
        more_url=calls_url(wanted, cursor=found.next_cursor) if found.next_cursor else None,
        may_check=reader.actor.may(Permission.CALL_CHECK),
    )


def calls_url(wanted: CallFilter, *, day: CallDay | None = None, cursor: str | None = None) -> str:
    """The address of a list."""
    parts = {
        "day": (day or wanted.day).value,
        "caller": wanted.caller_id,
        "dealer": wanted.dealer_id,
        "cursor": cursor,
    }
    return address_of("/calls", parts)


async def call_card(
    tx: Transaction,
    reader: Reader,
    call_id: UUID,
    *,
    form: FormState = EMPTY_FORM,
    hand_over_form: FormState = EMPTY_FORM,
) -> CallCard:
    """One call; raises `NotFound`."""
    oem_id = reader.actor.oem_id
    call = await call_rows.call(tx, oem_id, call_id)
    case = await queries.case_view(tx, oem_id, call.case_id)
    if call.caller_id != reader.actor.membership_id:
        case = await reveals.seen(tx, reader.actor, case)
    may_call = reader.actor.may(Permission.CASE_CONTACT) and call.state is CallState.PLANNED
    return CallCard(
        id=call.id,
        version=call.version,
        kind=call.kind,
        state=call.state,
        call_on=call.call_on,
        asked_at=call.asked_at,
        due_at=call.due_at,
        is_late=_is_late(call, await tx.now()),
        reason=call.reason,
        caller=call.caller_name,
        case_id=case.id,
        number=case.number,
        title=case.title,
        words=case.words or case.description,
        found=case.found,
        result=case.result,
        advice=case.advice,
        dealer=reader.named(case.dealer_name, case.dealer_name_en),
        customer=case.customer_name,
        phone_link=case.customer_phone if may_call and not case.masked else "",
        email=case.customer_email if may_call and not case.masked else "",
        car=" ".join(filter(None, (case.vehicle_plate, case.vehicle_model))),
        attempts=await call_rows.attempts_of(tx, oem_id, call_id),
        outcome=call.outcome,
        linked_case_id=call.linked_case_id,
        may_call=may_call,
        staff=await _able(tx, reader, case.dealer_id) if may_call else [],
        form=form,
        hand_over_form=hand_over_form,
    )


def line_of_case(call: CallView, reader: Reader, now: datetime, number: str, title: str) -> CallLine:
    """A call as its case's page shows it."""
    return CallLine(
        id=call.id,
        kind=call.kind,
        call_on=call.call_on,
        asked_at=call.asked_at,
        due_at=call.due_at,
        is_late=_is_late(call, now),
        attempts=call.attempts,
        caller=call.caller_name,
        dealer="",
        number=number,
        title=title,
        customer=label(translator(reader.locale), "call_state", call.state.value),
        phone_link="",
        car="",
    )


def _line(row: CallRow, reader: Reader, now: datetime) -> CallLine:
    return CallLine(
        id=row.id,
        kind=row.kind,
        call_on=row.call_on,
        asked_at=row.asked_at,
        due_at=row.due_at,
        is_late=row.due_at is not None and row.due_at <= now,
        attempts=row.attempts,
        caller=row.caller_name,
        dealer=reader.named(row.dealer_name, row.dealer_name_en),
        number=row.number,
        title=row.title,
        customer=row.customer_name,
        phone_link=row.customer_phone,
        car=" ".join(filter(None, (row.plate, row.model))),
    )


def _is_late(call: CallView, now: datetime) -> bool:
    return call.state is CallState.PLANNED and call.due_at is not None and call.due_at <= now


async def _callers(tx: Transaction, reader: Reader) -> list[Choice]:
    """Colleagues who speak with customers."""
    there = await people.members(tx, reader.actor.oem_id)
    able = [each for each in there if each.active and may(each.role, Permission.CASE_CONTACT)]
    return [Choice(str(each.membership_id), each.name) for each in able]


async def _able(tx: Transaction, reader: Reader, dealer_id: int) -> list[Choice]:
    """Who can make the call or answer for the case: of its dealer, or of the OEM."""
    speak = translator(reader.locale)
    return [
        Choice(str(each.membership_id), f"{each.name} · {label(speak, 'role', each.role.value)}")
        for each in await people.members(tx, reader.actor.oem_id)
        if each.active and each.dealer_id in {_AT_OEM, dealer_id} and may(each.role, Permission.CASE_CONTACT)
    ]
