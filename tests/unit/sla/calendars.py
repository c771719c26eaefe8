"""Random hours, instants and pauses for property tests, drawn around the changes that hurt."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from shared.sla.working_time import LocalInterval, Span, WorkingCalendar
from tests.unit.sla.slow_calculator import MINUTE, Hours

CHANGES = (
    ("Asia/Shanghai", datetime(2026, 2, 14, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Pacific/Kwajalein", datetime(1993, 8, 21, 12, tzinfo=UTC)),
    ("America/St_Johns", datetime(2010, 11, 7, 2, 31, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2019, 2, 17, 2, tzinfo=UTC)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Asia/Tehran", datetime(2021, 9, 21, 19, 30, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2024, 3, 10, 2, tzinfo=UTC)),
    ("Asia/Pyongyang", datetime(2018, 5, 4, 15, tzinfo=UTC)),
)
"""A zone and an instant at which its offset changes (Shanghai: a make-up Saturday instead)."""

SPREAD_DAYS = 4


@st.composite
def local_intervals(draw: st.DrawFn) -> LocalInterval:
    opens = draw(st.integers(0, 95)) * 15
    length = draw(st.integers(1, 96)) * 15
    return LocalInterval(opens * MINUTE, (opens + length) * MINUTE)


@st.composite
def hours_and_anchor(
    draw: st.DrawFn, zones: tuple[tuple[str, datetime], ...] = CHANGES
) -> tuple[Hours, datetime]:
    """Hours that open at least once a week, and the instant to look around."""
    time_zone, anchor = draw(st.sampled_from(zones))
    day_off = st.lists(local_intervals(), max_size=2)
    weekly = draw(st.fixed_dictionaries(dict.fromkeys(range(7), day_off)))
    if not any(weekly.values()):
        weekly[0] = [LocalInterval(timedelta(hours=9), timedelta(hours=18))]
    near = st.integers(-SPREAD_DAYS, SPREAD_DAYS).map(lambda days: anchor.date() + timedelta(days=days))
    holidays = draw(st.frozensets(near, max_size=2))
    extra: dict[date, list[LocalInterval]] = draw(
        st.dictionaries(near, st.lists(local_intervals(), min_size=1, max_size=2), max_size=1)
    )
    return Hours(time_zone, weekly, holidays, extra), anchor


@st.composite
def minutes_near(draw: st.DrawFn, anchor: datetime) -> datetime:
    """A whole minute within some days of the anchor, often at a quarter of an hour, where bounds lie."""
    reach = SPREAD_DAYS * 24 * 4
    quarter = draw(st.integers(-reach, reach)) * 15
    return anchor + (quarter + draw(st.sampled_from((0, 0, 0, 1, 14, 7)))) * MINUTE


@st.composite
def pauses_near(draw: st.DrawFn, anchor: datetime) -> list[Span]:
    starts = draw(st.lists(minutes_near(anchor), max_size=3))
    return [(start, start + draw(st.integers(0, 2_000)) * MINUTE) for start in starts]


def next_opening(calendar: WorkingCalendar, at: datetime) -> datetime:
    """The earliest open instant, not before `at`: where the least working time there is begins."""
    return calendar.due(at, timedelta.resolution) - timedelta.resolution
