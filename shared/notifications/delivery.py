"""Sending: claimed in one transaction, sent outside any, recorded in another, under the lease."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from random import SystemRandom
from typing import Final

import structlog

from shared.db.engine import Transaction, transaction
from shared.notifications.channels.protocol import Channel, Outgoing
from shared.notifications.channels.smtp import CONNECTIONS
from shared.notifications.render import email_html, email_text, sms_text
from shared.notifications.robots.service import TEST
from shared.notifications.rules import RULES, Template
from shared.outbox import endpoint_claims, messages
from shared.outbox.endpoint_claims import AT_ONCE, Endpoint
from shared.outbox.messages import ClaimedMessage, Lane
from shared.outbox.outcomes import Outcome, Retry, Unknown, Untried, Verdict, verdict
from shared.outbox.vocabulary import MessageChannel, MessageState
from shared.tenancy import Scope
from shared.web.locale import DEFAULT_LOCALE, locale_of

Channels = Mapping[MessageChannel, Channel]

BATCH: Final[Mapping[MessageChannel, int]] = {
    MessageChannel.SMS: 50,
    MessageChannel.EMAIL: 2 * CONNECTIONS,
    MessageChannel.CHAT: 50,
}
"""Messages of one lane on their way at a time, by its channel: of mails no more than soon find a connection.

An OEM has a lane of its own by each channel, so that none waits for another.
"""

TEMPLATES: Final[Sequence[str]] = (*(each.value for each in Template), TEST)
"""The messages to people that this version can send; others are left to workers that know them."""

_ASK_S = 2.0
"""How long asking after a lost answer may take; the lease leaves room for it."""

_log = structlog.stdlib.get_logger("huiyin.notifications")
_random = SystemRandom()


def lease(channels: Channels) -> timedelta:
    """How long a claim holds: twice the longest try, and a little for the database."""
    longest_s = max((channel.timeout_s for channel in channels.values()), default=0.0)
    return timedelta(seconds=2 * longest_s + 5)


async def deliver(lane: Lane, channels: Channels) -> int:
    """Claim a batch of an OEM's messages by one channel and send them at once; how many were claimed.

    Fewer than `BATCH` means that nothing is left for now. A channel that is not configured lets its messages
    wait until they expire, for everybody to see.
    """

    async def claimed(tx: Transaction) -> list[ClaimedMessage]:
        return await messages.claim(tx, lane, TEMPLATES, BATCH[lane.channel], lease(channels))

    return await _deliver(lane.oem_id, channels, claimed)


async def deliver_to_endpoint(endpoint: Endpoint, channels: Channels, limit: int = AT_ONCE) -> int:
    """The same of messages to another system, of which no more than `AT_ONCE` are under way at a time."""

    async def claimed(tx: Transaction) -> list[ClaimedMessage]:
        return await endpoint_claims.claim(tx, endpoint, limit, lease(channels))

    return await _deliver(endpoint.oem_id, channels, claimed)


async def _deliver(
    oem_id: int, channels: Channels, claim: Callable[[Transaction], Awaitable[list[ClaimedMessage]]]
) -> int:
    # By a clock that runs on while the process is stopped, and from before the claim: no try outlives it.
    started = asyncio.get_running_loop().time()
    async with transaction(Scope.system()) as tx:
        claimed = await claim(tx)
    for message in claimed:
        if message.state is not MessageState.QUEUED:
            _log.warning("message_given_up", **_ids(message), state=message.state)
    waiting = [message for message in claimed if message.state is MessageState.QUEUED]
    outcomes = await asyncio.gather(*(_send(message, channels, started) for message in waiting))
    if waiting:
        await _record(oem_id, list(zip(waiting, outcomes, strict=True)))
    return len(claimed)


async def _send(message: ClaimedMessage, channels: Channels, started: float) -> Outcome:
    channel = channels.get(message.channel)
    if channel is None:
        return Retry("channel_not_configured")
    deadline = started + min(channel.timeout_s, message.expires_in_s)
    if deadline <= asyncio.get_running_loop().time():
        return Untried()
    try:
        return await _try(channel, message, deadline)
    except Exception as error:  # noqa: BLE001  # a fault of one adapter must not keep the others' outcomes
        _log.exception("channel_failed", **_ids(message))
        return Unknown(f"channel_failed: {type(error).__name__}")


async def _try(channel: Channel, message: ClaimedMessage, deadline: float) -> Outcome:
    """Ask before repeating, and after an answer that was lost, where the provider can be asked."""
    outgoing = _outgoing(message)
    if channel.can_query and message.attempts > 1:
        known = await channel.query(outgoing, message.idem_token, deadline)
        if known is not None:
            return known
    outcome = await channel.send(outgoing, message.idem_token, deadline)
    if channel.can_query and isinstance(outcome, Unknown):
        asked_until = asyncio.get_running_loop().time() + _ASK_S
        return await channel.query(outgoing, message.idem_token, asked_until) or outcome
    return outcome


def _outgoing(message: ClaimedMessage) -> Outgoing:
    if message.channel is MessageChannel.SMS:
        text, html = sms_text(message.body, message.link), ""
    elif message.channel is MessageChannel.WEBHOOK:
        text, html = message.body, ""
    elif message.channel is MessageChannel.CHAT:
        text, html = email_text(message.body, message.link), ""
    else:
        locale = locale_of(message.locale) or DEFAULT_LOCALE
        text = email_text(message.body, message.link, message.choice_link, locale)
        rule = RULES[Template(message.template)]
        button = rule.button or rule.audience.value
        html = email_html(
            message.subject, message.body, message.link, locale, button, choice_link=message.choice_link
        )
    return Outgoing(
        address=message.address,
        recipient_name=message.recipient_name,
        subject=message.subject,
        text=text,
        html=html,
        sender_name=message.sender_name,
        choice_link=message.choice_link,
        oem_id=message.oem_id,
        provider_template=message.provider_template,
    )


async def _record(oem_id: int, tries: list[tuple[ClaimedMessage, Outcome]]) -> None:
    decided = [(message, _verdict(message, outcome)) for message, outcome in tries]
    async with transaction(Scope.system()) as tx:
        written = await messages.record(tx, oem_id, decided)
    for message, made in decided:
        if message.id not in written:
            _log.warning("message_lease_lost", **_ids(message))
        elif made.state is not MessageState.SENT and made.counts:
            _log.warning("message_not_sent", **_ids(message), state=made.state, reason=made.error)


def _verdict(message: ClaimedMessage, outcome: Outcome) -> Verdict:
    return verdict(
        outcome,
        message.delivery,
        attempts=message.attempts,
        max_attempts=message.max_attempts,
        spread=_random.random(),
    )


def _ids(message: ClaimedMessage) -> dict[str, str | int]:
    return {
        "oem_id": message.oem_id,
        "message_id": str(message.id),
        "template": message.template,
        "channel": message.channel.value,
        "attempt": message.attempts,
    }
