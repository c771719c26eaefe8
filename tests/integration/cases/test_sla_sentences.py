"""Sentences of proofs.md, their instants written out: Metrics, Start, Warnings and breaches, Changes (R4).

The dealer in Shanghai works from Monday to Friday, 09:00 to 18:00. Friday is 2026-06-12; 2026-06-19 is the
Dragon Boat Festival. What "Pause" says is proved in `test_pauses`, "Policies and calendars are immutable
versions" in `test_clock_policies` and beside the calendars, each clock and level firing once in
`tests/integration/sla/test_firing`.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.cases import policy_editing, queries, service
from shared.cases.commands import (
    AddNote,
    Assign,
    Classify,
    Close,
    ContactChannel,
    Hold,
    LogContact,
    Merge,
    Reopen,
    Resolve,
)
from shared.cases.intake import Intake, Source
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState, Category, Channel, Kind, Urgency
from shared.db.engine import transaction
from shared.errors import Invalid
from shared.permissions import Role
from shared.sla.firing import fire_due_of_oem
from shared.sla.policy import Basis, ChainLevel, Match, Metric, Target
from shared.sla.policy_edits import Said, with_rule, with_target
from shared.tenancy import Scope
from tests.support.console import Maker, found_maker

pytestmark = pytest.mark.usefixtures("app_engine")


def china(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


FRIDAY = china(12, 17)
MISSED = LogContact(effective=False, channel=ContactChannel.PHONE, summary="无人接听")
SPOKEN = LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
TOLD = Resolve(result="已退还多收款", told_via=ContactChannel.PHONE)
CAUSE = Close(root_cause="报价单未更新", preventive_measure="每周核对报价")


class Stored(msgspec.Struct, frozen=True):
    metric: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    rebased: bool


class Fired(msgspec.Struct, frozen=True):
    step: str
    due_at: datetime


async def registered(
    maker: Maker, at: datetime, received_at: datetime | None = None, words: str = "保养收费与报价不符。"
) -> CaseView:
    intake = Intake(
        channel=Channel.PHONE,
        customer_name="张测试",
        customer_phone="13800001234",
        words=words,
        received_at=received_at,
        backdating_reason="周五接到，系统维护" if received_at else "",
    )
    return await service.register(maker.actor(Role.SERVICE_MANAGER), intake, source=Source.STAFF, as_of=at)


async def clocks(maker: Maker, case: CaseView, cycle: int = 1) -> dict[str, Stored]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        rows = await tx.rows(
            Stored,
            "SELECT metric, cycle, state, started_at, due_at, met_at, breached_at, rebased FROM clocks"
            " WHERE oem_id = $1 AND case_id = $2 AND cycle = $3",
            maker.oem_id,
            case.id,
            cycle,
        )
    return {each.metric: each for each in rows}


async def fired(maker: Maker, case: CaseView, metric: str) -> list[Fired]:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return await tx.rows(
            Fired,
            "SELECT step, due_at FROM escalations WHERE oem_id = $1 AND case_id = $2 AND metric = $3"
            " ORDER BY due_at, step",
            maker.oem_id,
            case.id,
            metric,
        )


async def sweep(maker: Maker, at: datetime) -> None:
    async with transaction(Scope.oem(maker.oem_id), as_of=at) as tx:
        await fire_due_of_oem(tx, maker.oem_id, at)


async def lower(maker: Maker, case: CaseView, urgency: Urgency, at: datetime, reason: str = "") -> CaseView:
    command = Classify(urgency=urgency, reason=reason)
    return await service.classify(maker.actor(Role.SERVICE_MANAGER), case.id, command, version=None, as_of=at)


class TestMetrics:
    async def test_each_target_is_data(self) -> None:
        """Metrics: duration, business time or 24×7, per urgency, warn points, escalation chain."""
        maker = await found_maker()
        admin = maker.actor(Role.ADMINISTRATOR)
        policy = (await policy_editing.clock_policy(admin)).policy
        chain = (ChainLevel(1, "station_head"), ChainLevel(2, "head_office", 30, Basis.ALWAYS))
        day_and_night = Target(duration_minutes=90, basis=Basis.ALWAYS, warn_percent=(80,), chain=chain)
        policy = with_rule(policy, "medium", Match(urgencies=("medium",)))
        policy = with_target(policy, "medium", Metric.FIRST_CONTACT, Said(day_and_night))
        policy = with_target(policy, "low", Metric.RESOLVE, Said(None))
        await policy_editing.publish(admin, policy, version=1)
        friday = china(11, 17, month=12)
        case = await lower(maker, await registered(maker, friday), Urgency.MEDIUM, friday, "普通")
        contact = (await clocks(maker, case))["first_contact"]
        assert contact.due_at == china(11, 18, 30, month=12), "after closing, for it runs day and night"
        await sweep(maker, china(11, 19, month=12))
        assert await fired(maker, case, "first_contact") == [
            Fired("warn_80", china(11, 18, 12, month=12)),
            Fired("level_1", china(11, 18, 30, month=12)),
            Fired("level_2", china(11, 19, month=12)),
        ]

    async def test_no_clock_is_allowed_per_kind(self) -> None:
        """Metrics: "No clock" is allowed per kind (suggestions)."""
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        suggestion = Classify(kind=Kind.SUGGESTION, urgency=Urgency.LOW, reason="是建议")
        actor = maker.actor(Role.SERVICE_MANAGER)
        await service.classify(actor, case.id, suggestion, version=None, as_of=FRIDAY)
        running = {name for name, each in (await clocks(maker, case)).items() if each.state == "running"}
        assert running == {"first_contact"}


class TestStart:
    async def test_a_clock_starts_at_receipt_however_late_it_is_registered(self) -> None:
        """Start: at received_at. Received on Friday at 17:00, registered on Monday at 9:30."""
        maker = await found_maker()
        case = await registered(maker, china(15, 9, 30), FRIDAY)
        found = await clocks(maker, case)
        assert {each.started_at for each in found.values()} == {FRIDAY}
        assert found["first_contact"].due_at == china(15, 10)
        assert found["resolve"].due_at == china(22, 18), "Mon to Thu, the 19th closed, Mon: five working days"

    async def test_merging_lets_the_earliest_start_win_and_keeps_every_complainant(self) -> None:
        """Start: merge: earliest start wins, every complainant is kept."""
        maker = await found_maker()
        earlier = await registered(maker, FRIDAY)
        later = await registered(maker, china(15, 16))
        manager = maker.actor(Role.SERVICE_MANAGER)
        await service.merge(
            manager, earlier.id, Merge(into_id=later.id, reason="同一事"), version=None, as_of=china(15, 16)
        )
        resolve = (await clocks(maker, later))["resolve"]
        assert (resolve.started_at, resolve.due_at) == (FRIDAY, china(22, 18))
        async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
            kept = await tx.values(
                "SELECT id FROM cases WHERE oem_id = $1 AND merged_into = $2", maker.oem_id, later.id
            )
        assert kept == [earlier.id]

    async def test_only_the_fact_itself_meets_a_promise(self) -> None:
        """Start: met by a logged effective or attempted contact; never by a note or an assignment."""
        maker = await found_maker()
        manager = maker.actor(Role.SERVICE_MANAGER)
        case = await registered(maker, FRIDAY)
        await service.add_note(manager, case.id, AddNote(text="已读"), version=None, as_of=china(12, 17, 5))
        advisor = maker.person(Role.ADVISOR).membership_id
        assign = Assign(owner_id=advisor, reason="本人负责")
        await service.assign(manager, case.id, assign, version=None, as_of=china(12, 17, 10))
        assert (await clocks(maker, case))["first_contact"].state == "running"
        await service.log_contact(manager, case.id, MISSED, version=None, as_of=china(12, 17, 20))
        contact = (await clocks(maker, case))["first_contact"]
        assert (contact.state, contact.met_at) == ("met", china(12, 17, 20))


class TestWarningsAndBreaches:
    async def test_warnings_come_at_shares_and_levels_climb_while_nobody_acknowledges(self) -> None:
        """Warnings and breaches: at 50 / 75 / 90 % to the owner, at 100 % to the next, then level by level.

        Two business hours from Friday 17:00: one is worked on Friday, the second on Monday until 10:00.
        """
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        expected = [
            Fired("warn_50", china(12, 18)),
            Fired("warn_75", china(15, 9, 30)),
            Fired("warn_90", china(15, 9, 48)),
            Fired("level_1", china(15, 10)),
            Fired("level_2", china(15, 12)),
            Fired("level_3", china(15, 14)),
        ]
        for count, step in enumerate(expected, 1):
            await sweep(maker, step.due_at - timedelta(seconds=1))
            assert await fired(maker, case, "first_contact") == expected[: count - 1]
            await sweep(maker, step.due_at)
            assert await fired(maker, case, "first_contact") == expected[:count]

    async def test_a_breach_is_at_the_due_instant_whenever_it_is_noticed(self) -> None:
        """Warnings and breaches: the instant of breach is due_at, whenever it is noticed."""
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        await sweep(maker, china(15, 11, 17))
        assert (await clocks(maker, case))["first_contact"].breached_at == china(15, 10)

    async def test_what_happens_before_the_sweep_still_records_the_breach_first(self) -> None:
        """Warnings and breaches: a transition between due_at and the sweep records the breach first."""
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        manager = maker.actor(Role.SERVICE_MANAGER)
        await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=china(15, 10, 0) + _SECOND)
        contact = (await clocks(maker, case))["first_contact"]
        assert (contact.state, contact.breached_at) == ("met", china(15, 10))
        assert contact.met_at == china(15, 10) + _SECOND


class TestChanges:
    async def test_a_raised_urgency_counts_from_the_original_start(self) -> None:
        """Changes: urgency raised: recompute from the original start; urgent: 24 hours of day and night."""
        maker = await found_maker()
        case = await lower(maker, await registered(maker, FRIDAY), Urgency.MEDIUM, FRIDAY, "普通")
        assert (await clocks(maker, case))["resolve"].due_at == china(22, 18)
        await lower(maker, case, Urgency.URGENT, china(12, 20), "冒烟")
        resolve = (await clocks(maker, case))["resolve"]
        assert (resolve.started_at, resolve.due_at, resolve.rebased) == (FRIDAY, china(13, 17), False)

    async def test_a_raised_urgency_gives_the_grace_where_the_time_is_over(self) -> None:
        """Changes: if already past, due = now + grace, flagged re-based."""
        maker = await found_maker()
        case = await lower(maker, await registered(maker, FRIDAY), Urgency.MEDIUM, FRIDAY, "普通")
        await lower(maker, case, Urgency.URGENT, china(15, 9, 15), "冒烟")
        resolve = (await clocks(maker, case))["resolve"]
        assert (resolve.started_at, resolve.due_at, resolve.rebased) == (FRIDAY, china(15, 10, 15), True)

    async def test_lowering_needs_a_managers_reason_and_erases_nothing(self) -> None:
        """Changes: lowering needs a manager's reason and erases nothing."""
        maker = await found_maker()
        case = await lower(maker, await registered(maker, FRIDAY), Urgency.URGENT, FRIDAY, "冒烟")
        await sweep(maker, china(13, 18))
        late = (await clocks(maker, case))["resolve"]
        assert (late.state, late.breached_at) == ("breached", china(13, 17))
        with pytest.raises(Invalid):
            await lower(maker, case, Urgency.LOW, china(15, 9))
        await lower(maker, case, Urgency.LOW, china(15, 9), "误报")
        assert (await clocks(maker, case))["resolve"] == late

    async def test_another_owner_leaves_the_customers_clock_alone(self) -> None:
        """Changes: transfer to another owner or dealer leaves the customer's clock alone."""
        maker = await found_maker()
        case = await registered(maker, FRIDAY)
        before = {name: each.due_at for name, each in (await clocks(maker, case)).items()}
        assign = Assign(owner_id=maker.person(Role.ADVISOR).membership_id, reason="本人负责")
        actor = maker.actor(Role.SERVICE_MANAGER)
        await service.assign(actor, case.id, assign, version=None, as_of=china(15, 9, 30))
        assert {name: each.due_at for name, each in (await clocks(maker, case)).items()} == before

    async def test_closed_time_does_not_count_for_a_reopened_case(self) -> None:
        """Changes: reopen: a new cycle with its own first contact; closed time does not count."""
        maker = await found_maker()
        case = await closed(maker)
        again = Reopen(reason="又多收费")
        actor = maker.actor(Role.SERVICE_MANAGER)
        await service.reopen(actor, case.id, again, version=None, as_of=china(22, 9))
        new = await clocks(maker, case, 2)
        assert {each.started_at for each in new.values()} == {china(22, 9)}
        assert new["first_contact"].due_at == china(22, 11)
        assert new["resolve"].due_at == china(29, 18)

    async def test_after_some_days_a_new_linked_case_takes_the_place_of_reopening(self) -> None:
        """Changes: after N days a new linked case instead; 90 by default, policy data."""
        maker = await found_maker()
        case = await closed(maker)
        actor = maker.actor(Role.SERVICE_MANAGER)
        again = Reopen(reason="又多收费")
        late = china(12, 12, month=9)
        made = await service.reopen(actor, case.id, again, version=None, as_of=late)
        assert (made.id == case.id, made.cycle, made.customer_name) == (False, 1, "张测试")
        assert made.received_at == late
        assert (await clocks(maker, made))["first_contact"].due_at == china(14, 11, month=9)
        once = await service.reopen(actor, case.id, again, version=None, as_of=late)
        assert once.id == made.id
        async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
            links = await tx.values(
                "SELECT other_id FROM case_links WHERE oem_id = $1 AND case_id = $2", maker.oem_id, case.id
            )
            state = await tx.value(
                "SELECT state FROM cases WHERE oem_id = $1 AND id = $2", maker.oem_id, case.id
            )
        assert (links, state) == ([made.id], CaseState.CLOSED.value)

    async def test_what_makes_promises_look_better_is_counted_for_the_oem(self) -> None:
        """Changes: close just before due, Hold parking and re-classifying out of SQ are visible as counts.

        Promised on Friday the 12th until Monday the 22nd at 18:00, ten days in all: solved that Monday at
        10:00 is within the last twentieth, on the 15th it is not.
        """
        maker = await found_maker()
        manager = maker.actor(Role.SERVICE_MANAGER)
        just, early, parked, moved = [await registered(maker, FRIDAY) for _ in range(4)]
        for case, at in ((just, china(22, 10)), (early, china(15, 10))):
            await lower(maker, case, Urgency.MEDIUM, FRIDAY, "普通")
            await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=china(12, 17, 10))
            await service.resolve(manager, case.id, TOLD, version=None, as_of=at)
        hold = Hold(reason="僵持")
        await service.log_contact(manager, parked.id, SPOKEN, version=None, as_of=china(12, 17, 10))
        await service.hold(manager, parked.id, hold, version=None, as_of=china(15, 10))
        for category in (Category.PRODUCT_QUALITY, Category.SERVICE):
            command = Classify(category=category, reason="改判")
            await service.classify(manager, moved.id, command, version=None, as_of=china(15, 11))
        assert await conspicuous_of(maker, china(22, 12)) == [(maker.here, 1, 1, 1)]
        assert await conspicuous_of(maker, china(1, 12, month=7)) == []


async def conspicuous_of(maker: Maker, at: datetime) -> list[tuple[int, int, int, int]]:
    async with transaction(Scope.oem(maker.oem_id), as_of=at, read_only=True) as tx:
        found = await queries.conspicuous(tx, maker.oem_id, "Asia/Shanghai")
    return [(each.dealer_id, each.just_in_time, each.held, each.left_quality) for each in found]


_SECOND = timedelta(seconds=1)


async def closed(maker: Maker) -> CaseView:
    """A case of Friday at 17:00 that is settled and closed on Friday at 17:30."""
    case = await registered(maker, FRIDAY)
    manager = maker.actor(Role.SERVICE_MANAGER)
    await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=china(12, 17, 10))
    await service.resolve(manager, case.id, TOLD, version=None, as_of=china(12, 17, 20))
    return await service.close(manager, case.id, CAUSE, version=None, as_of=china(12, 17, 30))
