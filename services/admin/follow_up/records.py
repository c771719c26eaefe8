"""The calls that were made, to be checked every day, and the callers' scores of the week (R5.2)."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.addresses import address_of
from services.admin.follow_up.models import RecordLine, RecordsPage, ScoreLine
from services.admin.forms import Fields, command, day_in, digits, fields_of, refused
from services.admin.pages import go, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid
from shared.follow_up import call_rows
from shared.follow_up.call_checks import CallRecord, CheckCall, check_call, records_of_day
from shared.permissions import DEALER_ROLES, Permission
from shared.tenants import dealers
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import translator

_DAY: Final = timedelta(days=1)


@get("/calls/records")
async def records(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Yesterday's calls, or another day's."""
    return await _page(request, reader)


@post("/calls/{call_id:uuid}/check")
async def check(
    request: AnyRequest, reader: FromSession, call_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Say how a call was made; what is refused comes back as it was typed."""
    fields = await fields_of(request)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        await call_rows.call(tx, reader.actor.oem_id, call_id)
    reader.actor.require(Permission.CALL_CHECK)
    try:
        await check_call(reader.actor, call_id, _check(fields))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, fields, status=error.status, typed={call_id: form})
    return go(request, records_url(fields.get("day", ""), fields.get("dealer", "")), "call_checked")


def records_url(day: date | str, dealer_id: int | str | None = None) -> str:
    """The address of a day's calls."""
    return address_of("/calls/records", {"day": day, "dealer": dealer_id})


async def _page(
    request: AnyRequest,
    reader: Reader,
    fields: Fields | None = None,
    *,
    status: int = 200,
    typed: dict[UUID, FormState] | None = None,
) -> Response[str]:
    asked = fields or request.query_params
    reader.actor.require(Permission.CALL_CHECK)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await _records(tx, reader, asked.get("day") or "", asked.get("dealer") or "", typed or {})
        shown = await look(tx, reader)
    return await page(request, reader, shown, "follow_up/records.html", "calls", status=status, page=model)


async def _records(
    tx: Transaction, reader: Reader, day: str, dealer: str, typed: dict[UUID, FormState]
) -> RecordsPage:
    dealer_id = digits(dealer)
    try:
        found = await records_of_day(tx, reader.actor, day_in(day), dealer_id)
    except Invalid:
        found = await records_of_day(tx, reader.actor, None, dealer_id)
    at_dealer = reader.actor.role in DEALER_ROLES
    known = [] if at_dealer else await dealers.dealers(tx, reader.actor.oem_id)
    return RecordsPage(
        day=found.day,
        before_url=records_url(found.day - _DAY, dealer_id),
        after_url=records_url(found.day + _DAY, dealer_id),
        dealer_id=str(dealer_id or ""),
        dealers=[
            Choice(str(each.id), reader.named(each.name, each.name_en)) for each in known if each.active
        ],
        lines=[
            RecordLine(
                record=each,
                dealer="" if at_dealer else reader.named(each.dealer_name, each.dealer_name_en),
                is_own=each.made_by_id is not None and each.made_by_id == reader.actor.membership_id,
                form=typed.get(each.id) or _said(each),
            )
            for each in found.items
        ],
        week_from=found.week_from,
        scores=[
            ScoreLine(
                score=each, dealer="" if at_dealer else reader.named(each.dealer_name, each.dealer_name_en)
            )
            for each in found.scores
        ],
    )


def _said(record: CallRecord) -> FormState:
    """What was said of the call last."""
    if record.score is None:
        return EMPTY_FORM
    values = {
        "score": str(record.score),
        "improper": "true" if record.improper else "",
        "note": record.remark or "",
    }
    return FormState(values=values)


def _check(fields: Fields) -> CheckCall:
    score = fields.get("score", "")
    values: dict[str, object] = {
        "score": int(score) if score in {"1", "2", "3", "4", "5"} else None,
        "improper": fields.get("improper") == "true",
        "note": fields.get("note", ""),
        "attempt_id": fields.get("attempt") or None,
    }
    if values["score"] is None:
        raise Invalid.field("score", "required")
    return command(CheckCall, values)


HANDLERS = [records, check]
