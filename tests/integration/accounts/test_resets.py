"""A new password by e-mail: once, for an hour, and nobody learns who has an account."""

import asyncio
from datetime import timedelta

import pytest

from shared.accounts import service
from shared.accounts.directory import NewAccount, create_account
from shared.cases.customer_links import CustomerLinks
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.errors import Invalid, NotFound, TooManyRequests, Unauthenticated
from shared.notifications.links import Links
from shared.onboarding import resets
from shared.onboarding.changes import deactivate_staff
from shared.tenancy import Scope
from tests.integration.accounts.people import PASSWORD, Company, found_company, hire, new_client, new_email

LINKS = Links("https://huiyin.example.com", CustomerLinks("https://care.example.com", "x" * 32))
ANOTHER = "another correct horse"


async def links_to(company: Company, email: str) -> list[str]:
    """The tokens sent to an address, newest first."""
    async with transaction(Scope.oem(company.oem_id)) as tx:
        links = await tx.values(
            "SELECT link FROM messages WHERE oem_id = $1 AND address = $2 AND template = 'password_reset'"
            " ORDER BY created_at DESC, id DESC",
            company.oem_id,
            email,
        )
    return [link.split("token=")[1] for link in links]


async def test_the_link_sets_a_password_once_and_ends_every_session() -> None:
    company = await found_company()
    email, _ = await hire(company)
    signed_in = await service.sign_in(email, PASSWORD, new_client())
    await resets.send_reset(email.upper(), LINKS)
    (token,) = await links_to(company, email)

    assert await resets.reset_address(token) == email
    with pytest.raises(Invalid):
        await resets.use_reset(token, "short")
    await resets.use_reset(token, ANOTHER)

    with pytest.raises(Unauthenticated):
        await service.authenticate(signed_in.token)
    with pytest.raises(Unauthenticated, match="wrong_credentials"):
        await service.sign_in(email, PASSWORD, new_client())
    await service.sign_in(email, ANOTHER, new_client())
    with pytest.raises(NotFound, match="reset_over"):
        await resets.use_reset(token, PASSWORD)


async def test_two_who_use_one_link_set_one_password() -> None:
    company = await found_company()
    email, _ = await hire(company)
    await resets.send_reset(email, LINKS)
    (token,) = await links_to(company, email)
    outcomes = await asyncio.gather(
        *(resets.use_reset(token, f"{ANOTHER} {number}") for number in range(3)), return_exceptions=True
    )
    assert sum(each is None for each in outcomes) == 1
    assert sum(isinstance(each, NotFound) for each in outcomes) == 2


async def test_a_link_ends_after_an_hour_and_with_the_next_one() -> None:
    company = await found_company()
    email, _ = await hire(company)
    await resets.send_reset(email, LINKS)
    await resets.send_reset(email, LINKS)
    newest, first = await links_to(company, email)
    with pytest.raises(NotFound, match="reset_over"):
        await resets.reset_address(first)
    with pytest.raises(NotFound, match="reset_over"):
        await resets.reset_address(newest, as_of=utc_now() + timedelta(minutes=61))
    assert await resets.reset_address(newest) == email


async def test_nothing_goes_to_strangers_and_to_those_who_left() -> None:
    company = await found_company()
    email, membership_id = await hire(company)
    await deactivate_staff(company.admin, membership_id)
    operator = new_email()
    await create_account(NewAccount(operator, "x", PASSWORD, platform_operator=True))
    for address in (email, operator, new_email(), "", "no address", "x" * 10_000, "a@b\x00.example"):
        await resets.send_reset(address, LINKS)
        assert not await links_to(company, address[:300].replace("\x00", ""))


async def test_asking_is_limited_alike_for_everybody() -> None:
    company = await found_company()
    known, _ = await hire(company)
    waits: list[int] = []
    for email in (known, new_email()):
        for _ in range(3):
            await resets.check_reset_limit(email, new_client())
        with pytest.raises(TooManyRequests) as refused:
            await resets.check_reset_limit(email, new_client())
        waits.append(refused.value.retry_after_s)
    assert abs(waits[0] - waits[1]) <= 1
    client = new_client()
    for _ in range(10):
        await resets.check_reset_limit(new_email(), client)
    with pytest.raises(TooManyRequests):
        await resets.check_reset_limit(new_email(), client)
