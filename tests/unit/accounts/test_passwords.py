"""Passwords (R9.4)."""

import argon2
import pytest

from shared.accounts import passwords
from shared.errors import Invalid


async def test_a_password_fits_its_own_hash_only() -> None:
    stored = await passwords.hash_password("correct horse")

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify_password("correct horse", stored)
    assert not await passwords.verify_password("correct horse ", stored)


async def test_the_same_password_from_another_keyboard_fits() -> None:
    stored = await passwords.hash_password("caf\u00e9 \uff11\uff12\uff13\uff14\uff15")

    assert await passwords.verify_password("cafe\u0301 12345", stored)


@pytest.mark.parametrize("stored", [None, passwords.UNUSABLE, "no hash at all"])
async def test_nothing_fits_an_account_without_password(stored: str | None) -> None:
    assert not await passwords.verify_password("", stored)
    assert not await passwords.verify_password("nobody's password", stored)


async def test_a_password_that_no_encoding_knows_is_refused_like_any_other() -> None:
    stored = await passwords.hash_password("correct horse")

    assert not await passwords.verify_password("\ud800", stored)


async def test_a_hash_with_other_parameters_is_to_be_replaced() -> None:
    assert passwords.needs_rehash(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not passwords.needs_rehash(await passwords.hash_password("x"))


@pytest.mark.parametrize("password", ["九个字符的密码呀呀", "123456789", "x" * 201])
def test_a_password_of_a_wrong_length_is_refused_with_the_limit(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.check_strength(password)

    problem = caught.value.fields[0]
    expected = ("too_short", 10) if len(password) < 10 else ("too_long", 200)
    assert (problem.field, problem.code, problem.params["limit"]) == ("password", *expected)


@pytest.mark.parametrize("password", ["十个字符的密码就够了吧", "1234567890", "x" * 200])
def test_ten_characters_of_any_script_are_enough(password: str) -> None:
    passwords.check_strength(password)
