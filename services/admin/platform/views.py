"""The platform operator's page: the OEMs of this installation, and opening one."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.forms import fields_of, refused
from services.admin.pages import go, links_of, whole_page
from services.admin.session import WITHOUT_TENANT, AnyRequest, FromSession, Reader
from services.admin.zones import zone_choices
from shared.errors import AppError, Conflict
from shared.onboarding import platform
from shared.onboarding.service import NewOem
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, Choice, FormState, Toast
from shared.web.locale import translator
from shared.web.sentences import sentence

_USUAL_ZONE: Final = "Asia/Shanghai"


class OemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One OEM."""

    id: int
    slug: str
    name: str
    country: str
    time_zone: str
    created_at: datetime


class PlatformPage(msgspec.Struct, frozen=True, kw_only=True):
    """The OEMs and the form for the next."""

    oems: list[OemRow]
    time_zones: list[Choice]
    time_zone: str
    form: FormState = EMPTY_FORM


@get("/platform", opt={WITHOUT_TENANT: True})
async def oems(request: AnyRequest, reader: FromSession) -> Response[str]:
    """Every OEM."""
    reader.actor.require(Permission.TENANT_CREATE)
    return await _page(request, reader)


@post("/platform", opt={WITHOUT_TENANT: True})
async def open_oem(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Open an OEM and invite its first administrator."""
    reader.actor.require(Permission.TENANT_CREATE)
    fields = await fields_of(request)
    new = NewOem(
        slug=fields.get("slug", "").strip(),
        name=fields.get("name", ""),
        name_en=fields.get("name_en", ""),
        admin_email=fields.get("admin_email", ""),
        admin_name=fields.get("admin_name", ""),
        country=fields.get("country", "").strip().upper(),
        time_zone=fields.get("time_zone", ""),
        locale=fields.get("locale", ""),
    )
    try:
        await platform.open_oem(reader.actor, new, links_of(request))
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form)
    return go(request, "/platform", "oem_opened")


@post("/platform/{oem_id:int}/invite", opt={WITHOUT_TENANT: True})
async def invite_again(
    request: AnyRequest, reader: FromSession, oem_id: FromPath[int]
) -> Response[str] | Response[None]:
    """Send the first administrator a fresh link."""
    try:
        await platform.invite_again(reader.actor, oem_id, links_of(request))
    except Conflict as error:
        said = Toast(sentence(translator(reader.locale), error.code, error.params), "warn")
        return await _page(request, reader, status=error.status, toasts=[said])
    return go(request, "/platform", "invite")


async def _page(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    toasts: list[Toast] | None = None,
) -> Response[str]:
    known = await platform.oems(reader.actor)
    model = PlatformPage(
        oems=[
            OemRow(
                id=each.id,
                slug=each.slug,
                name=reader.named(each.name, each.name_en),
                country=each.country,
                time_zone=each.time_zone,
                created_at=each.created_at,
            )
            for each in known
        ],
        time_zones=zone_choices(_USUAL_ZONE),
        time_zone=_USUAL_ZONE,
        form=form,
    )
    return await whole_page(
        request,
        reader,
        "platform/platform.html",
        "platform",
        status=status,
        toasts=toasts or [],
        page=model,
    )


HANDLERS = [oems, open_oem, invite_again]
