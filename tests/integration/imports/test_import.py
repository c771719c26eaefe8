import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.cases import service as cases
from shared.cases.intake import Intake, Source
from shared.cases.register_many import Registered
from shared.cases.vocabulary import Channel
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid
from shared.imports.mapping import Mapping
from shared.imports.outcomes import RowOutcome, Status, Summary
from shared.imports.service import BATCH, SourceFile, prepare
from shared.permissions import Role
from shared.tenancy import Actor, Scope
from tests.support.tenant import MONDAY, Tenant

HEADER = "received_at,channel,dealer,words,fault_label,customer_phone,external_ref"
NOISE = "2026-02-25 10:00,phone,near0,转向异响,,13800001234,A1"
BRAKES = "2026-03-02 08:30,in_store,near1,高速行驶时刹车失灵,,,A2"
LABEL = "2026-02-25 11:00,app,away0,,制动系/异响,,A3"


class Imported(msgspec.Struct):
    """One import: its counts and its rows."""

    summary: Summary
    rows: list[RowOutcome]

    @property
    def counts(self) -> tuple[int, int, int]:
        return tuple(self.summary.statuses[status] for status in Status)  # type: ignore[return-value]


def actor(tenant: Tenant) -> Actor:
    return Actor.cli(tenant.oem_id, "tester")


async def run(tenant: Tenant, *lines: str, dry: bool = False, historical: bool = True) -> Imported:
    content = "\n".join([HEADER, *lines]).encode()
    rows: list[RowOutcome] = []
    prepared = await prepare(actor(tenant), SourceFile("cases.csv", io.BytesIO(content)), Mapping())
    if dry:
        return Imported(await prepared.rehearse(tell=rows.extend, as_of=MONDAY), rows)
    return Imported(await prepared.run(historical=historical, tell=rows.extend, as_of=MONDAY), rows)


async def value(tenant: Tenant, sql: str) -> Any:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return await tx.value(sql)


async def cases_of(tenant: Tenant) -> int:
    return int(await value(tenant, "SELECT count(*) FROM cases"))


async def test_rows_become_cases(tenant: Tenant) -> None:
    """R1.8: and each is like one registered by hand."""
    imported = await run(tenant, NOISE, BRAKES, LABEL)
    assert imported.counts == (3, 0, 0)
    noise, brakes, label = imported.rows
    assert [row.line for row in imported.rows] == [2, 3, 4]
    assert (noise.contactable, brakes.contactable, label.contactable) == (True, False, False)
    assert (brakes.urgency, brakes.category) == ("urgent", "SQ")
    assert brakes.owner_name == f"{Role.SERVICE_MANAGER} {tenant.sibling}"
    sql = "SELECT array_agg(number || dealer_id || historical || source ORDER BY number) FROM cases"
    assert await value(tenant, sql) == [
        f"{row.number}{dealer}trueimport"
        for row, dealer in zip(imported.rows, (tenant.here, tenant.sibling, tenant.far), strict=True)
    ]
    assert await value(tenant, "SELECT min(n) FROM (SELECT count(*) n FROM clocks GROUP BY case_id)") == 4
    assert await value(tenant, "SELECT title FROM cases WHERE external_ref = 'A3'") == "制动系/异响"


async def test_one_and_many_make_the_same(tenant: Tenant) -> None:
    """The two ways of registering write the same rows."""
    intake = Intake(
        channel=Channel.PHONE,
        dealer_id=tenant.here,
        received_at=MONDAY - timedelta(days=3),
        backdating_reason="补录",
        customer_phone="13800001234",
        vehicle_plate="测A12345",
        words="高速行驶时刹车失灵",
    )
    options = {"source": Source.IMPORT, "as_of": MONDAY}
    one = await cases.register(actor(tenant), intake, **options)  # type: ignore[arg-type]
    (many,) = await cases.register_many(actor(tenant), [intake], **options)  # type: ignore[arg-type]
    assert isinstance(many, Registered)
    for table, left_out, condition in (
        ("cases", ["id", "number", "owner_id", "owner_name"], "id = $1"),
        ("clocks", ["id", "case_id"], "case_id = $1"),
        ("timeline_entries", ["id", "case_id"], "case_id = $1"),
        ("escalations", ["id", "case_id", "clock_id"], "case_id = $1"),
        ("audit_entries", ["id", "entity_id"], "entity_id = $1::text"),
        ("events", ["id", "case_id", "payload"], "case_id = $1"),
    ):
        sql = (
            "SELECT array_agg(told ORDER BY told) FROM (SELECT (to_jsonb(t) - $2::text[])::text AS told"
            f" FROM {table} t WHERE {condition}) rows"
        )
        async with transaction(Scope.oem(tenant.oem_id)) as tx:
            ids = [str(each.id) if table == "audit_entries" else each.id for each in (one, many)]
            first, second = [await tx.value(sql, case_id, left_out) for case_id in ids]
        assert first, table
        assert first == second, table


async def test_the_same_file_again_adds_nothing_and_names_the_first_cases(tenant: Tenant) -> None:
    """Issue 2: nothing twice on repetition."""
    first = await run(tenant, NOISE, BRAKES)
    drawn = await value(tenant, "SELECT sum(last) FROM case_counters")
    again = await run(tenant, NOISE, BRAKES, LABEL)
    assert again.counts == (1, 2, 0)
    assert [row.number for row in again.rows[:2]] == [row.number for row in first.rows]
    assert await cases_of(tenant) == 3
    assert await value(tenant, "SELECT sum(last) FROM case_counters") == drawn + 1, (
        "repeating uses up numbers"
    )


async def test_rows_without_a_reference_are_known_by_what_they_say(tenant: Tenant) -> None:
    nameless = NOISE.removesuffix("A1")
    assert (await run(tenant, nameless, nameless, nameless + " ")).counts == (1, 2, 0)
    assert (await run(tenant, nameless)).counts == (0, 1, 0)


async def test_a_reference_counts_once_per_dealer_also_within_a_file(tenant: Tenant) -> None:
    other = NOISE.replace("near0", "near1")
    imported = await run(tenant, NOISE, other, NOISE, other)
    assert imported.counts == (2, 2, 0)
    numbers = [row.number for row in imported.rows]
    assert numbers[2:] == numbers[:2]


async def test_a_row_that_was_rejected_gives_way_to_its_correction(tenant: Tenant) -> None:
    imported = await run(tenant, NOISE.replace("13800001234", "1"), NOISE)
    assert [row.status for row in imported.rows] == [Status.REJECTED, Status.ACCEPTED]


async def test_each_rejected_row_has_all_its_reasons(tenant: Tenant) -> None:
    """Issue 2: a result file with a reason per rejected row."""
    imported = await run(
        tenant,
        ",,,x,,,",
        "2026-03-01 10:00,phone,near0,,,,",
        "2026-03-09 10:00,phone,near0,x,,12,",
        "2026-03-01 10:00,phone,near0",
        NOISE,
    )
    found = [{(each.field, each.code) for each in row.problems} for row in imported.rows]
    assert found == [
        {("received_at", "required"), ("channel", "required"), ("dealer", "required")},
        {("words", "words_or_fault_label_required")},
        {("received_at", "received_in_future"), ("customer_phone", "phone_not_possible")},
        {("", "cells_miscounted")},
        set(),
    ]
    assert imported.counts == (1, 0, 4)
    assert await cases_of(tenant) == 1


async def test_a_closed_dealer_takes_no_cases(tenant: Tenant) -> None:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        await tx.execute("UPDATE dealers SET active = false WHERE id = $1", tenant.far)
    (row,) = (await run(tenant, LABEL)).rows
    assert [each.code for each in row.problems] == ["dealer_inactive"]


async def test_a_dry_run_says_the_same_and_writes_nothing(tenant: Tenant) -> None:
    """Issue 2."""
    await run(tenant, NOISE)
    tables = ("cases", "events", "audit_entries", "case_counters", "import_runs", "customers")
    before = [await value(tenant, f"SELECT count(*) FROM {table}") for table in tables]
    drawn = await value(tenant, "SELECT sum(last) FROM case_counters")
    lines = (NOISE, BRAKES, LABEL, BRAKES, ",,,x,,,")
    dry = await run(tenant, *lines, dry=True)
    assert [await value(tenant, f"SELECT count(*) FROM {table}") for table in tables] == before
    assert await value(tenant, "SELECT sum(last) FROM case_counters") == drawn
    real = await run(tenant, *lines)
    assert dry.counts == real.counts == (2, 2, 1)
    left_out = {"number": ""}
    without_numbers = [msgspec.structs.replace(row, **left_out) for row in real.rows]
    assert [msgspec.structs.replace(row, **left_out) for row in dry.rows] == without_numbers


async def test_work_is_shared_out_among_the_owners(tenant: Tenant) -> None:
    """R3.1: rows imported together count for each other."""
    lines = [NOISE.replace("A1", f"B{number}").replace("13800001234", "") for number in range(10)]
    imported = await run(tenant, *lines)
    assert sorted(imported.summary.owners.values()) == [5, 5]


async def test_history_records_its_breaches_and_gives_one_digest(tenant: Tenant) -> None:
    """Issue 2: a historical import records breaches and gives each manager one digest."""
    await run(tenant, NOISE, BRAKES, LABEL)
    assert await value(tenant, "SELECT count(DISTINCT case_id) FROM escalations") == 2
    payload = await value(tenant, "SELECT payload FROM events WHERE kind = 'import.finished'")
    run_id = await value(tenant, "SELECT id FROM import_runs")
    assert payload == {
        "run_id": str(run_id),
        "file_name": "cases.csv",
        "historical": True,
        "cases": {str(tenant.here): 1, str(tenant.sibling): 1, str(tenant.far): 1},
        "open_cases": {str(tenant.here): 1, str(tenant.sibling): 1, str(tenant.far): 1},
        "overdue": {str(tenant.here): 1, str(tenant.sibling): 0, str(tenant.far): 1},
    }


async def test_a_live_import_makes_cases_that_are_not_history(tenant: Tenant) -> None:
    await run(tenant, BRAKES, historical=False)
    assert await value(tenant, "SELECT historical FROM cases") is False
    assert await value(
        tenant, "SELECT payload ->> 'historical' FROM events WHERE kind = 'import.finished'"
    ) == ("false")


async def test_a_try_after_an_interruption_goes_on_as_the_same_run(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [NOISE.replace("A1", f"C{number}") for number in range(2 * BATCH)]
    many = cases.register_many
    calls = 0

    async def fail_at_second(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the machine stops here")
        return await many(*args, **options)

    monkeypatch.setattr(cases, "register_many", fail_at_second)
    with pytest.raises(RuntimeError):
        await run(tenant, *lines)
    assert await cases_of(tenant) == BATCH
    monkeypatch.undo()
    assert (await run(tenant, *lines)).counts == (BATCH, BATCH, 0)
    assert await cases_of(tenant) == 2 * BATCH
    sql = "SELECT array_agg(accepted || '/' || repeated || '/' || rejected) FROM import_runs"
    assert await value(tenant, sql) == [f"{2 * BATCH}/0/0"]
    told = "SELECT payload -> 'cases' FROM events WHERE kind = 'import.finished'"
    assert await value(tenant, told) == {str(tenant.here): 2 * BATCH}


async def test_one_refused_at_the_last_moment_leaves_the_others_in(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else imports the same reference between the look and the writing."""
    from shared.cases import register_many as module

    intakes = [
        Intake(
            channel=Channel.PHONE,
            dealer_id=tenant.here,
            received_at=MONDAY,
            words="异响",
            external_ref=reference,
        )
        for reference in ("D1", "D2", "D3")
    ]
    write = module.write
    other = intakes[1]

    async def come_between(tx: Transaction, registrations: Any) -> None:
        monkeypatch.undo()
        await write(tx, registrations)
        raise Conflict("external_ref_exists")

    await cases.register(actor(tenant), other, source=Source.IMPORT, as_of=MONDAY)
    monkeypatch.setattr(module, "write", come_between)
    monkeypatch.setattr(module, "_known_already", _nothing_known)
    found = await cases.register_many(actor(tenant), intakes, source=Source.IMPORT, as_of=MONDAY)
    assert [isinstance(each, Registered) for each in found] == [True, False, True]
    assert isinstance(found[1], AppError)
    assert found[1].params["number"]
    assert await cases_of(tenant) == 3


async def _nothing_known(*_: object) -> dict[int, AppError]:
    return {}


async def test_only_who_may_import_does(tenant: Tenant) -> None:
    """R9.1."""
    file = SourceFile("cases.csv", io.BytesIO(HEADER.encode()))
    for role in (Role.ADVISOR, Role.STATION_HEAD, Role.REGIONAL_MANAGER, Role.CAC_AGENT, Role.READER):
        with pytest.raises(Forbidden):
            await prepare(tenant.actor(role), file, Mapping())


async def test_a_mapping_that_does_not_fit_imports_nothing(tenant: Tenant) -> None:
    content = f"{HEADER.replace('dealer', 'garage')}\n{NOISE}"
    with pytest.raises(Invalid) as caught:
        await prepare(actor(tenant), SourceFile("cases.csv", io.BytesIO(content.encode())), Mapping())
    assert [(each.field, each.code) for each in caught.value.fields] == [("dealer", "nothing_mapped")]
