"""The outbox: what was sent, what waits, what did not get through."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.addresses import address_of, next_page
from services.admin.messages.filters import VIEWS, Chosen, chosen_in
from services.admin.messages.models import MessageRow, MessagesPage
from services.admin.notices import done
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.notifications import service
from shared.outbox.digest_fates import DigestFate, digest_fates
from shared.outbox.message_pages import (
    MessagePage,
    MessageView,
    message_counts,
    message_view,
    messages_page,
)
from shared.outbox.messages import NOT_WANTED
from shared.outbox.vocabulary import GIVEN_UP, MessageChannel, MessageState, Receipt, RecipientKind
from shared.permissions import Permission
from shared.web.components import Tab, Toast
from shared.web.formatting import masked_email, masked_name, masked_phone
from shared.web.labels import label
from shared.web.locale import msgid, translator
from shared.web.sentences import sentence

PAGE_LENGTH: Final = 50
_TITLES: Final[Mapping[str, str]] = {
    "all": msgid("All"),
    "waiting": msgid("Waiting"),
    "held": msgid("Held back"),
    "sent": msgid("Sent"),
    "digested": msgid("In a digest"),
    "failed": msgid("Failed"),
    "recorded": msgid("Recorded"),
}
_COUNTED: Final = frozenset({"waiting", "held", "failed"})


@get("/messages")
async def messages(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The messages of one view, newest first; htmx asks for more rows at its end."""
    reader.actor.require(Permission.MESSAGE_READ)
    chosen = chosen_in(dict(request.query_params))
    cursor = request.query_params.get("cursor")
    wanted = chosen.wanted(reader.zone)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        found = await messages_page(tx, reader.actor.oem_id, wanted, cursor=cursor, limit=PAGE_LENGTH)
        tabs = await _tabs(tx, reader, chosen)
        now, shown = await tx.now(), None if is_fragment(request) else await look(tx, reader)
    fates = await digest_fates(reader.actor.oem_id, _digests(found.items))
    model = MessagesPage(
        tabs=tabs,
        view=chosen.view,
        channel=chosen.channel,
        template=chosen.template,
        first_day=chosen.first_day,
        last_day=chosen.last_day,
        of_digest=chosen.digest_id is not None,
        again_url=address_of("/messages/failed", chosen.parts())
        if _may_send_all(chosen, reader, found)
        else "",
        rows=[
            _told_in(_row(each, reader, now), fates.get(each.digest_id) if each.digest_id else None)
            for each in found.items
        ],
        more_url=next_page("/messages", chosen.parts(), found.next_cursor),
    )
    if shown is None:
        return fragment(request, reader, now, "messages/_rows.html", page=model)
    return await page(request, reader, shown, "messages/messages.html", "messages", page=model)


@post("/messages/{message_id:uuid}/requeue")
async def requeue(
    request: AnyRequest, reader: FromSession, message_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Send a message once more that was given up."""
    speak = translator(reader.locale)
    try:
        await service.requeue(reader.actor, message_id)
    except Conflict as error:
        said = Toast(sentence(speak, error.code, error.params), "bad")
    else:
        said = done(speak, "requeue")
        if not is_fragment(request):
            return go(request, "/messages", "requeue")
    if not is_fragment(request):
        return go(request, "/messages")
    async with transaction(reader.actor.scope, read_only=True) as tx:
        found = await message_view(tx, reader.actor.oem_id, message_id)
        now = await tx.now()
    row = _row(found, reader, now)
    return fragment(request, reader, now, "messages/_row.html", toasts=[said], message=row)


def _may_send_all(chosen: Chosen, reader: Reader, found: MessagePage) -> bool:
    may = reader.actor.may(Permission.MESSAGE_REQUEUE)
    return may and chosen.view == "failed" and bool(found.items)


async def _tabs(tx: Transaction, reader: Reader, chosen: Chosen) -> list[Tab]:
    speak = translator(reader.locale)
    channels = (MessageChannel(chosen.channel),) if chosen.channel else ()
    current = chosen.view if chosen.digest_id is None else ""
    counted = {each.state: each.count for each in await message_counts(tx, reader.actor.oem_id, channels)}
    tabs: list[Tab] = []
    for view, states in VIEWS.items():
        # Only what asks for attention is counted: the last thirty days.
        count = sum(counted.get(state, 0) for state in states) if view in _COUNTED else None
        tone = "bad" if view == "failed" and count else ""
        tabs.append(
            Tab(
                text=speak.gettext(_TITLES[view]),
                href=address_of(
                    "/messages", msgspec.structs.replace(chosen, view=view, digest_id=None).parts()
                ),
                count=count,
                tone=tone,
                is_current=view == current,
            )
        )
    return tabs


def _digests(found: Sequence[MessageView]) -> list[UUID]:
    return [each.digest_id for each in found if each.digest_id and each.state is MessageState.DIGESTED]


def _told_in(row: MessageRow, digest: DigestFate | None) -> MessageRow:
    """A row told in a digest says what became of that."""
    if digest is None or row.state != MessageState.DIGESTED.value:
        return row
    return msgspec.structs.replace(
        row,
        state=digest.state.value,
        in_digest=True,
        sent_at=digest.sent_at,
        receipt=Receipt.DELIVERED.value if digest.delivered_at else "",
        receipt_at=digest.delivered_at,
        error=digest.error,
    )


def _row(message: MessageView, reader: Reader, now: datetime) -> MessageRow:
    may_go_again = message.state in {*GIVEN_UP, MessageState.HELD} and message.last_error != NOT_WANTED
    waits_again = message.state is MessageState.QUEUED and message.attempts > 0
    return MessageRow(
        id=message.id,
        created_at=message.created_at,
        channel=message.channel.value,
        purpose=_purpose(message, reader),
        recipient=_recipient(message),
        address=_masked(message),
        state=message.state.value,
        digest_url=address_of("/messages", {"digest": message.digest_id}) if message.digest_id else "",
        attempts=message.attempts,
        next_attempt_at=max(message.next_attempt_at, now) if waits_again else None,
        sent_at=message.sent_at,
        receipt=message.receipt.value if message.receipt else "",
        receipt_at=message.receipt_at,
        error=message.last_error or "",
        held_for=(message.held_for or "") if message.state is MessageState.HELD else "",
        held_until=message.held_until if message.state is MessageState.HELD else None,
        case_id=message.case_id,
        case_number=message.case_number or "",
        may_requeue=may_go_again and reader.actor.may(Permission.MESSAGE_REQUEUE),
    )


def _purpose(message: MessageView, reader: Reader) -> str:
    speak = translator(reader.locale)
    if message.channel is MessageChannel.WEBHOOK:
        return label(speak, "webhook_event", message.subject)
    return label(speak, "template", message.template)


def _recipient(message: MessageView) -> str:
    is_customer = message.recipient_kind is RecipientKind.CUSTOMER
    return masked_name(message.recipient_name) if is_customer else message.recipient_name


def _masked(message: MessageView) -> str:
    """Enough of an address to recognise it (R9.2)."""
    if message.channel is MessageChannel.SMS:
        return masked_phone(message.address)
    if message.channel in {MessageChannel.CHAT, MessageChannel.WEBHOOK}:
        return ""
    return masked_email(message.address)


HANDLERS = [messages, requeue]
