"""Who may give customers how much (R3.2)."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import authority
from shared.cases.authority import Authority, AuthorityLimits
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS = ["Rules"]


class AuthorityWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits as they shall be; `version` is the one they were read with."""

    version: KnownVersion
    authority: Authority


@get(
    "/oem/authority-limits",
    tags=_TAGS,
    summary="Authority limits",
    operation_id="getAuthorityLimits",
    opt={ALSO: (404,)},
)
async def get_limits(actor: NamedDependency[Actor], version: EarlierVersion = None) -> AuthorityLimits:
    """What each role may give by itself, in minor units; who is not named may give nothing."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.AUTHORITY, Authority, version)
        return AuthorityLimits(version=version, authority=earlier)
    return await authority.authority_limits(actor)


@put(
    "/oem/authority-limits",
    tags=_TAGS,
    summary="Change the authority limits",
    operation_id="changeAuthorityLimits",
)
async def put_limits(
    actor: NamedDependency[Actor],
    data: Annotated[
        AuthorityWanted,
        example(
            "Advisors up to 500 yuan, no cash",
            version=1,
            authority={
                "currency": "CNY",
                "limits": {"advisor": {"amount_minor": 50_000, "kinds": {"cash": 0}}},
            },
        ),
    ],
) -> AuthorityLimits:
    """Let other limits hold; what was granted or asked for before stays as it is."""
    return await authority.publish(actor, data.authority, version=data.version)


HANDLERS = [get_limits, put_limits]
