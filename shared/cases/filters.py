"""Which cases a list shows, as a person chooses them; `conditions` says it in SQL."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec

from shared.cases.vocabulary import CaseState, Category, Channel, Department, Kind, Nature, Urgency

SOON: Final = timedelta(hours=8)
"""A promise due within this time can still be saved."""


class Tab(StrEnum):
    """The ready-made views of the list; all but `all` show open cases only."""

    OPEN = "open"
    MINE = "mine"
    DUE_SOON = "due_soon"
    BREACHED = "breached"
    MAJOR = "major"
    WAITING = "waiting"
    ALL = "all"


class Sort(StrEnum):
    """The order of the list: what is due first (nothing due comes last), or by when it was received.

    The tab `all` is never ordered by what is due: it shows the newest first instead.
    """

    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


class ClockState(StrEnum):
    """How the promise stands that is due next."""

    LATE = "late"
    SOON = "soon"
    """Due within `SOON`."""
    ON_TRACK = "on_track"
    NONE = "none"
    """Nothing is promised any more."""


class MajorState(StrEnum):
    """Whether a case is a major complaint (R2.6)."""

    CONFIRMED = "confirmed"
    CANDIDATE = "candidate"
    """A sign was found and nobody has confirmed it."""
    ORDINARY = "ordinary"


LONGEST_TAG: Final = 30

DealerId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
RegionId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TAG)]


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which cases: all given conditions hold; several values of one are alternatives.

    `region_ids` are areas or districts. Days are whole days in the OEM's time zone, the last one included.
    What `text` finds is told by `shared.cases.bigrams`.
    """

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.DUE
    dealer_ids: tuple[DealerId, ...] = ()
    region_ids: tuple[RegionId, ...] = ()
    owner_ids: tuple[UUID, ...] = ()
    states: tuple[CaseState, ...] = ()
    clocks: tuple[ClockState, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[Category, ...] = ()
    kinds: tuple[Kind, ...] = ()
    natures: tuple[Nature, ...] = ()
    departments: tuple[Department, ...] = ()
    channels: tuple[Channel, ...] = ()
    majors: tuple[MajorState, ...] = ()
    tags: tuple[Tag, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    text: Annotated[str, msgspec.Meta(max_length=100)] = ""


class QueueFilter(CaseFilter, frozen=True, kw_only=True):
    """The same, asked by a reader: `membership_id` is whom `mine` and `waiting` mean."""

    membership_id: UUID | None = None

    @classmethod
    def of(cls, wanted: CaseFilter, membership_id: UUID | None) -> "QueueFilter":
        """What the reader asks for."""
        asked = {name: getattr(wanted, name) for name in CaseFilter.__struct_fields__}
        return cls(**asked, membership_id=membership_id)

    @property
    def choice(self) -> CaseFilter:
        """The same without the reader: what can be kept and shared."""
        return CaseFilter(**{name: getattr(self, name) for name in CaseFilter.__struct_fields__})

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab narrows the list."""
        plain = QueueFilter(tab=self.tab, sort=self.sort, membership_id=self.membership_id)
        return self != plain

    @property
    def order(self) -> Sort:
        """The order the list really has."""
        return Sort.NEWEST if self.tab is Tab.ALL and self.sort is Sort.DUE else self.sort
