"""Cases whose clocks fall due while everything is being killed; some promises are kept in time."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from shared.db.engine import CONNECTION_LOST
from shared.outbox.events import EventKind
from shared.sla import firing
from tests.support.background import Company, Dealership

# Seconds from a clock's start to its three warnings, its breach and the two levels above.
STEPS_AFTER_S = (1.0, 2.0, 3.0, 5.0, 7.0, 9.0)
LAST_STEP_S = STEPS_AFTER_S[-1]
KEPT_SHARE = 0.3

LOST = (OSError, *CONNECTION_LOST)


class Workload:
    """Registers cases in several OEMs and keeps some promises; knows nothing of workers."""

    def __init__(self, pool: asyncpg.Pool, companies: list[Company], seed: int) -> None:
        self._pool = pool
        self._companies = companies
        self._random = random.Random(seed)
        self._keeping: list[asyncio.Task[None]] = []

    async def run(self, seconds: float, per_second: float) -> None:
        """Register cases for `seconds`, then wait for the promises that are still to be kept."""
        clock = asyncio.get_running_loop()
        end = clock.time() + seconds
        while clock.time() < end:
            try:
                await self._register()
            except LOST:  # what was not accepted is nobody's promise
                await asyncio.sleep(0.2)
            await asyncio.sleep(self._random.expovariate(per_second))
        await asyncio.gather(*self._keeping)

    async def settle_in(self) -> None:
        """The people of each company have addresses that nobody else has."""
        for company in self._companies:
            await self._pool.execute(
                "UPDATE memberships SET email = id || '@example.com',"
                " phone = '+861370' || lpad(oem_id::text, 3, '0') || right(phone, 4) WHERE oem_id = $1",
                company.oem_id,
            )

    async def _register(self) -> None:
        company = self._random.choice(self._companies)
        dealer = self._random.choice(company.dealers)
        # Addresses of an OEM's own: whoever tells another's people is found out.
        number = self._random.randrange(10_000)
        case_id = await company.case(
            dealer,
            phone=f"+861390{company.oem_id:03d}{number:04d}",
            email=f"owner{number}@oem{company.oem_id}.example.com",
        )
        await self._tell(company, dealer, case_id)
        now = datetime.now(UTC)
        planned = [now + timedelta(seconds=after) for after in STEPS_AFTER_S]
        clock_id = await company.clock(case_id, schedule=planned, dealer=dealer)
        if self._random.random() < KEPT_SHARE:
            after_s = self._random.uniform(0, LAST_STEP_S)
            self._keeping.append(asyncio.create_task(self._keep(company.oem_id, case_id, clock_id, after_s)))

    async def _tell(self, company: Company, dealer: Dealership, case_id: UUID) -> None:
        await self._pool.execute(
            "INSERT INTO events (oem_id, id, dealer_id, case_id, kind, payload, occurred_at, next_attempt_at)"
            " VALUES ($1, gen_random_uuid(), $2, $3, $4, '{\"by_id\": null}', now(), now())",
            company.oem_id,
            dealer.id,
            case_id,
            EventKind.CASE_REGISTERED.value,
        )

    async def _keep(self, oem_id: int, case_id: UUID, clock_id: UUID, after_s: float) -> None:
        await asyncio.sleep(after_s)
        while True:
            try:
                await self._kept(oem_id, case_id, clock_id)
            except LOST:
                await asyncio.sleep(0.2)
            else:
                return

    async def _kept(self, oem_id: int, case_id: UUID, clock_id: UUID) -> None:
        """As a command does it: under the lock of the case, what is due first."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SELECT 1 FROM cases WHERE oem_id = $1 AND id = $2 FOR NO KEY UPDATE", oem_id, case_id
            )
            await connection.execute(
                "SELECT 1 FROM clocks WHERE oem_id = $1 AND id = $2 FOR UPDATE", oem_id, clock_id
            )
            at = await connection.fetchval("SELECT clock_timestamp()")
            await connection.fetchval(firing.FIRE_OF_CASE, oem_id, at, case_id)
            # The connection may have been lost between the commit and its answer: kept is kept.
            await connection.execute(
                "UPDATE clocks SET state = 'met', met_at = $3, next_at = NULL"
                " WHERE oem_id = $1 AND id = $2 AND state <> 'met'",
                oem_id,
                clock_id,
                at,
            )
