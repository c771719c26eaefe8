"""Surveys by call sheet, the list of calls, and one call (R5.1, R5.2, R5.3)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.follow_up.call_pages import call_card, calls_page
from services.admin.follow_up.survey_pages import survey_card
from services.admin.forms import Fields, command, digits, fields_of, id_in, identifier, refused, whole_number
from services.admin.pages import go, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid
from shared.follow_up.answers import Answer
from shared.follow_up.call_lists import CallDay, CallFilter
from shared.follow_up.calls import HandOverCall, LogCall, hand_over_call, log_call
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.permissions import DEALER_ROLES, Permission
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator

_ENTRY: Final = "calls"
_QUESTION: Final = "q_"
"""What the names of a sheet's fields begin with."""


@get("/calls")
async def calls(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The calls of today, of the next working day, or all that are planned."""
    reader.actor.require(Permission.CASE_CONTACT)
    wanted = _filter(request, reader)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await calls_page(tx, reader, wanted, request.query_params.get("cursor"))
        shown = await look(tx, reader)
    return await page(request, reader, shown, "follow_up/calls.html", _ENTRY, page=model)


@get("/calls/{call_id:uuid}")
async def call(request: AnyRequest, reader: FromSession, call_id: FromPath[UUID]) -> Response[str]:
    """One call."""
    return await _call(request, reader, call_id)


@post("/calls/{call_id:uuid}/attempts")
async def log(
    request: AnyRequest, reader: FromSession, call_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Write down a try; what is refused comes back as it was typed."""
    fields = await fields_of(request)
    try:
        logged = await log_call(
            reader.actor, call_id, _logged(fields, reader), version=whole_number(fields, "version")
        )
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _call(request, reader, call_id, status=error.status, form=form)
    return go(request, f"/calls/{logged.id}" if logged.ended_at else "/calls", "call")


@post("/calls/{call_id:uuid}/caller")
async def hand_over(
    request: AnyRequest, reader: FromSession, call_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Let somebody else make the call."""
    fields = await fields_of(request)
    try:
        wanted = HandOverCall(caller_id=identifier(fields, "caller_id"))
        await hand_over_call(reader.actor, call_id, wanted, version=whole_number(fields, "version"))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _call(request, reader, call_id, status=error.status, hand_over_form=form)
    return go(request, f"/calls/{call_id}", "call_handed_over")


@get("/cases/{case_id:uuid}/survey")
async def survey(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """The call sheet of a survey, or its answers."""
    reader.actor.require(Permission.CASE_READ)
    return await _survey(request, reader, case_id)


@post("/cases/{case_id:uuid}/survey")
async def answer(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Keep what the customer answered; what is refused comes back as it was chosen."""
    fields = await fields_of(request)
    try:
        given = tuple(
            Answer(name.removeprefix(_QUESTION), value)
            for name, value in fields.items()
            if name.startswith(_QUESTION) and value
        )
        wanted = command(AnswerSurvey, {"via": fields.get("via", ""), "answers": given})
        await answer_survey(reader.actor, case_id, wanted, version=whole_number(fields, "version"))
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await _survey(request, reader, case_id, status=error.status, form=form)
    return go(request, f"/cases/{case_id}/survey", "survey")


async def _call(
    request: AnyRequest,
    reader: Reader,
    call_id: UUID,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    hand_over_form: FormState = EMPTY_FORM,
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await call_card(tx, reader, call_id, form=form, hand_over_form=hand_over_form)
        reader.actor.require(Permission.CASE_READ)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "follow_up/call.html", _ENTRY, status=status, page=model)


async def _survey(
    request: AnyRequest, reader: Reader, case_id: UUID, *, status: int = 200, form: FormState = EMPTY_FORM
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await survey_card(tx, reader, case_id, form=form)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "follow_up/survey.html", "queue", status=status, page=model)


def _filter(request: AnyRequest, reader: Reader) -> CallFilter:
    """What the address asks for; what is no value narrows nothing. Callers see their own calls first."""
    asked = request.query_params
    days = {each.value for each in CallDay}
    day = asked.get("day") or ""
    caller = asked.get("caller")
    own = reader.actor.membership_id if reader.actor.role in DEALER_ROLES else None
    return CallFilter(
        day=CallDay(day) if day in days else CallDay.TODAY,
        caller_id=own if caller is None else id_in(caller),
        dealer_id=digits(asked.get("dealer") or ""),
    )


def _logged(fields: Fields, reader: Reader) -> LogCall:
    values: dict[str, object] = {
        "result": fields.get("result", ""),
        "note": fields.get("note", ""),
        "apology": fields.get("apology", ""),
        "same_matter": fields.get("same_matter", "true") == "true",
        "phone": fields.get("phone", ""),
        "email": fields.get("email", ""),
    }
    if fields.get("owner_id"):
        values["owner_id"] = identifier(fields, "owner_id")
    if fields.get("call_on"):
        values |= _wish(fields, reader)
    return command(LogCall, values)


def _wish(fields: Fields, reader: Reader) -> dict[str, object]:
    """The day, and the hour if one was named, at the reader's place."""
    try:
        day = date.fromisoformat(fields["call_on"])
        if not fields.get("call_at"):
            return {"call_on": day}
        return {"asked_at": datetime.fromisoformat(f"{day}T{fields['call_at']}").replace(tzinfo=reader.zone)}
    except ValueError as error:
        raise Invalid.field("call_on", "not_a_date") from error


HANDLERS = [calls, call, log, hand_over, survey, answer]
