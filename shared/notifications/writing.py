"""Writing what is told: one message per recipient and channel, in the recipient's words, once per key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from shared.db.engine import Transaction
from shared.notifications import in_app
from shared.notifications.facts import CaseFacts
from shared.notifications.in_app import NewNotification
from shared.notifications.links import moved
from shared.notifications.recipients import Recipient
from shared.notifications.render import SMS_SIGNATURE, Reader, Value, render
from shared.notifications.rules import IN_APP, RULES, Template, choice, expiry, is_told_inside
from shared.outbox import keys
from shared.outbox.messages import NewMessage, write
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.tenants.oems import Appearance, appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told. `key` makes the dedupe key of a recipient and a channel.

    `due_at` is the clock's, where there is one: a warning is not sent after it. `time_zone` is the one that
    times are told in to somebody without a profile.
    """

    template: Template
    values: Mapping[str, Value]
    time_zone: str
    link: str
    key: Callable[[UUID, str], str]
    dealer_id: int
    case_id: UUID | None = None
    due_at: datetime | None = None


def case_notice(
    template: Template, facts: CaseFacts, values: Mapping[str, Value], *, link: str, cause: UUID
) -> Notice:
    """A notice about a case, once for each `cause`: the event, or the row, that it tells of."""
    return Notice(
        template=template,
        values=values,
        time_zone=facts.time_zone,
        link=link,
        key=partial(keys.case, template.value, facts.id, cause),
        dealer_id=facts.dealer_id,
        case_id=facts.id,
    )


async def tell(
    tx: Transaction, oem_id: int, notice: Notice, recipients: Sequence[Recipient]
) -> list[Recipient]:
    """Write the messages in the open transaction; the recipients whom at least one channel reaches.

    Members are told in the console as well.
    """
    home = await appearance(tx, oem_id)
    expires_at = expiry(notice.template, await tx.now(), notice.due_at)
    messages = [
        _message(notice, recipient, channel, address, expires_at, home)
        for recipient in recipients
        for channel, address in _ways(notice.template, recipient)
    ]
    told_inside = [
        _inside(notice, each) for each in recipients if is_told_inside(notice.template, each.muted)
    ]
    async with tx.together():
        await write(tx, oem_id, messages)
        await in_app.write(tx, oem_id, told_inside)
    return [recipient for recipient in recipients if _ways(notice.template, recipient)]


def _ways(template: Template, recipient: Recipient) -> list[tuple[MessageChannel, str]]:
    return [
        (channel, recipient.addresses[channel])
        for channel in RULES[template].channels
        if channel in recipient.addresses and not _is_unwanted(template, channel, recipient)
    ]


def _inside(notice: Notice, recipient: Recipient) -> NewNotification:
    reader = Reader(recipient.locale, recipient.time_zone or notice.time_zone, "")
    return NewNotification(
        membership_id=recipient.id,
        dealer_id=recipient.dealer_id,
        template=notice.template.value,
        subject=render(notice.template, MessageChannel.EMAIL, reader, notice.values).subject,
        link=notice.link,
        dedupe_key=notice.key(recipient.id, IN_APP),
    )


def _is_unwanted(template: Template, channel: MessageChannel, recipient: Recipient) -> bool:
    return channel in RULES[template].optional and choice(template, channel) in recipient.muted


def _message(
    notice: Notice,
    recipient: Recipient,
    channel: MessageChannel,
    address: str,
    expires_at: datetime,
    home: Appearance,
) -> NewMessage:
    rule = RULES[notice.template]
    signature = f"【{home.sms_signature}】" if home.sms_signature else SMS_SIGNATURE
    reader = Reader(recipient.locale, recipient.time_zone or notice.time_zone, signature)
    words = render(notice.template, channel, reader, notice.values)
    return NewMessage(
        dealer_id=notice.dealer_id,
        case_id=notice.case_id,
        template=notice.template.value,
        channel=channel,
        delivery=rule.delivery,
        recipient_kind=recipient.kind,
        recipient_id=recipient.id,
        recipient_name=recipient.name,
        address=address,
        locale=recipient.locale.value,
        subject=words.subject,
        body=words.body,
        # Customers' pages are at the OEM's own address; the console is the installation's.
        link=moved(notice.link, home.public_url) if recipient.kind is RecipientKind.CUSTOMER else notice.link,
        link_is_secret=rule.secret_link,
        dedupe_key=notice.key(recipient.id, channel.value),
        priority=rule.priority,
        expires_at=expires_at,
    )
