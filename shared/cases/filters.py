"""Which cases a list shows, as a person chooses them; `conditions` says it in SQL."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final
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


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases: all given conditions hold; several values of one are alternatives.

    `membership_id` is the reader, for `mine` and `waiting`. `region_ids` are areas or districts. Days are
    whole days in the OEM's time zone, the last one included. What `text` finds is told by
    `shared.cases.bigrams`.
    """

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.DUE
    membership_id: UUID | None = None
    dealer_ids: tuple[int, ...] = ()
    region_ids: tuple[int, ...] = ()
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
    tags: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab narrows the list."""
        plain = QueueFilter(tab=self.tab, sort=self.sort, membership_id=self.membership_id)
        return self != plain

    @property
    def order(self) -> Sort:
        """The order the list really has."""
        return Sort.NEWEST if self.tab is Tab.ALL and self.sort is Sort.DUE else self.sort
