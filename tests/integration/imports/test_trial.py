import io
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.bench.trial import TrialData, found_trial, trial_data, trial_mapping
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.imports.outcomes import RowOutcome, Status
from shared.imports.service import SourceFile, prepare
from shared.tenancy import Actor
from tests.support.background import open_engine
from tests.support.servers import Database

LONGEST_S = 60


@pytest.fixture
async def data(fresh_database: Database) -> AsyncIterator[TrialData]:
    found = trial_data()
    if found is None:
        pytest.skip("HUIYIN_TRIAL_DATA names no folder with complaints and a network")
    async with open_engine(fresh_database.app_url):
        yield found


async def value(actor: Actor, sql: str) -> Any:
    async with transaction(actor.scope) as tx:
        return await tx.value(sql)


@pytest.mark.timeout(400)
async def test_every_real_complaint_is_imported_once_owned_and_promised(data: TrialData) -> None:
    """Issue 2: the real complaints over the real network, nine without words kept by their fault label."""
    actor = await found_trial(data)
    rows: list[RowOutcome] = []
    prepared = await prepare(actor, SourceFile("trial.csv", io.BytesIO(data.csv(utc_now()))), trial_mapping())
    began = time.perf_counter()
    summary = await prepared.run(historical=True, tell=rows.extend)
    took_s = time.perf_counter() - began
    sys.stderr.write(f"\n{summary.rows} rows in {took_s:.1f} s\n")
    count = len(data.complaints)
    assert summary.statuses == {Status.ACCEPTED: count}
    assert await value(actor, "SELECT count(*) FROM cases") == count
    wordless = sum(not row["text"].strip() for row in data.complaints)
    assert wordless == 9
    assert await value(actor, "SELECT count(*) FROM cases WHERE words = '' AND fault_label <> ''") == wordless
    assert await value(actor, "SELECT count(DISTINCT dealer_id) FROM cases") > len(data.network) / 2
    assert await value(actor, "SELECT count(DISTINCT channel) FROM cases") == 11
    owned = """
    SELECT count(*) FROM cases c JOIN memberships m ON m.oem_id = c.oem_id AND m.id = c.owner_id
    WHERE m.dealer_id = c.dealer_id AND c.category <> '' AND c.urgency <> ''
    """
    assert await value(actor, owned) == count
    promised = """
    SELECT count(*) FROM (SELECT case_id FROM clocks GROUP BY case_id HAVING count(*) >= 4) cases_with_clocks
    """
    assert await value(actor, promised) == count
    late = await value(actor, "SELECT count(DISTINCT case_id) FROM clocks WHERE breached_at IS NOT NULL")
    assert late > count / 2
    assert took_s < LONGEST_S
