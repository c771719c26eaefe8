"""The page models of surveys, and what a case's page says of its follow-up."""

from uuid import UUID

from services.admin.follow_up.call_pages import line_of_case
from services.admin.follow_up.models import CaseFollowUp, SurveyCard
from services.admin.session import Reader
from shared.cases import queries, reveals
from shared.cases.states import Command, available
from shared.cases.views import CaseView
from shared.db.engine import Transaction
from shared.follow_up import call_rows, survey_rows
from shared.follow_up.policy import Question
from shared.follow_up.policy_data import follow_up_policy
from shared.follow_up.shown import asked
from shared.follow_up.survey_rows import SurveyView
from shared.follow_up.vocabulary import SurveyState
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator


async def survey_card(
    tx: Transaction, reader: Reader, case_id: UUID, *, form: FormState = EMPTY_FORM
) -> SurveyCard:
    """The sheet of the case's present round; before a survey went out, with the questions in force."""
    actor = reader.actor
    case = await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))
    survey = await present_survey(tx, actor.oem_id, case)
    state = survey.state if survey else SurveyState.OPEN
    may_answer = state is SurveyState.OPEN and Command.SURVEY in available(case.state, actor.role)
    questions = survey.questions if survey else await _questions_in_force(tx, actor.oem_id)
    said = {each.key: each.value for each in survey.answers} if survey else {}
    speak = translator(reader.locale)
    return SurveyCard(
        case_id=case.id,
        version=case.version,
        number=case.number,
        title=case.title,
        customer=case.customer_name,
        phone_link=case.customer_phone if may_answer and not case.masked else "",
        state=state,
        questions=[asked(each, said.get(each.key, ""), speak, reader.locale) for each in questions],
        may_answer=may_answer,
        answered_at=survey.answered_at if survey else None,
        answered_via=survey.answered_via if survey else None,
        answered_by=(survey.answered_by or "") if survey else "",
        score=survey.score if survey else None,
        satisfied_with_process=survey.satisfied_with_process if survey else None,
        satisfied_with_result=survey.satisfied_with_result if survey else None,
        form=form,
    )


async def case_follow_up(tx: Transaction, reader: Reader, case: CaseView) -> CaseFollowUp:
    """What a case's page says of surveys and calls."""
    actor = reader.actor
    survey = await present_survey(tx, actor.oem_id, case)
    now = await tx.now()
    is_open = survey is None or survey.state is SurveyState.OPEN
    return CaseFollowUp(
        may_ask=is_open and Command.SURVEY in available(case.state, actor.role),
        survey_state=survey.state if survey else None,
        score=survey.score if survey else None,
        satisfied_with_process=case.satisfied_with_process,
        satisfied_with_result=case.satisfied_with_result,
        calls=[
            line_of_case(each, reader, now, case.number, case.title)
            for each in await call_rows.calls_of(tx, actor.oem_id, case.id)
        ],
    )


async def present_survey(tx: Transaction, oem_id: int, case: CaseView) -> SurveyView | None:
    """The survey of the case's present round."""
    known = await survey_rows.surveys_of(tx, oem_id, case.id)
    return next((each for each in known if each.cycle == case.cycle), None)


async def _questions_in_force(tx: Transaction, oem_id: int) -> list[Question]:
    _, policy = await follow_up_policy(tx, oem_id)
    return list(policy.survey.questions)
