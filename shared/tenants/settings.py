"""What an OEM sets for itself: its row, and its logo."""

from hashlib import sha256

import msgspec

from shared.db.engine import Transaction


class OemSettings(msgspec.Struct, frozen=True, kw_only=True):
    """An OEM's own settings; `version` goes with every change. Empty texts: as the installation does it.

    `sender_name` is the From of its e-mails, `sms_signature` stands in 【】 before its SMS, `public_url` is
    where its customers reach their pages, `complaint_line` the number on them (R1.1, E.164). `logo` names the
    picture (SHA-256, hexadecimal).
    """

    version: int
    name: str
    name_en: str
    country: str
    time_zone: str
    locale: str
    number_prefix: str
    sender_name: str
    sms_signature: str
    public_url: str
    complaint_line: str
    logo: str | None


class Logo(msgspec.Struct, frozen=True):
    """A picture as it is sent."""

    media_type: str
    content: bytes


_SETTINGS = """
SELECT version, name, name_en, country, time_zone, locale, number_prefix, sender_name, sms_signature,
       public_url, complaint_line, encode(logo_sha256, 'hex') AS logo
FROM oems WHERE id = $1
"""


async def settings(tx: Transaction, oem_id: int, *, lock: bool = False) -> OemSettings | None:
    """The settings; None outside the scope."""
    return await tx.row(OemSettings, _SETTINGS + (" FOR UPDATE" if lock else ""), oem_id)


_UPDATE = """
UPDATE oems SET name = $2, name_en = $3, time_zone = $4, locale = $5, number_prefix = $6, sender_name = $7,
                sms_signature = $8, public_url = $9, complaint_line = $10, version = version + 1
WHERE id = $1
"""


async def update(tx: Transaction, oem_id: int, new: OemSettings) -> None:
    """Write everything but country and logo."""
    await tx.execute(
        _UPDATE,
        oem_id,
        new.name,
        new.name_en,
        new.time_zone,
        new.locale,
        new.number_prefix,
        new.sender_name,
        new.sms_signature,
        new.public_url,
        new.complaint_line,
    )


_KEEP = """
INSERT INTO oem_logos (oem_id, sha256, media_type, content, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (oem_id, sha256) DO NOTHING
"""


async def set_logo(tx: Transaction, oem_id: int, logo: Logo | None) -> None:
    """Replace the logo, or with None take it away."""
    digest = sha256(logo.content).digest() if logo is not None else None
    if logo is not None:
        await tx.execute(_KEEP, oem_id, digest, logo.media_type, logo.content, await tx.now())
    await tx.execute("UPDATE oems SET logo_sha256 = $2, version = version + 1 WHERE id = $1", oem_id, digest)
    await tx.execute("DELETE FROM oem_logos WHERE oem_id = $1 AND sha256 IS DISTINCT FROM $2", oem_id, digest)


async def logo(tx: Transaction, oem_id: int) -> Logo | None:
    """The present logo; None without one or outside the scope."""
    return await tx.row(
        Logo,
        "SELECT l.media_type, l.content FROM oem_logos l"
        " JOIN oems o ON o.id = l.oem_id AND o.logo_sha256 = l.sha256 WHERE l.oem_id = $1",
        oem_id,
    )
