"""Surveys and follow-up calls (R5.1, R5.2, R5.3)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.api.follow_up import schemas
from services.api.openapi import ALSO
from services.api.parameters import Cursor, EarlierVersion
from shared.cases import queries
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.follow_up import call_rows, policy_data, survey_rows
from shared.follow_up.call_checks import CallRecords, check_call, records_of_day
from shared.follow_up.call_lists import LONGEST_PAGE, CallDay, CallFilter, CallPage, calls_to_make
from shared.follow_up.call_rows import CallView
from shared.follow_up.calls import hand_over_call, log_call
from shared.follow_up.policy import FollowUpPolicy
from shared.follow_up.surveys import answer_survey
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_SURVEYS = ["Surveys"]
_CALLS = ["Follow-up calls"]


@get("/cases/{case_id:uuid}/surveys", tags=_SURVEYS, summary="Its surveys", operation_id="getSurveys")
async def get_surveys(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> schemas.Surveys:
    """What the customer was asked about each round of the case, and what he answered."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await queries.case_view(tx, actor.oem_id, case_id)
        return schemas.Surveys(await survey_rows.surveys_of(tx, actor.oem_id, case_id))


@post(
    "/cases/{case_id:uuid}/survey-answers",
    tags=_SURVEYS,
    summary="Answer the survey",
    operation_id="answerSurvey",
    status_code=200,
)
async def answer(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.AnswerSurvey, schemas.ANSWERED],
) -> CaseView:
    """Keep what the customer answered by telephone or in person, once."""
    return await answer_survey(actor, case_id, data, version=data.version)


@get("/cases/{case_id:uuid}/follow-up-calls", tags=_CALLS, summary="Its calls", operation_id="getCaseCalls")
async def get_case_calls(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> schemas.Calls:
    """The calls that were planned for the case, and what came of them."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await queries.case_view(tx, actor.oem_id, case_id)
        return schemas.Calls(await call_rows.calls_of(tx, actor.oem_id, case_id))


@get("/follow-up-calls", tags=_CALLS, summary="Calls to make", operation_id="listCalls")
async def list_calls(
    actor: NamedDependency[Actor],
    day: Annotated[CallDay, QueryParameter(description="Up to which day.")] = CallDay.TODAY,
    caller_id: Annotated[UUID | None, QueryParameter(description="Of one person.")] = None,
    dealer_id: Annotated[int | None, QueryParameter(description="Of one dealer.", ge=1, le=2**63 - 1)] = None,
    cursor: Cursor = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = 50,
) -> CallPage:
    """The calls of today, of the next working day, or all that are planned."""
    actor.require(Permission.CASE_CONTACT)
    wanted = CallFilter(day=day, caller_id=caller_id, dealer_id=dealer_id)
    async with transaction(actor.scope, read_only=True) as tx:
        return await calls_to_make(tx, actor, wanted, cursor=cursor, limit=limit)


@get("/follow-up-calls/{call_id:uuid}", tags=_CALLS, summary="One call", operation_id="getCall")
async def get_call(actor: NamedDependency[Actor], call_id: FromPath[UUID]) -> schemas.Call:
    """The call with every try at it."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        call = await call_rows.call(tx, actor.oem_id, call_id)
        return schemas.Call(call=call, attempts=await call_rows.attempts_of(tx, actor.oem_id, call_id))


@post(
    "/follow-up-calls/{call_id:uuid}/attempts",
    tags=_CALLS,
    summary="Log a try",
    operation_id="logCall",
    status_code=200,
)
async def log(
    actor: NamedDependency[Actor],
    call_id: FromPath[UUID],
    data: Annotated[schemas.LogCall, schemas.LOGGED],
) -> CallView:
    """Write down a try and do what follows: another day, an answer to give, a case reopened or made."""
    return await log_call(actor, call_id, data, version=data.version)


@post(
    "/follow-up-calls/{call_id:uuid}/caller",
    tags=_CALLS,
    summary="Hand the call over",
    operation_id="handOverCall",
    status_code=200,
)
async def hand_over(
    actor: NamedDependency[Actor],
    call_id: FromPath[UUID],
    data: Annotated[schemas.HandOverCall, schemas.HANDED_OVER],
) -> CallView:
    """Another person makes the call."""
    return await hand_over_call(actor, call_id, data, version=data.version)


@get("/call-records", tags=_CALLS, summary="Calls made on a day", operation_id="listCallRecords")
async def list_call_records(
    actor: NamedDependency[Actor],
    day: Annotated[date | None, QueryParameter(description="Yesterday unless told.")] = None,
    dealer_id: Annotated[int | None, QueryParameter(description="Of one dealer.", ge=1, le=2**63 - 1)] = None,
) -> CallRecords:
    """The calls to be checked, those not checked yet first, with the scores of the week; at most 200."""
    actor.require(Permission.CALL_CHECK)
    async with transaction(actor.scope, read_only=True) as tx:
        return await records_of_day(tx, actor, day, dealer_id)


@post(
    "/follow-up-calls/{call_id:uuid}/checks",
    tags=_CALLS,
    summary="Check a call",
    operation_id="checkCall",
    status_code=204,
)
async def check(
    actor: NamedDependency[Actor],
    call_id: FromPath[UUID],
    data: Annotated[schemas.CheckCall, schemas.CHECKED],
) -> None:
    """Say how a call was made, 1 to 5; the last check of a try counts. Nobody checks his own."""
    await check_call(actor, call_id, data)


@get(
    "/follow-up-policy",
    tags=_SURVEYS,
    summary="Questions and calls",
    operation_id="getFollowUpPolicy",
    opt={ALSO: (404,)},
)
async def get_policy(actor: NamedDependency[Actor], version: EarlierVersion = None) -> schemas.PolicyVersion:
    """What customers are asked, and when they are called: as in force now, or in an earlier version."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.FOLLOW_UP, FollowUpPolicy, version)
        return schemas.PolicyVersion(version, earlier)
    return schemas.PolicyVersion(*await policy_data.in_force(actor))


@put(
    "/follow-up-policy",
    tags=_SURVEYS,
    summary="Set questions and calls",
    operation_id="setFollowUpPolicy",
)
async def set_policy(
    actor: NamedDependency[Actor], data: Annotated[schemas.PolicyWanted, schemas.POLICY]
) -> schemas.PolicyVersion:
    """Publish a new version: five to eight questions. Surveys that were sent keep theirs."""
    policy = FollowUpPolicy(survey=data.survey, calls=data.calls)
    return schemas.PolicyVersion(await policy_data.publish(actor, policy, version=data.version), policy)


HANDLERS = [
    get_surveys,
    answer,
    get_case_calls,
    list_calls,
    get_call,
    log,
    hand_over,
    list_call_records,
    check,
    get_policy,
    set_policy,
]
