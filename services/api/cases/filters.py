"""The filters of the list of cases, as query parameters: one set for the list, its counts and its export."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from services.api.cases.schemas import States, Text
from shared.cases.filters import DealerId, RegionId, Tag
from shared.cases.queries import ClockState, MajorState, QueueFilter
from shared.cases.vocabulary import Category, Channel, Department, Kind, Nature, Urgency
from shared.tenancy import Actor

_ReceivedFrom = Annotated[
    date | None,
    QueryParameter(required=False, description="Received on this day or later, in the OEM's time zone."),
]
_ReceivedTo = Annotated[
    date | None, QueryParameter(required=False, description="Received on this day or earlier.")
]
_ClosedFrom = Annotated[
    date | None,
    QueryParameter(required=False, description="Closed on this day or later; only `tab=all` lists them."),
]
_ClosedTo = Annotated[
    date | None, QueryParameter(required=False, description="Closed on this day or earlier.")
]
_Clocks = Annotated[
    list[ClockState] | None,
    QueryParameter(
        name="clock",
        required=False,
        description="How the promise due next stands; `soon` is within eight hours, `none` nothing promised.",
    ),
]
_Regions = Annotated[
    list[RegionId] | None,
    QueryParameter(name="region_id", required=False, description="Areas or districts: their dealers."),
]


def case_filter(
    actor: NamedDependency[Actor],
    dealer_id: FromQuery[list[DealerId] | None] = None,
    regions: _Regions = None,
    owner_id: FromQuery[list[UUID] | None] = None,
    states: States = None,
    clocks: _Clocks = None,
    urgency: FromQuery[list[Urgency] | None] = None,
    category: FromQuery[list[Category] | None] = None,
    kind: FromQuery[list[Kind] | None] = None,
    nature: FromQuery[list[Nature] | None] = None,
    department: FromQuery[list[Department] | None] = None,
    channel: FromQuery[list[Channel] | None] = None,
    major: FromQuery[list[MajorState] | None] = None,
    tag: FromQuery[list[Tag] | None] = None,
    received_from: _ReceivedFrom = None,
    received_to: _ReceivedTo = None,
    closed_from: _ClosedFrom = None,
    closed_to: _ClosedTo = None,
    q: Text = "",
) -> QueueFilter:
    """What the query asks for; several values of one parameter are alternatives."""
    return QueueFilter(
        membership_id=actor.membership_id,
        dealer_ids=tuple(dealer_id or ()),
        region_ids=tuple(regions or ()),
        owner_ids=tuple(owner_id or ()),
        states=tuple(states or ()),
        clocks=tuple(clocks or ()),
        urgencies=tuple(urgency or ()),
        categories=tuple(category or ()),
        kinds=tuple(kind or ()),
        natures=tuple(nature or ()),
        departments=tuple(department or ()),
        channels=tuple(channel or ()),
        majors=tuple(major or ()),
        tags=tuple(tag or ()),
        received_from=received_from,
        received_to=received_to,
        closed_from=closed_from,
        closed_to=closed_to,
        text=q,
    )


FILTER: Final = {"wanted": Provide(case_filter, sync_to_thread=False)}
"""The dependency `wanted: NamedDependency[QueueFilter]` of a handler."""
