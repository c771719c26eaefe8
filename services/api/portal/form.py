"""The complaint form of an OEM: choose the dealer, say what happened, get a number (R1.1, R1.2, R1.4)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
import segno
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.params import FromPath, QueryParameter
from markupsafe import Markup

from services.api.auth import PUBLIC
from services.api.portal.door import (
    AnyRequest,
    go,
    links_of,
    named,
    page,
    reader_locale,
    visitor,
    web_of,
    zone_of,
)
from services.api.portal.forms import check_texts, refused, texts_of
from shared.errors import AppError, Conflict, Invalid, NotFound, TooManyRequests
from shared.files.content import LIMITS, FileKind
from shared.portal.submission import MOST_PHOTOS, FormPage, Photo, Submission, form_page, submit
from shared.tenants.dealers import Dealer
from shared.web.components import EMPTY_FORM, FormState
from shared.web.environment import Viewer
from shared.web.locale import Locale, locale_of
from shared.web.requests import read_form

BODY_LIMIT_BYTES: Final = MOST_PHOTOS * LIMITS[FileKind.IMAGE] + 1_000_000
"""All the pictures the form promises to take, and the words."""

MOST_LISTED: Final = 60
"""Dealers shown at once; a city or a name narrows them."""

_OPTIONS: Final = {PUBLIC: True}
_DESK: Final = "0"
_NEW_TOKEN: Final = frozenset({"form_expired", "form_invalid", "form_sent_already"})
_MEGABYTE: Final = 1_000_000
Find = Annotated[str, QueryParameter(required=False)]


class DealerChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A dealer in the list."""

    id: int
    name: str
    place: str


class ChoosePage(msgspec.Struct, frozen=True, kw_only=True):
    """The first step. `total` counts all that match."""

    base: str
    oem: str
    oem_phone: str
    find: str
    dealers: list[DealerChoice]
    total: int


class ComplaintPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form. `dealer` is empty for who does not know his dealer."""

    base: str
    oem: str
    oem_phone: str
    dealer: str
    dealer_id: str
    dealer_phone: str
    token: str
    consent_text: str
    consent_version: int
    most_photos: int = MOST_PHOTOS
    most_megabytes: int = LIMITS[FileKind.IMAGE] // _MEGABYTE
    form: FormState = EMPTY_FORM


@get("/c/{slug:str}", opt=_OPTIONS, include_in_schema=False)
async def show(request: AnyRequest, slug: FromPath[str], find: Find = "", dealer: Find = "") -> Response[str]:
    """The list of dealers, or with a dealer in the address the form."""
    made, viewer = await _made(request, slug)
    if dealer == _DESK or made.dealer(_number(dealer)):
        return page(request, viewer, "portal/complaint.html", model=_complaint_page(made, viewer, dealer))
    return page(request, viewer, "portal/choose.html", model=_choose_page(made, viewer, find.strip()))


@post("/c/{slug:str}", opt=_OPTIONS, include_in_schema=False, request_max_body_size=BODY_LIMIT_BYTES)
async def send(request: AnyRequest, slug: FromPath[str]) -> Response[str] | Response[None]:
    """Make a case; what is refused comes back as it was typed, but for the pictures."""
    form = await read_form(request)
    made, viewer = await _made(request, slug)
    fields = texts_of(form)
    try:
        check_texts(fields)
        photos = await _photos(form)
        sent = _submission(fields, viewer.locale)
        client = request.client.host if request.client else ""
        done = await submit(links_of(request), slug, sent, photos, client)
    except (Invalid, Conflict, TooManyRequests) as error:
        return _refused(request, made, viewer, fields, error)
    received = f"/t/{done.tracking_url.rsplit('/', 1)[-1]}/received"
    return go(f"{received}?done=without-photos" if done.photos_lost else received)


async def _made(request: AnyRequest, slug: str) -> tuple[FormPage, Viewer]:
    asked = reader_locale(request) if request.headers.get("accept-language") else None
    known = visitor(request)
    chosen = locale_of(request.query_params.get("lang")) or locale_of(request.cookies.get("huiyin_locale"))
    made = await form_page(slug, chosen or asked, web_of(request).secret)
    locale = chosen or asked or Locale(made.oem.locale)
    return made, Viewer(locale, zone_of(made.oem.time_zone), known.now)


def _choose_page(made: FormPage, viewer: Viewer, find: str) -> ChoosePage:
    matching = [each for each in made.dealers if _matches(each, find)]
    return ChoosePage(
        base=f"/c/{made.oem.slug}",
        oem=named(viewer, made.oem.name, made.oem.name_en),
        oem_phone=made.oem.complaint_line,
        find=find,
        dealers=[
            DealerChoice(
                id=each.id,
                name=named(viewer, each.name, each.name_en),
                place=" ".join(dict.fromkeys(part for part in (each.province, each.city) if part)),
            )
            for each in matching[:MOST_LISTED]
        ],
        total=len(matching),
    )


def _matches(dealer: Dealer, find: str) -> bool:
    """Whether every word of the search stands in the dealer's name, place or code."""
    told = f"{dealer.name} {dealer.name_en} {dealer.province} {dealer.city} {dealer.code}".casefold()
    return all(word in told for word in find.casefold().split())


def _complaint_page(
    made: FormPage, viewer: Viewer, dealer_id: str, form: FormState = EMPTY_FORM, token: str = ""
) -> ComplaintPage:
    dealer = made.dealer(_number(dealer_id))
    return ComplaintPage(
        base=f"/c/{made.oem.slug}",
        oem=named(viewer, made.oem.name, made.oem.name_en),
        oem_phone=made.oem.complaint_line,
        dealer=named(viewer, dealer.name, dealer.name_en) if dealer else "",
        dealer_id=str(dealer.id) if dealer else _DESK,
        dealer_phone=dealer.phone if dealer else "",
        token=token or made.token,
        consent_text=made.consent.text,
        consent_version=made.consent.version,
        form=form,
    )


def _refused(
    request: AnyRequest, made: FormPage, viewer: Viewer, fields: Mapping[str, str], error: AppError
) -> Response[str]:
    shown = {name: value for name, value in fields.items() if name not in {"form_token", "website"}}
    form = refused(shown, error, viewer.translator)
    token = "" if error.code in _NEW_TOKEN else fields.get("form_token", "")
    model = _complaint_page(made, viewer, fields.get("dealer_id", _DESK), form, token)
    response = page(request, viewer, "portal/complaint.html", status=error.status, model=model)
    if isinstance(error, TooManyRequests):
        response.headers["retry-after"] = str(error.retry_after_s)
    return response


def _submission(fields: Mapping[str, str], locale: Locale) -> Submission:
    texts = {
        name: fields[name]
        for name in (
            "words",
            "symptom",
            "demand",
            "customer_name",
            "customer_phone",
            "customer_email",
            "vehicle_plate",
            "vehicle_vin",
            "vehicle_model",
            "website",
        )
        if name in fields
    }
    return Submission(
        form_token=fields.get("form_token", ""),
        locale=locale,
        dealer_id=_number(fields.get("dealer_id", "")),
        consent_version=_number(fields.get("consent_version", ""), least=0),
        **texts,
    )


async def _photos(form: FormMultiDict) -> Sequence[Photo]:
    files = [
        value for name, value in form.multi_items() if name == "photos" and isinstance(value, UploadFile)
    ]
    read = [Photo(file.filename or "", await file.read()) for file in files]
    # A browser sends an empty file for a field that was left alone.
    return [photo for photo in read if photo.name or photo.content]


def _number(text: str, least: int = 1) -> int | None:
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < least:
        return None
    return int(text)


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """What hangs in a dealer's reception: whom to complain to, and how (R1.1)."""

    oem: str
    oem_phone: str
    dealer: str
    dealer_phone: str
    officer: str
    address: str
    picture: Markup


@get("/c/{slug:str}/notice/{dealer_id:int}", opt=_OPTIONS, include_in_schema=False)
async def notice(request: AnyRequest, slug: FromPath[str], dealer_id: FromPath[int]) -> Response[str]:
    """A page to print: complaint line, complaints officer, and the form's address as a picture to scan."""
    made, viewer = await _made(request, slug)
    dealer = made.dealer(dealer_id)
    if dealer is None:
        raise NotFound("not_found")
    address = f"{links_of(request).form(slug)}?dealer={dealer.id}"
    model = NoticePage(
        oem=named(viewer, made.oem.name, made.oem.name_en),
        oem_phone=made.oem.complaint_line,
        dealer=named(viewer, dealer.name, dealer.name_en),
        dealer_phone=dealer.phone,
        officer=dealer.complaints_officer,
        address=address,
        # Nothing of the address reaches the picture but its dots.
        picture=Markup(segno.make(address, error="m").svg_inline(scale=6, border=2)),  # noqa: S704  # segno's own drawing of squares
    )
    return page(request, viewer, "portal/notice.html", model=model)


HANDLERS = [show, send, notice]
