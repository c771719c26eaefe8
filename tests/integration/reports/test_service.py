"""From request to PDF (R6.1, R6.6)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.permissions import Role
from shared.reports import service
from shared.reports.pool import ReportPool
from shared.web.locale import Locale
from tests.integration.reports import months
from tests.integration.reports.months import HOUR, MARCH, local
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant


@pytest.fixture(scope="module")
async def tenant(database: Database) -> AsyncIterator[Tenant]:
    async with open_engine(database.app_url):
        yield await found_tenant()


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIYIN_FILES_URL", tmp_path.as_uri())
    return tmp_path


async def test_a_report_is_asked_for_made_and_downloaded(tenant: Tenant) -> None:
    case = await months.complaint(tenant, local(2))
    await months.contact(tenant, case, local(2) + HOUR)
    manager = tenant.actor(Role.SERVICE_MANAGER)
    run = await service.request(manager, tenant.here, MARCH, Locale.ZH_CN)
    async with ReportPool(1) as pool:
        assert await service.render(tenant.oem_id, run.id, pool.render)
    name, pdf = await service.pdf_of(manager, run.id)
    assert name == "near0_2026-03_客户投诉统计分析月报表_测试near0店.pdf"
    assert pdf.startswith(b"%PDF")
