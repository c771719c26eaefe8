"""Rows of tasks, written under the lock of their case."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.handling import Handling
from shared.cases.vocabulary import Department
from shared.cases.work_views import TaskView
from shared.cases.work_vocabulary import TaskState
from shared.errors import Conflict, NotFound
from shared.ids import new_id


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task to write; without an assignee it is the department's. `at_oem`: the OEM has to do it."""

    department: Department
    title: str
    assignee_id: UUID | None = None
    assignee_name: str = ""
    due_at: datetime | None = None
    at_oem: bool = False


_INSERT: Final = """
INSERT INTO case_tasks (oem_id, id, dealer_id, case_id, department, assignee_id, assignee_name, title, due_at,
                        at_oem, state, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12)
"""
_TASK: Final = f"""
SELECT {", ".join(TaskView.__struct_fields__)} FROM case_tasks WHERE oem_id = $1 AND case_id = $2 AND id = $3
"""
_END: Final = """
UPDATE case_tasks SET state = $3, outcome = $4, ended_at = $5, ended_by = $6 WHERE oem_id = $1 AND id = $2
"""
_CANCEL_ALL: Final = """
UPDATE case_tasks SET state = 'cancelled', outcome = $3, ended_at = $4, ended_by = $5
WHERE oem_id = $1 AND case_id = $2 AND state = 'open'
"""


async def insert_task(work: Handling, task: NewTask) -> UUID:
    """Write an open task; its id."""
    task_id = new_id(work.at)
    await work.tx.execute(
        _INSERT,
        work.oem_id,
        task_id,
        work.case.dealer_id,
        work.case.id,
        task.department.value,
        task.assignee_id,
        task.assignee_name,
        task.title,
        task.due_at,
        task.at_oem,
        work.at,
        work.actor.name,
    )
    return task_id


async def open_task(work: Handling, task_id: UUID) -> TaskView:
    """The task; raises `NotFound` (`task_not_found`) and `Conflict` (`task_ended`)."""
    found = await work.tx.row(TaskView, _TASK, work.oem_id, work.case.id, task_id)
    if found is None:
        raise NotFound("task_not_found")
    if found.state is not TaskState.OPEN:
        raise Conflict("task_ended")
    return found


async def end_task(work: Handling, task_id: UUID, state: TaskState, outcome: str) -> None:
    """The task is done or cancelled."""
    await work.tx.execute(_END, work.oem_id, task_id, state.value, outcome, work.at, work.actor.name)


async def cancel_all(work: Handling, reason: str) -> None:
    """Nothing is left to do."""
    await work.tx.execute(_CANCEL_ALL, work.oem_id, work.case.id, reason, work.at, work.actor.name)
