"""How often a sign-in may be tried (R9.4)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import argon2
import asyncpg
import pytest

from shared.accounts import passwords, service
from shared.accounts.limits import ADDRESS, PERSON
from shared.accounts.service import NewAccount
from shared.errors import TooManyRequests, Unauthenticated
from shared.portal import limits
from tests.integration.accounts.people import PASSWORD, found_company, hire, new_client, new_email
from tests.support.servers import Database


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    await connection.execute("ALTER TABLE app.sign_in_attempts NO FORCE ROW LEVEL SECURITY")
    yield connection
    await connection.close()


async def _refused(email: str, client: str, as_of: datetime | None = None) -> Exception:
    with pytest.raises((Unauthenticated, TooManyRequests)) as caught:
        await service.sign_in(email, "wrong password", client, as_of=as_of)
    return caught.value


async def test_after_five_failures_even_the_right_password_waits() -> None:
    email, _ = await hire(await found_company())
    client = new_client()
    for _ in range(PERSON.tries):
        assert isinstance(await _refused(email, client), Unauthenticated)

    with pytest.raises(TooManyRequests) as caught:
        await service.sign_in(email, PASSWORD, client)

    assert 0 < caught.value.retry_after_s <= PERSON.every_ms / 1000
    await service.sign_in(email, PASSWORD, new_client())


async def test_the_wait_told_is_the_wait_needed() -> None:
    email, client, start = new_email(), new_client(), datetime(2026, 5, 1, tzinfo=UTC)
    for _ in range(PERSON.tries):
        await _refused(email, client, start)

    refusal = await _refused(email, client, start + timedelta(seconds=10))

    assert isinstance(refusal, TooManyRequests)
    assert refusal.retry_after_s == 50
    early = await _refused(email, client, start + timedelta(seconds=59))
    assert isinstance(early, TooManyRequests)
    assert isinstance(await _refused(email, client, start + timedelta(seconds=60)), Unauthenticated)
    assert isinstance(await _refused(email, client, start + timedelta(seconds=60)), TooManyRequests)


async def test_a_success_forgets_the_failures() -> None:
    email, _ = await hire(await found_company())
    client = new_client()
    for _ in range(3):
        for _ in range(PERSON.tries - 1):
            assert isinstance(await _refused(email, client), Unauthenticated)
        await service.sign_in(email, PASSWORD, client)


async def test_one_address_cannot_try_many_people() -> None:
    client, start = new_client(), datetime(2026, 5, 1, tzinfo=UTC)
    answers = [await _refused("", client, start) for _ in range(PERSON.tries)]
    others = [f"nobody{number}" for number in range(ADDRESS.tries - PERSON.tries)]
    answers += [await _refused(other, client, start) for other in others]

    assert all(isinstance(answer, Unauthenticated) for answer in answers)
    assert isinstance(await _refused("somebody else", client, start), TooManyRequests)


async def test_refused_tries_leave_nothing_behind(owner: asyncpg.Connection) -> None:
    """Nobody fills a table by going on: neither with other people's names nor from other addresses."""
    start, client = datetime(2026, 6, 1, tzinfo=UTC), new_client()
    for _ in range(ADDRESS.tries):
        await _refused(new_email(), client, start)
    before = await _rows(owner)
    for _ in range(30):
        assert isinstance(await _refused(new_email(), client, start), TooManyRequests)
    assert await _rows(owner) == before

    oem = limits.Bucket(new_email(), limits.Limit(tries=1, every_ms=60_000))
    await limits.take([oem], start)
    before = await _rows(owner)
    for _ in range(30):
        with pytest.raises(TooManyRequests) as refused:
            await limits.take([limits.Bucket(new_email(), limits.FORMS_OF_NETWORK), oem], start)
        assert refused.value.retry_after_s == 60
    assert await _rows(owner) == before


async def test_a_refused_try_cleans_up_as_well(owner: asyncpg.Connection) -> None:
    long_ago, now, client = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC), new_client()
    for _ in range(ADDRESS.tries):
        await _refused(new_email(), client, now)
    for _ in range(5):
        await limits.take([limits.Bucket(new_email(), limits.WORDS_OF_CASE)], long_ago)
    before = await _rows(owner)
    assert isinstance(await _refused(new_email(), client, now), TooManyRequests)
    assert await _rows(owner) < before


async def _rows(owner: asyncpg.Connection) -> int:
    return await owner.fetchval("SELECT count(*) FROM app.sign_in_attempts")


async def test_a_whole_dealer_behind_one_address_signs_in() -> None:
    email, _ = await hire(await found_company())
    client = new_client()

    for _ in range(ADDRESS.tries + 5):
        await service.sign_in(email, PASSWORD, client)


async def test_tries_at_the_same_moment_are_counted_one_by_one() -> None:
    email, client, start = new_email(), new_client(), datetime(2026, 5, 1, tzinfo=UTC)

    answers = await asyncio.gather(*(_refused(email, client, start) for _ in range(20)))

    assert sum(isinstance(answer, Unauthenticated) for answer in answers) == PERSON.tries


async def test_an_unknown_address_costs_the_same_work_as_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    email = new_email()
    await service.create_account(NewAccount(email, "李娜", PASSWORD))
    verified: list[str] = []

    class Counting(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    for address in (email, new_email(), "no address"):
        await _refused(address, new_client())

    assert verified == ["$argon2id$v=19$m=19456,t=2,p=1"] * 3
