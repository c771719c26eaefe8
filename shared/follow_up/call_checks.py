"""The calls that were made, checked by somebody above every day, and each caller's week (R5.2)."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.audit.log import AuditEntry, append
from shared.cases.commands import CaseCommand
from shared.cases.handling import held
from shared.cases.texts import cleaned
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Invalid
from shared.follow_up import call_rows
from shared.follow_up.vocabulary import CallKind, CallResult
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import oems
from shared.web.formatting import masked_name

MOST_LISTED: Final = 200
LOWEST_GOOD: Final = 3
"""A lower score needs a remark."""
_LONGEST: Final = 2_000
_DAY: Final = timedelta(days=1)
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2200


class CheckCall(CaseCommand, frozen=True, kw_only=True):
    """How a call was made: 1 to 5, and whether words or measures were improper; then `note` says which.

    `attempt_id` is the try that was looked at, None the last one.
    """

    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    improper: bool = False
    note: str = ""
    attempt_id: UUID | None = None


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was tried on a day, by the last try of that day; what is `None` was not checked yet.

    `attempt_id` is that try: who made it is checked, not who has called before or since. The
    customer's name is masked, as in every list (R9.2).
    """

    id: UUID
    attempt_id: UUID
    kind: CallKind
    at: datetime
    made_by_id: UUID | None
    made_by: str
    result: CallResult
    effective: bool
    note: str
    case_id: UUID
    number: str
    title: str
    customer_name: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    score: int | None
    improper: bool | None
    remark: str | None
    checked_at: datetime | None
    checked_by: str | None


class CallerScore(msgspec.Struct, frozen=True, kw_only=True):
    """A person's calls of a week: `score` is the mean of the tries checked, `effective` counts talks (R6.2).

    A call that two have tried counts for either, by his own tries.
    """

    caller_id: UUID | None
    caller_name: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    calls: int
    effective: int
    checked: int
    improper: int
    score: float | None


class CallRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of one local day, those not checked yet first, and the scores of the week it lies in."""

    day: date
    items: list[CallRecord]
    week_from: date
    scores: list[CallerScore]


_LAST_CHECK: Final = """
LEFT JOIN LATERAL (
    SELECT * FROM call_checks k WHERE k.oem_id = a.oem_id AND k.attempt_id = a.id
    ORDER BY k.checked_at DESC, k.id DESC LIMIT 1
) AS k ON true
"""
_RECORDS: Final = f"""
SELECT * FROM (
    SELECT DISTINCT ON (f.id) f.id, a.id AS attempt_id, f.kind, a.at, a.by_id AS made_by_id,
           a.by_name AS made_by, a.result, a.effective,
           a.note, c.id AS case_id, c.number, c.title, p.name AS customer_name, f.dealer_id,
           d.name AS dealer_name, d.name_en AS dealer_name_en, k.score, k.improper, k.note AS remark,
           k.checked_at, k.checked_by
    FROM call_attempts a
    JOIN follow_up_calls f ON f.oem_id = a.oem_id AND f.id = a.call_id
    JOIN cases c ON c.oem_id = a.oem_id AND c.id = a.case_id
    JOIN customers p ON p.oem_id = c.oem_id AND p.id = c.customer_id
    JOIN dealers d ON d.oem_id = a.oem_id AND d.id = a.dealer_id
    {_LAST_CHECK}
    WHERE a.oem_id = $1 AND a.at >= $2 AND a.at < $3 AND ($4::bigint IS NULL OR a.dealer_id = $4)
    ORDER BY f.id, a.at DESC, a.id DESC
) AS made
ORDER BY checked_at IS NOT NULL, at, id LIMIT $5
"""
_SCORES: Final = f"""
SELECT a.by_id AS caller_id, a.by_name AS caller_name, a.dealer_id, d.name AS dealer_name,
       d.name_en AS dealer_name_en, count(DISTINCT a.call_id)::int AS calls,
       (count(DISTINCT a.call_id) FILTER (WHERE a.effective))::int AS effective,
       count(DISTINCT k.call_id)::int AS checked,
       (count(DISTINCT k.call_id) FILTER (WHERE k.improper))::int AS improper, avg(k.score)::float8 AS score
FROM call_attempts a
JOIN dealers d ON d.oem_id = a.oem_id AND d.id = a.dealer_id
{_LAST_CHECK}
WHERE a.oem_id = $1 AND a.at >= $2 AND a.at < $3 AND ($4::bigint IS NULL OR a.dealer_id = $4)
GROUP BY a.by_id, a.by_name, a.dealer_id, d.name, d.name_en
ORDER BY avg(k.score) DESC NULLS LAST, a.by_name, a.by_id
"""
_CHECK: Final = """
INSERT INTO call_checks (oem_id, id, call_id, attempt_id, dealer_id, case_id, score, improper, note,
                         checked_at, checked_by)
SELECT oem_id, $3, call_id, id, dealer_id, case_id, $4, $5, $6, $7, $8
FROM call_attempts WHERE oem_id = $1 AND id = $2
"""
_TRIED: Final = """
SELECT id, by_id FROM call_attempts
WHERE oem_id = $1 AND call_id = $2 AND ($3::uuid IS NULL OR id = $3) ORDER BY at DESC, id DESC LIMIT 1
"""


class _Tried(msgspec.Struct, frozen=True):
    id: UUID
    by_id: UUID | None


async def records_of_day(
    tx: Transaction, actor: Actor, day: date | None = None, dealer_id: int | None = None
) -> CallRecords:
    """The calls made on a local day of the OEM, yesterday unless told, within the actor's scope.

    Raises `Invalid` (`not_a_date`) for a day that is no day of anybody's work.
    """
    oem_id = actor.oem_id
    zone = ZoneInfo((await oems.oem(tx, oem_id)).time_zone)
    if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid.field("day", "not_a_date")
    shown = day or (await tx.now()).astimezone(zone).date() - _DAY
    week_from = shown - timedelta(days=shown.weekday())
    span = (_midnight(shown, zone), _midnight(shown + _DAY, zone))
    week = (_midnight(week_from, zone), _midnight(week_from + 7 * _DAY, zone))
    found = await tx.rows(CallRecord, _RECORDS, oem_id, *span, dealer_id, MOST_LISTED)
    found = [msgspec.structs.replace(each, customer_name=masked_name(each.customer_name)) for each in found]
    return CallRecords(
        day=shown,
        items=found,
        week_from=week_from,
        scores=await tx.rows(CallerScore, _SCORES, oem_id, *week, dealer_id),
    )


async def check_call(
    actor: Actor, call_id: UUID, command: CheckCall, *, as_of: datetime | None = None
) -> None:
    """Keep how a try at a call was made; the last check of it counts.

    Raises `NotFound` (`call_not_found`), `Forbidden`, `Conflict` (`call_not_made`, `own_call`), and `Invalid`
    for a low score or an impropriety without a remark.
    """
    command = cleaned(command, note=_LONGEST)
    async with transaction(actor.scope, as_of=as_of) as tx:
        call = await call_rows.call(tx, actor.oem_id, call_id)
        actor.require(Permission.CALL_CHECK)
        # Under the lock no other try is written and the case stays with its dealer.
        work = await held(tx, actor, call.case_id, version=None)
        tried = await tx.row(_Tried, _TRIED, actor.oem_id, call_id, command.attempt_id)
        if tried is None:
            raise Conflict("call_not_made")
        if tried.by_id is not None and tried.by_id == actor.membership_id:
            raise Conflict("own_call")
        if not command.note and (command.improper or command.score < LOWEST_GOOD):
            raise Invalid.field("note", "required")
        values = (command.score, command.improper, command.note, work.at, actor.name)
        await tx.execute(_CHECK, actor.oem_id, tried.id, new_id(work.at), *values)
        entry = AuditEntry(
            action="call.check",
            entity="call",
            entity_id=call_id,
            dealer_id=work.case.dealer_id,
            fields=["improper", "score"],
        )
        await append(tx, actor, work.at, entry)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)
