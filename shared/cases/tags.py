"""Tags: words that people put on cases to find them again."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.commands import AddTag, RemoveTag
from shared.cases.filters import LONGEST_TAG
from shared.cases.handling import Change, handling
from shared.cases.states import Command
from shared.cases.texts import clean_line
from shared.cases.views import CaseView
from shared.db.engine import Transaction
from shared.errors import Conflict, Invalid
from shared.tenancy import Actor

MOST_OFFERED: Final = 60
MOST_OF_CASE: Final = 20

_IN_USE: Final = """
SELECT tag FROM case_tags WHERE oem_id = $1 GROUP BY tag ORDER BY count(*) DESC, tag LIMIT $2
"""
_OF_CASE: Final = "SELECT tag FROM case_tags WHERE oem_id = $1 AND case_id = $2 ORDER BY tag"
_INSERT: Final = """
INSERT INTO case_tags (oem_id, case_id, tag, dealer_id, added_at, added_by) VALUES ($1, $2, $3, $4, $5, $6)
"""
_DELETE: Final = "DELETE FROM case_tags WHERE oem_id = $1 AND case_id = $2 AND tag = $3"


async def in_use(tx: Transaction, oem_id: int) -> list[str]:
    """The tags of the scope, the most common first, at most `MOST_OFFERED`."""
    return await tx.values(_IN_USE, oem_id, MOST_OFFERED)


async def tags_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[str]:
    """The tags of one case."""
    return await tx.values(_OF_CASE, oem_id, case_id)


async def add_tag(
    actor: Actor, case_id: UUID, command: AddTag, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Put a tag on a case; raises `Conflict` for one it has already and beyond `MOST_OF_CASE`."""
    tag = _clean(command.tag)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ADD_TAG], {"tag": tag})
        present = await tags_of(work.tx, work.oem_id, case_id)
        if tag in present:
            raise Conflict("tagged_already", {"tag": tag})
        if len(present) >= MOST_OF_CASE:
            raise Conflict("too_many_tags", {"limit": MOST_OF_CASE})
        place = (work.oem_id, case_id, tag, work.case.dealer_id, work.at, actor.name)
        await work.tx.execute(_INSERT, *place)
        return await work.apply(transitions, Change(data={"tag": tag}))


async def remove_tag(
    actor: Actor, case_id: UUID, command: RemoveTag, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Take a tag off a case; raises `Conflict` (`not_tagged`) for one it does not have."""
    tag = _clean(command.tag)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.REMOVE_TAG], msgspec.structs.asdict(command))
        if not await work.tx.execute(_DELETE, work.oem_id, case_id, tag):
            raise Conflict("not_tagged", {"tag": tag})
        return await work.apply(transitions, Change(data={"tag": tag}))


def _clean(text: str) -> str:
    tag = clean_line(text)
    if len(tag) > LONGEST_TAG:
        raise Invalid.field("tag", "too_long", limit=LONGEST_TAG)
    return tag
