"""Links by which a customer reaches the pages of one case, without an account (R1.4). Pure.

A token names the case and carries an HMAC over case, purpose and generation: every message makes the same
token again, none is kept, and raising the case's generation revokes all that were sent.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.errors import NotFound

_LABEL: Final = b"huiyin customer link"
_OEM_BYTES: Final = 4
_CASE_BYTES: Final = 16
_MAC_BYTES: Final = 12
_CYCLE_BITS: Final = 32
_TURN_BITS: Final = 16
_TOKEN_BYTES: Final = _OEM_BYTES + _CASE_BYTES + _MAC_BYTES


class Purpose(StrEnum):
    """What a link is for; one made for another purpose does not fit."""

    TRACK = "track"
    SURVEY = "survey"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """The case that a token names; whether it may, `CustomerLinks.holds` decides."""

    oem_id: int
    case_id: UUID
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CustomerLinks:
    """Makes and checks links; `portal_url` is the address of the customer's pages as people reach it."""

    portal_url: str
    secret: str = field(repr=False)

    def tracking(self, oem_id: int, case_id: UUID, generation: int) -> str:
        """The address of the tracking page of a case."""
        return f"{self.portal_url.rstrip('/')}/t/{self.token(Purpose.TRACK, oem_id, case_id, generation)}"

    def survey(self, oem_id: int, case_id: UUID, generation: int) -> str:
        """The address of a survey; `generation` as of `survey_generation`."""
        return f"{self.portal_url.rstrip('/')}/s/{self.token(Purpose.SURVEY, oem_id, case_id, generation)}"

    def choice(self, oem_id: int, case_id: UUID, generation: int) -> str:
        """Where the customer of a case says which messages he does without."""
        token = self.token(Purpose.CHOICE, oem_id, case_id, generation)
        return f"{self.portal_url.rstrip('/')}/m/{token}"

    def form(self, oem_slug: str) -> str:
        """The address of an OEM's complaint form."""
        return f"{self.portal_url.rstrip('/')}/c/{oem_slug}"

    def token(self, purpose: Purpose, oem_id: int, case_id: UUID, generation: int) -> str:
        """The token of a case, 43 characters that are safe in an address."""
        mac = self._mac(purpose, oem_id, case_id, generation)
        return _encoded(oem_id.to_bytes(_OEM_BYTES, "big") + case_id.bytes + mac)

    def holds(self, linked: LinkedCase, purpose: Purpose, generation: int) -> bool:
        """Whether the token was made for this purpose and generation of its case."""
        return hmac.compare_digest(linked.mac, self._mac(purpose, linked.oem_id, linked.case_id, generation))

    def _mac(self, purpose: Purpose, oem_id: int, case_id: UUID, generation: int) -> bytes:
        parts = [
            _LABEL,
            purpose.value.encode(),
            str(oem_id).encode(),
            case_id.bytes,
            str(generation).encode(),
        ]
        return hmac.digest(self.secret.encode(), b"\0".join(parts), hashlib.sha256)[:_MAC_BYTES]


def survey_generation(generation: int, cycle: int, turn: int = 1) -> int:
    """The generation of a survey's link: of the case's links, and of the round and turn it asks about."""
    return (generation << _CYCLE_BITS) + ((turn - 1) << _TURN_BITS) + cycle


def linked_case(token: str) -> LinkedCase:
    """The case a token names; raises `NotFound` (`link_invalid`) for what is no token."""
    try:
        raw = urlsafe_b64decode((token + "=" * (-len(token) % 4)).encode("ascii"))
    except ValueError:
        raise NotFound("link_invalid") from None
    oem_id = int.from_bytes(raw[:_OEM_BYTES], "big")
    # The alphabet's decoder forgives stray characters: only the one way to write a token counts.
    if len(raw) != _TOKEN_BYTES or _encoded(raw) != token or not 0 < oem_id < 2**31:
        raise NotFound("link_invalid")
    case_end = _OEM_BYTES + _CASE_BYTES
    return LinkedCase(oem_id, UUID(bytes=raw[_OEM_BYTES:case_end]), raw[case_end:])


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
