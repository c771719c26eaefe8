"""What many routes ask: where a list goes on, which days, whose policy in which version."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar.params import HeaderParameter, QueryParameter

from shared.cases.filters import DealerId

_MOST: Final = 2_000_000_000
"""Of a version's number, which the database keeps in four bytes."""

KnownVersion = Annotated[int, msgspec.Meta(ge=0, le=_MOST)]
"""In a body: the version a change was decided on, 0 where there is none yet."""

PublishedVersion = Annotated[int, msgspec.Meta(ge=1, le=_MOST)]
"""In a body: a version that was published."""

_KEYED: Final = (
    "Names this create among the caller's own on this route. Repeating it with the same body {again}, with "
    "another body it is refused (409 `idempotency_key_reused`). 1 to 255 characters, for instance a UUID."
)


def _key_that(again: str) -> HeaderParameter:
    return HeaderParameter(name="Idempotency-Key", description=_KEYED.format(again=again), required=False)


IdempotencyKey = Annotated[str | None, _key_that("makes nothing and answers with what was made first")]
SecretIdempotencyKey = Annotated[
    str | None, _key_that("makes nothing and is refused (409 `made_already`): a secret is shown once")
]
"""For creates whose answer holds a secret, which nobody keeps."""

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
