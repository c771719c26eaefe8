"""A large world for measuring, written straight into the tables.

Rows are the point here, not how they came.
"""

import asyncio
import random
from typing import Any

import asyncpg
import msgspec

from infra.dev.servers import Servers
from shared.cases.customer_links import CustomerLinks
from shared.cases.search import SearchedCase, found_by
from shared.db.manifest import TABLES
from shared.db.migrate import migrate, migrate_back
from shared.notifications.links import Links
from shared.settings import OwnerDatabaseSettings
from shared.sla.default_policy import default_clock_policy

LINKS = Links(
    "https://console.example.com",
    CustomerLinks("https://care.example.com", "invented-secret-for-the-bench-0123456789"),
)
"""What a worker writes into messages here."""

_BASE = """
INSERT INTO app.oems (slug, name, name_en, time_zone, locale, created_at)
SELECT 'oem-' || n, '测试车厂 ' || n, 'Bench Motors ' || n, 'Asia/Shanghai', 'zh-CN', now()
FROM generate_series(1, {oems}) n;
INSERT INTO app.regions (oem_id, id, level, code, name, name_en)
SELECT id, 1, 'area', 'A1', '东区', 'East' FROM app.oems;
INSERT INTO app.regions (oem_id, id, parent_id, level, code, name, name_en)
SELECT id, 2, 1, 'district', 'D1', '一区', 'First' FROM app.oems;
INSERT INTO app.dealers (oem_id, id, region_id, code, name, name_en, created_at)
SELECT o.id, d, 2, 'D' || d, '测试店 ' || d, 'Bench dealer ' || d, now()
FROM app.oems o, generate_series(1, {dealers}) d;
INSERT INTO app.accounts (id, email, name, password_hash, locale, time_zone, created_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'bench@example.com', '测试员', 'x', 'zh-CN', 'UTC', now());
INSERT INTO app.memberships (oem_id, id, dealer_id, account_id, role, name, email, locale, created_at)
SELECT oem_id, gen_random_uuid(), id, '00000000-0000-7000-8000-000000000001', 'service_manager', '测试员',
       'bench@example.com', 'zh-CN', now()
FROM app.dealers;
INSERT INTO app.customers (oem_id, id, dealer_id, name, created_at)
SELECT oem_id, gen_random_uuid(), id, '测试车主', now() FROM app.dealers;
INSERT INTO app.vehicles (oem_id, id, dealer_id, plate, model, created_at)
SELECT oem_id, gen_random_uuid(), id, '测A·' || id, '测试车型', now() FROM app.dealers;
"""

# Dealers of an OEM that the product made, each with somebody to answer for cases.
_MORE_DEALERS = """
INSERT INTO app.dealers (oem_id, id, region_id, code, name, name_en, created_at)
SELECT {oem_id}, {oem_id} * 1000000 + 1000 + n, r.id, 'M' || n, '测试店 ' || n, 'Bench dealer ' || n, now()
FROM generate_series(1, {dealers}) n, app.regions r WHERE r.oem_id = {oem_id} AND r.code = '{district}';
INSERT INTO app.memberships (oem_id, id, dealer_id, account_id, role, name, email, locale, created_at)
SELECT oem_id, gen_random_uuid(), id, '00000000-0000-7000-8000-000000000001', 'service_manager', '测试员',
       'bench@example.com', 'zh-CN', now()
FROM app.dealers WHERE oem_id = {oem_id} AND code LIKE 'M%'
"""

_POLICIES = """
INSERT INTO app.policies (oem_id, dealer_id, name, version, body, valid_from, created_by)
SELECT id, 0, 'clocks', 1, '{body}', now() - interval '1 day', 'bench' FROM app.oems
"""

# Cases spread evenly over all dealers; received one minute apart, due in the far future.
_CASES = """
INSERT INTO app.cases (oem_id, id, dealer_id, number, state, channel, report_code, category, kind, subject,
                       urgency, classification, title, words, customer_id, vehicle_id, contactable, owner_id,
                       owner_name, received_at, registered_at, due_at, due_metric, due_started_at, source,
                       created_by, updated_at)
SELECT d.oem_id, gen_random_uuid(), d.id, 'AF20260101' || (d.id * 1000000 + n)::text,
       (ARRAY['registered', 'contacted', 'planned', 'result_told'])[1 + n % 4], 'phone', 2,
       (ARRAY['S', 'SA', 'SQ', 'SP', 'OT'])[1 + n % 5], 'fault', 'other',
       (ARRAY['high', 'medium', 'low'])[1 + n % 3], '{{}}', '转向异响 ' || n, '低速转弯时前部有异响',
       c.id, v.id, true, m.id, m.name, now() - n * interval '1 minute', now() - n * interval '1 minute',
       now() + interval '10 days' + n * interval '1 minute', 'resolve', now() - n * interval '1 minute',
       'staff', 'bench', now()
FROM generate_series(1, {per_dealer}) n,
     app.dealers d
     JOIN app.customers c ON c.oem_id = d.oem_id AND c.dealer_id = d.id
     JOIN app.vehicles v ON v.oem_id = d.oem_id AND v.dealer_id = d.id
     JOIN app.memberships m ON m.oem_id = d.oem_id AND m.dealer_id = d.id
"""

_CLOCKS = """
INSERT INTO app.clocks (oem_id, id, dealer_id, case_id, metric, cycle, state, policy_version,
                        calendar_version, started_at, due_at, steps, schedule, next_at, updated_at)
SELECT c.oem_id, gen_random_uuid(), c.dealer_id, c.id, metric, 1, 'running', 1, 1, c.received_at, c.due_at,
       ARRAY['warn_50', 'warn_75', 'warn_90', 'level_1', 'level_2', 'level_3'],
       ARRAY[c.due_at - interval '3 hours', c.due_at - interval '2 hours', c.due_at - interval '1 hour',
             c.due_at, c.due_at + interval '2 hours', c.due_at + interval '4 hours'],
       c.due_at - interval '3 hours', now()
FROM app.cases c, unnest(ARRAY['first_contact', 'first_response', 'resolve']) AS metric
"""

# Due now, breach and all: the first three steps are behind them.
_MAKE_DUE = """
UPDATE app.clocks SET step = 4, due_at = now() - interval '1 second', next_at = now() - interval '1 second',
    schedule = ARRAY[now() - interval '3 hours', now() - interval '2 hours', now() - interval '1 hour',
                     now() - interval '1 second', now() + interval '2 hours', now() + interval '4 hours']
WHERE (oem_id, id) IN (SELECT oem_id, id FROM app.clocks WHERE metric = 'resolve' AND step = 1 LIMIT {count})
"""


# What `_CASES` needs at dealers that were made by the product itself.
_ONE_CUSTOMER = """
INSERT INTO app.customers (oem_id, id, dealer_id, name, created_at)
SELECT oem_id, gen_random_uuid(), id, '测试车主', now() FROM app.dealers d
WHERE NOT EXISTS (SELECT 1 FROM app.customers c WHERE c.oem_id = d.oem_id AND c.dealer_id = d.id);
INSERT INTO app.vehicles (oem_id, id, dealer_id, plate, model, created_at)
SELECT oem_id, gen_random_uuid(), id, '测A·' || id, '测试车型', now() FROM app.dealers d
WHERE NOT EXISTS (SELECT 1 FROM app.vehicles v WHERE v.oem_id = d.oem_id AND v.dealer_id = d.id)
"""


async def start(servers: Servers, *, oems: int, dealers: int) -> None:
    """An empty, migrated database with `oems` × `dealers` dealers."""
    settings = OwnerDatabaseSettings(servers.postgres_owner_url)
    await migrate(settings)
    await migrate_back(settings, "all")
    await migrate(settings)
    await as_owner(servers, _BASE.format(oems=oems, dealers=dealers))


async def grow(servers: Servers, oem_id: int, district: str, dealers: int) -> None:
    """Give a district, by its code, more dealers."""
    await as_owner(servers, _MORE_DEALERS.format(oem_id=oem_id, district=district, dealers=dealers))


async def fill(servers: Servers, *, per_dealer: int, clocks: bool) -> None:
    """Give every dealer `per_dealer` cases, and these three clocks each."""
    await as_owner(
        servers, _ONE_CUSTOMER, _CASES.format(per_dealer=per_dealer), *([_CLOCKS] if clocks else [])
    )
    await vacuum(servers, "cases", "clocks", "dealers", "customers", "vehicles", "memberships")


async def publish_clock_policies(servers: Servers) -> None:
    """Let the supplied clock policy be in force at every OEM since yesterday."""
    body = msgspec.json.encode(default_clock_policy()).decode().replace("'", "''")
    await as_owner(servers, _POLICIES.format(body=body))


async def let_be_found(servers: Servers) -> None:
    """Make every case known to the search, with words, a plate and a telephone number of its own.

    Words are two characters each and unevenly common, as in a language: of `WORDS` the first stands in every
    fifth case, the last in one of some thousands.
    """
    owner = await asyncpg.connect(servers.postgres_owner_url)
    try:
        async with owner.transaction():
            await owner.execute(_LIFT.format(hold="NO FORCE"))
            cases = await owner.fetch("SELECT oem_id, id, dealer_id, received_at, number FROM app.cases")
            chance = random.Random(SEED)
            rows = [_search_row(case, place, chance) for place, case in enumerate(cases)]
            await owner.copy_records_to_table("case_search", schema_name="app", records=rows, timeout=900)
            await owner.execute(_LIFT.format(hold="FORCE"))
    finally:
        await owner.close()
    await vacuum(servers, "case_search")


_LIFT = (
    "ALTER TABLE app.cases {hold} ROW LEVEL SECURITY; ALTER TABLE app.case_search {hold} ROW LEVEL SECURITY"
)
SEED = 20260302
_FIRST, _SECOND = "转刹异漏油门窗座灯锁轴泵阀管线板胎温压电", "向车响水耗边框椅光匙承体芯路束面纹度力源"
WORDS = [first + second for first in _FIRST for second in _SECOND]
_WEIGHTS = [1 / (10 + place) ** 1.5 for place in range(len(WORDS))]


def _search_row(case: asyncpg.Record, place: int, chance: random.Random) -> tuple[Any, ...]:
    searched = SearchedCase(
        case_id=case["id"],
        dealer_id=case["dealer_id"],
        received_at=case["received_at"],
        number=case["number"],
        title="",
        words="，".join(chance.choices(WORDS, _WEIGHTS, k=12)),
        description="",
        fault_label="",
        demand="",
        customer_name="测试车主",
        customer_phone=f"+86138{place % 10**8:08d}",
        vehicle_plate=f"测A{place % 10**5:05d}",
    )
    return (case["oem_id"], case["id"], case["dealer_id"], case["received_at"], *found_by(searched))


async def make_due(servers: Servers, count: int) -> None:
    """Let `count` clocks have fallen due a second ago, as if by time alone: without leaving dead rows."""
    await as_owner(servers, _MAKE_DUE.format(count=count))
    await vacuum(servers, "clocks")


async def vacuum(servers: Servers, *tables: str) -> None:
    """Let the planner know these tables as they are now."""
    owner = await asyncpg.connect(servers.postgres_owner_url)
    try:
        for table in tables:
            await owner.execute(f"VACUUM (ANALYZE) app.{table}")
    finally:
        await owner.close()


async def as_owner(servers: Servers, *statements: str) -> None:
    """Run statements as the owner with row security's hold on the owner lifted."""
    owner = await asyncpg.connect(servers.postgres_owner_url)
    lift = ";".join(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY" for table in TABLES)
    hold = ";".join(f"ALTER TABLE app.{table} FORCE ROW LEVEL SECURITY" for table in TABLES)
    try:
        async with owner.transaction():
            await owner.execute(lift)
            for statement in statements:
                await owner.execute(statement, timeout=900)
        await owner.execute(hold)
    finally:
        await owner.close()
        await asyncio.sleep(0)
