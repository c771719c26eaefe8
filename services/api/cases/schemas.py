"""What goes in and out of the case routes: the commands of `shared.cases`, each with the version seen."""

from typing import Annotated, Any, Final

import msgspec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from shared.cases import commands, work_commands
from shared.cases.queries import LONGEST_PAGE, MOST_ENTRIES
from shared.cases.views import CaseView, ClockView, TimelineEntry
from shared.cases.vocabulary import CaseState

Version = Annotated[
    int,
    msgspec.Meta(
        ge=1,
        description="The version of the case this was decided on; 409 `stale_version` when it has changed.",
        examples=[3],
    ),
]


class ConfirmReceipt(commands.ConfirmReceipt, frozen=True, kw_only=True):
    """Register a case that came in by itself."""

    version: Version


class Take(commands.Take, frozen=True, kw_only=True):
    """Become the owner."""

    version: Version


class Assign(commands.Assign, frozen=True, kw_only=True):
    """Make another person the owner."""

    version: Version


class Classify(commands.Classify, frozen=True, kw_only=True):
    """Confirm or change the classification; what is left out stays."""

    version: Version


class LogContact(commands.LogContact, frozen=True, kw_only=True):
    """Log a contact, or an attempt at one."""

    version: Version


class AddNote(commands.AddNote, frozen=True, kw_only=True):
    """Write a note for colleagues."""

    version: Version


class AddTag(commands.AddTag, frozen=True, kw_only=True):
    """Put a tag on the case."""

    version: Version


class RemoveTag(commands.RemoveTag, frozen=True, kw_only=True):
    """Take a tag off the case."""

    version: Version


class Tags(msgspec.Struct, frozen=True):
    """Tags, as people wrote them."""

    items: list[str]


class Plan(work_commands.Plan, frozen=True, kw_only=True):
    """Set the solution and when it will be done."""

    version: Version


class Resolve(commands.Resolve, frozen=True, kw_only=True):
    """Record the result and how the customer was told."""

    version: Version


class Close(commands.Close, frozen=True, kw_only=True):
    """Close the case."""

    version: Version


class Escalate(commands.Escalate, frozen=True, kw_only=True):
    """Call the next person up the chain."""

    version: Version


class Acknowledge(commands.Acknowledge, frozen=True, kw_only=True):
    """Answer the escalations that wait for oneself."""

    version: Version


class CaseHistory(msgspec.Struct, frozen=True):
    """A case and what last happened to it, oldest first; `next_cursor` is for what was before."""

    case: CaseView
    timeline: list[TimelineEntry]
    next_cursor: str | None


class Clocks(msgspec.Struct, frozen=True):
    """Every promise made on a case, by cycle and due time."""

    items: list[ClockView]


def example(summary: str, /, **value: Any) -> BodyKwarg:
    """An example of a body."""
    return BodyKwarg(examples=[Example(summary=summary, value=value)])


# `state` itself is a name of the framework's.
States = Annotated[list[CaseState] | None, QueryParameter(name="state")]
PageSize = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="Cases per page.")]
EntriesPerPage = Annotated[int, QueryParameter(ge=1, le=MOST_ENTRIES, description="Entries per page.")]
Text = Annotated[
    str,
    QueryParameter(
        max_length=100,
        description=(
            "Words of the case, each found by any two characters or more that follow each other; or a case "
            "number, plate, VIN or telephone number, whole or its last four characters or more. "
            "422 `search_too_wide` for more than 1,000 hits, `too_short` for a single character."
        ),
    ),
]

NEW_CASE: Final = example(
    "A complaint by phone",
    channel="phone",
    customer_name="张测试",
    customer_phone="13800001234",
    vehicle_plate="测A·12345",
    vehicle_model="示例 2.0T",
    mileage_km=23500,
    words="高速行驶踩刹车时方向盘严重抖动。",
    demand="尽快检修",
)
