"""One OEM with dealers, people and cases, written past the policies, to test what happens by itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from services.worker.handlers import build_handlers
from shared.cases.customer_links import CustomerLinks
from shared.db.engine import ENGINE
from shared.db.manifest import TABLES
from shared.notifications.links import Links
from shared.onboarding.defaults import default_calendar
from shared.outbox.claim import handle_events_of_oem
from shared.sla.default_policy import default_clock_policy
from tests.integration.tenancy.world import MAKERS, Place, insert
from tests.support.servers import Database

PUBLIC_URL = "https://console.example.com"
PORTAL_URL = "https://care.example.com"
LINKS = Links(PUBLIC_URL, CustomerLinks(PORTAL_URL, "invented-secret-for-tests-0123456789abcdef"))
LONG_AGO = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
STEPS = ("warn_50", "warn_75", "warn_90", "level_1", "level_2", "level_3")


@dataclass(frozen=True, slots=True)
class Dealership:
    """A dealer and its people: advisor (owner of its cases), service manager, station head."""

    oem_id: int
    region_id: int
    id: int
    staff: dict[str, UUID]

    @property
    def owner_id(self) -> UUID:
        return self.staff["advisor"]


@dataclass(frozen=True, slots=True)
class Company:
    """An OEM, its dealers, the regional manager of them all and the administrator."""

    oem_id: int
    dealers: tuple[Dealership, ...]
    regional_manager: UUID
    administrator: UUID
    connection: asyncpg.Connection = field(repr=False)

    async def handle_events(self, as_of: datetime | None = None) -> None:
        """What the worker does, until nothing is left."""
        while await handle_events_of_oem(self.oem_id, build_handlers(LINKS), as_of, limit=50):
            pass

    async def messages(self, **wanted: Any) -> list[asyncpg.Record]:
        """The OEM's messages whose columns have these values, by priority, recipient and channel."""
        conditions = "".join(f" AND {column} = ${place}" for place, column in enumerate(wanted, 2))
        return await self.connection.fetch(
            f"SELECT * FROM app.messages WHERE oem_id = $1{conditions}"
            " ORDER BY priority, template, recipient_name, channel",
            self.oem_id,
            *wanted.values(),
        )

    async def timeline(self, case_id: UUID) -> list[asyncpg.Record]:
        """What the case's timeline says, oldest first."""
        return await self.connection.fetch(
            "SELECT * FROM app.timeline_entries WHERE oem_id = $1 AND case_id = $2 ORDER BY at, id",
            self.oem_id,
            case_id,
        )

    async def case(self, dealer: Dealership | None = None, **values: Any) -> UUID:
        """A case of a dealer (the first unless given) with a customer of its own."""
        at = dealer or self.dealers[0]
        contact = {
            key: values.pop(key) for key in ("phone", "email", "locale", "customer_name") if key in values
        }
        customer_id = uuid4()
        customer = MAKERS["customers"](_place(at)) | {
            "id": customer_id,
            "name": contact.get("customer_name", "张测试"),
            "phone": contact.get("phone", "+8613800001234"),
            "email": contact.get("email", "owner@example.com"),
            "locale": contact.get("locale", "zh-CN"),
        }
        await insert(self.connection, "customers", customer)
        case_id = uuid4()
        row = MAKERS["cases"](_place(at)) | {
            "id": case_id,
            "number": f"AF20260105{uuid4().int % 10**9:09d}",
            "customer_id": customer_id,
            "vehicle_id": None,
            "owner_id": at.owner_id,
            "owner_name": "顾问测试",
        }
        await insert(self.connection, "cases", row | values)
        return case_id

    async def clock(
        self,
        case_id: UUID,
        *,
        schedule: Sequence[datetime],
        due_at: datetime | None = None,
        steps: Sequence[str] = STEPS,
        dealer: Dealership | None = None,
        **values: Any,
    ) -> UUID:
        """A running clock; due at the instant of its step `level_1` unless told otherwise."""
        clock_id = uuid4()
        row = MAKERS["clocks"](_place(dealer or self.dealers[0])) | {
            "id": clock_id,
            "case_id": case_id,
            "metric": "first_contact",
            "cycle": 1,
            "started_at": schedule[0] - timedelta(hours=1),
            "due_at": due_at or schedule[steps.index("level_1")],
            "steps": list(steps),
            "schedule": list(schedule),
            "next_at": schedule[0],
        }
        await insert(self.connection, "clocks", row | values)
        return clock_id


async def build_company(connection: asyncpg.Connection, dealers: int = 2) -> Company:
    """Write an OEM as the owner of the tables, whom the policies of this database no longer hold."""
    for table in TABLES:
        await connection.execute(f"ALTER TABLE app.{table} NO FORCE ROW LEVEL SECURITY")
    await insert(connection, "oems", oem := MAKERS["oems"](_nowhere(0)))
    oem_id = await connection.fetchval("SELECT id FROM app.oems WHERE slug = $1", oem["slug"])
    area = MAKERS["regions"](_nowhere(oem_id)) | {"id": 1}
    district = MAKERS["regions"](_nowhere(oem_id)) | {"id": 2, "parent_id": 1, "level": "district"}
    await insert(connection, "regions", area)
    await insert(connection, "regions", district)
    clocks = {"name": "clocks", "body": msgspec.json.encode(default_clock_policy()).decode(), "version": 1}
    await insert(connection, "policies", MAKERS["policies"](_nowhere(oem_id)) | clocks)
    opening = default_calendar("CN", "Asia/Shanghai", LONG_AGO.year)
    calendar = {"name": "calendar", "body": msgspec.json.encode(opening).decode(), "version": 1}
    await insert(connection, "policies", MAKERS["policies"](_nowhere(oem_id)) | calendar)
    return Company(
        oem_id,
        tuple([await _dealership(connection, oem_id, number) for number in range(1, dealers + 1)]),
        await _member(connection, oem_id, 0, "regional_manager", region_ids=[1]),
        await _member(connection, oem_id, 0, "administrator"),
        connection,
    )


async def _dealership(connection: asyncpg.Connection, oem_id: int, number: int) -> Dealership:
    row = MAKERS["dealers"](_nowhere(oem_id)) | {"id": number, "region_id": 2, "name": f"测试{number}店"}
    await insert(connection, "dealers", row)
    roles = ("advisor", "service_manager", "station_head")
    staff = {role: await _member(connection, oem_id, number, role) for role in roles}
    return Dealership(oem_id, 2, number, staff)


async def _member(
    connection: asyncpg.Connection, oem_id: int, dealer_id: int, role: str, **values: Any
) -> UUID:
    account = MAKERS["accounts"](_nowhere(oem_id))
    await insert(connection, "accounts", account)
    member_id = uuid4()
    row = {
        "oem_id": oem_id,
        "id": member_id,
        "dealer_id": dealer_id,
        "account_id": account["id"],
        "role": role,
        "name": f"{role}{dealer_id}",
        "email": f"{role}.{dealer_id}@example.com",
        "phone": f"+861380000{1000 + dealer_id}",
        "locale": "zh-CN",
        "created_at": LONG_AGO,
    }
    await insert(connection, "memberships", row | values)
    return member_id


def _place(dealer: Dealership) -> Place:
    return Place(dealer.oem_id, dealer.region_id, dealer.id, membership_id=dealer.owner_id)


def _nowhere(oem_id: int) -> Place:
    return Place(oem_id, 0, 0)


@asynccontextmanager
async def open_engine(url: str, pool_size: int = 6) -> AsyncIterator[None]:
    """The process's engine, connected to `url`."""
    await ENGINE.open(
        url, pool_size=pool_size, acquire_timeout=timedelta(seconds=5), application="huiyin-tests"
    )
    try:
        yield
    finally:
        await ENGINE.close()


@pytest.fixture(scope="module")
async def engine(database: Database) -> AsyncIterator[None]:
    """The engine on the module's own database, with the worker's login."""
    async with open_engine(database.worker_url):
        yield


@pytest.fixture
async def company(database: Database, engine: None) -> AsyncIterator[Company]:
    """An OEM of this test's own."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        yield await build_company(connection)
    finally:
        await connection.close()
