"""An OEM's settings: read, changed by its administrators, checked field by field."""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from shared.accounts.own import LOCALES
from shared.audit.log import AuditEntry, append
from shared.customers.identifiers import BadIdentifier, service_line
from shared.db.engine import transaction
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.files.images import picture
from shared.permissions import Permission
from shared.sla.wall_clock import zone_named
from shared.sla.working_time import WorkingTimeError
from shared.tenancy import Actor, Scope
from shared.tenants import settings as rows
from shared.tenants.settings import Logo, OemSettings

LONGEST_NAME: Final = 100
LONGEST_SENDER: Final = 60
LONGEST_URL: Final = 200
LOGO_BYTES: Final = 256 * 1024
LOGO_SIDE: Final = 2_000
_PREFIX: Final = re.compile(r"[A-Z]{1,6}")
# Providers approve 2 to 12 characters without brackets, which are added.
_SIGNATURE: Final = re.compile(r"\w{2,12}")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


class SettingsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be changed of an OEM's settings, see `OemSettings`."""

    name: str
    name_en: str
    time_zone: str
    locale: str
    number_prefix: str = "AF"
    sender_name: str = ""
    sms_signature: str = ""
    public_url: str = ""
    complaint_line: str = ""


async def oem_settings(actor: Actor) -> OemSettings:
    """The settings of the actor's OEM; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        found = await rows.settings(tx, actor.oem_id)
    if found is None:
        raise NotFound("not_found")
    return found


async def save_settings(actor: Actor, wanted: SettingsWanted, *, version: int | None) -> OemSettings:
    """Change the settings; raises `Invalid`, `Forbidden` and `Conflict` (`stale_version`)."""
    actor.require(Permission.TENANT_MANAGE)
    cleaned = msgspec.structs.replace(
        wanted,
        **{name: getattr(wanted, name).strip() for name in wanted.__struct_fields__},
    )
    problems = settings_problems(cleaned)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        known = await rows.settings(tx, actor.oem_id, lock=True)
        if known is None:
            raise NotFound("not_found")
        if version is not None and version != known.version:
            raise Conflict("stale_version", {"current": known.version})
        line = _complaint_line(cleaned.complaint_line, known.country)
        cleaned = msgspec.structs.replace(cleaned, complaint_line=line)
        changed = [
            name for name in cleaned.__struct_fields__ if getattr(cleaned, name) != getattr(known, name)
        ]
        if not changed:
            return known
        values = {**msgspec.structs.asdict(cleaned), "public_url": cleaned.public_url.rstrip("/")}
        new = msgspec.structs.replace(known, version=known.version + 1, **values)
        await rows.update(tx, actor.oem_id, new)
        await append(tx, actor, await tx.now(), _entry(actor, "oem.change", changed))
    return new


async def set_logo(actor: Actor, content: bytes) -> OemSettings:
    """Show a PNG or JPEG of at most 256 KB and 2,000 pixels a side; raises `Invalid` (`logo`)."""
    actor.require(Permission.TENANT_MANAGE)
    found = picture(content, longest_bytes=LOGO_BYTES, longest_side=LOGO_SIDE, field="logo")
    return await _with_logo(actor, Logo(found.media_type, content))


async def remove_logo(actor: Actor) -> OemSettings:
    """Show no logo any more."""
    actor.require(Permission.TENANT_MANAGE)
    return await _with_logo(actor, None)


async def logo_of(oem_id: int) -> Logo:
    """The OEM's logo, which is no secret; raises `NotFound` without one."""
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        found = await rows.logo(tx, oem_id)
    if found is None:
        raise NotFound("not_found")
    return found


def settings_problems(wanted: SettingsWanted) -> list[FieldError]:
    """What cannot be accepted, field by field."""
    problems = _name_problems(wanted)
    if wanted.locale not in LOCALES:
        problems.append(FieldError("locale", "unknown_value"))
    try:
        zone_named(wanted.time_zone)
    except WorkingTimeError:
        problems.append(FieldError("time_zone", "unknown_time_zone", {"name": wanted.time_zone[:64]}))
    if not _PREFIX.fullmatch(wanted.number_prefix):
        problems.append(FieldError("number_prefix", "prefix_not_understood"))
    if wanted.sms_signature and not _SIGNATURE.fullmatch(wanted.sms_signature):
        problems.append(FieldError("sms_signature", "signature_not_understood"))
    if wanted.public_url and not _is_address(wanted.public_url):
        problems.append(FieldError("public_url", "address_not_understood"))
    return problems


def _name_problems(wanted: SettingsWanted) -> list[FieldError]:
    problems: list[FieldError] = []
    longest = {"name": LONGEST_NAME, "name_en": LONGEST_NAME, "sender_name": LONGEST_SENDER}
    for name, limit in longest.items():
        text: str = getattr(wanted, name)
        if not text and name != "sender_name":
            problems.append(FieldError(name, "required"))
        elif len(text) > limit:
            problems.append(FieldError(name, "too_long", {"limit": limit}))
        elif not text.isprintable():
            problems.append(FieldError(name, "not_understood"))
    return problems


def _complaint_line(typed: str, country: str) -> str:
    if not typed:
        return ""
    try:
        return service_line(typed, country)
    except BadIdentifier as error:
        raise Invalid.field("complaint_line", str(error)) from error


def _is_address(text: str) -> bool:
    if len(text) > LONGEST_URL or not text.isascii() or not text.isprintable():
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    alone = not (parts.query or parts.fragment) and parts.path in {"", "/"}
    return parts.scheme in {"https", "http"} and bool(_HOST.fullmatch(parts.netloc)) and alone


async def _with_logo(actor: Actor, logo: Logo | None) -> OemSettings:
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await rows.settings(tx, actor.oem_id, lock=True)
        await rows.set_logo(tx, actor.oem_id, logo)
        await append(tx, actor, await tx.now(), _entry(actor, "oem.change", ["logo"]))
        found = await rows.settings(tx, actor.oem_id)
    if found is None:
        raise NotFound("not_found")
    return found


def _entry(actor: Actor, action: str, fields: list[str]) -> AuditEntry:
    return AuditEntry(action=action, entity="oem", entity_id=str(actor.oem_id), fields=fields)
