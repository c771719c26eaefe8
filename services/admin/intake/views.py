"""Registering a complaint: the form, and what it finds while it is being filled in (R1.1, R1.2, R1.5)."""

from collections.abc import Mapping
from typing import Final, NoReturn
from uuid import uuid4

from litestar import Response, get, post

from services.admin.forms import fields_of, refused
from services.admin.intake.fields import filled_in, intake_of, pair_of
from services.admin.intake.models import IntakePage
from services.admin.intake.page import dealer_choices, hints_of, known_lines, needs_dealer, owner_choices
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import service
from shared.cases.first_look import symptom_needed
from shared.cases.intake import Intake, Source
from shared.cases.intake_checks import checked
from shared.cases.known import fill_in
from shared.db.engine import transaction
from shared.errors import Conflict, FieldError, Invalid, TooManyRequests
from shared.permissions import Permission
from shared.tenants.oems import oem
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator

_USED_KEY: Final = "idempotency_key_reused"


@get("/cases/new")
async def new(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The empty form."""
    reader.actor.require(Permission.CASE_REGISTER)
    return await _page(request, reader, {}, EMPTY_FORM)


@post("/cases/new")
async def register(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Register the complaint; what is refused comes back as it was typed, with a sentence per field."""
    reader.actor.require(Permission.CASE_REGISTER)
    fields = await fields_of(request)
    try:
        intake = intake_of(fields, reader)
        # Asked once: a customer who cannot say more is registered all the same.
        if symptom_needed(intake) and not fields.get("asked"):
            await _ask_for_the_symptom(reader, intake)
        case = await service.register(
            reader.actor, intake, source=Source.STAFF, idempotency_key=fields.get("key") or None
        )
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        key = "" if error.code == _USED_KEY else fields.get("key", "")
        asked = "yes" if "description" in form.errors else fields.get("asked", "")
        values = {**form.values, "key": key, "asked": asked}
        return await _page(request, reader, values, form, status=error.status)
    return go(request, f"/cases/{case.id}", "register")


async def _ask_for_the_symptom(reader: Reader, intake: Intake) -> NoReturn:
    """Raises `Invalid`, naming what else is wrong as well, so that one more look at the form is enough."""
    problems = [FieldError("description", "symptom_needed")]
    async with transaction(reader.actor.scope, read_only=True) as tx:
        country, now = (await oem(tx, reader.actor.oem_id)).country, await tx.now()
    try:
        checked(intake, country=country, now=now)
    except Invalid as error:
        problems += error.fields
    raise Invalid("invalid_input", fields=problems)


@post("/cases/new/known")
async def known(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Who is known by telephone number, plate or VIN."""
    reader.actor.require(Permission.CASE_REGISTER)
    fields = await fields_of(request)
    if not is_fragment(request):
        return await _page(request, reader, fields, _kept(fields), looked_up=True)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        lines, now = await known_lines(tx, reader, fields), await tx.now()
    return fragment(request, reader, now, "intake/_known.html", known=lines)


@post("/cases/new/fill")
async def fill(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The form with a known customer and vehicle filled in; a reveal for who reads them masked (R9.2)."""
    reader.actor.require(Permission.CASE_REGISTER)
    fields = await fields_of(request)
    speak = translator(reader.locale)
    try:
        found = await fill_in(reader.actor, *pair_of(fields), speak.gettext("To register another complaint"))
    except TooManyRequests as error:
        form = refused(fields, error, speak)
        return await _page(request, reader, fields, form, status=error.status)
    values = filled_in(fields, found)
    return await _page(request, reader, values, _kept(values))


@post("/cases/new/hints")
async def hints(request: AnyRequest, reader: FromSession) -> Response[str]:
    """What the rules make of the words so far, and what looks odd."""
    reader.actor.require(Permission.CASE_REGISTER)
    fields = await fields_of(request)
    if not is_fragment(request):
        return await _page(request, reader, fields, _kept(fields))
    async with transaction(reader.actor.scope, read_only=True) as tx:
        said, now = await hints_of(tx, reader, fields), await tx.now()
    return fragment(request, reader, now, "intake/_hints.html", hints=said)


@post("/cases/new/owners")
async def owners(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Who can own the case at the dealer that was chosen."""
    reader.actor.require(Permission.CASE_REGISTER)
    fields = await fields_of(request)
    if not is_fragment(request):
        return await _page(request, reader, fields, _kept(fields))
    async with transaction(reader.actor.scope, read_only=True) as tx:
        choices, now = await owner_choices(tx, reader, fields), await tx.now()
    model = IntakePage(key="", form=_kept(fields), owners=choices)
    return fragment(request, reader, now, "intake/_owner.html", page=model)


def _kept(fields: Mapping[str, str]) -> FormState:
    return FormState(values=dict(fields))


async def _page(
    request: AnyRequest,
    reader: Reader,
    fields: Mapping[str, str],
    form: FormState,
    *,
    status: int = 200,
    looked_up: bool = False,
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = IntakePage(
            key=fields.get("key") or str(uuid4()),
            form=form,
            dealers=await dealer_choices(tx, reader),
            needs_dealer=needs_dealer(reader),
            owners=await owner_choices(tx, reader, fields),
            known=await known_lines(tx, reader, fields) if looked_up else None,
            hints=await hints_of(tx, reader, fields),
            asked=bool(fields.get("asked")),
            zone=str(reader.zone),
        )
        shown = await look(tx, reader)
    return await page(request, reader, shown, "intake/new.html", "intake", status=status, page=model)


HANDLERS = [new, register, known, fill, hints, owners]
