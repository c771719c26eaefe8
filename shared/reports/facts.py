"""What a report can find: facts as numbers and codes, never words. Pure.

`templates/dealer_month/findings.html` says each in the reader's language; `findings.py` holds the rules.
Rates and shares are in per mille.
"""

from enum import StrEnum

import msgspec

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.figures import Kpi


class FindingTone(StrEnum):
    """What a finding calls for; also the order of printing."""

    BAD = "bad"
    WARN = "warn"
    GOOD = "good"
    PLAIN = "plain"


class LateGroup(StrEnum):
    """What late cases have in common."""

    WEEKEND = "weekend"
    OUT_OF_HOURS = "out_of_hours"
    CHANNEL = "channel"


class NoCases(msgspec.Struct, frozen=True, tag="no_cases"):
    """Nothing was received in the month."""


class KpiMissed(msgspec.Struct, frozen=True, tag="kpi_missed"):
    """An indicator is under its target whatever the running cases do."""

    kpi: Kpi
    rate: int
    target: int
    missed: int


class LateTogether(msgspec.Struct, frozen=True, tag="late_together"):
    """Late first contacts have something in common; `of_all` is the group's share of all cases, per mille."""

    group: LateGroup
    late: int
    in_group: int
    share: int
    of_all: int
    channel: ReportCode | None = None


class OldOpenCases(msgspec.Struct, frozen=True, tag="old_open_cases"):
    """Cases open for more than `OLD_DAYS` days."""

    cases: int
    days: int
    oldest_days: int
    oldest_number: str


class Unacknowledged(msgspec.Struct, frozen=True, tag="unacknowledged"):
    """Escalations nobody acknowledged."""

    escalations: int
    raised: int


class CategoryShift(msgspec.Struct, frozen=True, tag="category_shift"):
    """A category's share moved against the three months before; shares in per mille."""

    category: Category
    share: int
    before: int
    cases: int


class VolumeRun(msgspec.Struct, frozen=True, tag="volume_run"):
    """The number of cases has moved one way for months; `first` and `last` are the counts at both ends."""

    months: int
    first: int
    last: int
    change: int


class SeriesFocus(msgspec.Struct, frozen=True, tag="series_focus"):
    """Product quality cases come from one series for the most part."""

    series: str
    cases: int
    of_cases: int
    share: int


class RepeatVehicles(msgspec.Struct, frozen=True, tag="repeat_vehicles"):
    """Vehicles that came back with another case."""

    vehicles: int


class KpiRecovered(msgspec.Struct, frozen=True, tag="kpi_recovered"):
    """An indicator meets its target after a month in which it did not."""

    kpi: Kpi
    rate: int
    before: int
    target: int


class KpiStreak(msgspec.Struct, frozen=True, tag="kpi_streak"):
    """An indicator has met its target for months on end."""

    kpi: Kpi
    months: int
    rate: int
    target: int


class QuickResolution(msgspec.Struct, frozen=True, tag="quick_resolution"):
    """Most cases resolved in the month took a week or less."""

    cases: int
    of_cases: int
    share: int


class MajorCases(msgspec.Struct, frozen=True, tag="major_cases"):
    """Major complaints were received (R2.6)."""

    cases: int


Fact = (
    NoCases
    | KpiMissed
    | LateTogether
    | OldOpenCases
    | Unacknowledged
    | CategoryShift
    | VolumeRun
    | SeriesFocus
    | RepeatVehicles
    | KpiRecovered
    | KpiStreak
    | QuickResolution
    | MajorCases
)


class Finding(msgspec.Struct, frozen=True):
    """One fact and what it calls for."""

    tone: FindingTone
    fact: Fact

    @property
    def code(self) -> str:
        """The name of the sentence."""
        return str(self.fact.__struct_config__.tag)
