"""R6.6: when the past month's reports are asked for."""

from datetime import UTC, datetime

import pytest

from shared.reports.month import Month
from shared.reports.month_end import month_to_close


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (datetime(2026, 10, 31, 17, 59, tzinfo=UTC), None),
        (datetime(2026, 10, 31, 18, 0, tzinfo=UTC), Month(2026, 10)),
        (datetime(2026, 12, 31, 18, 0, tzinfo=UTC), Month(2026, 12)),
        (datetime(2026, 11, 3, 15, 59, tzinfo=UTC), Month(2026, 10)),
        (datetime(2026, 11, 3, 16, 0, tzinfo=UTC), None),
    ],
)
def test_from_two_in_the_night_of_the_first_to_the_end_of_the_third(
    now: datetime, month: Month | None
) -> None:
    assert month_to_close(now, "Asia/Shanghai") == month
