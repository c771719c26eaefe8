"""The platform operator's side: OEMs."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import example
from shared.notifications.links import Links
from shared.onboarding import platform
from shared.onboarding.platform import OpenedOem
from shared.onboarding.service import NewOem
from shared.tenancy import Actor
from shared.tenants.oems import Oem

_TAGS = ["Platform"]
_Text = Annotated[str, msgspec.Meta(max_length=200)]


class OemWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OEM to open and whom to ask in as its first administrator."""

    slug: Annotated[str, msgspec.Meta(max_length=40)]
    name: _Text
    name_en: _Text
    admin_email: Annotated[str, msgspec.Meta(max_length=254)]
    admin_name: _Text
    country: Annotated[str, msgspec.Meta(max_length=2)] = "CN"
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = "Asia/Shanghai"
    locale: Annotated[str, msgspec.Meta(max_length=10)] = "zh-CN"


class Oems(msgspec.Struct, frozen=True):
    """Every OEM by slug."""

    items: list[Oem]


@get("/platform/oems", tags=_TAGS, summary="OEMs", operation_id="listOems")
async def list_oems(actor: NamedDependency[Actor]) -> Oems:
    """The tenants of this installation."""
    return Oems(await platform.oems(actor))


@post("/platform/oems", tags=_TAGS, summary="Open an OEM", operation_id="openOem")
async def open_oem(
    actor: NamedDependency[Actor],
    links: NamedDependency[Links],
    data: Annotated[
        OemWanted,
        example(
            "A new maker",
            slug="test-motors",
            name="测试汽车",
            name_en="Test Motors",
            admin_email="admin@example.com",
            admin_name="管理员",
        ),
    ],
) -> OpenedOem:
    """Create an OEM with defaults for everything; its first administrator is invited by e-mail."""
    values = {name: getattr(data, name) for name in OemWanted.__struct_fields__}
    return await platform.open_oem(actor, NewOem(**values), links)


@post(
    "/platform/oems/{oem_id:int}/invitation",
    tags=_TAGS,
    summary="Invite its administrator again",
    operation_id="inviteAdministratorAgain",
    status_code=204,
)
async def invite_again(
    actor: NamedDependency[Actor], links: NamedDependency[Links], oem_id: FromPath[int]
) -> None:
    """Send a fresh link where the first administrator has not come in yet."""
    await platform.invite_again(actor, oem_id, links)


HANDLERS = [list_oems, open_oem, invite_again]
