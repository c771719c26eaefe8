"""Showing a person the personal data of one case: for a reason, for a while, and written down (R9.2).

Who reveals a great deal in a short time is stopped: looking things up one by one is work, copying is not.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.detail import case_view
from shared.cases.masking import PERSONAL, hides, seen_by
from shared.cases.texts import clean_line
from shared.cases.views import CaseView
from shared.db.engine import Transaction, transaction
from shared.errors import Forbidden, Invalid, TooManyRequests
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor

REVEAL_LIFE: Final = timedelta(minutes=30)
LONGEST_WORDS: Final = 200
MOST_REVEALS: Final = 20
"""The most reveals of one person within `REVEALS_WITHIN`."""
REVEALS_WITHIN: Final = timedelta(minutes=10)


class RevealReason(StrEnum):
    """Why somebody has to know who a customer is."""

    CALL_CUSTOMER = "call_customer"
    VERIFY_IDENTITY = "verify_identity"
    PREPARE_VISIT = "prepare_visit"
    AUTHORITY_REQUEST = "authority_request"
    QUALITY_CHECK = "quality_check"
    OTHER = "other"


class Reveal(msgspec.Struct, frozen=True, kw_only=True):
    """The wish to see a case's personal data: one of the reasons, and the person's own words for it."""

    reason: RevealReason
    words: str


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """A case's personal data, shown until `expires_at`."""

    case_id: UUID
    customer_name: str
    customer_phone: str
    customer_email: str
    vehicle_plate: str | None
    vehicle_vin: str | None
    expires_at: datetime


_INSERT: Final = """
INSERT INTO reveals (oem_id, id, dealer_id, case_id, membership_id, reason, words, revealed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_SHOWN_UNTIL: Final = """
SELECT max(expires_at) FROM reveals
WHERE oem_id = $1 AND case_id = $2 AND membership_id = $3 AND expires_at > $4
"""
# The one reveal that has to grow old before another fits in.
_IN_THE_WAY: Final = """
SELECT revealed_at FROM reveals
WHERE oem_id = $1 AND membership_id = $2 AND revealed_at > $3
ORDER BY revealed_at DESC OFFSET $4 LIMIT 1
"""
# One after the other, so that many at once are counted as well.
_ONE_BY_ONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def seen(tx: Transaction, actor: Actor, case: CaseView) -> CaseView:
    """The case as the actor may read it at this moment."""
    if not hides(actor, case):
        return case
    return seen_by(actor, case, revealed=await shown_until(tx, actor, case.id) is not None)


async def shown_until(tx: Transaction, actor: Actor, case_id: UUID) -> datetime | None:
    """Until when the actor has the case's personal data shown; None while it is masked."""
    if actor.membership_id is None:
        return None
    until: datetime | None = await tx.value(
        _SHOWN_UNTIL, actor.oem_id, case_id, actor.membership_id, await tx.now()
    )
    return until


async def reveal(actor: Actor, case_id: UUID, wish: Reveal, *, as_of: datetime | None = None) -> Revealed:
    """Show the actor the personal data of a case for `REVEAL_LIFE`.

    Raises `NotFound` (`case_not_found`), `Forbidden` (`not_permitted`, `people_only` for an integration),
    `Invalid` for words that are missing or too long, and `TooManyRequests` (`too_many_reveals`).
    """
    async with transaction(actor.scope, as_of=as_of) as tx:
        case = await case_view(tx, actor.oem_id, case_id)
        wish, membership_id = _checked(actor, wish)
        wait_s = await _wait_s(tx, actor.oem_id, membership_id)
        if not wait_s:
            return await _record(tx, actor, case, wish, membership_id)
        await append(tx, actor, await tx.now(), _entry("case.reveal_refused", case, wish))
    raise TooManyRequests("too_many_reveals", wait_s)


async def _wait_s(tx: Transaction, oem_id: int, membership_id: UUID) -> int:
    """Seconds until the person may reveal again, 0 for at once."""
    now = await tx.now()
    await tx.value(_ONE_BY_ONE, str(membership_id))
    in_the_way: datetime | None = await tx.value(
        _IN_THE_WAY, oem_id, membership_id, now - REVEALS_WITHIN, MOST_REVEALS - 1
    )
    if in_the_way is None:
        return 0
    return int((in_the_way + REVEALS_WITHIN - now).total_seconds()) + 1


async def _record(
    tx: Transaction, actor: Actor, case: CaseView, wish: Reveal, membership_id: UUID
) -> Revealed:
    now = await tx.now()
    reveal_id, until = new_id(now), now + REVEAL_LIFE
    await tx.execute(
        _INSERT,
        actor.oem_id,
        reveal_id,
        case.dealer_id,
        case.id,
        membership_id,
        wish.reason.value,
        wish.words,
        now,
        until,
    )
    await append(tx, actor, now, _entry("case.reveal", case, wish, reveal_id))
    return Revealed(
        case_id=case.id,
        customer_name=case.customer_name,
        customer_phone=case.customer_phone,
        customer_email=case.customer_email,
        vehicle_plate=case.vehicle_plate,
        vehicle_vin=case.vehicle_vin,
        expires_at=until,
    )


def _checked(actor: Actor, wish: Reveal) -> tuple[Reveal, UUID]:
    """The wish with clean words, and whose it is."""
    actor.require(Permission.CASE_READ)
    if actor.membership_id is None:
        raise Forbidden("people_only")
    words = clean_line(wish.words)
    if not words:
        raise Invalid.field("words", "required")
    if len(words) > LONGEST_WORDS:
        raise Invalid.field("words", "too_long", limit=LONGEST_WORDS)
    return msgspec.structs.replace(wish, words=words), actor.membership_id


def _entry(action: str, case: CaseView, wish: Reveal, reveal_id: UUID | None = None) -> AuditEntry:
    return AuditEntry(
        action=action,
        entity="case",
        entity_id=case.id,
        dealer_id=case.dealer_id,
        fields=PERSONAL if reveal_id else (),
        reason=wish.reason.value,
        id=reveal_id,
    )
