"""Promises are counted anew by the policy that made them, the OEM's or the dealer's own (R4.1, R4.3)."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from shared.calendars import service as calendars
from shared.calendars.editing import set_year
from shared.cases import policy_editing
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.permissions import Role
from shared.sla.policy import Metric, StricterTarget
from shared.sla.policy_edits import said_of
from shared.tenancy import Scope
from tests.integration.calendars.test_publishing import handle_published, oem_calendar
from tests.integration.cases.test_clock_policies import FOUNDED, MONDAY, registered
from tests.support.console import Maker, found_maker
from tests.support.pinned import always

pytestmark = pytest.mark.usefixtures("app_engine")


the_day_before = always(MONDAY - timedelta(days=1))


async def resolving(maker: Maker, case: CaseView) -> tuple[datetime, int]:
    """When the result is due, and how many steps lead there."""
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        row = await tx.connection.fetchrow(
            "SELECT due_at, cardinality(steps) AS steps FROM clocks"
            " WHERE oem_id = $1 AND case_id = $2 AND metric = 'resolve'",
            maker.oem_id,
            case.id,
        )
    assert row is not None
    return row["due_at"], row["steps"]


async def test_another_calendar_gives_a_promise_of_the_oem_no_warning_of_the_dealers() -> None:
    """proofs.md, Changes: open promises keep their policy, also where the dealer's has the same number.

    Thursday 3 December is taken out: five working days end on Tuesday the 8th instead of Monday.
    """
    maker = await found_maker(FOUNDED)
    admin = maker.actor(Role.ADMINISTRATOR)
    before = await registered(maker)
    said = said_of((await policy_editing.clock_policy(admin)).policy, "default", Metric.RESOLVE)
    assert said is not None
    assert said.target is not None
    warned = msgspec.structs.replace(said.target, warn_percent=(25, *said.target.warn_percent))
    stricter = [StricterTarget("default", Metric.RESOLVE, warned)]
    await policy_editing.publish_stricter(admin, maker.here, stricter, version=0)
    after = await registered(maker)
    (due_at, steps), (same, more) = await resolving(maker, before), await resolving(maker, after)
    assert (same, more) == (due_at, steps + 1)
    known = await oem_calendar(maker)
    days = [day for day in known.holidays if day.year == 2026]
    closed = set_year(known, 2026, [*days, date(2026, 12, 3)], {}, complete=True)
    await calendars.publish(admin, closed, version=1, anew=True)
    await handle_published(maker, MONDAY + timedelta(hours=1))
    later = datetime(2026, 12, 8, 10, tzinfo=UTC)
    assert await resolving(maker, before) == (later, steps)
    assert await resolving(maker, after) == (later, steps + 1)
