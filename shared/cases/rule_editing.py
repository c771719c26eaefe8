"""The rules of an OEM as its administrator reads, tries, compares and publishes them (R2).

Whoever publishes names the version that was looked at; published meanwhile means looking again.
"""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.rule_checks import problems_of
from shared.cases.rule_edits import RuleDifference, RuleEdits, differences, edited
from shared.cases.rule_impact import Impact, PastCase, impact
from shared.cases.rule_set import Decides, RuleSet, decode_rule_set
from shared.cases.rules import ComplaintFacts
from shared.cases.vocabulary import Channel
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict, FieldError, Invalid
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName, StoredVersion

MOST_TRIED: Final = 1_000
"""How many past cases rules are tried on at most; the newest."""

_MOST_LOGGED: Final = 50


class RulesVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A published set: its number, since when, and who published it."""

    version: int
    published_at: datetime
    published_by: str
    rule_set: RuleSet


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What changed rules would do, beside those of `version`, which are in force."""

    version: int
    differences: list[RuleDifference]
    impact: Impact


class _Row(msgspec.Struct, frozen=True):
    id: UUID
    number: str
    title: str
    words: str
    description: str
    demand: str
    fault_label: str
    channel: Channel
    category: str
    kind: str
    subject: str
    urgency: str
    nature: str
    department: str


# Ids grow with time, so the newest ids are the cases registered last.
_PAST: Final = """
SELECT id, number, title, words, description, demand, fault_label, channel,
       category, kind, subject, urgency, nature, department
FROM cases WHERE oem_id = $1 ORDER BY id DESC LIMIT $2
"""


async def rules(actor: Actor, version: int | None = None) -> RulesVersion:
    """The rules in force, or those of an earlier version; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await rules_of(tx, actor.oem_id, version)


async def rule_versions(actor: Actor) -> list[StoredVersion]:
    """Every published version, the newest first; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        return await policies.versions(tx, actor.oem_id, PolicyName.CLASSIFICATION)


async def compare(actor: Actor, since: int, until: int) -> list[RuleDifference]:
    """What `until` says otherwise than `since`; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        before = await rules_of(tx, actor.oem_id, since)
        after = await rules_of(tx, actor.oem_id, until)
    return differences(before.rule_set, after.rule_set)


async def try_edits(actor: Actor, edits: RuleEdits, cases: int = MOST_TRIED) -> Trial:
    """What the rules in force would have made of the newest cases, were they changed like this.

    Raises `Forbidden`, `Invalid` naming rule and field of what cannot be published.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        present = await rules_of(tx, actor.oem_id)
        past = await past_cases(tx, actor.oem_id, cases)
    wanted = edited(present.rule_set, edits)
    refuse_unsound(wanted)
    return await tried(present, wanted, past)


async def try_version(actor: Actor, version: int, cases: int = MOST_TRIED) -> Trial:
    """The same for going back to an earlier version; raises `Forbidden`, `NotFound`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        present = await rules_of(tx, actor.oem_id)
        wanted = await rules_of(tx, actor.oem_id, version)
        past = await past_cases(tx, actor.oem_id, cases)
    return await tried(present, wanted.rule_set, past)


async def publish(actor: Actor, edits: RuleEdits, *, version: int) -> RulesVersion:
    """Publish the rules in force with these changes as a new version, which holds for new complaints at once.

    Raises `Forbidden`, `Invalid` naming rule and field, `Conflict`: `stale_version` when another version than
    `version` is in force, `draft_empty` when nothing would change.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        return await put_in_force(tx, actor, present, edited(present.rule_set, edits))


async def take_again(actor: Actor, number: int, *, version: int) -> RulesVersion:
    """Publish an earlier version again, as a new one.

    Raises as `publish` does, and `NotFound` where there is no version `number`.
    """
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id)) as tx:
        present = await held(tx, actor.oem_id, version)
        earlier = await rules_of(tx, actor.oem_id, number)
        return await put_in_force(tx, actor, present, earlier.rule_set)


async def rules_of(tx: Transaction, oem_id: int, version: int | None = None) -> RulesVersion:
    """The rules in force, or those of an earlier version; raises `NotFound`."""
    if version is None:
        version = (await policies.current(tx, oem_id, PolicyName.CLASSIFICATION)).version
    stored, body = await policies.version_of(tx, oem_id, PolicyName.CLASSIFICATION, version)
    return RulesVersion(
        version=stored.version,
        published_at=stored.valid_from,
        published_by=stored.created_by,
        rule_set=decode_rule_set(body),
    )


async def held(tx: Transaction, oem_id: int, version: int) -> RulesVersion:
    """The rules in force, kept from changing; raises `Conflict` (`stale_version`) when not at `version`."""
    await policies.hold_at(tx, oem_id, PolicyName.CLASSIFICATION, version)
    return await rules_of(tx, oem_id, version)


async def put_in_force(tx: Transaction, actor: Actor, present: RulesVersion, wanted: RuleSet) -> RulesVersion:
    """Publish a set that replaces `present`, which is held; raises `Invalid`, `Conflict` (`draft_empty`)."""
    refuse_unsound(wanted)
    found = differences(present.rule_set, wanted)
    if not found:
        raise Conflict("draft_empty")
    newest = (await policies.versions(tx, actor.oem_id, PolicyName.CLASSIFICATION, most=1))[0].version
    rule_set = msgspec.structs.replace(wanted, version=f"v{newest + 1}")
    number = await policies.publish(
        tx,
        actor,
        PolicyName.CLASSIFICATION,
        msgspec.json.encode(rule_set),
        fields=[each.rule_id for each in found[:_MOST_LOGGED]],
    )
    return await rules_of(tx, actor.oem_id, number)


def refuse_unsound(rule_set: RuleSet) -> None:
    """Raises `Invalid` naming rule and field of everything that keeps a set from being published."""
    problems = problems_of(rule_set)
    if problems:
        fields = [
            FieldError(
                f"rules[{each.rule_id}].{each.field}" if each.rule_id else each.field or "rules",
                each.code,
                each.params,
            )
            for each in problems
        ]
        raise Invalid("rules_unsound", fields=fields)


async def past_cases(tx: Transaction, oem_id: int, most: int) -> list[PastCase]:
    """The cases registered last, the newest first."""
    return [_past(row) for row in await tx.rows(_Row, _PAST, oem_id, min(most, MOST_TRIED))]


async def tried(present: RulesVersion, wanted: RuleSet, past: list[PastCase]) -> Trial:
    """What `wanted` would have made of past cases; reckoned beside the event loop."""
    found = await asyncio.to_thread(impact, present.rule_set, wanted, past)
    return Trial(version=present.version, differences=differences(present.rule_set, wanted), impact=found)


def _past(row: _Row) -> PastCase:
    facts = ComplaintFacts(
        words=row.words,
        description=row.description,
        demand=row.demand,
        fault_label=row.fault_label,
        channel=row.channel,
    )
    present = {
        Decides.CATEGORY: row.category,
        Decides.KIND: row.kind,
        Decides.SUBJECT: row.subject,
        Decides.URGENCY: row.urgency,
        Decides.NATURE: row.nature,
        Decides.DEPARTMENT: row.department,
    }
    return PastCase(id=row.id, number=row.number, title=row.title, facts=facts, present=present)
