"""What `huiyin doctor` says of the calendars of the OEMs."""

from datetime import UTC, datetime

import msgspec
import pytest

from services.cli.checks import Verdict, stores
from shared.tenants.oems import all_oems
from tests.support.console import found_maker

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize(
    ("today", "verdict", "found"),
    [
        (datetime(2026, 6, 1, tzinfo=UTC), Verdict.OK, "version 1"),
        (datetime(2026, 11, 1, tzinfo=UTC), Verdict.OK, "version 1"),
        (datetime(2026, 11, 22, tzinfo=UTC), Verdict.WARNING, "2027"),
        (datetime(2031, 6, 1, tzinfo=UTC), Verdict.WARNING, "2031"),
    ],
)
async def test_a_year_without_holidays_is_told_from_mid_november(
    monkeypatch: pytest.MonkeyPatch, today: datetime, verdict: Verdict, found: str
) -> None:
    maker = await found_maker()
    [oem] = [each for each in await all_oems() if each.id == maker.oem_id]
    monkeypatch.setattr(stores, "utc_now", lambda: today)
    check = await stores.check_calendar(oem)
    assert check.verdict is verdict
    assert found in check.found
    assert check.name == f"Calendar of {oem.slug}"


async def test_an_oem_without_a_calendar_is_told() -> None:
    maker = await found_maker()
    [oem] = [each for each in await all_oems() if each.id == maker.oem_id]
    unknown = msgspec.structs.replace(oem, id=999_999)
    assert (await stores.check_calendar(unknown)).verdict is Verdict.FAILED
