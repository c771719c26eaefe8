"""What goes in and out of the routes of surveys and calls."""

from typing import Annotated, Final

import msgspec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from services.api.cases.schemas import Version
from services.api.parameters import KnownVersion
from shared.follow_up import call_checks, calls, surveys
from shared.follow_up.call_rows import AttemptView, CallView
from shared.follow_up.default_policy import default_follow_up
from shared.follow_up.policy import FollowUpPolicy
from shared.follow_up.survey_rows import SurveyView

CallVersion = Annotated[
    int,
    msgspec.Meta(
        ge=1,
        description="The version of the call this was decided on; 409 `stale_version` when it has changed.",
        examples=[1],
    ),
]


class AnswerSurvey(surveys.AnswerSurvey, frozen=True, kw_only=True):
    """What the customer answered."""

    version: Version


class LogCall(calls.LogCall, frozen=True, kw_only=True):
    """What came of a try."""

    version: CallVersion


class HandOverCall(calls.HandOverCall, frozen=True, kw_only=True):
    """Another person makes the call."""

    version: CallVersion


class CheckCall(call_checks.CheckCall, frozen=True, kw_only=True):
    """How a call was made."""


class Surveys(msgspec.Struct, frozen=True):
    """The surveys of a case, one per round, the newest first."""

    items: list[SurveyView]


class Calls(msgspec.Struct, frozen=True):
    """The calls of a case, the newest first."""

    items: list[CallView]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call with every try at it."""

    call: CallView
    attempts: list[AttemptView]


class PolicyVersion(msgspec.Struct, frozen=True):
    """What is asked and when customers are called; `version` 0 is what comes with the product."""

    version: int
    policy: FollowUpPolicy


class PolicyWanted(FollowUpPolicy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy as it shall be; refused when another version is in force."""

    version: KnownVersion


_ANSWERS: Final = [
    {"key": "attitude", "value": "5"},
    {"key": "speed", "value": "2"},
    {"key": "solution", "value": "4"},
    {"key": "solved", "value": "yes"},
    {"key": "informed", "value": "asked"},
    {"key": "advice", "value": "请主动告知进度"},
]
ANSWERED: Final = BodyKwarg(
    examples=[
        Example(summary="By telephone", value={"via": "phone", "answers": _ANSWERS, "version": 7}),
    ]
)
LOGGED: Final = BodyKwarg(
    examples=[
        Example(summary="Nobody answered", value={"result": "no_answer", "version": 1}),
        Example(
            summary="Not satisfied",
            value={
                "result": "complaint",
                "note": "异响仍未消除",
                "apology": "已向客户致歉",
                "same_matter": True,
                "version": 1,
            },
        ),
    ]
)
HANDED_OVER: Final = BodyKwarg(
    examples=[
        Example(
            summary="To a colleague",
            value={"caller_id": "01970000-0000-7000-8000-000000000001", "version": 1},
        )
    ]
)
CHECKED: Final = BodyKwarg(
    examples=[
        Example(summary="Well made", value={"score": 5}),
        Example(summary="Not so well", value={"score": 2, "improper": True, "note": "打断客户，未致歉"}),
    ]
)
# By way of JSON, so that lists are lists: a tuple is none to those who read the description.
_SUPPLIED: Final = msgspec.json.decode(msgspec.json.encode(default_follow_up()))
POLICY: Final = BodyKwarg(examples=[Example(summary="What is supplied", value={**_SUPPLIED, "version": 1})])
