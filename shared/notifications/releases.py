"""Letting held messages go when their time has come: alone, or as one digest per person and channel.

What this version does not know (a template, a channel, a reason to wait) is left to a newer worker.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import structlog

from shared.db.engine import Transaction, transaction
from shared.errors import Unavailable
from shared.ids import new_id
from shared.notifications.channels.sms_texts import is_abroad
from shared.notifications.holding import Hold, let_go
from shared.notifications.holds import limit, message_policy
from shared.notifications.links import Links
from shared.notifications.render import Reader, render, signed
from shared.notifications.rules import RULES, Template, expiry
from shared.notifications.text_editing import message_texts
from shared.outbox import keys
from shared.outbox.messages import OVERTAKEN, NewMessage, write
from shared.outbox.vocabulary import HeldFor, MessageChannel
from shared.tenancy import Scope
from shared.tenants.oems import appearance, oem
from shared.web.locale import DEFAULT_LOCALE, locale_of

BATCH: Final = 100
"""People and channels released at a time."""

LISTED: Final = 20
"""How many entries an e-mail names; its link leads to all of them."""

LISTED_IN_GROUP: Final = 10
"""How many a group reads: WeCom takes no more than 2,048 bytes, and the link has to be among them."""

AGAIN_AFTER: Final = timedelta(minutes=1)
"""When those are tried again whose messages could not be let go."""

NOT_RELEASED: Final = "not_released"
"""`last_error` of what is still held because it could not be let go."""

_KNOWN: Final = [[each.value for each in words] for words in (Template, MessageChannel, HeldFor)]
# `next_attempt_at` is later than `held_until` only where it could not be let go.
_OEMS: Final = """
SELECT DISTINCT oem_id FROM messages
WHERE state = 'held' AND held_until <= coalesce($1, statement_timestamp())
  AND next_attempt_at <= coalesce($1, statement_timestamp())
  AND template = ANY ($2::text[]) AND channel = ANY ($3::text[]) AND held_for = ANY ($4::text[])
ORDER BY oem_id
"""
# One worker at a time releases an OEM's: two would make two digests of one person's messages.
_ALONE: Final = "SELECT pg_try_advisory_xact_lock(7411, $1)"
_DUE: Final = """
SELECT recipient_id, channel FROM messages
WHERE oem_id = $1 AND state = 'held' AND held_until <= $2 AND next_attempt_at <= $2
  AND template = ANY ($4::text[]) AND channel = ANY ($5::text[]) AND held_for = ANY ($6::text[])
GROUP BY recipient_id, channel ORDER BY min(held_until) LIMIT $3
"""


class _Due(msgspec.Struct, frozen=True):
    recipient_id: UUID
    channel: MessageChannel


class _Held(NewMessage, frozen=True, kw_only=True):
    id: UUID


_COLUMNS: Final = ", ".join(_Held.__struct_fields__)
# What is gathered goes with the first of it whose time has come.
_WAITING: Final = """
WHERE oem_id = $1 AND state = 'held'
  AND (recipient_id, channel) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
  AND (held_until <= $4 AND next_attempt_at <= $4
       OR held_until > $4 AND held_for = 'digest' AND template = ANY ($5::text[]))
  AND template = ANY ($6::text[]) AND channel = ANY ($7::text[]) AND held_for = ANY ($8::text[])
"""
_HELD: Final = f"""
SELECT {_COLUMNS} FROM messages {_WAITING}
  AND ($9::uuid IS NULL OR id = $9)
ORDER BY created_at, id
FOR UPDATE
"""
_IDS: Final = f"SELECT id FROM messages {_WAITING} AND held_until <= $4 ORDER BY created_at, id"
# What has been done since needs nobody's hurry, and no word that it is still under way. A breach stays told,
# by e-mail (R4.4).
_OVERTAKE: Final = f"""
UPDATE messages m SET state = 'expired', last_error = '{OVERTAKEN}'
WHERE m.oem_id = $1 AND m.state = 'held'
  AND (m.recipient_id, m.channel) IN (SELECT * FROM unnest($2::uuid[], $3::text[]))
  AND (m.template = 'progress' AND EXISTS (
        SELECT FROM cases c WHERE c.oem_id = m.oem_id AND c.id = m.case_id
          AND c.state IN ('result_told', 'surveyed', 'closed', 'withdrawn', 'merged'))
    OR (m.template IN ('warning', 'escalation') OR (m.template = 'breach' AND m.channel = 'sms')) AND EXISTS (
        SELECT FROM escalations e JOIN clocks k ON k.oem_id = e.oem_id AND k.id = e.clock_id
        WHERE e.oem_id = m.oem_id AND e.case_id = m.case_id AND k.state IN ('met', 'cancelled')
          AND starts_with(m.dedupe_key,
                'esc:' || e.case_id::text || ':' || e.metric || ':' || e.cycle::text
                || CASE WHEN e.turn > 1 THEN '.' || e.turn::text ELSE '' END || ':' || e.step || ':')))
"""
_EXPIRE: Final = "UPDATE messages SET state = 'expired' WHERE oem_id = $1 AND id = ANY ($2::uuid[])"
_QUEUE: Final = """
UPDATE messages SET state = 'queued', next_attempt_at = $3, last_error = NULL
WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""
_PUT_OFF: Final = """
UPDATE messages SET state = CASE WHEN expires_at <= $3 THEN 'expired' ELSE state END, last_error = $5,
                    next_attempt_at = $4
WHERE oem_id = $1 AND id = $2 AND state = 'held'
"""
# Added in UTC without a zone: a distributed database refuses timestamptz + interval over columns (ADR 0002).
_HOLD: Final = """
UPDATE messages SET held_for = $3, held_until = $4::timestamptz, next_attempt_at = $4, last_error = NULL,
                    expires_at = CASE WHEN template = 'warning' THEN expires_at
                                 ELSE greatest(expires_at, ($4::timestamptz AT TIME ZONE 'UTC'
                                     + (expires_at - held_until)) AT TIME ZONE 'UTC') END
WHERE oem_id = $1 AND id = $2
"""
_DIGEST: Final = """
UPDATE messages SET state = 'digested', digest_id = $3, last_error = NULL
WHERE oem_id = $1 AND id = ANY ($2::uuid[])
"""
_GATHERED: Final = [template.value for template, rule in RULES.items() if rule.digest]

_log = structlog.stdlib.get_logger("huiyin.notifications")


async def oems_with_held(tx: Transaction, as_of: datetime | None = None) -> list[int]:
    """The OEMs that hold a message whose time has come."""
    return await tx.values(_OEMS, as_of, *_KNOWN)


async def release_of_oem(oem_id: int, links: Links, limit_to: int = BATCH) -> int:
    """Let an OEM's messages go whose time has come, for at most `limit_to` people and channels.

    Returns for how many: fewer means that nothing is left, or that another worker is at it. Of a person's
    warnings and breaches, several become one digest; what expired or was overtaken meanwhile does not leave.

    Where something fails, people have theirs one by one, and a person whose digest cannot be made has the
    messages themselves; what cannot be let go even alone waits for another try. Raises `Unavailable` when
    the database is away, and what keeps the OEM's policy from being read.
    """
    try:
        return await _let_go(oem_id, links, limit_to=limit_to)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  # whatever one row fails with, the others go
        _log.warning("release_failed", oem_id=oem_id, reason=type(error).__name__)
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        await message_policy(tx, oem_id)
        people = await tx.rows(_Due, _DUE, oem_id, await tx.now(), limit_to, *_KNOWN)
    for person in people:
        await _let_go_of(oem_id, links, person)
    return len(people)


async def _let_go_of(oem_id: int, links: Links, person: _Due) -> None:
    try:
        await _let_go(oem_id, links, person=person)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  # without a digest, then
        _log.warning("release_failed", oem_id=oem_id, reason=type(error).__name__)
    else:
        return
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        whose = ([person.recipient_id], [person.channel.value])
        waiting = await tx.values(_IDS, oem_id, *whose, await tx.now(), _GATHERED, *_KNOWN)
    for message_id in waiting:
        try:
            await _let_go(oem_id, links, person=person, message_id=message_id)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  # this one alone waits
            _log.error("message_not_released", oem_id=oem_id, message_id=str(message_id), exc_info=error)
            await _put_off(oem_id, message_id)


async def _let_go(
    oem_id: int,
    links: Links,
    *,
    limit_to: int = BATCH,
    person: _Due | None = None,
    message_id: UUID | None = None,
) -> int:
    """For everybody whose time has come, for one person, or one message of a person; for how many people."""
    async with transaction(Scope.oem(oem_id)) as tx:
        if not await tx.value(_ALONE, oem_id):
            return 0
        now = await tx.now()
        due = [person] if person else await tx.rows(_Due, _DUE, oem_id, now, limit_to, *_KNOWN)
        by_person: dict[tuple[UUID, MessageChannel], list[_Held]] = {}
        whose = ([each.recipient_id for each in due], [each.channel.value for each in due])
        await tx.execute(_OVERTAKE, oem_id, *whose)
        for each in await tx.rows(_Held, _HELD, oem_id, *whose, now, _GATHERED, *_KNOWN, message_id):
            by_person.setdefault((each.recipient_id, each.channel), []).append(each)
        for messages in by_person.values():
            await _release(tx, oem_id, messages, links, now)
        return len(due)


async def _put_off(oem_id: int, message_id: UUID) -> None:
    async with transaction(Scope.oem(oem_id)) as tx:
        now = await tx.now()
        await tx.execute(_PUT_OFF, oem_id, message_id, now, now + AGAIN_AFTER, NOT_RELEASED)


async def _release(
    tx: Transaction, oem_id: int, messages: Sequence[_Held], links: Links, now: datetime
) -> None:
    policy, going = await message_policy(tx, oem_id), list[UUID]()
    late = [each.id for each in messages if each.expires_at <= now]
    fresh: list[_Held] = []
    for each in messages:
        if each.expires_at <= now:
            continue
        # Held until it is light: a worker that was away, or a digest begun in the evening, comes at night.
        night = let_go(policy, each.channel, await _zone(tx, oem_id, each), now, None)
        if night is None:
            fresh.append(each)
        else:
            await _hold(tx, oem_id, each, night)
    gathered = [each for each in fresh if each.template in _GATHERED]
    alone = [each for each in fresh if each.template not in _GATHERED]
    if len(gathered) == 1:
        alone += gathered
    elif gathered:
        await _digest(tx, oem_id, gathered, links, now)
    if late:
        await tx.execute(_EXPIRE, oem_id, late)
    for each in alone:
        limited = await limit(tx, oem_id, policy, each, now)
        hold = limited and let_go(policy, each.channel, await _zone(tx, oem_id, each), now, limited)
        if hold is None:
            going.append(each.id)
        else:
            await _hold(tx, oem_id, each, hold)
    if going:
        await tx.execute(_QUEUE, oem_id, going, now)


async def _hold(tx: Transaction, oem_id: int, message: _Held, hold: Hold) -> None:
    await tx.execute(_HOLD, oem_id, message.id, hold.why.value, hold.until)


async def _zone(tx: Transaction, oem_id: int, message: _Held) -> str:
    """By whose clock it is night; held by an older version: the OEM's."""
    return message.quiet_zone or (await oem(tx, oem_id)).time_zone


async def _digest(
    tx: Transaction, oem_id: int, gathered: Sequence[_Held], links: Links, now: datetime
) -> None:
    digest_id = new_id(now)
    newest = gathered[-1]
    locale = locale_of(newest.locale) or DEFAULT_LOCALE
    home = await appearance(tx, oem_id)
    abroad = is_abroad(newest.channel, newest.address)
    warnings = sum(each.template == Template.WARNING.value for each in gathered)
    # A group reads what stands there; a list to acknowledge is a person's own.
    is_for_group = newest.channel is MessageChannel.CHAT
    listed = gathered[: LISTED_IN_GROUP if is_for_group else LISTED]
    entries = "\n".join(f"- {each.subject}" for each in listed if each.subject)
    values = {
        "count": len(gathered),
        "late": len(gathered) - warnings,
        "warnings": warnings,
        "entries": entries,
    }
    texts = await message_texts(tx, oem_id)
    words = render(
        Template.DIGEST,
        newest.channel,
        Reader(locale, "UTC", signed(home.sms_signature, locale, abroad=abroad), abroad),
        values,
        texts,
        links.digest(digest_id),
    )
    dealers = {each.dealer_id for each in gathered}
    rule = RULES[Template.DIGEST]
    message = NewMessage(
        dealer_id=dealers.pop() if len(dealers) == 1 else 0,
        case_id=None,
        template=Template.DIGEST.value,
        channel=newest.channel,
        delivery=rule.delivery,
        recipient_kind=newest.recipient_kind,
        recipient_id=newest.recipient_id,
        recipient_name=newest.recipient_name,
        address=newest.address,
        locale=locale.value,
        subject=words.subject,
        body=entries if is_for_group else words.body,
        link=links.cases() if is_for_group else links.digest(digest_id),
        dedupe_key=keys.digest(gathered[0].id, newest.recipient_id, newest.channel.value),
        priority=rule.priority,
        expires_at=expiry(Template.DIGEST, now),
        digest_id=digest_id,
        provider_template=words.provider_template,
    )
    await tx.execute(_DIGEST, oem_id, [each.id for each in gathered], digest_id)
    await write(tx, oem_id, [message])
