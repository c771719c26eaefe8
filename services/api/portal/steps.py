"""How far a case is, in the customer's words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from shared.cases.vocabulary import CaseState
from shared.portal.tracking import TrackedCase
from shared.web.locale import Translator, msgid

_S = CaseState

NOW: Final[Mapping[CaseState, str]] = {
    _S.RECEIVED: msgid("We have received your complaint."),
    _S.REGISTERED: msgid("Your complaint is with the person in charge."),
    _S.CONTACTED: msgid("We have spoken with you and are looking for the cause."),
    _S.DIAGNOSED: msgid("We have found the cause and are working out a solution."),
    _S.PLANNED: msgid("There is a plan for your car."),
    _S.AGREED: msgid("You have agreed to the plan; the work is being prepared."),
    _S.EXECUTING: msgid("The work is under way."),
    _S.VERIFIED: msgid("The work is done and has been checked."),
    _S.RESULT_TOLD: msgid("There is a result."),
    _S.SURVEYED: msgid("There is a result. Thank you for your answers."),
    _S.CLOSED: msgid("Your complaint is closed."),
    _S.ON_HOLD: msgid("Your complaint is paused for the moment."),
    _S.WITHDRAWN: msgid("You have withdrawn your complaint."),
    _S.MERGED: msgid("We handle your complaint together with another one on the same matter."),
}
"""Where the case stands."""

NEXT: Final[Mapping[CaseState, str]] = {
    _S.RECEIVED: msgid("We read it and get in touch with you."),
    _S.REGISTERED: msgid("We get in touch with you."),
    _S.CONTACTED: msgid("We tell you what we will do."),
    _S.DIAGNOSED: msgid("We tell you what we will do."),
    _S.PLANNED: msgid("We carry out the plan."),
    _S.AGREED: msgid("We carry out the plan."),
    _S.EXECUTING: msgid("We check the work and tell you the result."),
    _S.VERIFIED: msgid("We tell you the result."),
    _S.RESULT_TOLD: msgid("We ask whether you are satisfied."),
    _S.ON_HOLD: msgid("We get in touch with you again."),
    _S.MERGED: msgid("We get in touch with you."),
}
"""What happens next; nothing in states that are an end."""

_WITHOUT_STEPS: Final = frozenset({_S.ON_HOLD, _S.WITHDRAWN, _S.MERGED})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the way; `at` is None while it is still to come."""

    text: str
    at: datetime | None
    is_current: bool


def steps_of(case: TrackedCase, speak: Translator) -> list[Step]:
    """The way of a case from receipt to closing; empty beside the main path."""
    if case.state in _WITHOUT_STEPS:
        return []
    planned = case.planned_at if case.planned_at or case.result_told_at is None else case.result_told_at
    way = [
        (speak.gettext("Complaint received"), case.received_at),
        (speak.gettext("Spoken with you"), case.contacted_at),
        (speak.gettext("Plan told"), planned),
        (speak.gettext("Result told"), case.result_told_at),
        (speak.gettext("Closed"), case.closed_at),
    ]
    last = max(place for place, (_, at) in enumerate(way) if at is not None)
    return [Step(text=text, at=at, is_current=place == last) for place, (text, at) in enumerate(way)]
