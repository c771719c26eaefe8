"""Signing in, sessions and places (R9.4)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import argon2
import asyncpg
import pytest

from shared.accounts import service
from shared.accounts.passwords import verify_password
from shared.accounts.service import NewAccount, SessionTerms
from shared.db.engine import transaction
from shared.errors import Conflict, Invalid, NotFound, Unauthenticated
from shared.onboarding.changes import deactivate_staff
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.accounts.people import PASSWORD, found_company, hire, new_client, new_email
from tests.support.servers import Database


@pytest.fixture
async def owner(database: Database):
    connection = await asyncpg.connect(database.owner_url)
    # The tables force row level security on their owner, too; the test looks behind it.
    await connection.execute("SET ROLE t_identity; SET search_path = app")
    yield connection
    await connection.close()


async def test_a_person_signs_in_and_is_known_by_the_token() -> None:
    """R9.4"""
    company = await found_company()
    email, membership_id = await hire(company)

    signed_in = await service.sign_in(f"  {email.upper()} ", PASSWORD, new_client())
    actor = await service.authenticate(signed_in.token)

    assert actor == signed_in.actor
    assert (actor.role, actor.scope, actor.id) == (
        Role.ADVISOR,
        Scope.dealer(company.oem_id, company.dealers[0]),
        membership_id,
    )
    assert [place.membership_id for place in signed_in.memberships] == [membership_id]
    assert signed_in.token not in repr(signed_in)


async def test_a_token_is_stored_as_its_hash_only(owner: asyncpg.Connection) -> None:
    email, _ = await hire(await found_company())

    signed_in = await service.sign_in(email, PASSWORD, new_client())

    rows = await owner.fetch("SELECT sessions::text AS row FROM sessions")
    assert rows
    assert not any(signed_in.token[3:] in row["row"] for row in rows)


@pytest.mark.parametrize(
    "sent",
    ["wrong password", "", PASSWORD + " ", "\ud800", "x" * 5_000],
    ids=lambda text: text[:10] or "empty",
)
async def test_a_wrong_password_opens_nothing(sent: str) -> None:
    email, _ = await hire(await found_company())

    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await service.sign_in(email, sent, new_client())


@pytest.mark.parametrize(
    "email", ["nobody@example.com", "", "no address", "a\0b@example.com", "李娜@example.com"]
)
async def test_an_unknown_address_is_told_nothing_else_than_a_wrong_password(email: str) -> None:
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await service.sign_in(email, PASSWORD, new_client())


async def test_a_person_without_a_place_does_not_get_in() -> None:
    email = new_email()
    await service.create_account(NewAccount(email, "李娜", PASSWORD))

    with pytest.raises(Unauthenticated, match="no_membership"):
        await service.sign_in(email, PASSWORD, new_client())


async def test_an_account_without_password_lets_nobody_in() -> None:
    email = new_email()
    await service.create_account(NewAccount(email, "李娜"))

    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await service.sign_in(email, "!", new_client())


async def test_an_old_hash_is_replaced_at_sign_in(owner: asyncpg.Connection) -> None:
    email, _ = await hire(await found_company())
    old = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await owner.execute("UPDATE accounts SET password_hash = $1 WHERE email = $2", old, email)

    await service.sign_in(email, PASSWORD, new_client())

    stored = await owner.fetchval("SELECT password_hash FROM accounts WHERE email = $1", email)
    assert "m=19456,t=2,p=1" in stored
    await service.sign_in(email, PASSWORD, new_client())


async def test_every_sign_in_has_a_token_of_its_own() -> None:
    email, _ = await hire(await found_company())

    first = await service.sign_in(email, PASSWORD, new_client())
    second = await service.sign_in(email, PASSWORD, new_client())

    assert first.token != second.token
    assert await service.authenticate(first.token) == await service.authenticate(second.token)


async def test_signing_out_ends_this_session_only() -> None:
    email, _ = await hire(await found_company())
    first = await service.sign_in(email, PASSWORD, new_client())
    second = await service.sign_in(email, PASSWORD, new_client())

    await service.sign_out(first.token)
    await service.sign_out(first.token)

    with pytest.raises(Unauthenticated, match="session_expired"):
        await service.authenticate(first.token)
    await service.authenticate(second.token)


async def test_an_idle_session_ends_and_a_used_one_goes_on_until_its_end() -> None:
    email, _ = await hire(await found_company())
    start = datetime(2026, 5, 1, tzinfo=UTC)
    terms = SessionTerms(idle=timedelta(hours=1), lifetime=timedelta(hours=3))
    idle = await service.sign_in(email, PASSWORD, new_client(), terms=terms, as_of=start)
    used = await service.sign_in(email, PASSWORD, new_client(), terms=terms, as_of=start)

    for minutes in (0, 59, 110, 169, 179):
        await service.authenticate(used.token, as_of=start + timedelta(minutes=minutes))

    await service.authenticate(idle.token, as_of=start + timedelta(minutes=59, seconds=59))
    with pytest.raises(Unauthenticated):
        await service.authenticate(used.token, as_of=start + timedelta(hours=3))


async def test_an_idle_session_ends_at_its_minute() -> None:
    email, _ = await hire(await found_company())
    start = datetime(2026, 5, 1, tzinfo=UTC)
    terms = SessionTerms(idle=timedelta(hours=1), lifetime=timedelta(hours=3))
    idle = await service.sign_in(email, PASSWORD, new_client(), terms=terms, as_of=start)

    with pytest.raises(Unauthenticated):
        await service.authenticate(idle.token, as_of=start + timedelta(hours=1))


async def test_reading_writes_at_most_once_a_minute(owner: asyncpg.Connection) -> None:
    email, _ = await hire(await found_company())
    start = datetime(2026, 5, 1, tzinfo=UTC)
    terms = SessionTerms(lifetime=timedelta(days=2000))
    signed_in = await service.sign_in(email, PASSWORD, new_client(), terms=terms, as_of=start)
    account_id = signed_in.actor.account_id

    seen = []
    for seconds in (30, 61, 90, 122):
        await service.authenticate(signed_in.token, as_of=start + timedelta(seconds=seconds))
        at = await owner.fetchval("SELECT last_seen_at FROM sessions WHERE account_id = $1", account_id)
        seen.append((at - start).total_seconds())

    assert seen == [0, 61, 61, 122]


async def test_switching_gives_a_new_token_and_ends_the_old_one() -> None:
    one, other = await found_company(), await found_company()
    email, at_one = await hire(one)
    _, at_other = await hire(other, Role.REGIONAL_MANAGER, email=email, region_ids=(other.area,))
    first = await service.sign_in(email, PASSWORD, new_client())
    target = at_other if first.actor.id == at_one else at_one

    second = await service.switch_membership(first.token, target)

    assert second.actor.id == target
    assert second.expires_at == first.expires_at
    assert await service.authenticate(second.token) == second.actor
    with pytest.raises(Unauthenticated):
        await service.authenticate(first.token)
    places = await service.memberships_of(second.token)
    assert {place.membership_id for place in places} == {at_one, at_other}


async def test_nobody_switches_to_somebody_elses_place() -> None:
    """R9.1"""
    company = await found_company()
    email, _ = await hire(company)
    _, foreign = await hire(company, Role.ADMINISTRATOR)
    signed_in = await service.sign_in(email, PASSWORD, new_client())

    for place in (foreign, uuid4(), None):
        with pytest.raises(Invalid) as refused:
            await service.switch_membership(signed_in.token, place)
        assert [each.field for each in refused.value.fields] == ["membership_id"]
    await service.authenticate(signed_in.token)


async def test_a_regional_manager_reaches_the_dealers_of_areas_and_districts() -> None:
    """R9.1"""
    company = await found_company()
    for regions, reached in (
        ((company.area,), company.dealers),
        ((company.districts[1],), company.dealers[1:]),
        ((company.area, company.districts[0]), company.dealers),
    ):
        email, _ = await hire(company, Role.REGIONAL_MANAGER, region_ids=regions)
        signed_in = await service.sign_in(email, PASSWORD, new_client())
        assert signed_in.actor.scope == Scope.region(company.oem_id, reached)


async def test_a_closed_dealer_is_out_of_reach_at_once() -> None:
    company = await found_company()
    manager, _ = await hire(company, Role.REGIONAL_MANAGER, region_ids=(company.area,))
    advisor, _ = await hire(company)
    of_manager = await service.sign_in(manager, PASSWORD, new_client())
    of_advisor = await service.sign_in(advisor, PASSWORD, new_client())

    async with transaction(Scope.oem(company.oem_id)) as tx:
        await tx.execute(
            "UPDATE dealers SET active = false WHERE oem_id = $1 AND id = $2",
            company.oem_id,
            company.dealers[0],
        )

    assert (await service.authenticate(of_manager.token)).scope.dealer_ids == company.dealers[1:]
    with pytest.raises(Unauthenticated):
        await service.authenticate(of_advisor.token)
    with pytest.raises(Unauthenticated, match="no_membership"):
        await service.sign_in(advisor, PASSWORD, new_client())


async def test_taking_a_place_away_ends_its_sessions_at_once() -> None:
    company = await found_company()
    email, membership_id = await hire(company)
    signed_in = await service.sign_in(email, PASSWORD, new_client())

    await deactivate_staff(company.admin, membership_id)

    with pytest.raises(Unauthenticated):
        await service.authenticate(signed_in.token)
    with pytest.raises(Conflict, match="member_inactive"):
        await deactivate_staff(company.admin, membership_id)


async def test_one_sees_and_ends_ones_own_sessions_only() -> None:
    company = await found_company()
    mine, _ = await hire(company)
    theirs, _ = await hire(company)
    here = await service.sign_in(mine, PASSWORD, "192.0.2.9")
    there = await service.sign_in(mine, PASSWORD, "192.0.2.10")
    foreign = await service.sign_in(theirs, PASSWORD, new_client())

    known = {session.client: session.id for session in await service.sessions_of(here.actor)}
    await service.close_session(here.actor, known["192.0.2.10"])
    others = [session.id for session in await service.sessions_of(foreign.actor)]

    assert known.keys() == {"192.0.2.9", "192.0.2.10"}
    with pytest.raises(Unauthenticated):
        await service.authenticate(there.token)
    with pytest.raises(NotFound):
        await service.close_session(here.actor, others[0])
    await service.authenticate(foreign.token)


async def test_a_password_replaced_while_it_is_checked_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    email, _ = await hire(await found_company())

    async def replaced_meanwhile(password: str, stored: str | None) -> bool:
        fits = await verify_password(password, stored)
        await service.set_password(email, "another long one")
        return fits

    monkeypatch.setattr(service, "verify_password", replaced_meanwhile)
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await service.sign_in(email, PASSWORD, new_client())


async def test_a_new_password_ends_all_sessions() -> None:
    email, _ = await hire(await found_company())
    signed_in = await service.sign_in(email, PASSWORD, new_client())

    await service.set_password(email, "another long one")

    with pytest.raises(Unauthenticated):
        await service.authenticate(signed_in.token)
    with pytest.raises(Unauthenticated):
        await service.sign_in(email, PASSWORD, new_client())
    await service.sign_in(email, "another long one", new_client())
    with pytest.raises(Invalid):
        await service.set_password(email, "short")


async def test_the_platform_operator_reaches_no_tenant_and_creates_them() -> None:
    email = new_email()
    await service.create_account(NewAccount(email, "平台", PASSWORD, platform_operator=True))

    signed_in = await service.sign_in(email, PASSWORD, new_client())

    assert (signed_in.actor.role, signed_in.actor.scope) == (Role.PLATFORM_OPERATOR, Scope.platform())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(signed_in.actor.scope) as tx:
            await tx.execute("SELECT 1 FROM cases")


async def test_sessions_are_recorded() -> None:
    """R9.3"""
    company = await found_company()
    email, membership_id = await hire(company)
    signed_in = await service.sign_in(email, PASSWORD, new_client())
    await service.sign_out(signed_in.token)

    async with transaction(Scope.oem(company.oem_id)) as tx:
        actions = await tx.values(
            "SELECT action FROM audit_entries WHERE oem_id = $1 AND actor_id = $2 ORDER BY at, id",
            company.oem_id,
            membership_id,
        )
    assert actions == ["session.open", "session.close"]


@pytest.mark.parametrize("token", ["", "hs_", "hs_unknown", "hk_x_y", "x", "hs_\ud800"])
async def test_a_made_up_token_is_nobody(token: str) -> None:
    with pytest.raises(Unauthenticated, match="session_expired"):
        await service.authenticate(token)


async def test_sessions_past_their_end_are_cleared_away(owner: asyncpg.Connection) -> None:
    email, _ = await hire(await found_company())
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    old = await service.sign_in(email, PASSWORD, new_client(), as_of=long_ago)

    await service.sign_in(email, PASSWORD, new_client())

    left = await owner.fetchval(
        "SELECT count(*) FROM sessions WHERE account_id = $1 AND created_at = $2",
        old.actor.account_id,
        long_ago,
    )
    assert left == 0
