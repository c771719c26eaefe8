"""Policy data in immutable versions."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.db.engine import transaction
from shared.errors import Forbidden, NotFound
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from tests.integration.accounts.people import Company, found_company

CLOCKS = PolicyName.CLOCKS


def decode(body: bytes) -> dict[str, object]:
    return msgspec.json.decode(body, type=dict[str, object])


async def _publish(company: Company, body: bytes, **more: object) -> int:
    async with transaction(Scope.oem(company.oem_id)) as tx:
        return await policies.publish(tx, company.admin, CLOCKS, body, **more)


async def _decoded(company: Company, dealer_id: int = 0, as_of: datetime | None = None) -> tuple[int, object]:
    async with transaction(Scope.oem(company.oem_id), as_of=as_of) as tx:
        return await policies.decoded(tx, company.oem_id, CLOCKS, decode, dealer_id)


async def test_the_newest_valid_version_applies() -> None:
    company = await found_company()
    soon = datetime.now(UTC) + timedelta(days=1)

    second = await _publish(company, b'{"n": 2}')
    await _publish(company, b'{"n": 3}', valid_from=soon)

    assert second == 2
    assert await _decoded(company) == (2, {"n": 2})
    assert await _decoded(company, as_of=soon) == (3, {"n": 3})


async def test_a_dealers_own_version_goes_before_the_oems() -> None:
    """R4.1"""
    company = await found_company()
    await _publish(company, b'{"of": "oem"}')
    await _publish(company, b'{"of": "dealer"}', dealer_id=company.dealers[0])

    assert await _decoded(company, company.dealers[0]) == (1, {"of": "dealer"})
    assert await _decoded(company, company.dealers[1]) == (2, {"of": "oem"})
    assert await _decoded(company) == (2, {"of": "oem"})


async def test_a_version_is_decoded_once() -> None:
    company = await found_company()
    calls: list[bytes] = []

    def counting(body: bytes) -> int:
        calls.append(body)
        return len(calls)

    for _ in range(3):
        async with transaction(Scope.oem(company.oem_id)) as tx:
            assert (await policies.decoded(tx, company.oem_id, CLOCKS, counting))[1] == 1
    await _publish(company, b"{}")
    async with transaction(Scope.oem(company.oem_id)) as tx:
        assert (await policies.decoded(tx, company.oem_id, CLOCKS, counting))[1] == 2


async def test_a_publication_that_was_rolled_back_leaves_nothing_behind() -> None:
    company = await found_company()

    async def publish_and_fail() -> None:
        async with transaction(Scope.oem(company.oem_id)) as tx:
            await policies.publish(tx, company.admin, CLOCKS, b'{"n": "never"}')
            assert (await policies.decoded(tx, company.oem_id, CLOCKS, decode))[1] == {"n": "never"}
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        await publish_and_fail()

    assert await _publish(company, b'{"n": "second"}') == 2
    assert await _decoded(company) == (2, {"n": "second"})


async def test_what_is_kept_serves_nobody_elses_scope() -> None:
    """R9.1"""
    one, other = await found_company(), await found_company()
    await _decoded(one)

    with pytest.raises(NotFound, match="policy_missing"):
        async with transaction(Scope.oem(other.oem_id)) as tx:
            await policies.decoded(tx, one.oem_id, CLOCKS, decode)


async def test_publications_at_the_same_time_get_numbers_of_their_own() -> None:
    company = await found_company()

    versions = await asyncio.gather(*(_publish(company, b"{}") for _ in range(5)))

    assert sorted(versions) == [2, 3, 4, 5, 6]


async def test_only_an_administrator_publishes() -> None:
    company = await found_company()
    head_office = Actor(ActorKind.PERSON, Role.HEAD_OFFICE, Scope.oem(company.oem_id), "总部")

    async with transaction(head_office.scope) as tx:
        with pytest.raises(Forbidden):
            await policies.publish(tx, head_office, CLOCKS, b"{}")


async def test_a_dealer_reads_the_policies_of_its_oem() -> None:
    company = await found_company()
    async with transaction(Scope.dealer(company.oem_id, company.dealers[0])) as tx:
        found = await policies.current(tx, company.oem_id, CLOCKS, company.dealers[0])

    assert found.version == 1
    assert decode(found.body)["rules"]
