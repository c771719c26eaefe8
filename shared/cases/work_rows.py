"""Rows of the work on a case: complained points, diagnoses, plans; all in the caller's scope."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.detail import require_case
from shared.cases.repository import LockedCase
from shared.cases.work_commands import Agree, Diagnose, Plan
from shared.cases.work_views import (
    CaseWork,
    CompensationView,
    DiagnosisView,
    PlanView,
    PointView,
    TaskView,
)
from shared.db.engine import Transaction
from shared.ids import new_id


class NewPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A complained point to write."""

    dealer_id: int
    case_id: UUID
    position: int
    text: str
    created_by: str
    confirmed: bool = False


_INSERT_POINT = """
INSERT INTO case_points (oem_id, id, dealer_id, case_id, position, text, created_at, created_by, confirmed_at,
                         confirmed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def insert_points(tx: Transaction, oem_id: int, at: datetime, points: Sequence[NewPoint]) -> None:
    """Write complained points."""
    if not points:
        return
    await tx.execute_many(
        _INSERT_POINT,
        [
            (
                oem_id,
                new_id(at),
                each.dealer_id,
                each.case_id,
                each.position,
                each.text,
                at,
                each.created_by,
                at if each.confirmed else None,
                each.created_by if each.confirmed else None,
            )
            for each in points
        ],
    )


_POINTS = f"""
SELECT {", ".join(PointView.__struct_fields__)}
FROM case_points WHERE oem_id = $1 AND case_id = $2 ORDER BY position
"""
_CONFIRM = """
UPDATE case_points SET confirmed_at = $3, confirmed_by = $4
WHERE oem_id = $1 AND id = ANY ($2::uuid[]) AND confirmed_at IS NULL
"""
_RECONSIDER = """
UPDATE case_points SET confirmed_at = NULL, confirmed_by = NULL WHERE oem_id = $1 AND case_id = $2
"""


async def points_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[PointView]:
    """The complained points of a case."""
    return await tx.rows(PointView, _POINTS, oem_id, case_id)


async def confirm_points(
    tx: Transaction, oem_id: int, point_ids: Sequence[UUID], at: datetime, name: str
) -> None:
    """These points are in order."""
    await tx.execute(_CONFIRM, oem_id, point_ids, at, name)


async def reconsider_points(tx: Transaction, oem_id: int, case_id: UUID) -> None:
    """Every point of the case has to be confirmed anew."""
    await tx.execute(_RECONSIDER, oem_id, case_id)


_INSERT_DIAGNOSIS = """
INSERT INTO case_diagnoses (oem_id, id, dealer_id, case_id, cycle, findings, checklist, repair_history,
                            remote_guidance, temporary_measure, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_DIAGNOSES = f"""
SELECT {", ".join(DiagnosisView.__struct_fields__)}
FROM case_diagnoses WHERE oem_id = $1 AND case_id = $2 ORDER BY created_at, id
"""


async def insert_diagnosis(
    tx: Transaction, oem_id: int, case: LockedCase, found: Diagnose, at: datetime, name: str
) -> None:
    """Write what was found out."""
    await tx.execute(
        _INSERT_DIAGNOSIS,
        oem_id,
        new_id(at),
        case.dealer_id,
        case.id,
        case.cycle,
        found.findings,
        found.checklist,
        found.repair_history,
        found.remote_guidance,
        found.temporary_measure,
        at,
        name,
    )


_INSERT_PLAN = """
INSERT INTO case_plans (oem_id, id, dealer_id, case_id, cycle, plan, type, alternative, parts, promised_at,
                        cost_minor, currency, payer, window_from, window_until, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""
_PLANS = f"""
SELECT {", ".join(PlanView.__struct_fields__)}
FROM case_plans WHERE oem_id = $1 AND case_id = $2 ORDER BY created_at, id
"""
_IN_FORCE = f"""
SELECT {", ".join(PlanView.__struct_fields__)}
FROM case_plans WHERE oem_id = $1 AND case_id = $2 AND cycle = $3 ORDER BY created_at DESC, id DESC LIMIT 1
"""
_AGREE = """
UPDATE case_plans SET agreed_at = $3, agreed_by = $4, agreed_via = $5 WHERE oem_id = $1 AND id = $2
"""
_CONFIRM_VISIT = """
UPDATE case_plans SET visit_confirmed_at = $3, window_from = coalesce($4, window_from),
                      window_until = coalesce($5, window_until)
WHERE oem_id = $1 AND id = $2
"""


async def insert_plan(
    tx: Transaction, oem_id: int, case: LockedCase, plan: Plan, at: datetime, name: str
) -> None:
    """Write a plan, which is in force from now on."""
    await tx.execute(
        _INSERT_PLAN,
        oem_id,
        new_id(at),
        case.dealer_id,
        case.id,
        case.cycle,
        plan.plan,
        plan.type,
        plan.alternative,
        plan.parts,
        plan.promised_at,
        plan.cost_minor,
        plan.currency,
        plan.payer,
        plan.window_from,
        plan.window_until,
        at,
        name,
    )


async def plan_in_force(tx: Transaction, oem_id: int, case: LockedCase) -> PlanView | None:
    """The newest plan of the case's cycle."""
    return await tx.row(PlanView, _IN_FORCE, oem_id, case.id, case.cycle)


async def agree(tx: Transaction, oem_id: int, plan_id: UUID, agreed: Agree, at: datetime) -> None:
    """The customer agrees to the plan at `at`."""
    await tx.execute(_AGREE, oem_id, plan_id, at, agreed.agreed_by, agreed.via.value)


async def confirm_visit(
    tx: Transaction,
    oem_id: int,
    plan_id: UUID,
    at: datetime,
    window: tuple[datetime, datetime] | tuple[None, None],
) -> None:
    """The customer has confirmed the visit; a window replaces the one of the plan."""
    await tx.execute(_CONFIRM_VISIT, oem_id, plan_id, at, *window)


_TASKS = f"""
SELECT {", ".join(TaskView.__struct_fields__)}
FROM case_tasks WHERE oem_id = $1 AND case_id = $2 ORDER BY created_at, id
"""
_COMPENSATIONS = """
SELECT c.id, c.kind, c.amount_minor, c.currency, c.reason, c.state, c.created_at, c.created_by, c.approver,
       c.given_at, a.wanted_role, a.asked_by, a.decided_at, a.decided_name, a.reason AS decision_reason
FROM case_compensations c
LEFT JOIN case_approvals a ON a.oem_id = c.oem_id AND a.compensation_id = c.id
WHERE c.oem_id = $1 AND c.case_id = $2 ORDER BY c.created_at, c.id
"""


async def compensations_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[CompensationView]:
    """What a case was given, or is to be, oldest first."""
    return await tx.rows(CompensationView, _COMPENSATIONS, oem_id, case_id)


async def work_of(tx: Transaction, oem_id: int, case_id: UUID) -> CaseWork:
    """All the work on a case; raises `NotFound` (`case_not_found`) outside the scope."""
    await require_case(tx, oem_id, case_id)
    return CaseWork(
        points=await points_of(tx, oem_id, case_id),
        diagnoses=await tx.rows(DiagnosisView, _DIAGNOSES, oem_id, case_id),
        plans=await tx.rows(PlanView, _PLANS, oem_id, case_id),
        tasks=await tx.rows(TaskView, _TASKS, oem_id, case_id),
        compensations=await compensations_of(tx, oem_id, case_id),
    )
