"""How messages wait, and what a digest stands for."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.escalation import digests
from shared.escalation.digests import DigestEntry
from shared.notifications import holds
from shared.notifications.holding import MessagePolicy
from shared.notifications.holds import MessagePolicyView
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS = ["Messages"]


class MessagePolicyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy as it shall be; `version` is the one it was read with."""

    version: KnownVersion
    policy: MessagePolicy


class Digest(msgspec.Struct, frozen=True):
    """The firings one was told of in one message, those that wait first."""

    items: list[DigestEntry]


class DigestAcknowledged(msgspec.Struct, frozen=True):
    """Of how many cases something was acknowledged."""

    cases: int


@get(
    "/oem/message-policy",
    tags=_TAGS,
    summary="Digests, quiet hours and limits",
    operation_id="getMessagePolicy",
    opt={ALSO: (404,)},
)
async def get_policy(actor: NamedDependency[Actor], version: EarlierVersion = None) -> MessagePolicyView:
    """When messages of the OEM wait."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.MESSAGES, MessagePolicy, version)
        return MessagePolicyView(version=version, policy=earlier)
    return await holds.shown(actor)


@put(
    "/oem/message-policy",
    tags=_TAGS,
    summary="Change digests, quiet hours and limits",
    operation_id="changeMessagePolicy",
)
async def put_policy(
    actor: NamedDependency[Actor],
    data: Annotated[
        MessagePolicyWanted,
        example(
            "A digest every ten minutes, no SMS at night",
            version=1,
            policy={
                "digest_minutes": 10,
                "quiet_from": "22:00",
                "quiet_until": "07:00",
                "quiet_channels": ["sms"],
                "most_per_number": 20,
                "most_per_case": 10,
            },
        ),
    ],
) -> MessagePolicyView:
    """Let messages wait otherwise from now on; nothing urgent or major ever waits."""
    return await holds.publish(actor, data.policy, version=data.version)


@get("/digests/{digest_id:uuid}", tags=_TAGS, summary="A digest", operation_id="getDigest")
async def get_digest(actor: NamedDependency[Actor], digest_id: FromPath[UUID]) -> Digest:
    """What one of one's own digests stands for."""
    return Digest(await digests.digest(actor, digest_id))


@post(
    "/digests/{digest_id:uuid}/acknowledge",
    tags=_TAGS,
    summary="Acknowledge a digest",
    operation_id="acknowledgeDigest",
    status_code=200,
)
async def acknowledge_digest(actor: NamedDependency[Actor], digest_id: FromPath[UUID]) -> DigestAcknowledged:
    """Acknowledge everything in it that waits; one case by its own route."""
    return DigestAcknowledged(await digests.acknowledge(actor, digest_id))


HANDLERS = [get_policy, put_policy, get_digest, acknowledge_digest]
