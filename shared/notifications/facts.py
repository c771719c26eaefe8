"""What messages say of a case, its customer, its dealer and its OEM, read in the OEM's scope."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.notifications.render import Bilingual, Value


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its messages tell it; `time_zone` is its OEM's. `plan_told`: the plan in force was told."""

    id: UUID
    number: str
    title: str
    kind: str
    category: str
    urgency: str
    channel: str
    major: bool
    historical: bool
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    dealer_phone: str
    is_desk: bool = False
    oem_name: str
    oem_name_en: str
    time_zone: str
    owner_id: UUID
    owner_name: str
    customer_id: UUID
    customer_name: str
    customer_phone: str
    customer_phone_kind: str
    customer_email: str
    customer_locale: str
    received_at: datetime
    registered_at: datetime
    due_at: datetime | None
    due_metric: str | None
    result: str
    found: str
    advice: str
    plan: str
    promised_at: datetime | None
    link_generation: int
    merged_into: UUID | None
    plan_told: bool

    @property
    def is_pressing(self) -> bool:
        """Whether messages about it wait for nothing: what touches safety is urgent by rule (R2.3)."""
        return self.urgency == "urgent" or self.major

    def for_staff(self) -> dict[str, Value]:
        """The variables of messages about a case."""
        return {
            "number": self.number,
            "title": self.title,
            "urgency": self.urgency,
            "dealer_name": Bilingual(self.dealer_name, self.dealer_name_en),
        }

    def for_customer(self) -> dict[str, Value]:
        """The variables of messages to the customer."""
        return {
            "number": self.number,
            "customer_name": _LINKS.sub(" ", self.customer_name).strip(),
            "oem_name": Bilingual(self.oem_name, self.oem_name_en),
            "dealer_name": Bilingual(self.dealer_name, self.dealer_name_en),
            "dealer_phone": self.dealer_phone,
        }


# Anybody can put a web address in a name; nobody's mail program shall make a link of it.
_LINKS: Final = re.compile(r"[.:/@\\]+(?=\S)")
_CASE = """
SELECT c.id, c.number, c.title, c.kind, c.category, c.urgency, c.channel, c.major, c.historical, c.dealer_id,
       d.name AS dealer_name, d.name_en AS dealer_name_en, d.phone AS dealer_phone, d.is_desk,
       o.name AS oem_name, o.name_en AS oem_name_en, o.time_zone, c.owner_id, c.owner_name, c.customer_id,
       u.name AS customer_name, u.phone AS customer_phone, u.phone_kind AS customer_phone_kind,
       u.email AS customer_email, u.locale AS customer_locale, c.received_at, c.registered_at, c.due_at,
       c.due_metric, c.result, c.found, c.advice, c.plan, c.promised_at, c.link_generation,
       c.merged_into,
       coalesce((
           SELECT t.kind = 'tell_plan' FROM timeline_entries t
           WHERE t.oem_id = c.oem_id AND t.case_id = c.id AND t.kind IN ('plan', 'tell_plan')
           ORDER BY t.at DESC, t.id DESC LIMIT 1
       ), false) AS plan_told
FROM cases c
JOIN dealers d ON d.oem_id = c.oem_id AND d.id = c.dealer_id
JOIN customers u ON u.oem_id = c.oem_id AND u.id = c.customer_id
JOIN oems o ON o.id = c.oem_id
WHERE c.oem_id = $1 AND c.id = ANY ($2::uuid[])
"""


async def case_facts(tx: Transaction, oem_id: int, case_id: UUID) -> CaseFacts:
    """The facts of a case; raises `NotFound` (`case_not_found`) outside the scope."""
    found = await tx.ahead.one("facts", "case", case_id, partial(_facts, tx, oem_id))
    if found is None:
        raise NotFound("case_not_found")
    return found


async def _facts(tx: Transaction, oem_id: int, case_ids: Sequence[UUID]) -> dict[UUID, CaseFacts]:
    found = await tx.rows(CaseFacts, _CASE, oem_id, case_ids)
    tx.ahead.expect("membership", [each.owner_id for each in found])
    return {each.id: each for each in found}
