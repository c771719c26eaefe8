"""The OEM's settings: names, senders, numbering, logo, and the text its customers agree to."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from services.admin.forms import fields_of, form_of, refused, whole_number
from services.admin.pages import UNCOMPRESSED, go, whole_page
from services.admin.session import AnyRequest, FromSession, Reader
from services.admin.zones import zone_choices
from shared.errors import AppError
from shared.onboarding import consents, settings
from shared.onboarding.consents import ConsentVersion
from shared.onboarding.settings import LOGO_BYTES, SettingsWanted
from shared.permissions import Permission
from shared.tenants.settings import OemSettings
from shared.web.components import EMPTY_FORM, Choice, FormState
from shared.web.locale import translator

_UPLOAD_LIMIT: Final = LOGO_BYTES + 20_000
_FOREVER: Final = "private, max-age=31536000, immutable"


class SettingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The settings in force and the versions of the text of consent, newest first."""

    settings: OemSettings
    time_zones: list[Choice]
    consents: list[ConsentVersion]
    published_at: datetime | None
    form: FormState = EMPTY_FORM
    logo_form: FormState = EMPTY_FORM
    consent_form: FormState = EMPTY_FORM


@get("/oem")
async def oem(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The settings."""
    reader.actor.require(Permission.TENANT_MANAGE)
    return await _page(request, reader)


@post("/oem")
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Change the settings."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    wanted = SettingsWanted(**{name: fields.get(name, "") for name in SettingsWanted.__struct_fields__})
    try:
        await settings.save_settings(reader.actor, wanted, version=whole_number(fields, "version"))
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, form=form)
    return go(request, "/oem", "oem_saved")


@get("/oem/logo", opt={UNCOMPRESSED: True})
async def logo(reader: FromSession) -> Response[bytes]:
    """The picture beside the OEM's name; its address changes with it."""
    found = await settings.logo_of(reader.actor.oem_id)
    return Response(found.content, media_type=found.media_type, headers={"cache-control": _FOREVER})


@post("/oem/logo", request_max_body_size=_UPLOAD_LIMIT)
async def set_logo(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Take a picture, told by its content."""
    reader.actor.require(Permission.TENANT_MANAGE)
    sent = (await form_of(request)).get("logo")
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    try:
        await settings.set_logo(reader.actor, content)
    except AppError as error:
        form = refused({}, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, logo_form=form)
    return go(request, "/oem", "oem_saved")


@post("/oem/logo/remove")
async def remove_logo(request: AnyRequest, reader: FromSession) -> Response[None]:
    """Show no picture."""
    await settings.remove_logo(reader.actor)
    return go(request, "/oem", "oem_saved")


@post("/oem/consent")
async def publish(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Publish another text of consent."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        version = whole_number(fields, "version")
        await consents.publish_consent(
            reader.actor, fields.get("zh", ""), fields.get("en", ""), version=version
        )
    except AppError as error:
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, status=error.status, consent_form=form)
    return go(request, "/oem", "consent")


async def _page(
    request: AnyRequest,
    reader: Reader,
    *,
    status: int = 200,
    form: FormState = EMPTY_FORM,
    logo_form: FormState = EMPTY_FORM,
    consent_form: FormState = EMPTY_FORM,
) -> Response[str]:
    known = await settings.oem_settings(reader.actor)
    texts = await consents.consents(reader.actor)
    if not consent_form.message and texts:
        consent_form = FormState(values={"zh": texts[0].zh, "en": texts[0].en})
    model = SettingsPage(
        settings=known,
        time_zones=zone_choices(known.time_zone),
        consents=texts,
        published_at=texts[0].valid_from if texts else None,
        form=form,
        logo_form=logo_form,
        consent_form=consent_form,
    )
    return await whole_page(request, reader, "settings/settings.html", "oem", status=status, page=model)


HANDLERS = [oem, save, logo, set_logo, remove_logo, publish]
