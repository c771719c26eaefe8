"""R6.6: every dealer's past month is asked for, once, in both languages."""

from collections.abc import AsyncIterator

import pytest

from shared.db.engine import transaction
from shared.permissions import Role
from shared.reports import month_end, service
from shared.reports.repository import ReportRun
from shared.tenancy import Scope
from shared.web.locale import Locale
from tests.integration.reports.months import MARCH, local
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant

NIGHT = local(1, 2, 0, month=4)


@pytest.fixture(scope="module")
async def tenant(database: Database) -> AsyncIterator[Tenant]:
    async with open_engine(database.app_url):
        founded = await found_tenant()
        mid_month = local(20)
        await service.request(
            founded.actor(Role.SERVICE_MANAGER), founded.here, MARCH, Locale.EN, as_of=mid_month
        )
    # The system's scope is the worker's.
    async with open_engine(database.worker_url):
        yield founded


async def runs(tenant: Tenant) -> list[ReportRun]:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        return (await service.runs(tx, tenant.oem_id, month=MARCH)).items


async def test_each_dealer_is_asked_for_once_and_the_desk_never(tenant: Tenant) -> None:
    assert await month_end.request_all(as_of=local(1, 1, 59, month=4)) == 0
    # What is under way is not asked for twice.
    assert await month_end.request_all(as_of=NIGHT) == 5
    assert await month_end.request_all(as_of=NIGHT) == 0
    asked = await runs(tenant)
    wanted = {(dealer, locale) for dealer in (tenant.here, tenant.sibling, tenant.far) for locale in Locale}
    assert {(each.dealer_id, each.locale) for each in asked} == wanted
    assert len(asked) == 6


async def test_a_report_made_before_the_month_was_over_does_not_count(tenant: Tenant) -> None:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        changed = await tx.execute(
            "UPDATE report_runs SET state = 'failed', created_at = $2 WHERE oem_id = $1 AND month = $3",
            tenant.oem_id,
            local(31, 23),
            MARCH.first_day,
        )
    assert changed == 6
    assert await month_end.request_all(as_of=NIGHT) == 6
