"""Several departments on one case: each gets a task, one person answers for the whole (R3.1)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.accounts import people
from shared.accounts.people import Person
from shared.cases.handling import Change, Handling, handling
from shared.cases.instants import future
from shared.cases.ownership import AT_OEM
from shared.cases.states import Command
from shared.cases.task_rows import NewTask, end_task, insert_task, open_task
from shared.cases.texts import clean_line, cleaned
from shared.cases.views import CaseView
from shared.cases.work_commands import AddTask, CancelTask, FinishTask
from shared.cases.work_vocabulary import DEPARTMENTS_OF_OEM, TaskState
from shared.errors import Invalid
from shared.outbox.events import EventKind
from shared.permissions import Permission, may
from shared.tenancy import Actor

_LONGEST: Final = 2_000
_LONGEST_TITLE: Final = 200


async def add_task(
    actor: Actor, case_id: UUID, command: AddTask, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Give another department something to do; the person it is for is told."""
    command = cleaned(command, title=_LONGEST_TITLE)
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        due_at = future("due_at", command.due_at, work.at, "due_in_past")
        transitions = work.judge([Command.ADD_TASK], msgspec.structs.asdict(command))
        person = await _assignee(work, command.assignee_id) if command.assignee_id else None
        name = person.name if person else ""
        task = NewTask(
            department=command.department,
            title=clean_line(command.title),
            assignee_id=command.assignee_id,
            assignee_name=name,
            due_at=due_at,
            at_oem=person.dealer_id == AT_OEM if person else command.department in DEPARTMENTS_OF_OEM,
        )
        task_id = await insert_task(work, task)
        change = Change(
            columns={"open_tasks": work.case.open_tasks + 1},
            text=task.title,
            data={
                "task_id": str(task_id),
                "department": command.department.value,
                "assignee": name,
                "due_at": due_at.isoformat() if due_at else None,
            },
            event=EventKind.TASK_ADDED,
            payload={
                "task_id": str(task_id),
                "assignee_id": str(command.assignee_id) if command.assignee_id else None,
            },
        )
        return await work.apply(transitions, change)


async def finish_task(
    actor: Actor,
    case_id: UUID,
    task_id: UUID,
    command: FinishTask,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """The task is done. Raises `NotFound` (`task_not_found`) and `Conflict` (`task_ended`)."""
    command = cleaned(command, outcome=_LONGEST)
    return await _end(
        actor, case_id, task_id, Command.FINISH_TASK, command, command.outcome, version=version, as_of=as_of
    )


async def cancel_task(
    actor: Actor,
    case_id: UUID,
    task_id: UUID,
    command: CancelTask,
    *,
    version: int | None,
    as_of: datetime | None = None,
) -> CaseView:
    """The task is not needed any more. Raises as `finish_task` does."""
    command = cleaned(command, reason=_LONGEST)
    return await _end(
        actor, case_id, task_id, Command.CANCEL_TASK, command, command.reason, version=version, as_of=as_of
    )


async def _end(
    actor: Actor,
    case_id: UUID,
    task_id: UUID,
    judged: Command,
    command: FinishTask | CancelTask,
    words: str,
    *,
    version: int | None,
    as_of: datetime | None,
) -> CaseView:
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        task = await open_task(work, task_id)
        state = TaskState.DONE if judged is Command.FINISH_TASK else TaskState.CANCELLED
        await end_task(work, task_id, state, words)
        change = Change(
            columns={"open_tasks": work.case.open_tasks - 1},
            text=words,
            data={"task_id": str(task_id), "title": task.title, "department": task.department.value},
            event=EventKind.TASK_ENDED,
            payload={"task_id": str(task_id), "state": state.value},
        )
        return await work.apply(transitions, change)


async def _assignee(work: Handling, membership_id: UUID) -> Person:
    """Somebody of the case's dealer or of the OEM who may work on cases."""
    person = await people.person(work.tx, work.oem_id, membership_id)
    if person is None:
        raise Invalid.field("assignee_id", "unknown_person")
    if not person.active:
        raise Invalid.field("assignee_id", "person_inactive")
    if person.dealer_id not in {AT_OEM, work.case.dealer_id}:
        raise Invalid.field("assignee_id", "person_of_other_dealer")
    if not may(person.role, Permission.CASE_PLAN):
        raise Invalid.field("assignee_id", "person_cannot_work")
    return person
