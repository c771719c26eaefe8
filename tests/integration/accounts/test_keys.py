"""API keys (R9.4)."""

from uuid import uuid4

import pytest

from shared.accounts import service
from shared.db.engine import transaction
from shared.errors import Forbidden, Invalid, NotFound, Unauthenticated
from shared.permissions import Role
from shared.tenancy import ActorKind, Scope
from tests.integration.accounts.people import PASSWORD, found_company, hire, new_client


async def test_a_key_acts_for_the_oem_or_for_one_dealer() -> None:
    company = await found_company()

    whole = await service.authenticate_key(await service.create_api_key(company.admin, "hotline"))
    one = await service.authenticate_key(
        await service.create_api_key(company.admin, "DMS", company.dealers[1])
    )

    assert (whole.kind, whole.role, whole.scope) == (
        ActorKind.API_KEY,
        Role.INTEGRATION,
        Scope.oem(company.oem_id),
    )
    assert (one.name, one.scope) == ("DMS", Scope.dealer(company.oem_id, company.dealers[1]))


async def test_a_key_is_stored_hashed_and_shows_its_prefix() -> None:
    company = await found_company()
    key = await service.create_api_key(company.admin, "DMS")
    await service.authenticate_key(key)

    (stored,) = await service.api_keys(company.admin)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        rows = await tx.values("SELECT api_keys::text FROM api_keys WHERE oem_id = $1", company.oem_id)

    assert key.startswith(stored.prefix + "_")
    assert stored.last_used_at is not None
    assert key.split("_", 2)[2] not in rows[0]


async def test_a_revoked_key_works_no_more() -> None:
    company = await found_company()
    key = await service.create_api_key(company.admin, "DMS")
    (stored,) = await service.api_keys(company.admin)

    await service.revoke_api_key(company.admin, stored.id)

    with pytest.raises(Unauthenticated, match="unknown_key"):
        await service.authenticate_key(key)
    with pytest.raises(NotFound):
        await service.revoke_api_key(company.admin, stored.id)


async def test_an_oem_touches_its_own_keys_and_dealers_only() -> None:
    """R9.1"""
    one, other = await found_company(), await found_company()
    await service.create_api_key(one.admin, "DMS")
    (stored,) = await service.api_keys(one.admin)

    assert await service.api_keys(other.admin) == []
    with pytest.raises(NotFound):
        await service.revoke_api_key(other.admin, stored.id)
    with pytest.raises(NotFound):
        await service.create_api_key(other.admin, "DMS", 9_999)


async def test_only_an_administrator_makes_keys() -> None:
    company = await found_company()
    email, _ = await hire(company, Role.READER)
    reader = (await service.sign_in(email, PASSWORD, new_client())).actor

    for attempt in (service.create_api_key(reader, "DMS"), service.api_keys(reader)):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(NotFound):
        await service.revoke_api_key(reader, uuid4())


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "DMS\x1b[2J", "two\nlines"])
async def test_a_key_needs_a_name(name: str) -> None:
    company = await found_company()

    with pytest.raises(Invalid):
        await service.create_api_key(company.admin, name)


@pytest.mark.parametrize("key", ["", "hk_", "hk_00000000_wrong", "hs_x", "x"])
async def test_a_made_up_key_is_nobody(key: str) -> None:
    with pytest.raises(Unauthenticated, match="unknown_key"):
        await service.authenticate_key(key)


async def test_a_key_of_a_closed_dealer_is_nobody() -> None:
    company = await found_company()
    key = await service.create_api_key(company.admin, "DMS", company.dealers[0])
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await tx.execute(
            "UPDATE dealers SET active = false WHERE oem_id = $1 AND id = $2",
            company.oem_id,
            company.dealers[0],
        )

    with pytest.raises(Unauthenticated):
        await service.authenticate_key(key)
