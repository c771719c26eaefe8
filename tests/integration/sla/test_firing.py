"""The one statement that fires clocks (R4.2)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.db.engine import transaction
from shared.sla import firing
from shared.sla import repository as clocks
from shared.tenancy import Scope
from tests.support.background import STEPS, Company

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def schedule(due_at: datetime) -> list[datetime]:
    """Warnings 30, 20 and 10 minutes before due, levels at due, 30 and 60 minutes after."""
    return [due_at + minutes * MINUTE for minutes in (-30, -20, -10, 0, 30, 60)]


async def fire(company: Company, as_of: datetime = NOW, limit: int = firing.BATCH) -> int:
    async with transaction(Scope.system()) as tx:
        return await firing.fire_due_of_oem(tx, company.oem_id, as_of, limit)


async def steps_of(company: Company, case_id: UUID) -> list[str]:
    rows = await company.connection.fetch(
        "SELECT step FROM app.escalations WHERE case_id = $1 ORDER BY due_at", case_id
    )
    return [row["step"] for row in rows]


async def clock_row(company: Company, clock_id: UUID) -> asyncpg.Record:
    return await company.connection.fetchrow("SELECT * FROM app.clocks WHERE id = $1", clock_id)


async def test_a_warning_is_recorded_and_the_clock_waits_for_its_next_step(company: Company) -> None:
    """R4.2: warnings before a breach."""
    case_id = await company.case()
    planned = schedule(NOW + 25 * MINUTE)
    clock_id = await company.clock(case_id, schedule=planned)
    assert await fire(company) == 1
    clock = await clock_row(company, clock_id)
    assert (clock["state"], clock["step"], clock["next_at"]) == ("running", 2, planned[1])
    assert clock["breached_at"] is None
    assert await steps_of(company, case_id) == ["warn_50"]


async def test_the_instant_of_a_breach_is_the_due_instant_whenever_it_is_noticed(company: Company) -> None:
    """R4.2: breach at the second."""
    due_at = NOW - timedelta(seconds=7)
    case_id = await company.case()
    clock_id = await company.clock(
        case_id, schedule=[due_at, due_at + 30 * MINUTE], steps=["level_1", "level_2"]
    )
    assert await fire(company) == 1
    clock = await clock_row(company, clock_id)
    assert (clock["state"], clock["breached_at"]) == ("breached", due_at)
    assert clock["next_at"] == due_at + 30 * MINUTE


async def test_after_an_outage_every_elapsed_step_is_recorded_once(company: Company) -> None:
    """R4.4: nothing late is silent, however late it is noticed."""
    case_id = await company.case()
    planned = schedule(NOW - timedelta(days=2))
    clock_id = await company.clock(case_id, schedule=planned)
    assert await fire(company) == 1
    assert await fire(company) == 0
    assert await steps_of(company, case_id) == list(STEPS)
    clock = await clock_row(company, clock_id)
    assert (clock["state"], clock["step"], clock["next_at"]) == ("breached", 7, None)
    rows = await company.connection.fetch(
        "SELECT due_at, fired_at FROM app.escalations WHERE case_id = $1 ORDER BY due_at", case_id
    )
    assert [(row["due_at"], row["fired_at"]) for row in rows] == [(due_at, NOW) for due_at in planned]


async def test_every_escalation_has_one_event_that_points_to_it(company: Company) -> None:
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(NOW))
    await fire(company)
    rows = await company.connection.fetch(
        "SELECT event.kind, event.dealer_id, event.next_attempt_at,"
        " escalation.clock_id, escalation.step, escalation.due_at"
        " FROM app.events event JOIN app.escalations escalation"
        " ON escalation.oem_id = event.oem_id AND escalation.id = (event.payload ->> 'escalation_id')::uuid"
        " WHERE event.case_id = $1 ORDER BY escalation.due_at",
        case_id,
    )
    assert [row["step"] for row in rows] == list(STEPS[:4])
    assert {row["kind"] for row in rows} == {"clock.fired"}
    assert {row["dealer_id"] for row in rows} == {company.dealers[0].id}
    assert {row["next_attempt_at"] for row in rows} == {NOW}
    assert {row["clock_id"] for row in rows} == {clock_id}


async def test_a_step_that_fired_before_a_clock_was_planned_anew_does_not_fire_again(
    company: Company,
) -> None:
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(NOW + 25 * MINUTE))
    await fire(company)
    await company.connection.execute(
        "UPDATE app.clocks SET step = 1, next_at = schedule[1] WHERE id = $1", clock_id
    )
    assert await fire(company) == 1
    assert await steps_of(company, case_id) == ["warn_50"]
    assert (
        await company.connection.fetchval("SELECT count(*) FROM app.events WHERE case_id = $1", case_id) == 1
    )


@pytest.mark.parametrize("state", ["met", "cancelled", "paused"])
async def test_a_clock_that_does_not_run_does_not_fire(company: Company, state: str) -> None:
    case_id = await company.case()
    await company.clock(
        case_id,
        schedule=schedule(NOW),
        state=state,
        met_at=NOW if state == "met" else None,
        next_at=NOW if state == "paused" else None,
    )
    assert await fire(company) == 0


async def test_clocks_of_another_oem_and_clocks_not_due_are_left(company: Company) -> None:
    await company.clock(await company.case(), schedule=schedule(NOW + timedelta(hours=2)))
    async with transaction(Scope.system()) as tx:
        assert await firing.fire_due_of_oem(tx, company.oem_id + 1_000, NOW) == 0
        assert company.oem_id not in await firing.oems_with_due(tx, NOW)
        assert company.oem_id in await firing.oems_with_due(tx, NOW + timedelta(hours=2))
    assert await fire(company) == 0


async def test_a_batch_takes_the_oldest_first(company: Company) -> None:
    older, newer = [await company.case() for _ in range(2)]
    await company.clock(newer, schedule=schedule(NOW + 29 * MINUTE))
    await company.clock(older, schedule=schedule(NOW + 25 * MINUTE))
    assert await fire(company, limit=1) == 1
    assert (await steps_of(company, older), await steps_of(company, newer)) == (["warn_50"], [])


async def test_two_sweeps_at_once_fire_each_step_once(company: Company) -> None:
    for _ in range(40):
        await company.clock(await company.case(), schedule=schedule(NOW))
    fired = await asyncio.gather(*(fire(company, limit=7) for _ in range(12)))
    fired.append(await fire(company))
    assert sum(fired) == 40
    counts = await company.connection.fetchrow(
        "SELECT count(*) AS rows, count(DISTINCT (case_id, step)) AS steps"
        " FROM app.escalations WHERE oem_id = $1",
        company.oem_id,
    )
    assert (counts["rows"], counts["steps"]) == (160, 160)


async def test_without_an_instant_the_present_counts(company: Company) -> None:
    case_id = await company.case()
    at = datetime.now(UTC)
    await company.clock(case_id, schedule=schedule(at + 29 * MINUTE))
    async with transaction(Scope.system()) as tx:
        assert await firing.fire_due_of_oem(tx, company.oem_id, None) == 1
    assert await steps_of(company, case_id) == ["warn_50"]


@pytest.mark.parametrize("role", ["dealer", "region", "oem"])
async def test_a_command_fires_its_case_in_its_own_scope(company: Company, role: str) -> None:
    """A transition between due and the sweep still records the breach first."""
    dealer = company.dealers[0]
    scope = {
        "dealer": Scope.dealer(company.oem_id, dealer.id),
        "region": Scope.region(company.oem_id, (dealer.id,)),
        "oem": Scope.oem(company.oem_id),
    }[role]
    case_id, other_case = await company.case(), await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(NOW))
    await company.clock(other_case, schedule=schedule(NOW))
    async with transaction(scope, as_of=NOW) as tx:
        assert await firing.fire_due_of_case(tx, company.oem_id, case_id) == 1
    assert (await clock_row(company, clock_id))["breached_at"] == NOW
    assert await steps_of(company, other_case) == []


async def test_a_command_waits_for_the_sweep_and_neither_stops_the_other(company: Company) -> None:
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(NOW))
    held, go_on = asyncio.Event(), asyncio.Event()

    async def command() -> tuple[int, str]:
        async with transaction(Scope.oem(company.oem_id), as_of=NOW) as tx:
            await tx.execute(
                "SELECT 1 FROM cases WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE", company.oem_id, case_id
            )
            held.set()
            await go_on.wait()
            fired = await firing.fire_due_of_case(tx, company.oem_id, case_id)
            state = await tx.value(
                "SELECT state FROM clocks WHERE oem_id = $1 AND id = $2", company.oem_id, clock_id
            )
            return fired, state

    async def sweep() -> int:
        await held.wait()
        async with transaction(Scope.system()) as tx:
            fired = await firing.fire_due_of_oem(tx, company.oem_id, NOW)
            go_on.set()
            return fired

    (by_command, state), by_sweep = await asyncio.gather(command(), sweep())
    assert (by_command, by_sweep, state) == (0, 1, "breached")
    assert await steps_of(company, case_id) == list(STEPS[:4])


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_the_sweep_reads_the_due_index_however_many_clocks_run(company: Company, plan: str) -> None:
    case_id = await company.case()
    await company.connection.execute(
        "INSERT INTO app.clocks (oem_id, id, dealer_id, case_id, metric, cycle, state, policy_version,"
        " calendar_version, started_at, due_at, steps, schedule, next_at, updated_at)"
        " SELECT $1, gen_random_uuid(), $2, $3, 'resolve', number, 'running', 1, 1, $4, later,"
        " ARRAY['level_1'], ARRAY[later], later, $4"
        " FROM (SELECT number, $4::timestamptz + number * interval '1 second' AS later"
        " FROM generate_series(1, 50000) AS number) AS planned",
        company.oem_id,
        company.dealers[0].id,
        case_id,
        NOW + timedelta(days=300),
    )
    await company.connection.execute("ANALYZE app.clocks")
    async with transaction(Scope.system()) as tx:
        await tx.execute(f"SET LOCAL plan_cache_mode = {plan}")
        find = await explain(tx.connection, firing.OEMS_WITH_DUE, "timestamptz", "NULL")
        take = await explain(
            tx.connection, firing.FIRE_OF_OEM, "int, timestamptz, int", f"{company.oem_id}, NULL, 500"
        )
    assert "Seq Scan on clocks" not in find + take
    assert "Scan using clocks_due" in take
    assert "Scan using clocks_due" in find


async def explain(connection: asyncpg.Connection, sql: str, types: str, values: str) -> str:
    await connection.execute(f"PREPARE asked ({types}) AS {sql}")
    rows = await connection.fetch(f"EXPLAIN EXECUTE asked ({values})")
    await connection.execute("DEALLOCATE asked")
    return "\n".join(row[0] for row in rows)


async def test_a_promise_is_kept_no_earlier_than_the_breach_noticed_while_a_command_waited(
    company: Company,
) -> None:
    """R4.2: an instant told of the past may lie before it; what fell due since is recorded as broken."""
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(due_at := NOW - timedelta(seconds=1)))
    assert await fire(company) == 1
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await clocks.meet(tx, company.oem_id, [clock_id], due_at - timedelta(seconds=2))
    clock = await clock_row(company, clock_id)
    assert (clock["state"], clock["met_at"], clock["breached_at"]) == ("met", due_at, due_at)


async def test_a_promise_kept_in_time_is_kept_at_that_instant(company: Company) -> None:
    """R4.2: warnings do not move the instant at which it was kept."""
    case_id = await company.case()
    clock_id = await company.clock(case_id, schedule=schedule(NOW + 25 * MINUTE))
    await fire(company)
    async with transaction(Scope.oem(company.oem_id)) as tx:
        await clocks.meet(tx, company.oem_id, [clock_id], NOW + MINUTE)
    clock = await clock_row(company, clock_id)
    assert (clock["met_at"], clock["breached_at"]) == (NOW + MINUTE, None)
