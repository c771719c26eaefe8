"""The clock policies of an OEM: read, compared, tried, published and migrated by its administrator (R4.1).

Whoever publishes names the version that was looked at; published meanwhile means looking again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from shared.cases import policy_behind, policy_effect, policy_migration
from shared.cases.policy_behind import KeptPromise
from shared.cases.policy_effect import PolicyEffect
from shared.cases.policy_migration import Migration
from shared.cases.promises import policy_of
from shared.cases.vocabulary import Category, Channel, Kind, Urgency
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.permissions import Permission
from shared.sla.default_policy import unheard_of
from shared.sla.policy import ClockPolicy, Metric, StricterTarget
from shared.sla.policy_checks import CaseWords, problems
from shared.sla.policy_edits import PolicyDifferences, differences
from shared.sla.stricter import own_policy, problems_of_stricter
from shared.tenancy import Actor, Scope
from shared.tenants import dealers, policies
from shared.tenants.policies import OF_OEM, PolicyName, StoredVersion

WORDS: Final = CaseWords(frozenset(Kind), frozenset(Category), frozenset(Urgency), frozenset(Channel))
_CLOCKS: Final = PolicyName.CLOCKS
_MOST_LOGGED: Final = 50


class PolicyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A published policy; `dealer_id` 0 unless it is a dealer's own, which `policy.stricter` then says.

    `supplied` are the promises that came into the product after it was published: of them `policy` says what
    the product supplies, until another version is published.
    """

    dealer_id: int
    version: int
    published_at: datetime
    published_by: str
    policy: ClockPolicy
    supplied: tuple[Metric, ...] = ()


class MigrationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Running promises that the policy in force for their dealer has not made, and migrations.

    `behind`: a migration would look at them. `kept`: one has left them as they were; `kept_promises` are the
    first of these by their due time.
    """

    behind: int
    kept: int
    kept_promises: list[KeptPromise]
    migrations: list[Migration]


async def clock_policy(actor: Actor, version: int | None = None, dealer_id: int = OF_OEM) -> PolicyInForce:
    """What is in force for the OEM or a dealer, or an earlier version of one of them.

    Raises `Forbidden`, `NotFound` for a version that is not there and a dealer outside the scope.
    """
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await _require_dealer(tx, actor, dealer_id)
        return await policy_in_force(tx, actor.oem_id, version, dealer_id)


async def versions(actor: Actor, dealer_id: int = OF_OEM) -> list[StoredVersion]:
    """What was published for the OEM or one dealer, the newest first; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await _require_dealer(tx, actor, dealer_id)
        return await policies.versions(tx, actor.oem_id, _CLOCKS, dealer_id)


async def compare(actor: Actor, since: int, until: int, dealer_id: int = OF_OEM) -> PolicyDifferences:
    """What `until` says otherwise than `since`; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await _require_dealer(tx, actor, dealer_id)
        before = await policy_in_force(tx, actor.oem_id, since, dealer_id)
        after = await policy_in_force(tx, actor.oem_id, until, dealer_id)
    return differences(before.policy, after.policy)


async def with_their_own(actor: Actor) -> list[PolicyInForce]:
    """What the dealers promise that are stricter than their OEM; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        own = await policies.dealers_with_their_own(tx, actor.oem_id, [_CLOCKS])
        found = [await policy_in_force(tx, actor.oem_id, None, dealer_id) for dealer_id in sorted(own)]
    return [each for each in found if each.policy.stricter]


async def try_policy(actor: Actor, policy: ClockPolicy) -> PolicyEffect:
    """What a policy would do to open cases; raises `Forbidden`, `Invalid` naming each wrong field."""
    refuse_unsound(policy)
    return await policy_effect.effect(actor, policy)


async def try_version(actor: Actor, version: int) -> PolicyEffect:
    """The same for an earlier version, or the one in force; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    wanted = await clock_policy(actor, version)
    return await policy_effect.effect(actor, wanted.policy)


async def try_stricter(actor: Actor, dealer_id: int, stricter: Sequence[StricterTarget]) -> PolicyEffect:
    """What a dealer's own promises would do to its open cases; raises as `publish_stricter` does."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        await _require_dealer(tx, actor, dealer_id)
        policy = await _stricter(tx, actor.oem_id, stricter)
    return await policy_effect.effect(actor, policy, dealer_id)


async def publish(actor: Actor, policy: ClockPolicy, *, version: int, migrate: bool = False) -> PolicyInForce:
    """Publish a policy, which holds for new cases at once; with `migrate` for those that are open, too.

    Dealers with promises of their own get theirs anew from it. Raises `Forbidden`, `Invalid` naming each
    wrong field, `Conflict`: `stale_version` when another version than `version` is in force, `draft_empty`
    when nothing would change, `migration_running`. What is supplied so far may be published as it is.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        return await put_in_force(tx, actor, present, policy, migrate=migrate)


async def take_again(actor: Actor, number: int, *, version: int, migrate: bool = False) -> PolicyInForce:
    """Publish an earlier version again, as a new one.

    Raises as `publish` does, and `NotFound` where there is no version `number`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        earlier = await policy_in_force(tx, actor.oem_id, number)
        return await put_in_force(tx, actor, present, earlier.policy, migrate=migrate)


async def publish_stricter(
    actor: Actor, dealer_id: int, stricter: Sequence[StricterTarget], *, version: int, migrate: bool = False
) -> PolicyInForce:
    """Let a dealer promise more than its OEM; nothing named lets it promise the same again.

    `version` is the dealer's own that was looked at, 0 for its first. Raises `Forbidden`, `NotFound` for a
    dealer that is not there, `Invalid` naming what asks for less, `Conflict` (`stale_version`,
    `draft_empty`, `migration_running`).
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await _require_dealer(tx, actor, dealer_id)
        await policies.hold_at(tx, actor.oem_id, _CLOCKS, version, dealer_id)
        present = await policy_in_force(tx, actor.oem_id, None, dealer_id)
        wanted = await _stricter(tx, actor.oem_id, stricter)
        found = differences(present.policy, wanted)
        if not found.count:
            raise Conflict("draft_empty")
        await _publish(tx, actor, wanted, found, dealer_id)
        if migrate:
            await policy_migration.start(tx, actor, (await policy_in_force(tx, actor.oem_id)).version)
        return await policy_in_force(tx, actor.oem_id, None, dealer_id)


async def migrate(actor: Actor, *, version: int) -> MigrationStatus:
    """Bring open cases to the policy in force for their dealers.

    Raises `Forbidden`, `Conflict`: `stale_version` when the OEM's is not `version`, `migration_running`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        await held(tx, actor.oem_id, version)
        await policy_migration.start(tx, actor, version)
        return await _status(tx, actor.oem_id)


async def migration_status(actor: Actor) -> MigrationStatus:
    """How far migrations are; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await _status(tx, actor.oem_id)


async def policy_in_force(
    tx: Transaction, oem_id: int, version: int | None = None, dealer_id: int = OF_OEM
) -> PolicyInForce:
    """The policy of a dealer or the OEM, or an earlier version of it; raises `NotFound`."""
    if version is None:
        current = await policies.current(tx, oem_id, _CLOCKS, dealer_id)
        dealer_id, version = current.dealer_id, current.version
    stored, body = await policies.version_of(tx, oem_id, _CLOCKS, version, dealer_id)
    return PolicyInForce(
        dealer_id=dealer_id,
        version=stored.version,
        published_at=stored.valid_from,
        published_by=stored.created_by,
        policy=policy_of(body),
        supplied=unheard_of(msgspec.json.decode(body, type=ClockPolicy)),
    )


async def held(tx: Transaction, oem_id: int, version: int) -> PolicyInForce:
    """The OEM's policy in force, kept from changing; raises `Conflict` (`stale_version`)."""
    await policies.hold_at(tx, oem_id, _CLOCKS, version)
    return await policy_in_force(tx, oem_id, version)


async def put_in_force(
    tx: Transaction, actor: Actor, present: PolicyInForce, wanted: ClockPolicy, *, migrate: bool
) -> PolicyInForce:
    """Publish a policy that replaces `present`, which is held; raises as `publish` does."""
    refuse_unsound(wanted)
    found = differences(present.policy, wanted)
    if not found.count and not present.supplied:
        raise Conflict("draft_empty")
    version = await _publish(tx, actor, wanted, found)
    for dealer_id in sorted(await policies.dealers_with_their_own(tx, actor.oem_id, [_CLOCKS])):
        before = await policy_in_force(tx, actor.oem_id, None, dealer_id)
        anew = own_policy(wanted, before.policy.stricter)
        await _publish(tx, actor, anew, differences(before.policy, anew), dealer_id)
    if migrate:
        await policy_migration.start(tx, actor, version)
    return await policy_in_force(tx, actor.oem_id, version)


def refuse_unsound(policy: ClockPolicy) -> None:
    """Raises `Invalid` naming each field that keeps a policy of the OEM from being published."""
    found = list(problems(policy, WORDS))
    if policy.stricter:
        found.append(FieldError("stricter", "only_dealers_are_stricter"))
    if found:
        raise Invalid("policy_unsound", fields=found)


async def _stricter(tx: Transaction, oem_id: int, stricter: Sequence[StricterTarget]) -> ClockPolicy:
    oem = await policy_in_force(tx, oem_id)
    found = list(problems_of_stricter(oem.policy, stricter))
    if found:
        raise Invalid("policy_unsound", fields=found)
    wanted = own_policy(oem.policy, stricter)
    unsound = _by_stricter(wanted, problems(wanted, WORDS), stricter)
    if unsound:
        raise Invalid("policy_unsound", fields=unsound)
    return wanted


def _by_stricter(
    wanted: ClockPolicy, found: Sequence[FieldError], stricter: Sequence[StricterTarget]
) -> list[FieldError]:
    """The problems of a dealer's policy by the targets it named; others are its OEM's."""
    prefixes = {
        f"rules[{index}].targets.{each.metric}": f"stricter[{place}].target"
        for place, each in enumerate(stricter)
        for index, rule in enumerate(wanted.rules)
        if rule.name == each.rule
    }
    return [
        msgspec.structs.replace(problem, field=problem.field.replace(prefix, field, 1))
        for problem in found
        for prefix, field in prefixes.items()
        if problem.field == prefix or problem.field.startswith((f"{prefix}.", f"{prefix}["))
    ]


async def _publish(
    tx: Transaction, actor: Actor, policy: ClockPolicy, found: PolicyDifferences, dealer_id: int = OF_OEM
) -> int:
    return await policies.publish(
        tx,
        actor,
        _CLOCKS,
        msgspec.json.encode(policy),
        dealer_id=dealer_id,
        fields=found.named[:_MOST_LOGGED] or ["supplied"],
    )


async def _require_dealer(tx: Transaction, actor: Actor, dealer_id: int) -> None:
    if dealer_id != OF_OEM:
        await dealers.dealer(tx, actor.oem_id, dealer_id)


async def _status(tx: Transaction, oem_id: int) -> MigrationStatus:
    found = await policy_behind.counted(tx, oem_id)
    return MigrationStatus(
        behind=found.behind,
        kept=found.kept,
        kept_promises=await policy_behind.kept(tx, oem_id) if found.kept else [],
        migrations=await policy_migration.migrations(tx, oem_id),
    )
