"""The working calendar in the console: hours, holidays, make-up days, for the OEM and its dealers (R4.3)."""

import asyncio
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from services.admin.calendars import texts
from services.admin.calendars.models import CalendarPage, MissedLine
from services.admin.forms import Fields, fields_of, form_of, refused, whole_number
from services.admin.pages import UNCOMPRESSED, go, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from services.admin.zones import zone_choices
from shared.calendars import ical, service
from shared.calendars.definition import CalendarDefinition
from shared.calendars.editing import usual_hours
from shared.calendars.ical import LARGEST_FILE, Names
from shared.calendars.service import CalendarInForce
from shared.calendars.year_days import FIRST_YEAR, LAST_YEAR, known_days
from shared.calendars.year_view import year_in_view
from shared.cases import calendar_change
from shared.cases.calendar_change import CalendarEffect
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import AppError, Invalid, NotFound
from shared.permissions import Permission
from shared.tenants.dealers import Dealer, dealers
from shared.tenants.oems import oem
from shared.tenants.policies import OF_OEM
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import msgid, translator

_PATH: Final = "/oem/calendar"


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which calendar, year and version an address or a form asks for."""

    dealer_id: int
    year: int
    version: int | None


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """A calendar; `version` shows an earlier one, `fill` the public holidays of the year."""
    reader.actor.require(Permission.TENANT_MANAGE)
    asked = _asked(request.query_params)
    found = await service.calendar(reader.actor, asked.dealer_id)
    definition = found.definition
    if asked.version is not None:
        definition = await service.version_of(reader.actor, asked.version, asked.dealer_id)
    values = texts.typed(_offered(found, definition), asked.year)
    filled = request.query_params.get("fill") == "yes"
    if filled:
        values |= await _public_days(reader, definition, asked.year)
    return await _page(request, reader, found, asked, definition, FormState(values=values), filled=filled)


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Try the calendar of the form on the open promises, or publish it."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    asked = _asked(fields)
    found = await service.calendar(reader.actor, asked.dealer_id)
    effect: CalendarEffect | None = None
    try:
        before = found.definition
        if asked.version is not None:
            before = await service.version_of(reader.actor, asked.version, asked.dealer_id)
        wanted = texts.read(fields, before, asked.year)
        version = whole_number(fields, "from")
        if fields.get("do") == "publish":
            await service.publish(
                reader.actor,
                wanted,
                version=version,
                dealer_id=asked.dealer_id,
                anew=fields.get("anew") == "true",
            )
            return go(request, _address(asked), "rules_saved")
        effect = await calendar_change.effect(reader.actor, wanted, asked.dealer_id)
    except AppError as error:
        shown = texts.by_field(error) if isinstance(error, Invalid) else error
        form = refused(fields, shown, translator(reader.locale))
        return await _page(request, reader, found, asked, found.definition, form, status=error.status)
    return await _page(request, reader, found, asked, wanted, FormState(values=dict(fields)), effect=effect)


@post(f"{_PATH}/file", request_max_body_size=LARGEST_FILE + 20_000)
async def take_file(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Fill the form with the days of an iCalendar file; nothing is published yet."""
    reader.actor.require(Permission.TENANT_MANAGE)
    sent = await form_of(request)
    asked = _asked({name: value for name, value in sent.multi_items() if isinstance(value, str)})
    found = await service.calendar(reader.actor, asked.dealer_id)
    definition = found.definition
    values = texts.typed(_offered(found, definition), asked.year)
    file = sent.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    try:
        days = await asyncio.to_thread(ical.read, content, asked.year)
    except Invalid as error:
        form = refused({}, error, translator(reader.locale))
        shown = FormState(values=values)
        return await _page(request, reader, found, asked, definition, shown, file_form=form, status=422)
    extra = {day: hours or usual_hours(definition, day) for day, hours in days.make_up_days.items()}
    name = file.filename if isinstance(file, UploadFile) else ""
    values |= texts.typed_days(days.holidays, extra) | {
        "follows": texts.OWN,
        "complete": "" if days.skipped else "true",
        "source": name[:200],
    }
    shown = FormState(values=values)
    skipped = days.skipped
    return await _page(request, reader, found, asked, definition, shown, filled=True, skipped=skipped)


@get(f"{_PATH}/file", opt={UNCOMPRESSED: True})
async def give_file(request: AnyRequest, reader: FromSession) -> Response[bytes]:
    """The holidays and make-up days of a year as an iCalendar file."""
    reader.actor.require(Permission.TENANT_MANAGE)
    asked = _asked(request.query_params)
    found = await service.calendar(reader.actor, asked.dealer_id)
    speak = translator(reader.locale)
    names = Names(
        speak.gettext(msgid("Working calendar")),
        speak.gettext(msgid("Holiday")),
        speak.gettext(msgid("Make-up day")),
    )
    content = ical.written(found.definition, asked.year, names, utc_now())
    name = f'attachment; filename="calendar-{asked.year}.ics"'
    return Response(content, media_type="text/calendar", headers={"content-disposition": name})


async def _page(
    request: AnyRequest,
    reader: Reader,
    found: CalendarInForce,
    asked: _Asked,
    definition: CalendarDefinition,
    form: FormState,
    *,
    status: int = 200,
    filled: bool = False,
    skipped: int = 0,
    effect: CalendarEffect | None = None,
    file_form: FormState = EMPTY_FORM,
) -> Response[str]:
    actor = reader.actor
    versions = await service.versions(actor, asked.dealer_id)
    async with transaction(actor.scope, read_only=True) as tx:
        known = await dealers(tx, actor.oem_id)
        country = (await oem(tx, actor.oem_id)).country
        missed = await service.missed_years(tx, actor.oem_id)
        own = await service.dealers_with_their_own(tx, actor.oem_id)
        shown = await look(tx, reader)
    names = {each.id: _name(reader, each) for each in known if not each.is_desk}
    model = CalendarPage(
        dealer_id=asked.dealer_id,
        dealer=names.get(asked.dealer_id, ""),
        dealers=[Choice(str(dealer_id), name) for dealer_id, name in names.items()],
        own=found.own,
        version=versions[0].version if versions else 0,
        shown_version=asked.version,
        form=form,
        file_form=file_form,
        time_zones=zone_choices(definition.time_zone),
        view=year_in_view(definition, asked.year),
        knows_days=known_days(country, asked.year) is not None,
        filled=filled,
        missed=[
            MissedLine(names.get(each.dealer_id, ""), each.dealer_id, ", ".join(map(str, each.years)))
            for each in missed
        ],
        with_their_own=[
            Choice(str(dealer_id), names[dealer_id]) for dealer_id in sorted(own) if dealer_id in names
        ],
        versions=versions,
        effect=effect,
        skipped=skipped,
    )
    return await page(request, reader, shown, "calendars/calendar.html", "oem", status=status, page=model)


def _offered(found: CalendarInForce, definition: CalendarDefinition) -> CalendarDefinition:
    """What a dealer without a calendar of its own begins with: the OEM's, its holidays followed."""
    first_own = bool(found.dealer_id) and not found.own
    return msgspec.structs.replace(definition, follows_oem=True) if first_own else definition


async def _public_days(reader: Reader, definition: CalendarDefinition, year: int) -> dict[str, str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        country = (await oem(tx, reader.actor.oem_id)).country
    days = known_days(country, year)
    if days is None:
        raise NotFound("year_not_known", {"year": year})
    extra = {day: usual_hours(definition, day) for day in days.make_up_days}
    return texts.typed_days(days.holidays, extra) | {
        "follows": texts.OWN,
        "complete": "true",
        "source": days.source,
    }


def _asked(values: Fields | Any) -> _Asked:
    """Raises `NotFound` for what no address of ours asks for."""
    given = {name: str(values.get(name) or "") for name in ("dealer", "year", "version")}
    try:
        year = whole_number(given, "year") if given["year"] else utc_now().year
        dealer_id = whole_number(given, "dealer") if given["dealer"] else OF_OEM
        version = whole_number(given, "version") if given["version"] else None
    except Invalid as error:
        raise NotFound("not_found") from error
    if not FIRST_YEAR <= year <= LAST_YEAR or (version or 0) > 2_000_000_000:
        raise NotFound("not_found")
    return _Asked(dealer_id=dealer_id, year=year, version=version)


def _address(asked: _Asked) -> str:
    dealer = f"&dealer={asked.dealer_id}" if asked.dealer_id else ""
    return f"{_PATH}?year={asked.year}{dealer}"


def _name(reader: Reader, dealer: Dealer) -> str:
    return reader.named(dealer.name, dealer.name_en)


HANDLERS = [show, save, take_file, give_file]
