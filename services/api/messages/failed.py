"""What did not get through, and sending all of it again that a filter finds."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import post
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from shared.notifications import failed
from shared.notifications.failed import SentAgain
from shared.outbox.failed import FailedCount
from shared.outbox.message_pages import MessageFilter
from shared.outbox.vocabulary import MessageChannel, MessageState
from shared.tenancy import Actor

_TAGS = ["Messages"]

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Template = Annotated[str, msgspec.Meta(max_length=100)]


class FailedWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which messages: all given conditions hold; several values of one are alternatives, none means any.

    Those whose end is not known (`unknown`) are left out unless `states` names them: they may arrive twice.
    The times are of writing: from the first on, before the last.
    """

    states: Annotated[
        list[Literal["dead", "unknown", "expired"]], msgspec.Meta(min_length=1, max_length=3)
    ] = msgspec.field(default_factory=lambda: ["dead", "expired"])
    channels: Annotated[list[MessageChannel], msgspec.Meta(max_length=4)] = []
    templates: Annotated[list[_Template], msgspec.Meta(max_length=100)] = []
    written_from: _Instant | None = None
    written_before: _Instant | None = None

    def as_filter(self) -> MessageFilter:
        """The same for the outbox."""
        return MessageFilter(
            states=tuple(MessageState(each) for each in self.states),
            channels=tuple(self.channels),
            templates=tuple(self.templates),
            written_from=self.written_from,
            written_before=self.written_before,
        )


class FailedMessages(msgspec.Struct, frozen=True):
    """How many there are of each state; `unwanted` ones stay as they are."""

    items: list[FailedCount]


_Wanted = Annotated[
    FailedWanted,
    example(
        "SMS that did not get through on a day",
        channels=["sms"],
        written_from="2026-03-02T00:00:00+08:00",
        written_before="2026-03-03T00:00:00+08:00",
    ),
]


@post(
    "/messages/failed/count",
    tags=_TAGS,
    summary="Count what did not get through",
    operation_id="countFailedMessages",
    status_code=200,
)
async def count_failed(actor: NamedDependency[Actor], data: _Wanted) -> FailedMessages:
    """How many messages sending again would take; changes nothing."""
    return FailedMessages(await failed.failed_messages(actor, data.as_filter()))


@post(
    "/messages/failed/send-again",
    tags=_TAGS,
    summary="Send again what did not get through",
    operation_id="sendFailedMessagesAgain",
    status_code=200,
)
async def send_again(actor: NamedDependency[Actor], data: _Wanted) -> SentAgain:
    """Send up to 500 of them again, urgent ones first, then the oldest; `left` are for further calls.

    What a customer does without stays, whatever is asked for.
    """
    return await failed.send_failed_again(actor, data.as_filter())


HANDLERS = [count_failed, send_again]
