"""The fire log: which clock fired, who was told by which message, when delivered, who took it (R4.4).

Reads what the sweep, the handlers and the outbox have written, within the caller's scope.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.cursors import cut_page, decode_place
from shared.db.engine import Transaction
from shared.escalation.suppression import Suppression
from shared.outbox.digest_fates import DigestFate, digest_fates
from shared.outbox.keys import Fired
from shared.outbox.vocabulary import MessageChannel, MessageState

LONGEST_PAGE: Final = 200


class Answer(StrEnum):
    """What has come of firings."""

    OPEN = "open"
    """Told to somebody who has not acknowledged it, while the promise is still to be kept."""
    ACKNOWLEDGED = "acknowledged"
    NOBODY_TOLD = "nobody_told"
    """Suppressed, or not told yet."""


class FiringMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a firing: to whom, by which channel, and what became of it.

    One told together with others (`digested`, with its `digest_id`) has left when its `digest` has.
    """

    recipient: str
    channel: MessageChannel
    state: MessageState
    written_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    held_until: datetime | None
    error: str
    digest_id: UUID | None
    digest: DigestFate | None = None


class FiringRow(msgspec.Struct, frozen=True, kw_only=True):
    """One firing of a clock, or a call for help (metric `manual`), as a person reads it.

    `due_at` is the instant of the step, `fired_at` when it was noticed, `told_at` when its people were found.
    `clock_met_at` is when the promise was kept after all.
    """

    id: UUID
    case_id: UUID
    number: str
    title: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    metric: str
    cycle: int
    turn: int
    step: str
    due_at: datetime
    fired_at: datetime
    reason: str
    told: list[str]
    told_at: datetime | None
    suppressed: Suppression | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    clock_met_at: datetime | None
    messages: list[FiringMessage] = []


class FiringFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings; all that is given holds. Days count in `time_zone` (IANA), both ends included.

    `only_late` leaves warnings out.
    """

    case_id: UUID | None = None
    dealer_id: int | None = None
    metric: str = ""
    answer: Answer | None = None
    only_late: bool = False
    first_day: date | None = None
    last_day: date | None = None
    time_zone: str = "UTC"


class FiringPage(msgspec.Struct, frozen=True):
    """A page of firings, the latest first; `next_cursor` None on the last one."""

    items: list[FiringRow]
    next_cursor: str | None


class _Message(FiringMessage, frozen=True, kw_only=True):
    escalation_id: UUID

    def message(self) -> FiringMessage:
        return FiringMessage(**{name: getattr(self, name) for name in FiringMessage.__struct_fields__})


_PAGE: Final = """
SELECT e.id, e.case_id, c.number, c.title, e.dealer_id, d.name AS dealer_name, d.name_en AS dealer_name_en,
       e.metric, e.cycle, e.turn, e.step, e.due_at, e.fired_at, e.reason, e.recipient_names AS told,
       e.told_at, e.suppressed, e.acknowledged_at, e.acknowledged_name AS acknowledged_by,
       k.met_at AS clock_met_at
FROM escalations e
JOIN cases c ON c.oem_id = e.oem_id AND c.id = e.case_id
JOIN dealers d ON d.oem_id = e.oem_id AND d.id = e.dealer_id
LEFT JOIN clocks k ON k.oem_id = e.oem_id AND k.id = e.clock_id
WHERE e.oem_id = $1
  AND ($2::uuid IS NULL OR e.case_id = $2)
  AND ($3::bigint IS NULL OR e.dealer_id = $3)
  AND ($4 = '' OR e.metric = $4)
  AND CASE $5
      WHEN 'open' THEN e.acknowledged_at IS NULL AND e.told_at IS NOT NULL AND left(e.step, 5) <> 'warn_'
                       AND coalesce(k.state, 'running') NOT IN ('met', 'cancelled')
      WHEN 'acknowledged' THEN e.acknowledged_at IS NOT NULL
      WHEN 'nobody_told' THEN e.told_at IS NULL
      ELSE true END
  AND (NOT $6 OR left(e.step, 5) <> 'warn_')
  AND ($7::date IS NULL OR e.fired_at >= $7::timestamp AT TIME ZONE $9)
  AND ($8::date IS NULL OR e.fired_at < ($8 + 1)::timestamp AT TIME ZONE $9)
  AND ($10::timestamptz IS NULL OR (e.fired_at, e.id) < ($10, $11::uuid))
ORDER BY e.fired_at DESC, e.id DESC LIMIT $12
"""
# A message's key begins with the firing it tells of (`shared.outbox.keys`).
_MESSAGES: Final = """
SELECT e.id AS escalation_id, m.recipient_name AS recipient, m.channel, m.state, m.created_at AS written_at,
       m.sent_at, CASE WHEN m.receipt = 'delivered' THEN m.receipt_at END AS delivered_at,
       CASE WHEN m.state = 'held' THEN m.held_until END AS held_until, coalesce(m.last_error, '') AS error,
       m.digest_id
FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS e (id, case_id, told_by)
JOIN messages m ON m.oem_id = $1 AND m.case_id = e.case_id
               AND (starts_with(m.dedupe_key, 'esc:' || e.told_by || ':')
                    OR starts_with(m.dedupe_key, 'nobody:' || e.told_by || ':'))
ORDER BY m.created_at, m.recipient_name, m.channel
"""


async def firings(
    tx: Transaction, oem_id: int, wanted: FiringFilter, *, cursor: str | None = None, limit: int = 50
) -> FiringPage:
    """One page, at most `LONGEST_PAGE` long; `with_digests` completes it.

    Raises `Invalid` (`bad_cursor`) for a strange cursor.
    """
    after_time, after_id = decode_place(cursor)
    size = max(1, min(limit, LONGEST_PAGE))
    found = await tx.rows(
        FiringRow,
        _PAGE,
        oem_id,
        wanted.case_id,
        wanted.dealer_id,
        wanted.metric,
        wanted.answer,
        wanted.only_late,
        wanted.first_day,
        wanted.last_day,
        wanted.time_zone,
        after_time,
        after_id,
        size + 1,
    )
    items, more = cut_page(found, size, lambda each: (each.fired_at, each.id))
    return FiringPage(await _with_messages(tx, oem_id, items), more)


async def with_digests(oem_id: int, page: FiringPage) -> FiringPage:
    """The page with what became of the digests its messages went in; in a transaction of its own."""
    messages = [one for each in page.items for one in each.messages]
    fates = await digest_fates(oem_id, [one.digest_id for one in messages if one.digest_id])
    if not fates:
        return page
    items = [
        msgspec.structs.replace(each, messages=[_with_digest(one, fates) for one in each.messages])
        for each in page.items
    ]
    return FiringPage(items, page.next_cursor)


def _with_digest(message: FiringMessage, fates: Mapping[UUID, DigestFate]) -> FiringMessage:
    fate = fates.get(message.digest_id) if message.digest_id else None
    return msgspec.structs.replace(message, digest=fate)


async def _with_messages(tx: Transaction, oem_id: int, found: Sequence[FiringRow]) -> list[FiringRow]:
    if not found:
        return []
    ids, cases, keys = zip(*((each.id, each.case_id, str(_fired(each))) for each in found), strict=True)
    of_firing: dict[UUID, list[FiringMessage]] = defaultdict(list)
    for each in await tx.rows(_Message, _MESSAGES, oem_id, ids, cases, keys):
        of_firing[each.escalation_id].append(each.message())
    return [msgspec.structs.replace(each, messages=of_firing[each.id]) for each in found]


def _fired(row: FiringRow) -> Fired:
    return Fired(row.case_id, row.metric, row.cycle, row.turn, row.step)
