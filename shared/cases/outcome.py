"""What came of a case: the result told, the verdict on a suggestion, satisfaction, closing (R3.7, R3.9)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.commands import Close, Judge, Resolve, Survey
from shared.cases.handling import Change, handling
from shared.cases.merging import share_result
from shared.cases.states import Command
from shared.cases.texts import cleaned
from shared.cases.views import CaseView
from shared.cases.vocabulary import Kind
from shared.cases.work_vocabulary import VERDICTS, Verdict
from shared.errors import FieldError, Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor

_LONGEST: Final = 4_000


async def resolve(
    actor: Actor, case_id: UUID, command: Resolve, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Tell the customer what was found, the solution and further advice (R3.7)."""
    command = cleaned(command, result=_LONGEST, found=_LONGEST, advice=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.RESOLVE], msgspec.structs.asdict(command))
        change = Change(
            columns={
                "result": command.result,
                "found": command.found,
                "advice": command.advice,
                "verdict": None,
            },
            text=command.result,
            data={"told_via": command.told_via.value, "found": command.found, "advice": command.advice},
            event=EventKind.CASE_RESULT_TOLD,
        )
        await share_result(work)
        return await work.apply(transitions, change)


async def judge(
    actor: Actor, case_id: UUID, command: Judge, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Tell the customer what becomes of a suggestion or an experience (R3.7).

    Raises `Conflict` (`not_for_this_kind`) for any other case, `Invalid` for a verdict of the other kind and
    for a refusal without reason or alternative.
    """
    command = cleaned(command, reply=_LONGEST, reason=_LONGEST, alternative=_LONGEST)
    of_experience = command.verdict in VERDICTS[Kind.USAGE_EXPERIENCE]
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        if work.case.kind in VERDICTS:
            of_experience = work.case.kind is Kind.USAGE_EXPERIENCE
        judged = Command.JUDGE_EXPERIENCE if of_experience else Command.JUDGE_SUGGESTION
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        _check_verdict(work.case.kind, command)
        change = Change(
            columns={"result": command.reply, "found": "", "advice": "", "verdict": command.verdict.value},
            text=command.reply,
            data={
                "verdict": command.verdict.value,
                "told_via": command.told_via.value,
                "reason": command.reason,
                "alternative": command.alternative,
            },
            event=EventKind.CASE_RESULT_TOLD,
        )
        await share_result(work)
        return await work.apply(transitions, change)


async def survey(
    actor: Actor, case_id: UUID, command: Survey, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Record whether the customer is satisfied (R3.9)."""
    command = cleaned(command, comment=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.SURVEY], msgspec.structs.asdict(command))
        satisfied: dict[str, bool] = {
            "satisfied_with_process": command.satisfied_with_process,
            "satisfied_with_result": command.satisfied_with_result,
        }
        change = Change(
            columns=dict(satisfied),
            text=command.comment,
            data=dict(satisfied),
            event=EventKind.CASE_SURVEYED,
            payload=dict(satisfied),
        )
        return await work.apply(transitions, change)


async def close(
    actor: Actor, case_id: UUID, command: Close, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Close with root cause and preventive measure (R3.9), or by the verdict that was given (R3.7).

    Raises `Conflict` (`tasks_open`, `compensation_open`) while something stands open.
    """
    command = cleaned(command, root_cause=_LONGEST, preventive_measure=_LONGEST)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        by_verdict = work.case.verdict is not None and work.case.kind in VERDICTS
        judged = Command.CLOSE_JUDGED if by_verdict else Command.CLOSE
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        change = Change(
            columns={
                "root_cause": command.root_cause,
                "preventive_measure": command.preventive_measure,
            },
            text=command.root_cause,
            data={"preventive_measure": command.preventive_measure},
            event=EventKind.CASE_CLOSED,
        )
        return await work.apply(transitions, change)


def _check_verdict(kind: Kind, command: Judge) -> None:
    if command.verdict not in VERDICTS[kind]:
        raise Invalid.field("verdict", "unknown_value")
    if command.verdict is not Verdict.DECLINED:
        return
    missing = [name for name in ("reason", "alternative") if not getattr(command, name)]
    if missing:
        raise Invalid("invalid_input", fields=[FieldError(name, "required") for name in missing])
