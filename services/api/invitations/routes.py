"""The invited person's side: what an invitation offers, and accepting it."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency

from services.api.auth import PUBLIC
from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.session.schemas import SessionOpened, opened
from shared.accounts.service import SessionTerms
from shared.onboarding import acceptance
from shared.onboarding.acceptance import Acceptance
from shared.permissions import Role

_TAGS = ["Invitations"]
_Token = Annotated[str, msgspec.Meta(max_length=200)]


_LINK: Final = {"token": "hi_ExampleExampleExampleExampleExampleExampleEx"}
_ANSWER: Final = {"password": "correct horse battery", "name": "王测试", "locale": "zh-CN"}


class InvitationToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the link in the e-mail."""

    token: _Token


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered. With `has_account` the password asked for is the one the person has already."""

    email: str
    name: str
    role: Role
    oem_name: str
    oem_name_en: str
    dealer_name: str
    dealer_name_en: str
    locale: str
    has_account: bool


class Accepting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person's answer; name and language count where there is no account yet."""

    token: _Token
    password: Annotated[str, msgspec.Meta(max_length=1000)]
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    locale: Annotated[str, msgspec.Meta(max_length=10)] = "zh-CN"


@post(
    "/invitation",
    opt={PUBLIC: True, ALSO: (404,)},
    tags=_TAGS,
    summary="What an invitation offers",
    operation_id="readInvitation",
    status_code=200,
)
async def read_invitation(
    data: Annotated[InvitationToken, example("From the link", **_LINK)],
) -> Offer:
    """The place behind a link; 404 `invitation_over` when it cannot be accepted any more."""
    found = await acceptance.open_invitation(data.token)
    return Offer(
        email=found.email,
        name=found.name,
        role=found.role,
        oem_name=found.oem_name,
        oem_name_en=found.oem_name_en,
        dealer_name=found.dealer_name,
        dealer_name_en=found.dealer_name_en,
        locale=found.locale,
        has_account=found.has_account,
    )


@post(
    "/invitation/acceptance",
    opt={PUBLIC: True, ALSO: (404,)},
    tags=_TAGS,
    summary="Accept it",
    operation_id="acceptInvitation",
)
async def accept_invitation(
    request: Request[Any, Any, Any],
    terms: NamedDependency[SessionTerms],
    data: Annotated[
        Accepting,
        example("A new person", **_LINK, **_ANSWER),
    ],
) -> SessionOpened:
    """Take the place and sign in there. Works once."""
    client = request.client.host if request.client else ""
    accepted = Acceptance(password=data.password, name=data.name, locale=data.locale)
    return opened(await acceptance.accept_invitation(data.token, accepted, client, terms=terms))


HANDLERS = [read_invitation, accept_invitation]
