"""The survey of a case: a few questions, answered once (R5.1). Works without scripts."""

from collections.abc import Mapping
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.portal.door import AnyRequest, go, links_of, named, page, reader_locale, zone_of
from services.api.portal.forms import fields_of, refused
from shared.cases.customer_links import Purpose
from shared.errors import Conflict, Invalid
from shared.follow_up import by_link
from shared.follow_up.answers import Answer
from shared.follow_up.policy import Question
from shared.follow_up.shown import AskedQuestion, asked
from shared.follow_up.vocabulary import SurveyState
from shared.web.components import EMPTY_FORM, FormState
from shared.web.environment import Viewer

_OPTIONS: Final = {PUBLIC: True}
_QUESTION: Final = "q_"
"""What the names of the fields begin with."""


class SurveyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page shows. `base` is its address without a query, `choice` where he does without."""

    base: str
    number: str
    title: str
    dealer: str
    oem: str
    is_open: bool
    is_answered: bool
    is_satisfied: bool
    choice: str
    questions: list[AskedQuestion]
    form: FormState = EMPTY_FORM


@get("/s/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def show(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The questions; afterwards, our thanks."""
    return await _page(request, token)


@post("/s/{token:str}", opt=_OPTIONS, include_in_schema=False)
async def answer(request: AnyRequest, token: FromPath[str]) -> Response[str] | Response[None]:
    """Keep the answers; what is refused comes back as it was chosen."""
    fields = await fields_of(request)
    given = [
        Answer(name.removeprefix(_QUESTION), value)
        for name, value in fields.items()
        if name.startswith(_QUESTION) and value
    ]
    try:
        await by_link.answer_by_link(links_of(request), token, given)
    except (Invalid, Conflict) as error:
        return await _page(request, token, error=error, fields=fields)
    return go(f"/s/{token}")


async def _page(
    request: AnyRequest,
    token: str,
    *,
    error: Invalid | Conflict | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response[str]:
    links = links_of(request)
    opened = await by_link.open_survey(links, token)
    survey = opened.survey
    viewer = Viewer(reader_locale(request, survey.customer_locale), zone_of(survey.time_zone), opened.now)
    model = SurveyPage(
        base=f"/s/{token}",
        number=survey.number,
        title=survey.title,
        dealer=named(viewer, survey.dealer_name, survey.dealer_name_en),
        oem=named(viewer, survey.oem_name, survey.oem_name_en),
        is_open=opened.is_open,
        is_answered=survey.state is SurveyState.ANSWERED,
        is_satisfied=bool(survey.satisfied_with_process and survey.satisfied_with_result),
        choice=f"/m/{links.token(Purpose.CHOICE, opened.oem_id, opened.case_id, survey.link_generation)}",
        questions=_asked(survey.questions, viewer),
        form=refused(fields or {}, error, viewer.translator) if error else EMPTY_FORM,
    )
    status = error.status if error else 200
    return page(request, viewer, "portal/survey.html", status=status, model=model)


def _asked(questions: list[Question], viewer: Viewer) -> list[AskedQuestion]:
    return [asked(each, "", viewer.translator, viewer.locale) for each in questions]


HANDLERS = [show, answer]
