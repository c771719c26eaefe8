"""The figures of one dealer's monthly report: typed, frozen, the same in every language (R6.1, R6.2). Pure.

What is counted, and when:

- A case belongs to the month in which it was received (local date of the dealer). The case list also
  shows cases *carried over*: received earlier, and not resolved when the month began.
- A case is *resolved* when the customer was told the result (R3.3 "result told"). Its handling time runs
  from receipt to that instant; in days it is the difference of the two local dates, to be checked by hand.
- Everything is as known at `generated_at`. Figures are stored as they are here, so that the same report can
  be printed again later, in another language, without asking the database again.
- Rates are whole per mille (950 = 95.0 %), rounded down: what is printed is what is judged.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.month import Month

PEERS_AT_LEAST: Final = 5
"""Smallest group of dealers whose figures are shown, so that no single dealer can be made out."""

TREND_MONTHS: Final = 12


class Kpi(StrEnum):
    """The indicators whose data exist today (R6.2); surveys and visits join when they are recorded."""

    TIMELINESS = "timeliness"  # 及时率
    HANDLING = "handling"  # 处理率
    RESPONSE = "response"  # 响应率
    CLOSED_LOOP = "closed_loop"  # 闭环率


class ClockOutcome(StrEnum):
    """How a clock of a case ended: in time, too late, or not decided because its time is not up."""

    MET = "met"
    MISSED = "missed"
    RUNNING = "running"


class PhoneKind(StrEnum):
    """What is printed in place of a number the reader may not see (R9.2)."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    WORK = "work"
    UNKNOWN = "unknown"


class Name(msgspec.Struct, frozen=True):
    """A name as it stands in Chinese and in English."""

    zh: str
    en: str


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the case list, masked already (R6.1, R9.2). Texts are as people wrote them, any length."""

    number: str
    received_at: datetime
    customer: str
    """Masked name such as 张*."""
    plate: str
    """Masked plate, empty when unknown."""
    phone_kind: PhoneKind = PhoneKind.UNKNOWN
    phone: str = ""
    """Masked number such as 138****0000, empty when only the kind may be shown or no number is known."""
    channel: ReportCode
    category: Category
    is_major: bool = False
    series: str = ""
    """Vehicle series, empty when unknown."""
    content: str
    found: str = ""
    """What was found and told apart from the solution (R3.7); empty where the result says it as well."""
    result: str = ""
    """The solution."""
    advice: str = ""
    result_at: datetime | None = None
    """When the customer was told the result; None while the case is open."""
    handler: str
    cause: str = ""
    measure: str = ""
    first_contact: ClockOutcome
    first_contact_seconds: int | None = None
    """From receipt to the first contact with the customer; None before it."""
    customer_seconds: int = 0
    """Of the handling time, while the case waited for its customer; net time is what is left (R4)."""
    waited_seconds: int = 0
    """Of the handling time, while it waited for anybody: the customer, the OEM, parts or a stalemate."""


class CategoryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Cases received per report category (R2.1)."""

    sales: int = 0
    service: int = 0
    product_quality: int = 0
    parts: int = 0
    other: int = 0

    def of(self, category: Category) -> int:
        """The count of one category."""
        return int(getattr(self, category.name.lower()))

    @property
    def total(self) -> int:
        """The count of all categories."""
        return sum(self.of(category) for category in Category)


class Attainment(msgspec.Struct, frozen=True, kw_only=True):
    """Accepted cases of a month, split by how they stand to one requirement.

    `running`: not met, but its time is not up yet, so that it may still be.
    """

    met: int = 0
    missed: int = 0
    running: int = 0

    @property
    def accepted(self) -> int:
        """All cases: the denominator of every indicator (R6.2)."""
        return self.met + self.missed + self.running


class MonthFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One month of the trend. Counts the cases received in it."""

    month: Month
    categories: CategoryCounts = CategoryCounts()
    timeliness: Attainment = Attainment()
    """Met: the customer was contacted within the standard time (R4.1: 2 h by default)."""
    handling: Attainment = Attainment()
    """Met: a conclusion was reached (reported In process or Closed). Missed: none, and resolution is due."""
    response: Attainment = Attainment()
    """Met: answered within 24 h of receipt."""
    closed_loop: Attainment = Attainment()
    """Met: solved and the customer told. Missed: not, and resolution is due."""

    def of(self, kpi: Kpi) -> Attainment:
        """The counts of one indicator."""
        counts: Attainment = getattr(self, kpi.value)
        return counts


class EscalationLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Escalations raised in the month at one level of the chain (R4.2)."""

    level: int
    raised: int
    acknowledged: int
    median_acknowledge_seconds: int | None = None


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """Target rates in per mille. Response and closed loop stand in R6.2; the other two are our defaults."""

    timeliness: int = 900
    handling: int = 980
    response: int = 950
    closed_loop: int = 900

    def of(self, kpi: Kpi) -> int:
        """The target of one indicator."""
        return int(getattr(self, kpi.value))


class PeerRate(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator over a group of dealers, per mille."""

    average: int
    """All their cases together."""
    upper_quartile: int
    """The dealer at the upper quartile."""


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """The dealers of the same region in the same month. Refuses groups smaller than `PEERS_AT_LEAST`."""

    group: Name
    dealers: int
    rates: dict[Kpi, PeerRate]
    """An indicator without any case in the group is left out."""

    def __post_init__(self) -> None:
        """Refuse a group in which a dealer could be made out."""
        if self.dealers < PEERS_AT_LEAST:
            raise ValueError(f"a peer group needs {PEERS_AT_LEAST} dealers or more")


class Signature(msgspec.Struct, frozen=True):
    """Who signed a report, and when."""

    name: str
    signed_on: date


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """The three signatures of R6.1 (完成/审核/批准); None leaves a line to sign by hand."""

    prepared: Signature | None = None
    reviewed: Signature | None = None
    approved: Signature | None = None


class DealerMonth(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the monthly report of one dealer prints."""

    oem: Name
    dealer: Name
    dealer_code: str
    city: str
    region_path: tuple[Name, ...]
    """Area, then district, of that day."""
    time_zone: str
    month: Month
    generated_at: datetime
    cases: tuple[CaseRow, ...]
    """Received in the month or carried over, in any order."""
    months: tuple[MonthFigures, ...]
    """`TREND_MONTHS` months ending with the reported one, oldest first."""
    repeat_vehicles: int = 0
    """Vehicles with a case in this month and two or more within the trend's months."""
    escalations: tuple[EscalationLevel, ...] = ()
    targets: Targets = Targets()
    peers: Peers | None = None
    sign_off: SignOff = SignOff()

    def __post_init__(self) -> None:
        """Refuse a trend that does not end with the month or has gaps."""
        if tuple(entry.month for entry in self.months) != self.month.back(TREND_MONTHS):
            raise ValueError(f"months must be the {TREND_MONTHS} months ending with {self.month}")

    @property
    def current(self) -> MonthFigures:
        """The reported month."""
        return self.months[-1]

    @property
    def previous(self) -> MonthFigures:
        """The month before."""
        return self.months[-2]

    @property
    def is_complete(self) -> bool:
        """Whether the month was over when the figures were taken."""
        return self.generated_at >= self.month.bounds(self.time_zone)[1]

    @property
    def report_number(self) -> str:
        """The number printed on the report; one dealer and month always has the same."""
        return f"RPT-{self.month.year:04d}{self.month.month:02d}-{self.dealer_code}"

    def local_date(self, instant: datetime) -> date:
        """The calendar date of an instant at the dealer's place."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()
