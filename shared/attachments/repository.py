"""Rows of attachments; every statement runs in the caller's scope."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.files.content import CheckedFile, FileKind
from shared.files.store import StoredFile
from shared.tenancy import Actor


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case; `entry_id` is the contact it is the recording of."""

    id: UUID
    kind: FileKind
    name: str
    media_type: str
    size_bytes: int
    visible_to_customer: bool
    entry_id: UUID | None
    actor_kind: str
    actor_name: str
    created_at: datetime


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody spoke with the customer, or tried to; `text` is how it begins."""

    id: UUID
    at: datetime
    text: str


class Home(msgspec.Struct, frozen=True):
    """Where an attachment belongs."""

    dealer_id: int
    case_id: UUID


class _JustLocked(Home, frozen=True):
    locked_at: datetime


_IS_CONTACT = "kind IN ('log_contact', 'log_attempt')"
_CONTACTS = f"""
SELECT id, at, left(text, 40) AS text FROM timeline_entries
WHERE oem_id = $1 AND case_id = $2 AND {_IS_CONTACT} ORDER BY at DESC, id DESC LIMIT 100
"""
_SELECT = """
SELECT a.id, a.kind, f.name, f.media_type, f.size_bytes, a.visible_to_customer, a.entry_id, a.actor_kind,
       a.actor_name, a.created_at
FROM case_attachments a JOIN files f ON f.oem_id = a.oem_id AND f.id = a.file_id
WHERE a.oem_id = $1 AND a.case_id = $2
"""


async def attachments(tx: Transaction, oem_id: int, case_id: UUID) -> list[Attachment]:
    """The attachments of a case, oldest first."""
    return await tx.rows(Attachment, f"{_SELECT} ORDER BY a.created_at, a.id", oem_id, case_id)


async def attachment(tx: Transaction, oem_id: int, case_id: UUID, attachment_id: UUID) -> Attachment:
    """One attachment of a case; raises `NotFound` (`file_not_found`)."""
    found = await tx.row(Attachment, f"{_SELECT} AND a.id = $3", oem_id, case_id, attachment_id)
    if found is None:
        raise NotFound("file_not_found")
    return found


async def storage_key(tx: Transaction, oem_id: int, attachment_id: UUID) -> str:
    """Where the bytes of an attachment of the scope lie; raises `NotFound` (`file_not_found`)."""
    found = await tx.value(
        "SELECT f.storage_key FROM case_attachments a"
        " JOIN files f ON f.oem_id = a.oem_id AND f.id = a.file_id WHERE a.oem_id = $1 AND a.id = $2",
        oem_id,
        attachment_id,
    )
    if found is None:
        raise NotFound("file_not_found")
    return str(found)


async def home_of(tx: Transaction, oem_id: int, case_id: UUID) -> Home:
    """The dealer of a case; raises `NotFound` (`case_not_found`) outside the scope.

    The lock keeps two files that are added at the same time from passing the most a case may have.
    """
    found = await tx.row(
        _JustLocked,
        "SELECT locked.*, clock_timestamp() AS locked_at FROM (SELECT dealer_id, id AS case_id FROM cases"
        " WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE) AS locked",
        oem_id,
        case_id,
    )
    if found is None:
        raise NotFound("case_not_found")
    tx.went_on(found.locked_at)
    return found


async def known(tx: Transaction, oem_id: int, case_id: UUID, sha256: bytes) -> UUID | None:
    """The attachment of the case that has this content."""
    return await tx.value(
        "SELECT id FROM case_attachments WHERE oem_id = $1 AND case_id = $2 AND sha256 = $3",
        oem_id,
        case_id,
        sha256,
    )


async def show(tx: Transaction, oem_id: int, attachment_id: UUID) -> None:
    """Let the customer have an attachment, too."""
    await tx.execute(
        "UPDATE case_attachments SET visible_to_customer = true WHERE oem_id = $1 AND id = $2",
        oem_id,
        attachment_id,
    )


async def count(tx: Transaction, oem_id: int, case_id: UUID) -> int:
    """How many attachments the case has."""
    return await tx.value(
        "SELECT count(*) FROM case_attachments WHERE oem_id = $1 AND case_id = $2", oem_id, case_id
    )


async def contacts(tx: Transaction, oem_id: int, case_id: UUID) -> list[Contact]:
    """The contacts of the case that a recording may belong to, the newest first: the last hundred."""
    return await tx.rows(Contact, _CONTACTS, oem_id, case_id)


async def is_contact(tx: Transaction, oem_id: int, case_id: UUID, entry_id: UUID) -> bool:
    """Whether a timeline entry is a contact of the case."""
    return await tx.value(
        f"SELECT EXISTS (SELECT FROM timeline_entries WHERE oem_id = $1 AND case_id = $2 AND id = $3"
        f" AND {_IS_CONTACT})",
        oem_id,
        case_id,
        entry_id,
    )


_INSERT_FILE = """
INSERT INTO files (oem_id, id, dealer_id, case_id, name, media_type, size_bytes, sha256, storage_key,
                   created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_INSERT = """
INSERT INTO case_attachments (oem_id, id, dealer_id, case_id, file_id, sha256, kind, visible_to_customer,
                              entry_id, actor_kind, actor_id, actor_name, created_at)
VALUES ($1, $2, $3, $4, $2, $5, $6, $7, $8, $9, $10, $11, $12)
"""


async def insert(
    tx: Transaction,
    actor: Actor,
    at: datetime,
    home: Home,
    *,
    file_id: UUID,
    name: str,
    file: CheckedFile,
    stored: StoredFile,
    visible_to_customer: bool,
    entry_id: UUID | None,
) -> None:
    """Write a stored file and that it belongs to the case; the attachment has the file's id."""
    oem_id = actor.oem_id
    await tx.execute(
        _INSERT_FILE,
        oem_id,
        file_id,
        home.dealer_id,
        home.case_id,
        name,
        file.media_type,
        stored.size_bytes,
        stored.sha256,
        stored.key,
        at,
    )
    await tx.execute(
        _INSERT,
        oem_id,
        file_id,
        home.dealer_id,
        home.case_id,
        stored.sha256,
        file.kind.value,
        visible_to_customer,
        entry_id,
        actor.kind.value,
        actor.id,
        actor.name,
        at,
    )
