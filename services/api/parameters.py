"""What many routes ask: where a list goes on, which days, whose policy in which version."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from shared.cases.filters import DealerId

_MOST: Final = 2_000_000_000
"""Of a version's number, which the database keeps in four bytes."""

KnownVersion = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
"""In a body: the version a change was decided on, 0 where there is none yet."""

PublishedVersion = Annotated[int, msgspec.Meta(ge=1, le=_MOST)]
"""In a body: a version that was published."""

Cursor = Annotated[
    str | None, QueryParameter(required=False, description="`next_cursor` of the page before.")
]
FirstDay = Annotated[
    date | None, QueryParameter(required=False, description="On this day or later, in one's time zone.")
]
LastDay = Annotated[date | None, QueryParameter(required=False, description="On this day or earlier.")]
DealerOrOem = Annotated[
    DealerId | None, QueryParameter(required=False, description="A dealer; left out, the OEM itself.")
]
EarlierVersion = Annotated[
    int | None,
    QueryParameter(ge=1, le=_MOST, description="An earlier version; without: the one in force."),
]
Since = Annotated[int, QueryParameter(ge=1, le=_MOST, description="The older version.")]
Until = Annotated[int, QueryParameter(ge=1, le=_MOST, description="The newer version.")]
