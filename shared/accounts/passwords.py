"""Passwords: argon2id with the parameters OWASP asks for, hashed in threads of their own.

Parameters: OWASP Password Storage Cheat Sheet, argon2id, 19 MiB, 2 iterations, 1 lane. A hash made with
others is replaced at the next sign-in.
"""

import asyncio
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Invalid

MINIMUM_LENGTH: Final = 10
MAXIMUM_LENGTH: Final = 200
UNUSABLE: Final = "!"
"""Stands in place of the hash of an account without a password: nothing matches it."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def check_strength(password: str, field: str = "password") -> None:
    """Raise `Invalid` for a password that is too short or too long (counted in characters)."""
    length = len(unicodedata.normalize("NFKC", password))
    if length < MINIMUM_LENGTH:
        raise Invalid.field(field, "too_short", limit=MINIMUM_LENGTH)
    if length > MAXIMUM_LENGTH:
        raise Invalid.field(field, "too_long", limit=MAXIMUM_LENGTH)


async def hash_password(password: str) -> str:
    """The hash to store; some 20 ms of one processor."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _hasher.hash, _normal(password))


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits. Without a stored hash (`None`) it takes as long: time tells nothing."""
    usable = None if stored == UNUSABLE else stored
    return await asyncio.get_running_loop().run_in_executor(_threads(), _fits, usable, password)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with parameters we no longer use."""
    return _hasher.check_needs_rehash(stored)


def _fits(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    # NIST SP 800-63B: the same password typed on two keyboards has to become the same bytes.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@cache
def _threads() -> ThreadPoolExecutor:
    # Few at once: each holds 19 MiB and a processor.
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="argon2")


@cache
def _nobody() -> str:
    return _hasher.hash(os.urandom(32))
