"""The OEM's own settings, its logo and the text its customers agree to."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.staff.schemas import Version
from shared.onboarding import consents, settings
from shared.onboarding.consents import ConsentVersion
from shared.onboarding.settings import SettingsWanted
from shared.tenancy import Actor
from shared.tenants.settings import OemSettings

_TAGS = ["Settings"]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; empty texts mean as the installation does it."""

    version: Version
    name: _Text
    name_en: _Text
    time_zone: _Text
    locale: _Text
    number_prefix: _Text = "AF"
    sender_name: _Text = ""
    sms_signature: _Text = ""
    public_url: _Text = ""
    complaint_line: _Text = ""


class ConsentWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The text in both languages; `{oem}` stands for the OEM's name. `version`: the newest there is, or 0."""

    version: int
    zh: _Words
    en: _Words


class Consents(msgspec.Struct, frozen=True):
    """Every version, newest first; cases refer to them by number."""

    items: list[ConsentVersion]


@get("/oem", tags=_TAGS, summary="Settings of the OEM", operation_id="getSettings")
async def get_settings(actor: NamedDependency[Actor]) -> OemSettings:
    """What the OEM has set for itself."""
    return await settings.oem_settings(actor)


@put("/oem", tags=_TAGS, summary="Change them", operation_id="changeSettings")
async def put_settings(
    actor: NamedDependency[Actor],
    data: Annotated[
        SettingsChange,
        example(
            "A maker",
            version=1,
            name="测试汽车",
            name_en="Test Motors",
            time_zone="Asia/Shanghai",
            locale="zh-CN",
            number_prefix="AF",
            sender_name="测试汽车客户关怀",
            sms_signature="测试汽车",
            public_url="https://care.example.com",
            complaint_line="400 000 0001",
        ),
    ],
) -> OemSettings:
    """Replace the settings."""
    values = {name: getattr(data, name) for name in SettingsWanted.__struct_fields__}
    return await settings.save_settings(actor, SettingsWanted(**values), version=data.version)


class LogoFile(msgspec.Struct, frozen=True, kw_only=True):
    """A PNG or JPEG of at most 256 KB."""

    logo: UploadFile


_LOGO = BodyKwarg(
    media_type=RequestEncodingType.MULTI_PART,
    examples=[Example(summary="A picture", value={"logo": "…"})],
)


@put("/oem/logo", tags=_TAGS, summary="Set the logo", operation_id="setLogo")
async def put_logo(
    actor: NamedDependency[Actor],
    data: Annotated[LogoFile, _LOGO],
) -> OemSettings:
    """Show a picture beside the name; what it is is told by its content."""
    return await settings.set_logo(actor, await data.logo.read())


@get("/oem/logo", opt={ALSO: (404,)}, tags=_TAGS, summary="The logo", operation_id="getLogo")
async def get_logo(actor: NamedDependency[Actor]) -> Response[bytes]:
    """The picture."""
    found = await settings.logo_of(actor.oem_id)
    return Response(found.content, media_type=found.media_type)


@delete("/oem/logo", tags=_TAGS, summary="Remove the logo", operation_id="removeLogo")
async def delete_logo(actor: NamedDependency[Actor]) -> None:
    """Show none any more."""
    await settings.remove_logo(actor)


@get("/oem/consents", tags=_TAGS, summary="Texts of consent", operation_id="listConsents")
async def list_consents(actor: NamedDependency[Actor]) -> Consents:
    """What customers agree to when they send the form, in all its versions."""
    return Consents(await consents.consents(actor))


@post("/oem/consents", tags=_TAGS, summary="Publish another text", operation_id="publishConsent")
async def publish_consent(
    actor: NamedDependency[Actor],
    data: Annotated[
        ConsentWanted,
        example("A short one", version=1, zh="{oem}将处理您的信息。", en="{oem} handles your data."),
    ],
) -> ConsentVersion:
    """From now on customers are asked for this; earlier versions stay as they are."""
    return await consents.publish_consent(actor, data.zh, data.en, version=data.version)


HANDLERS = [get_settings, put_settings, put_logo, get_logo, delete_logo, list_consents, publish_consent]
