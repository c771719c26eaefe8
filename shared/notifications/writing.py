"""Writing what is told: one message per recipient and channel, in the recipient's words, once per key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from shared.db.engine import Transaction
from shared.notifications import in_app
from shared.notifications.channels.sms_texts import is_abroad
from shared.notifications.facts import CaseFacts
from shared.notifications.holds import held, message_policy
from shared.notifications.in_app import NewNotification
from shared.notifications.links import moved
from shared.notifications.recipients import Recipient
from shared.notifications.render import Reader, Rendered, Value, render, signed
from shared.notifications.robots.service import listening
from shared.notifications.rules import IN_APP, RULES, Template, choice, expiry, is_told_inside
from shared.notifications.text_editing import message_texts
from shared.notifications.texts import MessageTexts
from shared.outbox import keys
from shared.outbox.messages import NewMessage, write
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.tenants.oems import Appearance, appearance
from shared.web.locale import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told. `key` makes the dedupe key of a recipient and a channel.

    `due_at` is the clock's, where there is one: a warning is not sent after it. `time_zone` is the one that
    times are told in to somebody without a profile. `is_pressing`: it waits for nothing (`holding`).
    `choice_link`: where a customer says that he does without messages like this one.
    """

    template: Template
    values: Mapping[str, Value]
    time_zone: str
    link: str
    key: Callable[[UUID, str], str]
    dealer_id: int
    case_id: UUID | None = None
    due_at: datetime | None = None
    is_pressing: bool = False
    choice_link: str = ""


def case_notice(
    template: Template,
    facts: CaseFacts,
    values: Mapping[str, Value],
    *,
    link: str,
    cause: UUID,
    choice_link: str = "",
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
        is_pressing=facts.is_pressing,
        choice_link=choice_link,
    )


async def tell(
    tx: Transaction, oem_id: int, notice: Notice, recipients: Sequence[Recipient]
) -> list[Recipient]:
    """Write the messages in the open transaction; the recipients whom at least one channel reaches.

    Members are told in the console as well, groups of a chat by their robots: gathered like what people are
    told, for robots are muted that speak too often.
    """
    home = await appearance(tx, oem_id)
    words = _Words(notice, home, await message_texts(tx, oem_id))
    expires_at = expiry(notice.template, await tx.now(), notice.due_at)
    policy = await message_policy(tx, oem_id)
    messages: list[NewMessage] = []
    groups = await listening(tx, oem_id, notice.template, notice.dealer_id)
    ways = [(each, *way) for each in recipients for way in _ways(notice.template, each)]
    ways += [(each, *way) for each in groups for way in each.addresses.items()]
    for recipient, channel, address in ways:
        message = _message(notice, words, recipient, channel, address, expires_at)
        if not notice.is_pressing:
            message = await held(tx, oem_id, policy, message, recipient.time_zone or notice.time_zone)
        messages.append(message)
    told_inside = [
        _inside(notice, words, each) for each in recipients if is_told_inside(notice.template, each.muted)
    ]
    await write(tx, oem_id, messages)
    await in_app.write(tx, oem_id, told_inside)
    return [recipient for recipient in recipients if _ways(notice.template, recipient)]


def _ways(template: Template, recipient: Recipient) -> list[tuple[MessageChannel, str]]:
    return [
        (channel, recipient.addresses[channel])
        for channel in RULES[template].channels
        if channel in recipient.addresses and not _is_unwanted(template, channel, recipient)
    ]


class _Words:
    """A notice in the words of its readers, put together once for all who read alike."""

    def __init__(self, notice: Notice, home: Appearance, texts: MessageTexts) -> None:
        self._notice = notice
        self._texts = texts
        self._known: dict[tuple[Locale, str, MessageChannel, bool], Rendered] = {}
        self.home = home
        # Customers' pages are at the OEM's own address; the console is the installation's.
        to_customer = RULES[notice.template].audience is RecipientKind.CUSTOMER
        self.link = moved(notice.link, home.public_url) if to_customer else notice.link

    def of(self, recipient: Recipient, channel: MessageChannel) -> Rendered:
        time_zone = recipient.time_zone or self._notice.time_zone
        abroad = is_abroad(channel, recipient.addresses.get(channel, ""))
        asked = (recipient.locale, time_zone, channel, abroad)
        if asked not in self._known:
            signature = signed(self.home.sms_signature, recipient.locale, abroad=abroad)
            reader = Reader(recipient.locale, time_zone, signature, abroad)
            template, values = self._notice.template, self._notice.values
            self._known[asked] = render(template, channel, reader, values, self._texts, self.link)
        return self._known[asked]


def _inside(notice: Notice, words: _Words, recipient: Recipient) -> NewNotification:
    return NewNotification(
        membership_id=recipient.id,
        dealer_id=recipient.dealer_id,
        template=notice.template.value,
        subject=words.of(recipient, MessageChannel.EMAIL).subject,
        link=notice.link,
        dedupe_key=notice.key(recipient.id, IN_APP),
    )


def _is_unwanted(template: Template, channel: MessageChannel, recipient: Recipient) -> bool:
    return channel in RULES[template].optional and choice(template, channel) in recipient.muted


def _message(
    notice: Notice,
    words: _Words,
    recipient: Recipient,
    channel: MessageChannel,
    address: str,
    expires_at: datetime,
) -> NewMessage:
    rule = RULES[notice.template]
    said = words.of(recipient, channel)
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
        subject=said.subject,
        body=said.body,
        link=words.link,
        link_is_secret=rule.secret_link,
        choice_link=moved(notice.choice_link, words.home.public_url),
        dedupe_key=notice.key(recipient.id, channel.value),
        priority=rule.priority,
        expires_at=expires_at,
        provider_template=said.provider_template,
    )
