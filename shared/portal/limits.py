"""How often customers' pages take something from one place: kept in PostgreSQL beside the tries of sign-in.

Each bucket holds some tries, and one comes back at a fixed pace; without third parties, and right over
several processes.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from shared.accounts.limits import Limit, network_of, wide_network_of
from shared.db.engine import transaction
from shared.errors import TooManyRequests
from shared.tenancy import Scope

FORMS_OF_ADDRESS: Final = Limit(tries=10, every_ms=300_000)
"""A family, or a dealer's guests behind one address, sends ten at once and then one every five minutes."""

FORMS_OF_NETWORK: Final = Limit(tries=60, every_ms=30_000)
"""One network, however many addresses it has, leaves most of an OEM's forms to others."""

FORMS_OF_OEM: Final = Limit(tries=300, every_ms=2_000)
"""A recall brings many at once; a flood from many addresses ends here."""

FORMS_ABOUT_ADDRESS: Final = Limit(tries=5, every_ms=600_000)
"""Each form has a message sent to the phone and the e-mail address in it: nobody is flooded with them."""

WORDS_OF_CASE: Final = Limit(tries=10, every_ms=60_000)
"""Messages and other deeds by the link of one case."""


class Bucket(msgspec.Struct, frozen=True):
    """Something limited: its key says what and whose."""

    key: str
    limit: Limit


def of_form(oem_id: int, client: str, told: Sequence[str]) -> list[Bucket]:
    """The buckets of sending the form of an OEM from a network address, the wider ones first.

    `told` are the phone number and the e-mail address, in their one form, that an answer goes to.
    """
    return [
        Bucket(f"form of oem {oem_id}", FORMS_OF_OEM),
        Bucket(f"form from network {wide_network_of(client)}", FORMS_OF_NETWORK),
        Bucket(f"form from {network_of(client)}", FORMS_OF_ADDRESS),
        *(Bucket(f"form about {each}", FORMS_ABOUT_ADDRESS) for each in told),
    ]


def of_case(case_id: object) -> list[Bucket]:
    """The bucket of what is done by the link of a case."""
    return [Bucket(f"words of case {case_id}", WORDS_OF_CASE)]


async def take(buckets: list[Bucket], as_of: datetime | None = None) -> None:
    """Use up one try of each; raises `TooManyRequests` (`too_many_attempts`) and uses none up."""
    async with transaction(Scope.auth()) as tx:
        wait_s = await tx.value(
            "SELECT auth_take_attempt($1, $2, $3, $4)",
            [hashlib.sha256(each.key.encode("utf-8", "surrogatepass")).digest() for each in buckets],
            [each.limit.tries for each in buckets],
            [each.limit.every_ms for each in buckets],
            as_of,
        )
    if wait_s:
        raise TooManyRequests("too_many_attempts", int(wait_s))
