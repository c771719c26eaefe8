"""What somebody can do and when he is on duty, for the rules that assign cases (R3.1)."""

from typing import Annotated
from uuid import UUID

import msgspec

from shared.accounts.duty import MOST_DUTIES, DutyHours
from shared.audit.log import append
from shared.cases.assignment import LONGEST_SKILL, MOST_SKILLS
from shared.cases.texts import clean
from shared.cases.vocabulary import Department
from shared.db.engine import transaction
from shared.errors import Conflict, FieldError, Forbidden, Invalid
from shared.onboarding.roster import StaffMember, member_in_reach
from shared.onboarding.staff import staff_entry
from shared.permissions import Permission, may_give
from shared.tenancy import Actor, Scope


class Abilities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The department somebody works in (None: none), skills in own words, and hours on duty."""

    department: Department | None = None
    skills: tuple[str, ...] = ()
    duty: Annotated[tuple[DutyHours, ...], msgspec.Meta(max_length=MOST_DUTIES)] = ()


_SET = """
UPDATE memberships SET department = $3, skills = $4, duty = $5, version = version + 1
WHERE oem_id = $1 AND id = $2
"""


async def set_abilities(
    actor: Actor, membership_id: UUID, wanted: Abilities, *, version: int | None
) -> StaffMember:
    """Write down what somebody can do; cases that are there keep their owners.

    Raises `NotFound`, `Forbidden` (`role_above_own`), `Invalid`, and `Conflict` (`stale_version`).
    """
    async with transaction(actor.scope, read_only=True) as tx:
        await member_in_reach(tx, actor, membership_id)
        actor.require(Permission.STAFF_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await tx.execute(
            "SELECT 1 FROM memberships WHERE oem_id = $1 AND id = $2 FOR UPDATE", actor.oem_id, membership_id
        )
        member = await member_in_reach(tx, actor, membership_id)
        if membership_id != actor.membership_id and not may_give(actor.role, member.role):
            raise Forbidden("role_above_own")
        if version is not None and version != member.version:
            raise Conflict("stale_version", {"current": member.version})
        skills = _skills(wanted.skills)
        department = wanted.department.value if wanted.department else ""
        duty = msgspec.to_builtins(wanted.duty)
        await tx.execute(_SET, actor.oem_id, membership_id, department, skills, duty)
        fields = ["department", "skills", "duty"]
        entry = staff_entry("membership.change", membership_id, member.dealer_id, fields)
        await append(tx, actor, await tx.now(), entry)
        return await member_in_reach(tx, actor, membership_id)


def _skills(written: tuple[str, ...]) -> list[str]:
    found = list(dict.fromkeys(filter(None, (" ".join(clean(each).split()) for each in written))))
    problems: list[FieldError] = []
    if len(found) > MOST_SKILLS:
        problems.append(FieldError("skills", "too_many", {"limit": MOST_SKILLS}))
    if any(len(each) > LONGEST_SKILL for each in found):
        problems.append(FieldError("skills", "too_long", {"limit": LONGEST_SKILL}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return found
