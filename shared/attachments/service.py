"""Files of a case: taken in, listed, and given out by links that soon end (R3.6).

A file is looked at before anything is kept, stored before it is written down, and removed again when that
fails. The same content on the same case is one attachment.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

import msgspec

from shared.attachments import repository
from shared.attachments.repository import Attachment, Home
from shared.audit.log import AuditEntry, append
from shared.cases.repository import NewTimelineEntry, append_to_timeline
from shared.cases.texts import clean_line
from shared.clock import utc_now
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.files import links
from shared.files.content import CheckedFile, checked
from shared.files.opened import file_store
from shared.files.store import key_of
from shared.ids import new_id
from shared.permissions import Permission
from shared.tenancy import Actor

MOST_OF_CASE: Final = 40
LINK_LASTS: Final = timedelta(minutes=5)
_LONGEST_NAME: Final = 120
_SEPARATOR: Final = "\n"


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was sent; `entry_id` names the contact it is the recording of."""

    name: str
    content: bytes
    visible_to_customer: bool = False
    entry_id: UUID | None = None


class Download(msgspec.Struct, frozen=True):
    """What a signed link leads to."""

    storage_key: str
    media_type: str
    name: str


async def attach(
    actor: Actor, case_id: UUID, new: NewAttachment, *, as_of: datetime | None = None
) -> Attachment:
    """Add a file to a case; the one there is when the case has this content already.

    One that the customer did not see so far is shown to him when it is sent again for him.

    Raises `NotFound` (`case_not_found`), `Forbidden`, `Invalid` for a content that is refused
    (`shared/files/content.py`) or an unknown contact, `Conflict` (`too_many_files`).
    """
    await _refuse(actor, case_id, new)
    file = await asyncio.to_thread(checked, new.content)
    sha256 = hashlib.sha256(file.content).digest()
    file_id = new_id(as_of)
    stored = await file_store().put(key_of(actor.oem_id, "attachments", file_id, file.suffix), file.content)
    kept = False
    try:
        async with transaction(actor.scope, as_of=as_of) as tx:
            home = await repository.home_of(tx, actor.oem_id, case_id)
            at = await tx.now()
            known = await repository.known(tx, actor.oem_id, case_id, sha256)
            if known is not None:
                return await _again(tx, actor, at, home, known, new)
            if await repository.count(tx, actor.oem_id, case_id) >= MOST_OF_CASE:
                raise Conflict("too_many_files", {"limit": MOST_OF_CASE})
            name = file_name(new.name, file)
            await repository.insert(
                tx,
                actor,
                at,
                home,
                file_id=file_id,
                name=name,
                file=file,
                stored=stored,
                visible_to_customer=new.visible_to_customer,
                entry_id=new.entry_id,
            )
            made = await repository.attachment(tx, actor.oem_id, case_id, file_id)
            await _leave_traces(tx, actor, at, home, made)
        kept = True
        return made
    finally:
        if not kept:
            await file_store().delete(stored.key)


async def _again(
    tx: Transaction, actor: Actor, at: datetime, home: Home, known: UUID, new: NewAttachment
) -> Attachment:
    """The attachment there is; shown to the customer from now on where that is wanted."""
    found = await repository.attachment(tx, actor.oem_id, home.case_id, known)
    if found.visible_to_customer or not new.visible_to_customer:
        return found
    await repository.show(tx, actor.oem_id, known)
    shown = msgspec.structs.replace(found, visible_to_customer=True)
    await _leave_traces(tx, actor, at, home, shown)
    return shown


async def _leave_traces(tx: Transaction, actor: Actor, at: datetime, home: Home, file: Attachment) -> None:
    entry = NewTimelineEntry(
        dealer_id=home.dealer_id,
        case_id=home.case_id,
        kind="attach",
        internal=not file.visible_to_customer,
        text=file.name,
        data={"kind": file.kind.value, "attachment_id": str(file.id)},
    )
    await append_to_timeline(tx, actor, at, entry)
    audit = AuditEntry(
        action="case.attach",
        entity="case",
        entity_id=home.case_id,
        dealer_id=home.dealer_id,
        fields=["attachments"],
    )
    await append(tx, actor, at, audit)


async def link_to(actor: Actor, case_id: UUID, attachment_id: UUID, secret: str) -> str:
    """The signed key of an attachment of the actor's scope, for five minutes.

    Raises `NotFound` and `Forbidden`.
    """
    async with transaction(actor.scope, read_only=True) as tx:
        found = await repository.attachment(tx, actor.oem_id, case_id, attachment_id)
        actor.require(Permission.CASE_READ)
        key = await repository.storage_key(tx, actor.oem_id, attachment_id)
    return signed(Download(key, found.media_type, found.name), secret)


def signed(download: Download, secret: str) -> str:
    """The signed key of a file that its reader may have."""
    parts = (download.storage_key, download.media_type, download.name)
    return links.sign(_SEPARATOR.join(parts), utc_now() + LINK_LASTS, secret)


def opened(signed_key: str, secret: str) -> Download:
    """What a signed key leads to; raises `NotFound` (`link_invalid`, `link_expired`)."""
    parts = links.open_signed(signed_key, utc_now(), secret).split(_SEPARATOR)
    if len(parts) != 3:
        raise NotFound("link_invalid")
    return Download(*parts)


def file_name(given: str, file: CheckedFile) -> str:
    """A name that is safe to show and to save under, with the ending that fits the content."""
    base = clean_line(given.replace("\\", "/")).rsplit("/", 1)[-1]
    stem = PurePosixPath(base).stem.strip(" .") or file.kind.value
    return f"{stem[:_LONGEST_NAME]}.{file.suffix}"


async def _refuse(actor: Actor, case_id: UUID, new: NewAttachment) -> None:
    """What can be refused before the content is looked at: 404 before 403 before 422."""
    async with transaction(actor.scope) as tx:
        await repository.home_of(tx, actor.oem_id, case_id)
        if not (actor.may(Permission.CASE_CONTACT) or actor.may(Permission.CASE_SPEAK)):
            raise Forbidden("not_permitted", {"permission": Permission.CASE_CONTACT, "role": actor.role})
        if new.entry_id is not None and not await repository.is_contact(
            tx, actor.oem_id, case_id, new.entry_id
        ):
            raise Invalid.field("entry_id", "unknown_value")
