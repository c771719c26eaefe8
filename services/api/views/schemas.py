"""What goes in and out of the routes of saved views."""

from typing import Annotated, Final

import msgspec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from shared.cases.queries import CaseFilter
from shared.cases.saved_views import LONGEST_NAME, SavedView


class NewView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list and its name; `shared` with everybody at one's dealer, or at the OEM."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME, examples=["Brakes, late"])]
    shared: bool = False
    filter: CaseFilter


class ViewList(msgspec.Struct, frozen=True):
    """Every view that one may use, oldest first."""

    items: list[SavedView]


NEW_VIEW: Final = BodyKwarg(
    examples=[
        Example(
            summary="Late and urgent",
            value={
                "name": "超时的紧急投诉",
                "shared": True,
                "filter": {"tab": "breached", "urgencies": ["urgent", "high"], "text": "刹车"},
            },
        )
    ]
)
