"""One's own profile and password."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post, put
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency

from services.api.auth import PUBLIC, bearer_token
from services.api.cases.schemas import example
from services.api.openapi import ALSO
from shared.accounts import own, service
from shared.notifications.links import Links
from shared.onboarding import profile, resets
from shared.onboarding.profile import OwnProfile
from shared.tenancy import Actor

_TAGS = ["Profile"]
_Password = Annotated[str, msgspec.Meta(max_length=1000)]
_CHANGE: Final = {"old_password": "correct horse battery", "new_password": "another correct horse"}
_USE: Final = {
    "token": "hr_ExampleExampleExampleExampleExampleExampleEx",
    "new_password": "another correct horse",
}


class ProfileWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole profile; `muted` are messages not wanted, such as `assignment/email`."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    locale: Annotated[str, msgspec.Meta(max_length=10, examples=["zh-CN"])]
    time_zone: Annotated[str, msgspec.Meta(max_length=64, examples=["Asia/Shanghai"])]
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    muted: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The present password and the one to come."""

    old_password: _Password
    new_password: _Password


class ResetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose password it is."""

    email: Annotated[str, msgspec.Meta(max_length=254, examples=["li.na@example.com"])]


class ResetUsed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of the link in the e-mail, and the new password."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    new_password: _Password


@get("/profile", tags=_TAGS, summary="Own profile", operation_id="getProfile")
async def get_profile(actor: NamedDependency[Actor]) -> OwnProfile:
    """How one is called, reads and is told."""
    return await profile.own_profile(actor)


@put("/profile", tags=_TAGS, summary="Change it", operation_id="changeProfile")
async def put_profile(
    actor: NamedDependency[Actor],
    data: Annotated[
        ProfileWanted,
        example(
            "In English",
            name="王测试",
            locale="en",
            time_zone="Europe/Berlin",
            phone="13800001234",
            muted=["assignment/email"],
        ),
    ],
) -> OwnProfile:
    """Replace the profile. Language and time zone hold everywhere, the rest in the present place."""
    wanted = OwnProfile(
        name=data.name, locale=data.locale, time_zone=data.time_zone, phone=data.phone, muted=data.muted
    )
    return await profile.save_profile(actor, wanted)


@put(
    "/profile/password",
    opt={ALSO: (429,)},
    tags=_TAGS,
    summary="Change the password",
    operation_id="changePassword",
    status_code=204,
)
async def put_password(
    request: Request[Any, Any, Any],
    data: Annotated[PasswordChange, example("Another", **_CHANGE)],
) -> None:
    """Replace one's own password; every session ends, this one too."""
    client = request.client.host if request.client else ""
    session = (await service.current_session(bearer_token(request))).session
    await own.change_password(session.email, data.old_password, data.new_password, client)


@post(
    "/password-reset",
    opt={PUBLIC: True},
    tags=_TAGS,
    summary="Ask for a new password",
    operation_id="askForReset",
    status_code=202,
)
async def ask_for_reset(
    request: Request[Any, Any, Any],
    links: NamedDependency[Links],
    data: Annotated[ResetAsked, example("Forgotten", email="li.na@example.com")],
) -> Response[None]:
    """Send a link that works once, for an hour. The answer tells nothing about the address."""
    client = request.client.host if request.client else ""
    await resets.check_reset_limit(data.email, client)
    return Response(None, status_code=202, background=BackgroundTask(resets.send_reset, data.email, links))


@post(
    "/password-reset/use",
    opt={PUBLIC: True, ALSO: (404,)},
    tags=_TAGS,
    summary="Set it",
    operation_id="useReset",
    status_code=204,
)
async def use_reset(data: Annotated[ResetUsed, example("From the link", **_USE)]) -> None:
    """Set the password; every session of the person ends. 404 `reset_over` for a link used or too old."""
    await resets.use_reset(data.token, data.new_password)


HANDLERS = [get_profile, put_profile, put_password, ask_for_reset, use_reset]
