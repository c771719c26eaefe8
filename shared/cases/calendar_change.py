"""What another calendar does to open promises: looked at before it is published, done afterwards (R4.3).

Open promises keep the calendar they were counted by. Only provisional ones, planned on weekly hours because a
year was missing, are counted again by themselves; all others where the administrator asks for it, but for
those that run by what was promised to somebody merged (see `joint_calendar`).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.calendars import service as calendars
from shared.calendars.definition import CalendarDefinition
from shared.calendars.editing import following
from shared.calendars.service import CalendarInForce
from shared.cases import joint_calendar, promises
from shared.cases.counting_anew import Origin, all_made_by, say_due_next
from shared.cases.handling import held
from shared.cases.promises import Hours
from shared.cases.recount import MadeBy, RunningPromise, counted_anew
from shared.db.engine import Transaction, transaction
from shared.outbox.events import Event, EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.sla import repository as clocks
from shared.sla.clock import PlannedClock
from shared.sla.firing import fire_due_of_cases
from shared.sla.policy import Metric
from shared.sla.repository import Versions
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.policies import OF_OEM, PolicyName

MOST_LOOKED_AT: Final = 5_000
MOST_EXAMPLES: Final = 10
CASES_AT_ONCE: Final = 1_000


class MovedPromise(msgspec.Struct, frozen=True, kw_only=True):
    """One promise whose due instant another calendar moves."""

    case_id: UUID
    number: str
    metric: Metric
    due_at: datetime
    due_then: datetime


class CalendarEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar would make of the open promises.

    Of `looked_at` (at most the first 5,000; `more` when there are others) `earlier` and `later` move;
    `past` of the earlier ones would be over and get the grace instead. `provisional` stand on weekly hours
    now, `provisional_then` would still. `examples` holds the ones that move furthest.
    """

    looked_at: int
    more: bool
    earlier: int
    later: int
    past: int
    provisional: int
    provisional_then: int
    examples: list[MovedPromise]


_RUNNING: Final = """
FROM clocks k JOIN cases c ON c.oem_id = k.oem_id AND c.id = k.case_id
WHERE k.oem_id = $1 AND k.state = 'running' AND k.next_at IS NOT NULL
  AND CASE WHEN $2::bigint = 0 THEN k.dealer_id <> ALL ($3::bigint[]) ELSE k.dealer_id = $2 END
"""
_WANTED: Final = """
AND ($4::boolean OR k.provisional)
AND NOT EXISTS (
    SELECT FROM cases m, jsonb_array_elements(m.merged_clocks->'other') AS adopted
    WHERE m.oem_id = k.oem_id AND m.merged_into = k.case_id AND adopted->>0 = k.id::text
)
"""
_REACHED: Final = """
AND ($4::boolean OR k.provisional OR k.case_id IN (
    SELECT m.merged_into FROM cases m
    WHERE m.oem_id = $1 AND m.merged_into IS NOT NULL
      AND jsonb_path_exists(m.merged_clocks, '$.**.provisional ? (@ == true)')
))
"""
_COLUMNS: Final = """
k.id, k.case_id, c.number, k.dealer_id, k.metric, k.state, k.started_at, k.due_at, k.steps, k.schedule,
k.provisional, k.rebased, k.pauses_kept_until, c.pauses, k.policy_version, k.policy_dealer_id,
k.calendar_version, k.calendar_dealer_id, c.kind, c.category, c.urgency, c.channel, c.major
"""
_LOOK: Final = f"SELECT {_COLUMNS} {_RUNNING} {_WANTED} ORDER BY k.next_at, k.id LIMIT $5"
_CASES: Final = f"""
SELECT DISTINCT k.case_id {_RUNNING} {_REACHED} AND k.case_id > $5 ORDER BY k.case_id LIMIT $6
"""
_LOCK_CASES: Final = """
SELECT id FROM cases WHERE oem_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_OF_CASES: Final = f"SELECT {_COLUMNS} {_RUNNING} {_WANTED} AND k.case_id = ANY ($5::uuid[]) FOR UPDATE OF k"
_NOBODY: Final = UUID(int=0)


async def effect(actor: Actor, definition: CalendarDefinition, dealer_id: int = OF_OEM) -> CalendarEffect:
    """What the calendar would do to the open promises of the dealer.

    The OEM's: to those of all dealers that have none of their own, and of those that follow its holidays.

    Counted beside the event loop, when the transaction has ended.
    Raises `Forbidden`, `Invalid` naming each wrong field.
    """
    actor.require(Permission.TENANT_MANAGE)
    calendars.check(definition)
    async with transaction(actor.scope, read_only=True) as tx:
        now = await tx.now()
        draft = promises.hours_of(await calendars.draft(tx, actor.oem_id, definition))
        drafts = await _drafts_of_followers(tx, actor.oem_id, definition) if dealer_id == OF_OEM else {}
        others = [each for each in await _others(tx, actor.oem_id) if each not in drafts]
        look = (actor.oem_id, dealer_id, others, True, MOST_LOOKED_AT + 1)
        running = await tx.rows(RunningPromise, _LOOK, *look)
        looked_at = running[:MOST_LOOKED_AT]
        made = await all_made_by(tx, actor.oem_id, map(_origin, looked_at))
    changed = await asyncio.to_thread(_changed, looked_at, made, draft, drafts, now)
    return _told(looked_at, changed, more=len(running) > MOST_LOOKED_AT)


async def on_published(tx: Transaction, event: Event) -> None:
    """Count promises again after a calendar was published: provisional ones, or all that the event names.

    Idempotent: a promise counted again is not changed a second time. Goes on in an event of its own after
    every thousand cases, so that no transaction holds many cases for long.
    """
    oem_id, everything = event.oem_id, event.payload.get("anew") is True
    after = event.optional_uuid("after") or _NOBODY
    others = await _others(tx, oem_id)
    wanted = (oem_id, event.dealer_id, others, everything)
    case_ids = await tx.values(_CASES, *wanted, after, CASES_AT_ONCE)
    if not case_ids:
        return
    await tx.execute(_LOCK_CASES, oem_id, case_ids)
    await fire_due_of_cases(tx, oem_id, case_ids)
    running = await tx.rows(RunningPromise, _OF_CASES, *wanted, case_ids)
    in_force = await calendars.in_force(tx, oem_id, event.dealer_id)
    now = await tx.now()
    made = await all_made_by(tx, oem_id, map(_origin, running))
    hours = promises.hours_of(in_force.definition)
    changed = await asyncio.to_thread(_changed, running, made, hours, {}, now)
    await _reschedule(tx, oem_id, now, in_force, changed)
    holders = await joint_calendar.holders(tx, oem_id, case_ids)
    for case_id in holders:
        work = await held(tx, Actor.system(oem_id), case_id, version=None)
        await joint_calendar.count_again(work, hours, in_force)
    await say_due_next(tx, oem_id, holders)
    if len(case_ids) == CASES_AT_ONCE:
        payload = {**event.payload, "after": str(case_ids[-1])}
        again = NewEvent(kind=EventKind.CALENDAR_PUBLISHED, dealer_id=event.dealer_id, payload=payload)
        await emit(tx, oem_id, now, again)


_Changed = list[tuple[RunningPromise, PlannedClock]]


def _origin(promise: RunningPromise) -> Origin:
    return promise.dealer_id, promise.versions


def _changed(
    running: Sequence[RunningPromise],
    made: dict[Origin, list[MadeBy]],
    hours: Hours,
    of_dealers: Mapping[int, Hours],
    now: datetime,
) -> _Changed:
    again = (
        (each, counted_anew(each, made[_origin(each)], of_dealers.get(each.dealer_id, hours), now))
        for each in running
    )
    return [(each, planned) for each, planned in again if planned is not None]


async def _reschedule(
    tx: Transaction, oem_id: int, now: datetime, calendar: CalendarInForce, changed: _Changed
) -> None:
    by_versions: dict[Versions, list[tuple[UUID, PlannedClock]]] = defaultdict(list)
    for promise, again in changed:
        made_by = msgspec.structs.replace(
            promise.versions, calendar_version=calendar.version, calendar_dealer_id=calendar.whose
        )
        by_versions[made_by].append((promise.id, again))
    for made_by, changes in by_versions.items():
        await clocks.reschedule(tx, oem_id, made_by, now, changes)
    await say_due_next(tx, oem_id, sorted({promise.case_id for promise, _ in changed}))


async def _drafts_of_followers(
    tx: Transaction, oem_id: int, definition: CalendarDefinition
) -> dict[int, Hours]:
    followers = await calendars.followers(tx, oem_id)
    return {dealer_id: promises.hours_of(following(own, definition)) for dealer_id, own in followers}


async def _others(tx: Transaction, oem_id: int) -> list[int]:
    return sorted(await policies.dealers_with_their_own(tx, oem_id, [PolicyName.CALENDAR]))


def _told(looked_at: Sequence[RunningPromise], changed: _Changed, *, more: bool) -> CalendarEffect:
    moved = [(each, again) for each, again in changed if again.due_at != each.due_at]
    ways = Counter("earlier" if again.due_at < each.due_at else "later" for each, again in moved)
    furthest = sorted(moved, key=lambda pair: abs(pair[1].due_at - pair[0].due_at), reverse=True)
    then = {each.id: again for each, again in changed}
    return CalendarEffect(
        looked_at=len(looked_at),
        more=more,
        earlier=ways["earlier"],
        later=ways["later"],
        past=sum(again.rebased for _, again in moved),
        provisional=sum(each.provisional for each in looked_at),
        provisional_then=sum(then.get(each.id, each).provisional for each in looked_at),
        examples=[
            MovedPromise(
                case_id=each.case_id,
                number=each.number,
                metric=each.metric,
                due_at=each.due_at,
                due_then=again.due_at,
            )
            for each, again in furthest[:MOST_EXAMPLES]
        ],
    )
