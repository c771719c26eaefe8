"""Working calendars: read, tried, published, exchanged as iCalendar files (R4.3)."""

import asyncio
from typing import Annotated, Final

from litestar import Response, get, post, put
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK

from services.api.calendars.schemas import (
    EXAMPLE,
    EXAMPLE_FILE,
    CalendarDraft,
    CalendarFile,
    CalendarVersions,
    CalendarWanted,
    DaysOfYear,
    DealerCalendars,
)
from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import DealerOrOem
from shared.calendars import ical, service
from shared.calendars.definition import CalendarDefinition
from shared.calendars.ical import Names
from shared.calendars.service import CalendarInForce
from shared.calendars.year_days import FIRST_YEAR, LAST_YEAR, known_days
from shared.cases import calendar_change
from shared.cases.calendar_change import CalendarEffect
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants.oems import oem
from shared.tenants.policies import OF_OEM

_TAGS = ["Calendars"]
_ICAL: Final = "text/calendar"
_NAMES: Final = Names("Working calendar", "Holiday", "Working day")

_Year = Annotated[int, QueryParameter(ge=FIRST_YEAR, le=LAST_YEAR, description="The year wanted.")]
_Version = Annotated[int, QueryParameter(ge=1, le=2_000_000_000, description="The number of the version.")]


@get("/oem/calendar", opt={ALSO: (404,)}, tags=_TAGS, summary="A calendar", operation_id="getCalendar")
async def get_calendar(actor: NamedDependency[Actor], dealer_id: DealerOrOem = None) -> CalendarInForce:
    """What counts for the OEM or a dealer; `missing_years` should be known by now and are not."""
    return await service.calendar(actor, dealer_id or OF_OEM)


@put(
    "/oem/calendar",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Publish a calendar",
    operation_id="publishCalendar",
)
async def put_calendar(
    actor: NamedDependency[Actor],
    data: Annotated[CalendarWanted, example("Office hours", version=1, definition=EXAMPLE)],
) -> CalendarInForce:
    """A new version; open promises keep theirs, but for provisional ones and with `anew`."""
    return await service.publish(
        actor, data.definition, version=data.version, dealer_id=data.dealer_id or OF_OEM, anew=data.anew
    )


@post(
    "/oem/calendar/effect",
    status_code=HTTP_200_OK,
    tags=_TAGS,
    summary="Try a calendar",
    operation_id="tryCalendar",
)
async def try_calendar(
    actor: NamedDependency[Actor],
    data: Annotated[CalendarDraft, example("Office hours", definition=EXAMPLE)],
) -> CalendarEffect:
    """How many open promises it would move, were they counted by it; nothing is changed."""
    return await calendar_change.effect(actor, data.definition, data.dealer_id or OF_OEM)


@get(
    "/oem/calendar/versions",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Versions of a calendar",
    operation_id="listCalendarVersions",
)
async def list_versions(actor: NamedDependency[Actor], dealer_id: DealerOrOem = None) -> CalendarVersions:
    """Every version that was published, newest first."""
    return CalendarVersions(await service.versions(actor, dealer_id or OF_OEM))


@get(
    "/oem/calendar/published",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="A version of a calendar",
    operation_id="getCalendarVersion",
)
async def get_version(
    actor: NamedDependency[Actor], version: _Version, dealer_id: DealerOrOem = None
) -> CalendarDefinition:
    """As it was published; versions never change."""
    return await service.version_of(actor, version, dealer_id or OF_OEM)


@get(
    "/oem/dealer-calendars",
    tags=_TAGS,
    summary="Calendars of dealers",
    operation_id="listDealerCalendars",
)
async def list_dealers(actor: NamedDependency[Actor]) -> DealerCalendars:
    """Of the dealers that have one of their own."""
    return DealerCalendars(await service.with_their_own(actor))


@get(
    "/oem/calendar/known-days",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Public holidays",
    operation_id="getKnownDays",
)
async def get_known_days(actor: NamedDependency[Actor], year: _Year) -> DaysOfYear:
    """The holidays of the OEM's country as the product knows them; 404 where the year is not known yet."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        country = (await oem(tx, actor.oem_id)).country
    days = known_days(country, year)
    if days is None:
        raise NotFound("year_not_known", {"year": year})
    return DaysOfYear(
        year=year,
        holidays=list(days.holidays),
        make_up_days=dict.fromkeys(days.make_up_days, ()),
        source=days.source,
    )


@get(
    "/oem/calendar/ical",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="A calendar as a file",
    operation_id="getCalendarFile",
    media_type=_ICAL,
    responses={
        HTTP_200_OK: ResponseSpec(
            bytes, generate_examples=False, description="An iCalendar file.", media_type=_ICAL
        )
    },
    response_headers=[
        ResponseHeader(
            name="Content-Disposition", description="The name to save it under.", documentation_only=True
        )
    ],
)
async def get_ical(
    actor: NamedDependency[Actor], year: _Year, dealer_id: DealerOrOem = None
) -> Response[bytes]:
    """Holidays and make-up days of one year (RFC 5545)."""
    found = await service.calendar(actor, dealer_id or OF_OEM)
    content = ical.written(found.definition, year, _NAMES, utc_now())
    name = f'attachment; filename="calendar-{year}.ics"'
    return Response(content, media_type=_ICAL, headers={"Content-Disposition": name})


@post(
    "/oem/calendar/ical",
    status_code=HTTP_200_OK,
    tags=_TAGS,
    summary="Read a calendar file",
    operation_id="readCalendarFile",
)
async def read_ical(
    actor: NamedDependency[Actor],
    data: Annotated[CalendarFile, example("A file with one event", year=2027, content=EXAMPLE_FILE)],
) -> DaysOfYear:
    """The whole-day events of one year as holidays and make-up days, to be published in a calendar.

    Rules of recurrence are followed; what could not be read is counted in `skipped`.
    """
    actor.require(Permission.TENANT_MANAGE)
    found = await asyncio.to_thread(ical.read, data.content.encode(), data.year)
    return DaysOfYear(
        year=data.year,
        holidays=list(found.holidays),
        make_up_days=found.make_up_days,
        source="iCalendar",
        skipped=found.skipped,
    )


HANDLERS = [
    get_calendar,
    put_calendar,
    try_calendar,
    list_versions,
    get_version,
    list_dealers,
    get_known_days,
    get_ical,
    read_ical,
]
