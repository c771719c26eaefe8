"""Clock policies in versions, what a new one does to open cases, and stricter dealers (R4.1)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import policy_drafts, policy_editing, policy_migration, service
from shared.cases.commands import ContactChannel, LogContact, Merge, RequestFromCustomer, Transfer
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.outbox.events import Event, EventKind
from shared.permissions import Role
from shared.sla.policy import ClockPolicy, Match, Metric, StricterTarget, Target
from shared.sla.policy_edits import Said, said_of, with_target
from shared.tenancy import Scope
from tests.support.console import Maker, found_maker
from tests.support.pinned import always
from tests.support.tenant import Tenant

pytestmark = pytest.mark.usefixtures("app_engine")

MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)  # 09:00 in Shanghai, office hours until 18:00
FIVE_DAYS = datetime(2026, 12, 7, 10, tzinfo=UTC)
FOUNDED = MONDAY - timedelta(days=90)


the_day_before = always(MONDAY - timedelta(days=1))


class Stored(msgspec.Struct, frozen=True):
    metric: str
    state: str
    due_at: datetime
    policy_version: int
    rebased: bool
    breached: bool


async def registered(maker: Maker, at: datetime = MONDAY, dealer_id: int | None = None) -> CaseView:
    intake = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words="保养收费与报价不符，多收 680 元。",
    )
    actor = maker.actor(Role.SERVICE_MANAGER, dealer_id)
    return await service.register(actor, intake, source=Source.STAFF, as_of=at)


async def clocks(maker: Maker, case: CaseView) -> dict[str, Stored]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        rows = await tx.rows(
            Stored,
            "SELECT metric, state, due_at, policy_version, rebased, breached_at IS NOT NULL AS breached"
            " FROM clocks WHERE oem_id = $1 AND case_id = $2",
            maker.oem_id,
            case.id,
        )
    return {each.metric: each for each in rows}


async def due(maker: Maker, case: CaseView, metric: str = "resolve") -> tuple[datetime, int]:
    found = (await clocks(maker, case))[metric]
    return found.due_at, found.policy_version


async def work(maker: Maker | Tenant, at: datetime = MONDAY) -> int:
    """What the worker does with the events of a migration, at an instant of the test's; how many."""
    handled = 0
    while True:
        async with transaction(Scope.oem(maker.oem_id), as_of=at) as tx:
            events = await tx.rows(
                Event,
                "SELECT oem_id, id, dealer_id, case_id, kind, payload, occurred_at, attempts,"
                " id AS lease_token FROM events WHERE oem_id = $1 AND kind = $2 AND state = 'pending'",
                maker.oem_id,
                EventKind.POLICY_MIGRATION.value,
            )
            for event in events:
                await policy_migration.on_migration(tx, event)
                await tx.execute(
                    "UPDATE events SET state = 'done' WHERE oem_id = $1 AND id = $2", maker.oem_id, event.id
                )
        if not events:
            return handled
        handled += len(events)


async def in_force(maker: Maker) -> ClockPolicy:
    return (await policy_editing.clock_policy(maker.actor(Role.ADMINISTRATOR))).policy


def resolved_in(policy: ClockPolicy, working_days: int, rule: str = "default") -> ClockPolicy:
    said = said_of(policy, rule, Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    target = msgspec.structs.replace(said.target, working_days=working_days)
    return with_target(policy, rule, Metric.RESOLVE, Said(target))


async def test_open_cases_keep_their_policy_until_the_administrator_migrates_them() -> None:
    """proofs.md, Changes: policies are immutable versions; an admin may preview and migrate (R4.1).

    Received on Monday at 9:00: five working days end on Monday 7 December at 18:00, three on Thursday 3rd.
    """
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    assert await due(maker, case) == (FIVE_DAYS, 1)
    wanted = resolved_in(await in_force(maker), 3)
    foreseen = await policy_editing.try_policy(admin, wanted)
    assert (foreseen.cases, foreseen.more, foreseen.earlier, foreseen.later) == (1, False, 1, 0)
    assert [(each.number, each.metric, each.due_at, each.due_then) for each in foreseen.examples] == [
        (case.number, "resolve", FIVE_DAYS, datetime(2026, 12, 3, 10, tzinfo=UTC))
    ]
    published = await policy_editing.publish(admin, wanted, version=1)
    assert (published.version, published.policy) == (2, wanted)
    assert await work(maker) == 0
    assert await due(maker, case) == (FIVE_DAYS, 1)
    newer = await registered(maker)
    assert await due(maker, newer) == (datetime(2026, 12, 3, 10, tzinfo=UTC), 2)
    status = await policy_editing.migration_status(admin)
    assert (status.behind, status.migrations) == (len(await clocks(maker, case)) - 1, [])
    await policy_editing.migrate(admin, version=2)
    with pytest.raises(Conflict, match="migration_running"):
        await policy_editing.migrate(admin, version=2)
    assert await work(maker) == 1
    assert await due(maker, case) == (datetime(2026, 12, 3, 10, tzinfo=UTC), 2)
    status = await policy_editing.migration_status(admin)
    done = status.migrations[0]
    assert (status.behind, done.cases, done.cases_done, done.earlier, done.later) == (0, 2, 2, 1, 0)
    assert done.finished_at == MONDAY
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        logged = await tx.values(
            "SELECT entity || ' ' || array_to_string(fields, ' ') FROM audit_entries"
            " WHERE oem_id = $1 AND action = 'policy.migrate' ORDER BY entity",
            maker.oem_id,
        )
        said = await tx.value("SELECT due_at FROM cases WHERE oem_id = $1 AND id = $2", maker.oem_id, case.id)
    assert logged == ["case resolve", "policy "]
    assert said == min(
        each.due_at for each in (await clocks(maker, case)).values() if each.state == "running"
    )
    await policy_editing.migrate(admin, version=2)
    await work(maker)
    assert (await policy_editing.migration_status(admin)).migrations[0].earlier == 0


async def test_a_migration_undoes_no_breach_and_gives_a_grace_where_the_time_is_over() -> None:
    """proofs.md: once recorded a breach is never undone by a later change; if already past, now and grace.

    On Wednesday at 12:00 the contact (2 hours) is late since Monday; one working day for the resolution has
    ended on Tuesday at 18:00.
    """
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    wednesday = MONDAY + timedelta(days=2, hours=3)
    wanted = resolved_in(await in_force(maker), 1)
    longer = Target(duration_minutes=6_000, chain=_chain(wanted))
    wanted = with_target(wanted, "default", Metric.FIRST_CONTACT, Said(longer))
    await policy_editing.publish(admin, wanted, version=1, migrate=True)
    await work(maker, wednesday)
    found = await clocks(maker, case)
    contact, resolve = found["first_contact"], found["resolve"]
    assert (contact.state, contact.due_at) == ("breached", MONDAY + timedelta(hours=2))
    assert (resolve.state, resolve.rebased) == ("running", True)
    assert resolve.due_at == wednesday + timedelta(minutes=wanted.grace_minutes)
    assert (await policy_editing.migration_status(admin)).migrations[0].rebased == 1
    await policy_editing.migrate(admin, version=2)
    await work(maker, wednesday + timedelta(minutes=30))
    assert (await clocks(maker, case))["resolve"].due_at == resolve.due_at


async def test_a_migration_starts_what_is_promised_now_and_drops_what_is_not() -> None:
    """R4.1: "no clock" is allowed; what has been done is not promised again."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    without = with_target(await in_force(maker), "default", Metric.RESOLVE, Said(None))
    foreseen = await policy_editing.try_policy(admin, without)
    assert (foreseen.dropped, foreseen.started) == (1, 0)
    await policy_editing.publish(admin, without, version=1, migrate=True)
    await work(maker)
    assert (await clocks(maker, case))["resolve"].state == "cancelled"
    later = await registered(maker)
    assert "resolve" not in await clocks(maker, later)
    again = await policy_editing.take_again(admin, 1, version=2, migrate=True)
    assert again.version == 3
    await work(maker)
    assert await due(maker, case) == (FIVE_DAYS, 3)
    assert await due(maker, later) == (FIVE_DAYS, 3)
    assert (await clocks(maker, later))["register"].policy_version == 2


async def test_what_was_promised_to_somebody_merged_survives_a_migration() -> None:
    """R1.7: the earliest promise to anybody merged counts; he takes his own along."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    first = await registered(maker)
    tuesday = MONDAY + timedelta(days=1)
    other = await registered(maker, tuesday)
    command = Merge(into_id=other.id, reason="同一车辆同一故障")
    await service.merge(maker.actor(Role.SERVICE_MANAGER), first.id, command, version=None, as_of=tuesday)
    assert (await due(maker, other))[0] == FIVE_DAYS
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 10), version=1, migrate=True)
    await work(maker, tuesday)
    assert (await due(maker, other))[0] == FIVE_DAYS
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 3), version=2, migrate=True)
    await work(maker, tuesday)
    # From Tuesday three working days end on Friday, before what was promised to the first.
    assert (await due(maker, other))[0] == datetime(2026, 12, 4, 10, tzinfo=UTC)


async def test_a_dealer_may_only_be_stricter() -> None:
    """R4.1: overridable per dealer only to be stricter; new cases of that dealer, and no other, run by it."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    oem = await in_force(maker)
    of_oem = said_of(oem, "default", Metric.RESOLVE)
    assert of_oem is not None
    assert of_oem.target is not None
    longer = StricterTarget("default", Metric.RESOLVE, msgspec.structs.replace(of_oem.target, working_days=6))
    shorter = StricterTarget(
        "default", Metric.RESOLVE, msgspec.structs.replace(of_oem.target, working_days=2)
    )
    with pytest.raises(Invalid) as refused:
        await policy_editing.publish_stricter(admin, maker.here, [longer], version=0)
    assert [(each.field, each.code) for each in refused.value.fields] == [
        ("stricter[0].target.working_days", "longer")
    ]
    with pytest.raises(Forbidden):
        await policy_editing.publish_stricter(
            maker.actor(Role.STATION_HEAD), maker.here, [shorter], version=0
        )
    with pytest.raises(NotFound):
        await policy_editing.publish_stricter(admin, 987_654, [shorter], version=0)
    own = await policy_editing.publish_stricter(admin, maker.here, [shorter], version=0)
    assert (own.dealer_id, own.version, own.policy.stricter) == (maker.here, 1, (shorter,))
    assert await due(maker, await registered(maker)) == (datetime(2026, 12, 2, 10, tzinfo=UTC), 1)
    elsewhere = await registered(maker, dealer_id=maker.sibling)
    assert (await due(maker, elsewhere))[0] == FIVE_DAYS
    assert [each.dealer_id for each in await policy_editing.with_their_own(admin)] == [maker.here]
    await policy_editing.publish(admin, resolved_in(oem, 1), version=1)
    followed = await policy_editing.clock_policy(admin, dealer_id=maker.here)
    assert (followed.version, followed.policy.stricter) == (2, ())
    assert await due(maker, await registered(maker)) == (datetime(2026, 12, 1, 10, tzinfo=UTC), 2)


async def test_a_draft_gathers_changes_and_is_published_whole() -> None:
    """R4.1: edit, add, move, remove; published by whoever looked at this very draft."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    oem = await in_force(maker)
    assert (await policy_drafts.draft(admin)).revision == ""
    draft = await policy_drafts.put_rule(admin, "media", Match(major=True), is_new=True)
    assert [each.code for each in draft.problems] == ["no_targets"]
    with pytest.raises(Invalid) as refused:
        await policy_drafts.put_target(admin, "media", Metric.RESOLVE, Said(Target(working_days=0)))
    assert {each.code for each in refused.value.fields} == {"out_of_range", "no_levels"}
    target = Target(working_days=2, chain=_chain(oem))
    await policy_drafts.put_target(admin, "media", Metric.RESOLVE, Said(target))
    await policy_drafts.move_rule(admin, "media", -9)
    draft = await policy_drafts.remove_rule(admin, "suggestion")
    assert draft.problems == ()
    assert [rule.name for rule in draft.policy.rules] == ["media", "urgent", "high", "low", "default"]
    assert [rule.name for rule in draft.differences.added] == ["media"]
    assert [rule.name for rule in draft.differences.removed] == ["suggestion"]
    _, foreseen = await policy_drafts.try_draft(admin)
    assert foreseen is not None
    with pytest.raises(Conflict, match="draft_changed"):
        await policy_drafts.publish_draft(admin, version=1, revision="another", migrate=False)
    with pytest.raises(Conflict, match="stale_version"):
        await policy_drafts.publish_draft(admin, version=2, revision=draft.revision, migrate=False)
    done = await policy_drafts.publish_draft(admin, version=1, revision=draft.revision, migrate=False)
    assert done.version == 2
    assert (await policy_drafts.draft(admin)).revision == ""
    assert [each.version for each in await policy_editing.versions(admin)] == [2, 1]
    compared = await policy_editing.compare(admin, 1, 2)
    assert compared == draft.differences


async def test_a_draft_of_another_version_can_only_be_discarded() -> None:
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    await policy_drafts.remove_rule(admin, "low")
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 4), version=1)
    draft = await policy_drafts.draft(admin)
    assert draft.stale
    with pytest.raises(Conflict, match="stale_version"):
        await policy_drafts.remove_rule(admin, "high")
    with pytest.raises(Conflict, match="stale_version"):
        await policy_drafts.publish_draft(admin, version=2, revision=draft.revision, migrate=False)
    with pytest.raises(Conflict, match="draft_changed"):
        await policy_drafts.discard(admin, revision="another")
    await policy_drafts.discard(admin, revision=draft.revision)
    assert (await policy_drafts.draft(admin)).policy == await in_force(maker)


async def test_a_policy_is_changed_by_the_administrator_alone() -> None:
    maker = await found_maker(FOUNDED)
    oem = await in_force(maker)
    for role in (Role.HEAD_OFFICE, Role.REGIONAL_MANAGER, Role.STATION_HEAD):
        actor = maker.actor(role)
        with pytest.raises(Forbidden):
            await policy_editing.publish(actor, oem, version=1)
        with pytest.raises(Forbidden):
            await policy_editing.migrate(actor, version=1)
        with pytest.raises(Forbidden):
            await policy_drafts.draft(actor)
    assert (await policy_editing.clock_policy(maker.actor(Role.ADVISOR))).version == 1
    with pytest.raises(NotFound):
        await policy_editing.clock_policy(maker.actor(Role.ADVISOR), dealer_id=maker.far)


def _chain(policy: ClockPolicy):
    said = said_of(policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    return said.target.chain


async def test_a_migration_loses_no_pause() -> None:
    """proofs.md, Pause: a change of priority, policy or owner never loses a pause.

    Waiting for the customer from Monday 10:00 to Tuesday 12:00 takes eight hours of Monday and three of
    Tuesday, eleven in all, with nine worked a day: five working days end on Wednesday 9 December at 11:00
    instead of Monday at 18:00, three on Monday at 11:00 instead of Thursday.
    """
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    manager = maker.actor(Role.SERVICE_MANAGER)
    case = await registered(maker)
    ten = MONDAY + timedelta(hours=1)
    spoken = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(manager, case.id, spoken, version=None, as_of=MONDAY)
    asking = RequestFromCustomer(
        request="请提供发票", via=ContactChannel.PHONE, answer_by=MONDAY + timedelta(days=1, hours=3)
    )
    await service.request_from_customer(manager, case.id, asking, version=None, as_of=ten)
    paused = (await due(maker, case))[0]
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 3), version=1, migrate=True)
    await work(maker, ten + timedelta(minutes=5))
    assert paused == datetime(2026, 12, 9, 3, tzinfo=UTC)
    assert (await due(maker, case))[0] == datetime(2026, 12, 7, 3, tzinfo=UTC)


async def test_an_interrupted_migration_goes_on_after_the_last_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """R4.1: in batches, resumable, each case once however often its event is handled."""
    monkeypatch.setattr(policy_migration, "CASES_AT_ONCE", 2)
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    cases = [await registered(maker, MONDAY + timedelta(minutes=minute)) for minute in range(5)]
    await policy_editing.publish(admin, resolved_in(await in_force(maker), 3), version=1, migrate=True)
    status = await policy_editing.migration_status(admin)
    event = _migration_event(maker, status.migrations[0].id)
    async with transaction(Scope.oem(maker.oem_id), as_of=MONDAY + timedelta(hours=1)) as tx:
        await policy_migration.on_migration(tx, event)

    async def crash() -> None:
        async with transaction(Scope.oem(maker.oem_id), as_of=MONDAY + timedelta(hours=1)) as tx:
            await policy_migration.on_migration(tx, event)
            raise _Crash

    with pytest.raises(_Crash):
        await crash()
    half = (await policy_editing.migration_status(admin)).migrations[0]
    assert (half.cases, half.cases_done, half.earlier, half.finished_at) == (5, 2, 2, None)
    await work(maker, MONDAY + timedelta(hours=1))
    done = (await policy_editing.migration_status(admin)).migrations[0]
    assert (done.cases_done, done.earlier) == (5, 5)
    assert done.finished_at is not None
    assert {(await due(maker, case))[1] for case in cases} == {2}


class _Crash(Exception):
    """The worker dies."""


def _migration_event(maker: Maker, migration_id: UUID) -> Event:
    return Event(
        oem_id=maker.oem_id,
        id=uuid4(),
        dealer_id=0,
        case_id=None,
        kind=EventKind.POLICY_MIGRATION,
        payload={"migration_id": str(migration_id)},
        occurred_at=MONDAY,
        attempts=1,
        lease_token=uuid4(),
    )


async def test_open_cases_of_a_stricter_dealer_are_migrated_to_its_own_policy_and_back() -> None:
    """R4.1: in force for the dealer's new cases; open ones where the administrator migrates them."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case, elsewhere = await registered(maker), await registered(maker, dealer_id=maker.sibling)
    said = said_of(await in_force(maker), "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    two_days = StricterTarget("default", Metric.RESOLVE, msgspec.structs.replace(said.target, working_days=2))
    foreseen = await policy_editing.try_stricter(admin, maker.here, [two_days])
    assert (foreseen.cases, foreseen.earlier) == (1, 1)
    await policy_editing.publish_stricter(admin, maker.here, [two_days], version=0, migrate=True)
    await work(maker)
    assert await due(maker, case) == (datetime(2026, 12, 2, 10, tzinfo=UTC), 1)
    assert (await due(maker, elsewhere))[0] == FIVE_DAYS
    await policy_editing.publish_stricter(admin, maker.here, [], version=1, migrate=True)
    await work(maker)
    assert await due(maker, case) == (FIVE_DAYS, 2)


async def test_a_promise_says_whose_policy_it_was_made_by() -> None:
    """proofs.md, Shape: policy version: the dealer's own, or the OEM's (0), also after a migration."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    before = await registered(maker)
    said = said_of((await policy_editing.clock_policy(admin)).policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    sooner = StricterTarget("default", Metric.RESOLVE, msgspec.structs.replace(said.target, working_days=2))
    await policy_editing.publish_stricter(admin, maker.here, [sooner], version=0)
    here, there = await registered(maker), await registered(maker, dealer_id=maker.sibling)
    assert await whose(maker, before) == {0}
    assert await whose(maker, here) == {maker.here}
    assert await whose(maker, there) == {0}
    await policy_editing.migrate(admin, version=1)
    await work(maker)
    assert await whose(maker, before) == {maker.here}


async def test_promises_of_stricter_dealers_and_of_cases_that_moved_are_behind_as_well() -> None:
    """R4.1: what a migration would bring along is counted against what is in force for its dealer."""
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    case = await registered(maker)
    promised = len(await whose_each(maker, case))
    said = said_of((await policy_editing.clock_policy(admin)).policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    sooner = StricterTarget("default", Metric.RESOLVE, msgspec.structs.replace(said.target, working_days=2))
    assert (await policy_editing.migration_status(admin)).behind == 0
    # The dealer's first version has the number of the OEM's: only whose it is tells them apart.
    await policy_editing.publish_stricter(admin, maker.here, [sooner], version=0)
    assert (await policy_editing.migration_status(admin)).behind == promised
    await policy_editing.migrate(admin, version=1)
    await work(maker)
    assert (await policy_editing.migration_status(admin)).behind == 0
    moved = Transfer(dealer_id=maker.sibling, reason="客户要求")
    await service.transfer(maker.actor(Role.HEAD_OFFICE), case.id, moved, version=None, as_of=MONDAY)
    assert (await policy_editing.migration_status(admin)).behind == promised


async def whose_each(maker: Maker, case: CaseView) -> list[int]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return await tx.values(
            "SELECT policy_dealer_id FROM clocks WHERE oem_id = $1 AND case_id = $2 AND state = 'running'",
            maker.oem_id,
            case.id,
        )


async def whose(maker: Maker, case: CaseView) -> set[int]:
    return set(await whose_each(maker, case))


async def test_a_draft_can_be_tried_while_it_cannot_be_published() -> None:
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    covered = Match(urgencies=("urgent",))
    target = Target(working_days=2, chain=_chain(await in_force(maker)))
    await policy_drafts.put_rule(admin, "again", covered, is_new=True)
    await policy_drafts.put_target(admin, "again", Metric.RESOLVE, Said(target))
    draft, foreseen = await policy_drafts.try_draft(admin)
    assert ([each.code for each in draft.problems], foreseen) == (["never_matches"], None)
    with pytest.raises(Invalid) as refused:
        await policy_drafts.publish_draft(admin, version=1, revision=draft.revision, migrate=False)
    assert [each.field for each in refused.value.fields] == ["rules[4].targets.resolve"]
