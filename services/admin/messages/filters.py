"""Which messages the address of the page of messages asks for."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from uuid import UUID

import msgspec

from services.admin.forms import day_in, id_in
from shared.outbox.message_pages import MessageFilter
from shared.outbox.vocabulary import GIVEN_UP, MessageChannel, MessageState
from shared.web.labels import values_of

VIEWS: Final[Mapping[str, tuple[MessageState, ...]]] = {
    "all": (),
    "waiting": (MessageState.QUEUED,),
    "held": (MessageState.HELD,),
    "sent": (MessageState.SENT,),
    "digested": (MessageState.DIGESTED,),
    "failed": GIVEN_UP,
    "recorded": (MessageState.HISTORICAL,),
}
"""The views of the page and the states that each shows; none means any."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen; empty means any. The days are of writing, in the reader's time zone."""

    view: str = "all"
    channel: str = ""
    template: str = ""
    first_day: date | None = None
    last_day: date | None = None
    digest_id: UUID | None = None

    def parts(self) -> dict[str, object]:
        """The same as parts of an address."""
        return {
            "view": self.view if self.view != "all" else "",
            "channel": self.channel,
            "template": self.template,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "digest": self.digest_id,
        }

    def wanted(self, zone: tzinfo) -> MessageFilter:
        """The same for the outbox."""
        return MessageFilter(
            states=VIEWS[self.view],
            channels=(MessageChannel(self.channel),) if self.channel else (),
            templates=(self.template,) if self.template else (),
            digest_id=self.digest_id,
            written_from=_midnight(self.first_day, zone),
            written_before=_midnight(self.last_day, zone, days=1),
        )


def chosen_in(fields: Mapping[str, str]) -> Chosen:
    """What an address or a form names; what is not one of the values offered counts as not chosen."""
    view, channel = fields.get("view", ""), fields.get("channel", "")
    template = fields.get("template", "")
    return Chosen(
        view=view if view in VIEWS else "all",
        channel=channel if channel in set(MessageChannel) else "",
        template=template if template in values_of("template") else "",
        first_day=day_in(fields.get("first_day", "")),
        last_day=day_in(fields.get("last_day", "")),
        digest_id=id_in(fields.get("digest", "")),
    )


def _midnight(day: date | None, zone: tzinfo, days: int = 0) -> datetime | None:
    """When the day begins, or one after it; None past the calendar's end, which bounds nothing."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=zone)
    except OverflowError:
        return None
