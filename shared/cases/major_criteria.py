"""What makes a case a candidate by what was done and counted, as the OEM's administrator sets it (R2.6)."""

from collections.abc import Iterator
from typing import Final

import msgspec
from babel.numbers import list_currencies

from shared.cases.majors import MajorPolicy
from shared.cases.policy_data import major_policy
from shared.cases.rule_set import Bilingual
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName

_LONGEST_REASON: Final = 300
_PARTS: Final = ("repeated", "amount", "procedure", "risk")


class MajorCriteria(msgspec.Struct, frozen=True, kw_only=True):
    """The criteria in force; `version` is 0 until the OEM has published some."""

    version: int
    policy: MajorPolicy


def problems_of(policy: MajorPolicy) -> list[FieldError]:
    """What keeps the criteria from being published (pure); empty when nothing does."""
    problems = [each for part in _PARTS for each in _reason_problems(part, getattr(policy, part).reason)]
    if policy.amount.currency not in list_currencies():
        problems.append(FieldError("amount.currency", "currency_unknown"))
    return problems


async def criteria(actor: Actor) -> MajorCriteria:
    """The criteria in force; raises `Forbidden`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        version, policy = await major_policy(tx, actor.oem_id)
    return MajorCriteria(version=version, policy=policy)


async def publish(actor: Actor, policy: MajorPolicy, *, version: int) -> MajorCriteria:
    """Let other criteria hold from now on; what was found by the old ones stays.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`) when they
    have changed since `version`.
    """
    actor.require(Permission.TENANT_MANAGE)
    problems = problems_of(policy)
    if problems:
        raise Invalid("invalid_input", fields=problems)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold_at(tx, actor.oem_id, PolicyName.MAJOR, version)
        _, present = await major_policy(tx, actor.oem_id)
        body = msgspec.json.encode(policy)
        new = await policies.publish(tx, actor, PolicyName.MAJOR, body, fields=_changed(present, policy))
    return MajorCriteria(version=new, policy=policy)


def _changed(before: MajorPolicy, after: MajorPolicy) -> list[str]:
    return [part for part in _PARTS if getattr(before, part) != getattr(after, part)]


def _reason_problems(part: str, reason: Bilingual) -> Iterator[FieldError]:
    for language, text in (("zh", reason.zh), ("en", reason.en)):
        field = f"{part}.reason.{language}"
        if not text.strip():
            yield FieldError(field, "required")
        elif len(text) > _LONGEST_REASON:
            yield FieldError(field, "too_long", {"limit": _LONGEST_REASON})
