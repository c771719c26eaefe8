"""Who answers when somebody is meant: the one rule for absences and substitutes (R1.6, R4.2).

Who is away is answered for by the substitute. Where nobody stands in, nobody is there: the next are asked.
"""

from collections.abc import Sequence
from uuid import UUID

from shared.accounts import people
from shared.accounts.absences import answering_for, stand_ins
from shared.accounts.people import Person
from shared.db.engine import Transaction


async def answers(
    tx: Transaction, oem_id: int, meant: Sequence[Person], but_not: UUID | None = None
) -> dict[UUID, Person]:
    """By the membership meant, the active person who answers for it; who has nobody is left out.

    `but_not` neither answers nor is answered for: who asks for help is not told of it.
    """
    known = await stand_ins(tx, oem_id)
    found: dict[UUID, Person] = {}
    for one in meant:
        answering_id = answering_for(one.membership_id, known, but_not)
        if answering_id is None or one.membership_id == but_not:
            continue
        is_there = answering_id == one.membership_id
        chosen = one if is_there else await people.person(tx, oem_id, answering_id)
        if chosen is not None and chosen.active:
            found[one.membership_id] = chosen
    return found


async def answering(
    tx: Transaction, oem_id: int, meant: Sequence[Person], but_not: UUID | None = None
) -> tuple[Person, ...]:
    """Whoever answers for these people, as `answers`; nobody twice."""
    found = await answers(tx, oem_id, meant, but_not)
    return tuple({one.membership_id: one for one in found.values()}.values())


async def first_answering(tx: Transaction, oem_id: int, *groups: Sequence[Person]) -> tuple[Person, ...]:
    """Whoever answers for the first of the groups that somebody answers for; at last the administrators.

    They are told themselves where they are all away, too: nothing is silent (R4.4). Needs OEM scope.
    """
    for group in groups:
        found = await answering(tx, oem_id, group)
        if found:
            return found
    administrators = await people.administrators(tx, oem_id)
    return await answering(tx, oem_id, administrators) or tuple(administrators)
