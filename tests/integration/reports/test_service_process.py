"""The reports worker and the command as processes: no hint, no Redis, kill -9; reports come all the same."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from infra.dev.ports import free_port
from shared.db.engine import transaction
from shared.permissions import Role
from shared.reports import service
from shared.reports.repository import ReportRun, RunState
from shared.tenancy import Scope
from shared.tenants.oems import oem
from shared.web.locale import Locale
from tests.integration.reports.months import MARCH
from tests.support.background import open_engine
from tests.support.servers import Database
from tests.support.tenant import Tenant, found_tenant
from tests.support.waiting import eventually
from tests.support.worker_process import ROOT, WorkerProcess


@pytest.fixture(scope="module")
async def tenant(database: Database) -> AsyncIterator[Tenant]:
    async with open_engine(database.app_url):
        yield await found_tenant()


@pytest.fixture
def worker(database: Database, redis_url: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    environment = {
        "HUIYIN_DATABASE_WORKER_URL": database.worker_url,
        "HUIYIN_REDIS_URL": redis_url,
        "HUIYIN_FILES_URL": (tmp_path / "files").as_uri(),
    }
    process = WorkerProcess(environment, tmp_path / "worker.log", "--reports")
    yield process
    process.clean_up()


async def run_of(tenant: Tenant, run_id: UUID) -> ReportRun:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        return await service.run(tx, tenant.oem_id, run_id)


async def test_a_worker_that_starts_finds_what_waits_and_what_a_killed_one_left(
    tenant: Tenant, worker: WorkerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gave a hint: the row is enough; a worker killed at its report is followed by another."""
    monkeypatch.setenv("HUIYIN_FILES_URL", (tmp_path / "files").as_uri())
    manager = tenant.actor(Role.SERVICE_MANAGER)
    run = await service.request(manager, tenant.here, MARCH, Locale.ZH_CN)
    worker.start()

    async def taken() -> bool:
        return (await run_of(tenant, run.id)).state is not RunState.QUEUED

    await eventually(taken, "the worker takes the report", 60)
    worker.kill()
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        # The lease of the dead would end by itself within a minute.
        await tx.execute("UPDATE report_runs SET leased_until = now() WHERE oem_id = $1", tenant.oem_id)
    worker.start()

    async def ready() -> bool:
        return (await run_of(tenant, run.id)).state is RunState.READY

    await eventually(ready, "the report is ready", 90)
    _, pdf = await service.pdf_of(manager, run.id)
    assert pdf.startswith(b"%PDF")
    assert worker.terminate() == 0, worker.said()


async def test_the_command_writes_the_pdf_without_worker_and_redis(
    tenant: Tenant, database: Database, tmp_path: Path
) -> None:
    async with transaction(Scope.oem(tenant.oem_id), read_only=True) as tx:
        slug = (await oem(tx, tenant.oem_id)).slug
    output = tmp_path / "report.pdf"
    done = huiyin_report(
        database, tmp_path, "--oem", slug, "--dealer", "near1", "--month", "2026-03", "--output", str(output)
    )
    assert done.returncode == 0, done.stderr
    assert output.read_bytes().startswith(b"%PDF")
    assert done.stdout.strip() == str(output)
    for arguments, said in (
        (("--oem", slug, "--dealer", "nowhere", "--month", "2026-03"), "There is no such dealer."),
        (("--oem", slug, "--dealer", "near1", "--month", "March"), "Please enter a month as 2026-10."),
    ):
        refused = huiyin_report(database, tmp_path, *arguments)
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr


def huiyin_report(database: Database, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")},
        "HUIYIN_DATABASE_URL": database.app_url,
        "HUIYIN_REDIS_URL": f"redis://127.0.0.1:{free_port(None)}/0",
        "HUIYIN_FILES_URL": (folder / "files").as_uri(),
        "LANG": "C.UTF-8",
        "LC_ALL": "",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "report", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
