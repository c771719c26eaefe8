"""Who is told what concerns the owner of a case, also while he is away or when he has left (R1.6, R4.4)."""

from typing import Final
from uuid import UUID

from shared.accounts import people
from shared.accounts.answering import answering, first_answering
from shared.accounts.people import Person
from shared.db.engine import Transaction
from shared.notifications.facts import CaseFacts
from shared.permissions import Role

_ABOVE: Final = (Role.SERVICE_MANAGER, Role.STATION_HEAD)


async def answerable(
    tx: Transaction, oem_id: int, facts: CaseFacts, but_not: UUID | None = None
) -> tuple[Person, ...]:
    """The owner, or whoever stands in; where nobody does, whom the chain names above him.

    That is the dealer's service managers, else its station heads, else the regional managers, at last the
    administrators. `but_not` is told nothing: who did it himself knows it. Needs OEM scope.
    """
    owner = await people.person(tx, oem_id, facts.owner_id)
    found = await answering(tx, oem_id, [owner] if owner is not None and owner.active else [])
    if not found:
        staff = await people.staff_of_dealer(tx, oem_id, facts.dealer_id)
        levels = [[each for each in staff if each.role is role] for role in _ABOVE]
        managers = await people.regional_managers_of(tx, oem_id, facts.dealer_id)
        found = await first_answering(tx, oem_id, *levels, managers)
    return tuple(each for each in found if each.membership_id != but_not)
