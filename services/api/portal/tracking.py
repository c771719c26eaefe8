"""The tracking page of a case: how it stands, what happened, and what its customer may do (R1.4, R3.6)."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.portal.door import AnyRequest, go, links_of, named, page, reader_locale, web_of, zone_of
from services.api.portal.forms import fields_of, refused
from services.api.portal.steps import NEXT, NOW, Step, steps_of
from shared.attachments.downloads import download_address
from shared.attachments.service import Download, signed
from shared.cases.states import Command, available
from shared.errors import Conflict, Invalid, NotFound, TooManyRequests
from shared.permissions import Role
from shared.portal import tracking
from shared.portal.tracking import TrackedEntry, Tracking
from shared.web.components import EMPTY_FORM, FormState, TimelineEntry
from shared.web.environment import Viewer
from shared.web.locale import Translator, msgid

_OPTIONS: Final = {PUBLIC: True}

_HEADLINES: Final[Mapping[str, str]] = {
    "register": msgid("Your complaint was received"),
    "confirm_receipt": msgid("Your complaint was registered"),
    "log_contact": msgid("We spoke with you"),
    "tell_plan": msgid("We told you the plan"),
    "resolve": msgid("We told you the result"),
    "customer_message": msgid("You wrote to us"),
}
_LOOKS: Final[Mapping[str, str]] = {
    "register": "registered",
    "confirm_receipt": "registered",
    "log_contact": "contacted",
    "tell_plan": "planned",
    "resolve": "resolved",
    "customer_message": "wrote",
}
"""What the customer is told of; other entries, visible or not, say nothing to him."""


class TrackingPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. `base` is its address without a query."""

    base: str
    number: str
    title: str
    customer: str
    now: str
    next: str
    steps: list[Step]
    tracking: Tracking
    dealer: str
    oem: str
    entries: list[TimelineEntry]
    may_write: bool
    sent: bool
    form: FormState = EMPTY_FORM


@get("/t/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The page."""
    return await _page(request, token)


@post("/t/{token:str}/messages", opt=_OPTIONS, include_in_schema=False)
async def write(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Write to the person in charge; what is refused comes back as it was typed."""
    fields = await fields_of(request)
    try:
        await tracking.write_message(links_of(request), token, fields.get("text", ""))
    except (Invalid, Conflict, TooManyRequests) as error:
        return await _page(request, token, refused_with=error, fields=fields)
    return go(f"/t/{token}?sent=1#messages")


async def _page(
    request: AnyRequest,
    token: str,
    *,
    template: str = "portal/tracking.html",
    refused_with: Invalid | Conflict | TooManyRequests | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response[str]:
    found = await tracking.track(links_of(request), token)
    case = found.case
    viewer = Viewer(reader_locale(request, case.customer_locale), zone_of(case.time_zone), found.now)
    speak = viewer.translator
    form = refused(fields or {}, refused_with, speak) if refused_with else EMPTY_FORM
    model = TrackingPage(
        base=f"/t/{token}",
        number=case.number,
        title=case.title,
        customer=case.customer_name,
        now=speak.gettext(NOW[case.state]),
        next=speak.gettext(NEXT[case.state]) if case.state in NEXT else "",
        steps=steps_of(case, speak),
        tracking=found,
        dealer=named(viewer, case.dealer_name, case.dealer_name_en),
        oem=named(viewer, case.oem_name, case.oem_name_en),
        entries=_entries(found.entries, speak),
        may_write=Command.CUSTOMER_MESSAGE in available(case.state, Role.CUSTOMER),
        sent=request.query_params.get("sent") == "1" and refused_with is None,
        form=form,
    )
    status = refused_with.status if refused_with else 200
    response = page(request, viewer, template, status=status, model=model)
    if isinstance(refused_with, TooManyRequests):
        response.headers["retry-after"] = str(refused_with.retry_after_s)
    return response


def _entries(entries: list[TrackedEntry], speak: Translator) -> list[TimelineEntry]:
    """Newest first, in words made for the customer."""
    return [
        TimelineEntry(
            kind=_LOOKS[entry.kind],
            at=entry.at,
            headline=speak.gettext(_HEADLINES[entry.kind]),
            body=entry.text,
        )
        for entry in reversed(entries)
        if entry.kind in _HEADLINES
    ]


@get("/t/{token:str}/received", opt=_OPTIONS, include_in_schema=False)
async def received(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """After the form: the number, and the way to follow it."""
    return await _page(request, token, template="portal/received.html")


@get("/t/{token:str}/files/{attachment_id:uuid}", opt=_OPTIONS, include_in_schema=False)
async def file(request: AnyRequest, token: FromPath[str], attachment_id: FromPath[UUID]) -> Response[None]:
    """To a file of the case that the customer may have."""
    found = await tracking.track(links_of(request), token)
    for each in found.files:
        if each.id == attachment_id:
            download = Download(each.storage_key, each.media_type, each.name)
            return go(download_address(signed(download, web_of(request).secret)))
    raise NotFound("file_not_found")


HANDLERS = [show, write, received, file]
