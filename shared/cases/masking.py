"""What of a customer is shown to whom, and where (R9.2, pure).

One table says which roles read personal data plainly for which purpose; everybody else reads it masked, until
revealing it for a case (`shared/cases/reveals.py`). What people wrote freely is never touched.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from shared.cases.states import Command
from shared.cases.views import CaseView, QueueRow, TimelineEntry
from shared.cases.work_views import CaseWork
from shared.permissions import DEALER_ROLES, Role
from shared.tenancy import Actor, ActorKind
from shared.web.formatting import masked_email, masked_name, masked_phone, masked_plate, masked_vin


class Purpose(StrEnum):
    """What personal data is read for."""

    LIST = "list"
    OWN_CASE = "own_case"
    """The page of a case that the reader answers for."""
    OTHER_CASE = "other_case"
    """The page of a case that somebody else answers for."""
    REPORT = "report"
    EXPORT = "export"


_SIGNED_OFF_BY: Final = "signed_off_by"
_NOBODY: Final = frozenset[Role]()
# A dealer's people all work on its cases; another system was let in for its data.
_AT_THE_CASE: Final = DEALER_ROLES | {Role.INTEGRATION, Role.CUSTOMER}
PLAIN: Final[Mapping[Purpose, frozenset[Role]]] = {
    Purpose.LIST: _NOBODY,
    Purpose.OWN_CASE: frozenset(Role) - {Role.READER, Role.PLATFORM_OPERATOR},
    Purpose.OTHER_CASE: _AT_THE_CASE,
    Purpose.REPORT: _NOBODY,
    Purpose.EXPORT: _NOBODY,
}
"""The roles that read personal data plainly, by purpose."""

PERSONAL: Final = ("customer_name", "customer_phone", "customer_email", "vehicle_plate", "vehicle_vin")
"""The fields of a case that are masked."""


def is_masked(role: Role, purpose: Purpose) -> bool:
    """Whether the role reads masked values for that purpose."""
    return role not in PLAIN[purpose]


def purpose_of(actor: Actor, case: CaseView) -> Purpose:
    """What the actor reads the page of a case for."""
    is_own = actor.membership_id is not None and actor.membership_id == case.owner_id
    return Purpose.OWN_CASE if is_own else Purpose.OTHER_CASE


def hides(actor: Actor, case: CaseView) -> bool:
    """Whether the actor has to reveal the case's personal data before reading it."""
    # The product itself hands cases on to whoever reads them.
    return actor.kind is not ActorKind.SYSTEM and is_masked(actor.role, purpose_of(actor, case))


def seen_by(actor: Actor, case: CaseView, *, revealed: bool = False) -> CaseView:
    """The case as the actor may read it; `revealed` while the actor has its personal data shown."""
    if revealed or not hides(actor, case):
        return case
    return msgspec.structs.replace(
        case,
        masked=True,
        customer_name=masked_name(case.customer_name),
        customer_phone=masked_phone(case.customer_phone) if case.customer_phone else "",
        customer_email=masked_email(case.customer_email),
        vehicle_plate=masked_plate(case.vehicle_plate) if case.vehicle_plate else None,
        vehicle_vin=masked_vin(case.vehicle_vin) if case.vehicle_vin else None,
    )


def entries_seen(entries: list[TimelineEntry], *, masked: bool) -> list[TimelineEntry]:
    """A case's timeline; with `masked`, who agreed, signed off or did something as the customer is masked."""
    return [_entry_masked(each) for each in entries] if masked else entries


def _entry_masked(entry: TimelineEntry) -> TimelineEntry:
    signed_off_by = entry.data.get(_SIGNED_OFF_BY)
    return msgspec.structs.replace(
        entry,
        actor_name=doer_seen(entry.actor_kind, entry.actor_name, masked=True),
        text=masked_name(entry.text) if entry.kind == Command.AGREE else entry.text,
        data=entry.data | {_SIGNED_OFF_BY: masked_name(str(signed_off_by))} if signed_off_by else entry.data,
    )


def work_seen(work: CaseWork, *, masked: bool) -> CaseWork:
    """The work on a case; with `masked`, who agreed to a plan bears a masked name."""
    if not masked:
        return work
    plans = [
        msgspec.structs.replace(each, agreed_by=masked_name(each.agreed_by)) if each.agreed_by else each
        for each in work.plans
    ]
    return msgspec.structs.replace(work, plans=plans)


def doer_seen(actor_kind: str, name: str, *, masked: bool) -> str:
    """The name of who did something; with `masked`, a customer's is masked."""
    return masked_name(name) if masked and actor_kind == ActorKind.CUSTOMER else name


def listed_for(role: Role, row: QueueRow) -> QueueRow:
    """A line of the list as the role may read it."""
    if not is_masked(role, Purpose.LIST):
        return row
    return msgspec.structs.replace(
        row,
        customer_name=masked_name(row.customer_name),
        vehicle_plate=masked_plate(row.vehicle_plate) if row.vehicle_plate else None,
    )
