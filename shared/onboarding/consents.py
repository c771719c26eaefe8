"""The text customers agree to, published by the OEM in versions that never change."""

from datetime import datetime
from typing import Final

import msgspec

from shared.cases.texts import clean
from shared.db.engine import transaction
from shared.errors import FieldError
from shared.permissions import Permission
from shared.portal.consent import ConsentPolicy
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName

LONGEST: Final = 5_000


class ConsentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version in both languages; `{oem}` stands for the OEM's name."""

    version: int
    zh: str
    en: str
    valid_from: datetime
    created_by: str


_VERSIONS = """
SELECT version, body ->> 'zh' AS zh, body ->> 'en' AS en, valid_from, created_by FROM policies
WHERE oem_id = $1 AND dealer_id = 0 AND name = 'consent' ORDER BY version DESC LIMIT 200
"""


async def consents(actor: Actor) -> list[ConsentVersion]:
    """Every version, newest first; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await tx.rows(ConsentVersion, _VERSIONS, actor.oem_id)


async def publish_consent(actor: Actor, zh: str, en: str, *, version: int) -> ConsentVersion:
    """Publish another text, valid from now on.

    Raises `Forbidden`, `Invalid`, `Conflict` (`stale_version`) when another than `version` (0: none) is the
    newest.
    """
    texts = {"zh": clean(zh), "en": clean(en)}
    problems = [FieldError(name, "required") for name, text in texts.items() if not text]
    problems += [
        FieldError(name, "too_long", {"limit": LONGEST})
        for name, text in texts.items()
        if len(text) > LONGEST
    ]
    await policies.replace(actor, PolicyName.CONSENT, ConsentPolicy(**texts), problems, version=version)
    return (await consents(actor))[0]
