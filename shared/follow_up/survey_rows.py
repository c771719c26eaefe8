"""Rows of surveys; written under the lock of their case."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.handling import Handling
from shared.db.engine import Transaction
from shared.follow_up.answers import Answer, Judged
from shared.follow_up.policy import FollowUpPolicy, Question
from shared.follow_up.vocabulary import AnswerWay, Moment, SurveyState
from shared.ids import new_id


class SurveyView(msgspec.Struct, frozen=True, kw_only=True):
    """A survey with its questions, and with its answers once it is answered.

    `turn` counts the results of the case a merged one is handled in, within its round. `score` is the mean of
    what was scored, 1 to 5. `expires_at`: the link holds until then.
    """

    id: UUID
    case_id: UUID
    cycle: int
    turn: int
    touchpoint: Moment
    questions: list[Question]
    satisfied_from: int
    state: SurveyState
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    answered_via: AnswerWay | None
    answered_by: str | None
    answers: list[Answer]
    comment: str
    score: float | None
    satisfied_with_process: bool | None
    satisfied_with_result: bool | None

    def is_open(self, now: datetime) -> bool:
        """Whether its link still holds."""
        return self.state is SurveyState.OPEN and now < self.expires_at


_COLUMNS: Final = ", ".join(SurveyView.__struct_fields__)
_OF_CASE: Final = f"""
SELECT {_COLUMNS} FROM surveys WHERE oem_id = $1 AND case_id = $2 ORDER BY cycle DESC, turn DESC
"""
_OF_CYCLE: Final = f"""
SELECT {_COLUMNS} FROM surveys WHERE oem_id = $1 AND case_id = $2 AND cycle = $3
ORDER BY turn DESC LIMIT 1 FOR UPDATE
"""
_INSERT: Final = """
INSERT INTO surveys (oem_id, id, dealer_id, case_id, cycle, touchpoint, policy_version, questions,
                     satisfied_from, state, created_at, expires_at, turn)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, 1 + count(*)
FROM surveys WHERE oem_id = $1 AND case_id = $4 AND cycle = $5
"""
# Only an open one: whoever comes second finds nothing to answer.
_ANSWER: Final = """
UPDATE surveys SET state = 'answered', answered_at = $3, answered_via = $4, answered_by = $5, answers = $6,
                   comment = $7, score = $8, satisfied_with_process = $9, satisfied_with_result = $10
WHERE oem_id = $1 AND id = $2 AND state = 'open'
"""
_CANCEL: Final = """
UPDATE surveys SET state = 'cancelled' WHERE oem_id = $1 AND case_id = $2 AND state = 'open' AND cycle <= $3
    AND created_at <= coalesce($4, 'infinity'::timestamptz)
"""


async def surveys_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[SurveyView]:
    """The surveys of a case, one per round and turn, the newest first."""
    return await tx.rows(SurveyView, _OF_CASE, oem_id, case_id)


async def survey_of_cycle(work: Handling) -> SurveyView | None:
    """The newest survey of the case's present round, locked."""
    return await work.tx.row(SurveyView, _OF_CYCLE, work.oem_id, work.case.id, work.case.cycle)


async def insert(
    work: Handling, touchpoint: Moment, version: int, policy: FollowUpPolicy, opened_at: datetime
) -> None:
    """Write an open survey with the questions of this version."""
    survey = policy.survey
    await work.tx.execute(
        _INSERT,
        work.oem_id,
        new_id(work.at),
        work.case.dealer_id,
        work.case.id,
        work.case.cycle,
        touchpoint.value,
        version,
        survey.questions,
        survey.satisfied_from,
        opened_at,
        work.at + timedelta(days=survey.open_days),
    )


async def answer(work: Handling, survey_id: UUID, judged: Judged, way: AnswerWay) -> bool:
    """Keep the answers; False when it was not open any more."""
    return bool(
        await work.tx.execute(
            _ANSWER,
            work.oem_id,
            survey_id,
            work.at,
            way.value,
            work.actor.name,
            judged.answers,
            judged.comment,
            judged.score,
            judged.satisfied_with_process,
            judged.satisfied_with_result,
        )
    )


async def cancel_open(work: Handling, last_cycle: int, until: datetime | None = None) -> None:
    """Nobody is asked any more about rounds up to this one, as far as it was asked `until` then."""
    await work.tx.execute(_CANCEL, work.oem_id, work.case.id, last_cycle, until)
