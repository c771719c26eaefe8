"""API keys of the OEM's integrations."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.api.parameters import SecretIdempotencyKey
from shared.accounts import service
from shared.accounts.service import ApiKey
from shared.tenancy import Actor


class NewApiKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to create; without `dealer_id` it acts for the whole OEM."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, examples=["DMS"])]
    dealer_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, examples=[17])] | None = None


class ApiKeyCreated(msgspec.Struct, frozen=True):
    """The key, shown this once: send it as `Authorization: Bearer …`."""

    key: Annotated[str, msgspec.Meta(examples=["hk_0a1b2c3d_ExampleExampleExampleExampleExampleExampleE"])]


class ApiKeys(msgspec.Struct, frozen=True):
    """Every key of the OEM, newest first."""

    items: list[ApiKey]


@get("/api-keys", tags=["API keys"], summary="API keys")
async def api_keys(actor: NamedDependency[Actor]) -> ApiKeys:
    """The OEM's keys without their secrets, revoked ones included."""
    return ApiKeys(await service.api_keys(actor))


@post("/api-keys", tags=["API keys"], summary="Create an API key")
async def create_api_key(
    actor: NamedDependency[Actor], data: JSONBody[NewApiKey], idempotency_key: SecretIdempotencyKey = None
) -> ApiKeyCreated:
    """Create a key for an integration.

    Where the answer was lost, 409 `made_already` says which key it was: revoke it and create another one.
    """
    key = await service.create_api_key(actor, data.name, data.dealer_id, idempotency_key=idempotency_key)
    return ApiKeyCreated(key)


@delete("/api-keys/{key_id:uuid}", tags=["API keys"], summary="Revoke an API key")
async def revoke_api_key(actor: NamedDependency[Actor], key_id: FromPath[UUID]) -> None:
    """Revoke a key for good."""
    await service.revoke_api_key(actor, key_id)


HANDLERS = [api_keys, create_api_key, revoke_api_key]
