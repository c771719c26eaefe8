"""The survey as the customer answers it by his link (R5.1).

What he sees is read in the scope of the portal; what he answers is kept as the customer of the one case that
his token names.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.customer_links import CustomerLinks, Purpose, linked_case, survey_generation
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.follow_up.answers import Answer
from shared.follow_up.policy import Question
from shared.follow_up.surveys import AnswerSurvey, answer_survey
from shared.follow_up.vocabulary import AnswerWay, SurveyState
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope


class LinkedSurvey(msgspec.Struct, frozen=True, kw_only=True):
    """A survey with all its page shows; `satisfied_…` are None until it is answered."""

    cycle: int
    turn: int
    state: SurveyState
    expires_at: datetime
    questions: list[Question]
    satisfied_with_process: bool | None
    satisfied_with_result: bool | None
    number: str
    title: str
    customer_name: str
    customer_locale: str
    dealer_id: int
    dealer_name: str
    dealer_name_en: str
    oem_name: str
    oem_name_en: str
    time_zone: str
    version: int
    link_generation: int


class OpenedSurvey(msgspec.Struct, frozen=True, kw_only=True):
    """The survey behind a link, at the instant `now`."""

    oem_id: int
    case_id: UUID
    now: datetime
    survey: LinkedSurvey

    @property
    def is_open(self) -> bool:
        """Whether it can be answered."""
        return self.survey.state is SurveyState.OPEN and self.now < self.survey.expires_at


async def open_survey(links: CustomerLinks, token: str, *, as_of: datetime | None = None) -> OpenedSurvey:
    """The survey behind a link; raises `NotFound` (`link_invalid`) for any link that does not hold.

    A link holds for the round and turn it was made for and for no other.
    """
    linked = linked_case(token)
    scope = Scope.portal(linked.oem_id, linked.case_id)
    async with transaction(scope, read_only=True, as_of=as_of) as tx:
        found = await tx.row(LinkedSurvey, "SELECT * FROM portal_survey()")
        now = await tx.now()
    if found is None:
        raise NotFound("link_invalid")
    generation = survey_generation(found.link_generation, found.cycle, found.turn)
    if not links.holds(linked, Purpose.SURVEY, generation):
        raise NotFound("link_invalid")
    return OpenedSurvey(oem_id=linked.oem_id, case_id=linked.case_id, now=now, survey=found)


async def answer_by_link(
    links: CustomerLinks, token: str, answers: Sequence[Answer], *, as_of: datetime | None = None
) -> None:
    """Keep the answers, once. Raises what `open_survey` and `answer_survey` raise."""
    opened = await open_survey(links, token, as_of=as_of)
    survey = opened.survey
    actor = Actor(
        ActorKind.CUSTOMER,
        Role.CUSTOMER,
        Scope.dealer(opened.oem_id, survey.dealer_id),
        survey.customer_name,
        locale=survey.customer_locale,
        time_zone=survey.time_zone,
    )
    wanted = AnswerSurvey(via=AnswerWay.LINK, answers=tuple(answers))
    asked = (survey.cycle, survey.turn)
    await answer_survey(actor, opened.case_id, wanted, version=None, asked=asked, as_of=as_of)
