"""An OEM made by the product, its cases, and what happens to them by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.follow_up import call_rows, survey_rows
from shared.follow_up.answers import Answer
from shared.follow_up.call_rows import CallView
from shared.follow_up.survey_rows import SurveyView
from shared.follow_up.vocabulary import CallKind
from shared.permissions import Role
from tests.integration.cases.walking import CAUSE, NOON, SPOKEN, TOLD, clocks_of, new_case, walk
from tests.support.background import LINKS, open_engine
from tests.support.happening import settle
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

GOOD = {"attitude": "5", "speed": "4", "solution": "4", "solved": "yes", "informed": "told"}
BAD = {**GOOD, "solution": "2", "solved": "no", "advice": "异响还在"}
LATER = NOON + timedelta(minutes=5)


def answers(given: dict[str, str]) -> tuple[Answer, ...]:
    """What a customer said, as the services take it."""
    return tuple(Answer(key, value) for key, value in given.items())


@dataclass(frozen=True, slots=True)
class World:
    """The OEM and a connection past the policies."""

    tenant: Tenant
    connection: asyncpg.Connection

    async def settle(self, case_id: UUID, at: datetime = LATER) -> None:
        """Handle what has happened to a case by then."""
        await settle(self.tenant.oem_id, case_id, LINKS, at)

    async def told(self, at: datetime = NOON, **changes: Any) -> CaseView:
        """A case whose customer has been told the result; the survey has gone out."""
        case = await new_case(self.tenant, **changes)
        case = await walk(self.tenant.actor(Role.SERVICE_MANAGER), case.id, SPOKEN, TOLD, at=at)
        await self.settle(case.id, at + timedelta(minutes=5))
        return case

    async def closed(self, at: datetime = NOON, **changes: Any) -> CaseView:
        """A case that was closed; its calls are planned."""
        case = await self.told(at, **changes)
        case = await walk(self.tenant.actor(Role.SERVICE_MANAGER), case.id, CAUSE, at=at)
        await self.settle(case.id, at + timedelta(minutes=5))
        return case

    async def survey(self, case_id: UUID) -> SurveyView:
        """The newest survey of a case."""
        async with transaction(_oem(self.tenant), read_only=True) as tx:
            return (await survey_rows.surveys_of(tx, self.tenant.oem_id, case_id))[0]

    async def calls(self, case_id: UUID) -> dict[CallKind, CallView]:
        """The calls of a case's newest round by kind."""
        async with transaction(_oem(self.tenant), read_only=True) as tx:
            found = await call_rows.calls_of(tx, self.tenant.oem_id, case_id)
        newest = max((each.cycle for each in found), default=0)
        return {each.kind: each for each in found if each.cycle == newest}

    async def clock(self, case_id: UUID, metric: str, cycle: int = 1) -> Any:
        """The clock of a metric, None where nothing is promised."""
        known = await clocks_of(self.tenant, case_id, cycle)
        return known.get(metric)

    async def messages(self, case_id: UUID, template: str) -> list[asyncpg.Record]:
        """What was written to people about a case."""
        return await self.connection.fetch(
            "SELECT * FROM app.messages WHERE case_id = $1 AND template = $2 ORDER BY channel",
            case_id,
            template,
        )


def _oem(tenant: Tenant) -> Any:
    return tenant.actor(Role.ADMINISTRATOR).scope


@pytest.fixture(scope="module")
async def app_engine(database: Database) -> AsyncIterator[None]:
    """The engine on the module's own database, with the web doors' login."""
    async with open_engine(database.app_url):
        yield


@pytest.fixture(scope="module")
async def tenant(app_engine: None) -> Tenant:
    """An OEM shared by the module's tests: each makes its own cases."""
    return await found_tenant()


@pytest.fixture
async def world(database: Database, tenant: Tenant) -> AsyncIterator[World]:
    """The OEM, and its messages as the owner of the tables sees them."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("ALTER TABLE app.messages NO FORCE ROW LEVEL SECURITY")
        yield World(tenant, connection)
    finally:
        await connection.close()
