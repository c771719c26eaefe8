"""Changes of the clock policy that are made one by one, looked at together, and published together (R4.1).

An OEM has one draft, which its administrators share. It is a whole policy made from the version in force:
when another one is published meanwhile, the draft can be read, but only discarded.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from shared.cases import policy_effect
from shared.cases.policy_editing import WORDS, PolicyInForce, held, policy_in_force, put_in_force
from shared.cases.policy_effect import PolicyEffect
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.permissions import Permission
from shared.sla import policy_edits
from shared.sla.default_policy import completed
from shared.sla.policy import ClockPolicy, FirstContactBy, Match, Metric, PauseRules, in_rank_order
from shared.sla.policy_checks import problems
from shared.sla.policy_edits import PolicyDifferences, Said, differences
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The policy as it would be published, beside the one in force.

    `revision` is another one for other changes, and empty where nothing is changed. `stale`: another version
    was published since it was begun. `problems` keep it from being published.
    """

    in_force: PolicyInForce
    policy: ClockPolicy
    differences: PolicyDifferences
    problems: tuple[FieldError, ...] = ()
    revision: str = ""
    stale: bool = False
    changed_at: datetime | None = None
    changed_by: str = ""


class _Kept(msgspec.Struct, frozen=True):
    version: int
    body: Any
    changed_at: datetime
    changed_by: str


_READ: Final = """
SELECT version, body, changed_at, changed_by FROM policy_drafts WHERE oem_id = $1 AND name = $2
"""
_WRITE: Final = """
INSERT INTO policy_drafts (oem_id, name, version, body, changed_at, changed_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (oem_id, name) DO UPDATE SET version = excluded.version, body = excluded.body,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
"""
_DELETE: Final = "DELETE FROM policy_drafts WHERE oem_id = $1 AND name = $2"
_NAME: Final = PolicyName.CLOCKS.value


async def draft(actor: Actor) -> Draft:
    """The policy with what is changed and not published yet; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await _draft(tx, actor.oem_id)


async def put_rule(actor: Actor, name: str, match: Match, *, is_new: bool) -> Draft:
    """Add a rule, or say which cases the one of that name is for.

    Raises `Forbidden`, `Invalid` naming the fields, `NotFound` where there is none to change, `Conflict`
    (`stale_version`) as everything here that changes the draft does.
    """

    def put(policy: ClockPolicy) -> ClockPolicy:
        known = any(rule.name == name for rule in policy.rules)
        if is_new and known:
            raise Invalid.field("name", "duplicate_name", name=name)
        if not is_new:
            policy_edits.place_of(policy, name)
        return policy_edits.with_rule(policy, name, match)

    return await _change(actor, put, lambda policy: f"rules[{policy_edits.place_of(policy, name)}].match")


async def remove_rule(actor: Actor, name: str) -> Draft:
    """Leave a rule out; raises `NotFound`."""
    return await _change(actor, lambda policy: policy_edits.without_rule(policy, name))


async def move_rule(actor: Actor, name: str, places: int) -> Draft:
    """Ask a rule earlier (negative) or later; the last stays the last; raises `NotFound`."""
    return await _change(actor, lambda policy: policy_edits.moved_rule(policy, name, places))


async def put_target(actor: Actor, name: str, metric: Metric, said: Said | None) -> Draft:
    """Let a rule promise something for a metric, or no clock, or leave it to the rules behind it (None).

    Raises `Invalid` naming the fields of the target, `NotFound` for the rule.
    """

    def put(policy: ClockPolicy) -> ClockPolicy:
        if said is None and name == in_rank_order(policy)[-1].name:
            raise Invalid.field("says", "missing_metric", metric=metric.value)
        return policy_edits.with_target(policy, name, metric, said)

    return await _change(
        actor,
        put,
        lambda policy: f"rules[{policy_edits.place_of(policy, name)}].targets.{metric}",
    )


async def put_whole(
    actor: Actor,
    pauses: PauseRules,
    grace_minutes: int,
    reopen_days: int,
    desk_roles: tuple[str, ...] | None = None,
    first_contact_by: FirstContactBy | None = None,
) -> Draft:
    """Say what pauses and how long, what grace there is, and how long a case can be opened again.

    `desk_roles` are those told of cases of the OEM desk, `first_contact_by` what counts as a first contact;
    None: as they were.
    Raises `Invalid` naming the fields.
    """

    def put(policy: ClockPolicy) -> ClockPolicy:
        return msgspec.structs.replace(
            policy,
            pauses=pauses,
            grace_minutes=grace_minutes,
            reopen_days=reopen_days,
            desk_roles=policy.desk_roles if desk_roles is None else desk_roles,
            first_contact_by=first_contact_by or policy.first_contact_by,
        )

    return await _change(actor, put, lambda _: ("pauses", "grace_minutes", "reopen_days", "desk_roles"))


async def discard(actor: Actor, *, revision: str | None = None) -> None:
    """Take back everything that was changed.

    Raises `Forbidden`, `Conflict` (`draft_changed`) unless the draft is at `revision`, where one is given.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold(tx, actor.oem_id)
        if revision is not None and (await _draft(tx, actor.oem_id)).revision != revision:
            raise Conflict("draft_changed")
        await tx.execute(_DELETE, actor.oem_id, _NAME)


async def try_draft(actor: Actor) -> tuple[Draft, PolicyEffect | None]:
    """What the draft would do to open cases; None where it cannot be published."""
    found = await draft(actor)
    if found.problems or not found.revision:
        return found, None
    return found, await policy_effect.effect(actor, found.policy)


async def publish_draft(actor: Actor, *, version: int, revision: str, migrate: bool) -> PolicyInForce:
    """Publish the draft that was looked at; afterwards there is none.

    Raises as `policy_editing.publish` does, and `Conflict` (`draft_changed`) unless it is at `revision`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        found = await _draft(tx, actor.oem_id)
        if found.revision != revision:
            raise Conflict("draft_changed")
        if found.stale:
            raise Conflict("stale_version", {"current": present.version})
        published = await put_in_force(tx, actor, present, found.policy, migrate=migrate)
        await tx.execute(_DELETE, actor.oem_id, _NAME)
    return published


async def _draft(tx: Transaction, oem_id: int) -> Draft:
    present = await policy_in_force(tx, oem_id)
    kept = await tx.row(_Kept, _READ, oem_id, _NAME)
    if kept is None:
        return Draft(
            in_force=present, policy=present.policy, differences=differences(present.policy, present.policy)
        )
    wanted = completed(msgspec.convert(kept.body, ClockPolicy))
    return Draft(
        in_force=present,
        policy=wanted,
        differences=differences(present.policy, wanted),
        problems=problems(wanted, WORDS),
        revision=hashlib.sha256(msgspec.json.encode(wanted)).hexdigest()[:16],
        stale=kept.version != present.version,
        changed_at=kept.changed_at,
        changed_by=kept.changed_by,
    )


async def _change(
    actor: Actor,
    change: Callable[[ClockPolicy], ClockPolicy],
    changed: Callable[[ClockPolicy], str | tuple[str, ...]] | None = None,
) -> Draft:
    """Keep the changed policy; what is wrong in the part that was `changed` is refused at once."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await policies.hold(tx, actor.oem_id)
        present = await _draft(tx, actor.oem_id)
        if present.stale:
            raise Conflict("stale_version", {"current": present.in_force.version})
        wanted = change(present.policy)
        if changed is not None:
            _refuse(wanted, changed(wanted))
        if not differences(present.in_force.policy, wanted).count:
            await tx.execute(_DELETE, actor.oem_id, _NAME)
        else:
            body = msgspec.to_builtins(wanted)
            at = await tx.now()
            await tx.execute(_WRITE, actor.oem_id, _NAME, present.in_force.version, body, at, actor.name)
        return await _draft(tx, actor.oem_id)


def _refuse(wanted: ClockPolicy, changed: str | tuple[str, ...]) -> None:
    """What never matches can be put right by moving a rule, so it does not keep from going on."""
    found = [
        problem
        for problem in problems(wanted, WORDS)
        if problem.field.startswith(changed) and problem.code not in {"never_matches", "no_targets"}
    ]
    if found:
        raise Invalid("invalid_input", fields=found)
