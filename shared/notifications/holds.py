"""Holding messages back when they are written, by the policy in force."""

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction, transaction
from shared.notifications.holding import (
    AT_ONCE,
    LIMITED,
    Hold,
    MessagePolicy,
    is_limited,
    let_go,
    limit_of,
    problems_of,
    wait_of,
)
from shared.notifications.rules import RULES, Template
from shared.outbox.messages import NewMessage
from shared.outbox.vocabulary import HeldFor, MessageChannel, RecipientKind
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import PolicyName

_CHANNELS: Final = frozenset(each.value for each in MessageChannel)


class MessagePolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in force; `version` 0: nothing is published yet."""

    version: Annotated[int, msgspec.Meta(ge=0)]
    policy: MessagePolicy


async def message_policy(tx: Transaction, oem_id: int) -> MessagePolicy:
    """How messages of the OEM wait at present."""
    _, found = await policies.decoded_or(tx, oem_id, PolicyName.MESSAGES, _decode, _at_once)
    return found


async def shown(actor: Actor) -> MessagePolicyView:
    """The policy in force, to look at and to edit; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(actor.scope, read_only=True) as tx:
        version, found = await policies.decoded_or(tx, actor.oem_id, PolicyName.MESSAGES, _decode, _at_once)
    return MessagePolicyView(version=version, policy=found)


async def publish(actor: Actor, wanted: MessagePolicy, *, version: int) -> MessagePolicyView:
    """Let messages wait otherwise from now on; those that are held already keep their time, or the new night.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`).
    """
    new = await policies.replace(actor, PolicyName.MESSAGES, wanted, problems_of(wanted), version=version)
    return MessagePolicyView(version=new, policy=wanted)


async def held(
    tx: Transaction, oem_id: int, policy: MessagePolicy, message: NewMessage, time_zone: str
) -> NewMessage:
    """The message, made to wait where the policy says so. A warning does not wait longer than it is worth."""
    if tx.as_of is not None or policy == AT_ONCE:
        return message
    template, now = Template(message.template), await tx.now()
    hold = wait_of(policy, RULES[template], message.channel, time_zone, now)
    if hold is None and (limited := await limit(tx, oem_id, policy, message, now)) is not None:
        hold = let_go(policy, message.channel, time_zone, now, limited)
    if hold is None:
        return message
    if template is Template.WARNING:
        if hold.why is HeldFor.DIGEST and hold.until >= message.expires_at:
            return message
        expires_at = message.expires_at
    else:
        expires_at = max(message.expires_at, hold.until + RULES[template].lifetime)
    return msgspec.structs.replace(
        message, held_for=hold.why, held_until=hold.until, expires_at=expires_at, quiet_zone=time_zone
    )


async def limit(
    tx: Transaction, oem_id: int, policy: MessagePolicy, message: NewMessage, now: datetime
) -> Hold | None:
    """How long one more message to its number, or about its case to the customer, has to wait.

    Those written in the open transaction count, too. Whoever else tells the same number, or of the same case,
    waits for its end: two workers together write no more than the limit.
    """
    rule, holds = RULES[Template(message.template)], list[Hold | None]()
    written: Counter[tuple[str, object]] = tx.remembered.setdefault(__name__, Counter())
    if not is_limited(rule):
        if message.channel is MessageChannel.SMS:
            written["number", message.address] += 1
        return None
    counted: list[tuple[str, object]] = []
    if policy.most_per_number and message.channel is MessageChannel.SMS:
        sent = await tx.ahead.one("sms", "address", message.address, partial(_to_numbers, tx, oem_id, now))
        place = ("number", message.address)
        counted.append(place)
        holds.append(limit_of(rule, policy.most_per_number, [*(sent or []), *([now] * written[place])], now))
    if policy.most_per_case and message.recipient_kind is RecipientKind.CUSTOMER and message.case_id:
        sent = await tx.ahead.one("told", "case", message.case_id, partial(_about_cases, tx, oem_id, now))
        place = ("case", (message.case_id, message.recipient_id))
        counted.append(place)
        holds.append(limit_of(rule, policy.most_per_case, [*(sent or []), *([now] * written[place])], now))
    hold = max((each for each in holds if each is not None), key=lambda each: each.until, default=None)
    if hold is None:
        written.update(counted)
    return hold


class _SentTo(msgspec.Struct, frozen=True):
    address: str
    sent: list[datetime]


class _SentAbout(msgspec.Struct, frozen=True):
    case_id: UUID
    sent: list[datetime]


_GOING: Final = "state IN ('queued', 'sent', 'unknown')"
# What was held counts from when it was let go.
_LEFT: Final = "greatest(created_at, held_until)"
_RECENT: Final = f"created_at > $3::timestamptz - interval '7 days' AND {_LEFT} > $3"
# A statement of its own: the count after it sees what the one waited for has written. In one order, so that
# no two batches wait for each other.
_ALONE: Final = """
SELECT count(pg_advisory_xact_lock(7413, place))
FROM (SELECT hashtext($1 || one) AS place FROM unnest($2::text[]) AS one ORDER BY 1) AS places
"""
_TO_NUMBERS: Final = f"""
SELECT address, array_agg({_LEFT}) AS sent FROM messages
WHERE oem_id = $1 AND channel = 'sms' AND address = ANY ($2::text[]) AND {_RECENT} AND {_GOING}
GROUP BY address
"""
_ABOUT_CASES: Final = f"""
SELECT case_id, array_agg({_LEFT}) AS sent FROM messages
WHERE oem_id = $1 AND case_id = ANY ($2::uuid[]) AND {_RECENT} AND recipient_kind = 'customer'
  AND {_GOING}
GROUP BY case_id
"""


async def _to_numbers(
    tx: Transaction, oem_id: int, now: datetime, addresses: list[str]
) -> dict[str, list[datetime]]:
    await tx.value(_ALONE, f"{oem_id}/sms/", addresses)
    found = await tx.rows(_SentTo, _TO_NUMBERS, oem_id, addresses, now - LIMITED)
    return {each.address: each.sent for each in found}


async def _about_cases(
    tx: Transaction, oem_id: int, now: datetime, case_ids: list[UUID]
) -> dict[UUID, list[datetime]]:
    await tx.value(_ALONE, f"{oem_id}/case/", [str(each) for each in case_ids])
    found = await tx.rows(_SentAbout, _ABOUT_CASES, oem_id, case_ids, now - LIMITED)
    return {each.case_id: each.sent for each in found}


def _decode(body: bytes) -> MessagePolicy:
    """What this version knows of it: a newer one may have published fields and channels of its own."""
    found = msgspec.json.decode(body, type=dict[str, Any])
    known = {name: found[name] for name in MessagePolicy.__struct_fields__ if name in found}
    if "quiet_channels" in known:
        known["quiet_channels"] = [each for each in known["quiet_channels"] if each in _CHANNELS]
    return msgspec.convert(known, MessagePolicy)


def _at_once() -> MessagePolicy:
    return AT_ONCE
