"""The work on a case: points, diagnosis, plan, agreement, execution, verification (R3.4, R3.5)."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from shared.cases import pausing, work_rows
from shared.cases.handling import Change, Handling, handling
from shared.cases.instants import future, instant, window
from shared.cases.intake_checks import LONGEST_POINT, clean_points
from shared.cases.repository import Data
from shared.cases.states import Command
from shared.cases.task_rows import NewTask, insert_task
from shared.cases.texts import cleaned, title_of
from shared.cases.views import CaseView
from shared.cases.vocabulary import Department
from shared.cases.work_commands import (
    AddPoints,
    Agree,
    ConfirmVisit,
    Diagnose,
    ExecuteStep,
    Plan,
    Verify,
)
from shared.cases.work_rows import NewPoint
from shared.cases.work_views import PlanView
from shared.cases.work_vocabulary import AgreementWay, CheckResult, PlanType
from shared.errors import Conflict, Invalid
from shared.outbox.events import EventKind
from shared.tenancy import Actor, ActorKind

_LONGEST: Final = 4_000
_SHORT: Final = 500
_NAME: Final = 100
_MOST_POINTS: Final = 100


async def add_points(
    actor: Actor, case_id: UUID, command: AddPoints, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Write down what the customer complains of, point by point."""
    command = msgspec.structs.replace(command, points=_points(command.points))
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.ADD_POINTS], msgspec.structs.asdict(command))
        await _insert_points(work, command.points, confirmed=False)
        change = Change(
            columns={
                "points": work.case.points + len(command.points),
                "open_points": work.case.open_points + len(command.points),
            },
            data={"points": list(command.points)},
        )
        return await work.apply(transitions, change)


async def diagnose(
    actor: Actor, case_id: UUID, command: Diagnose, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Write down what was found out; a new or hard fault becomes a task of technical support (R3.4)."""
    command = cleaned(
        command,
        findings=_LONGEST,
        repair_history=_LONGEST,
        remote_guidance=_LONGEST,
        temporary_measure=_LONGEST,
    )
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.DIAGNOSE], msgspec.structs.asdict(command))
        await work_rows.insert_diagnosis(work.tx, work.oem_id, work.case, command, work.at, actor.name)
        change = Change(text=command.findings, data=_of_diagnosis(command), event=EventKind.CASE_DIAGNOSED)
        if command.needs_technical_support:
            task = NewTask(
                department=Department.TECHNICAL_SUPPORT, title=title_of(command.findings), at_oem=True
            )
            task_id = await insert_task(work, task)
            change.columns["open_tasks"] = work.case.open_tasks + 1
            change.payload["task_id"] = str(task_id)
        return await work.apply(transitions, change)


async def plan(
    actor: Actor, case_id: UUID, command: Plan, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Set the solution and the promised time; with `told_via` the customer has been told (R3.4)."""
    command = cleaned(command, plan=_LONGEST, alternative=_LONGEST, parts=_LONGEST)
    _check_cost(command)
    judged = Command.TELL_PLAN if command.told_via else Command.PLAN
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        promised_at = future("promised_at", command.promised_at, work.at, "promised_in_past")
        begins, ends = window(command.window_from, command.window_until, work.at)
        command = msgspec.structs.replace(
            command, promised_at=promised_at, window_from=begins, window_until=ends
        )
        transitions = work.judge([judged], msgspec.structs.asdict(command))
        await work_rows.insert_plan(work.tx, work.oem_id, work.case, command, work.at, actor.name)
        change = Change(
            columns={
                "plan": command.plan,
                "promised_at": promised_at,
                "visit_unconfirmed": command.type is PlanType.ON_SITE,
            },
            text=command.plan,
            data={
                "told_via": command.told_via.value if command.told_via else None,
                "promised_at": promised_at.isoformat() if promised_at else None,
                "type": command.type.value if command.type else None,
            },
            event=EventKind.CASE_PLANNED,
            payload={"told": command.told_via is not None},
        )
        return await work.apply(transitions, change)


async def agree(
    actor: Actor, case_id: UUID, command: Agree, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Record that the customer agrees to the plan in force: staff for him, or he himself by a link (R3.4)."""
    command = cleaned(command, agreed_by=_NAME)
    by_customer = actor.kind is ActorKind.CUSTOMER
    if by_customer is not (command.via is AgreementWay.LINK):
        raise Invalid.field("via", "link_is_the_customers")
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.AGREE], msgspec.structs.asdict(command))
        in_force = await _plan_in_force(work)
        agreed_at = instant("agreed_at", command.agreed_at) or work.at
        if agreed_at > work.at:
            raise Invalid.field("agreed_at", "in_the_future")
        if agreed_at < in_force.created_at:
            raise Invalid.field("agreed_at", "before_the_plan")
        await work_rows.agree(work.tx, work.oem_id, in_force.id, command, agreed_at)
        change = Change(
            columns=await pausing.answered(work),
            data={"via": command.via.value, "agreed_at": agreed_at.isoformat()},
            text=command.agreed_by,
            event=EventKind.CASE_AGREED,
            payload={"by_customer": by_customer},
        )
        return await work.apply(transitions, change)


async def confirm_visit(
    actor: Actor, case_id: UUID, command: ConfirmVisit, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The customer has confirmed the visit, maybe at another time (R3.4)."""
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.CONFIRM_VISIT], msgspec.structs.asdict(command))
        in_force = await _plan_in_force(work)
        if in_force.type is not PlanType.ON_SITE:
            raise Conflict("no_visit_planned")
        begins, ends = window(command.window_from, command.window_until, work.at)
        await work_rows.confirm_visit(
            work.tx,
            work.oem_id,
            in_force.id,
            work.at,
            (begins, ends) if begins and ends else (None, None),
        )
        change = Change(
            columns={"visit_unconfirmed": False, **await pausing.answered(work)},
            data={
                "channel": command.via.value,
                "window_from": begins.isoformat() if begins else None,
                "window_until": ends.isoformat() if ends else None,
            },
        )
        return await work.apply(transitions, change)


async def execute_step(
    actor: Actor, case_id: UUID, command: ExecuteStep, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """Write down a key step, what was measured, which parts went in and what is charged (R3.5)."""
    command = cleaned(command, step=_LONGEST, measured=_SHORT, parts=_SHORT)
    if (command.charge_minor is None) is not (command.currency is None):
        raise Invalid.field("currency" if command.currency is None else "charge_minor", "required")
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        transitions = work.judge([Command.EXECUTE_STEP], msgspec.structs.asdict(command))
        change = Change(
            columns={"work_unverified": True},
            text=command.step,
            data={
                "measured": command.measured,
                "parts": command.parts,
                "charge_minor": command.charge_minor,
                "currency": command.currency,
            },
            event=EventKind.CASE_WORKED_ON,
        )
        return await work.apply(transitions, change)


async def verify(
    actor: Actor, case_id: UUID, command: Verify, *, version: int | None, as_of: datetime | None = None
) -> CaseView:
    """The functional check over every complained point (R3.5).

    Raises `Conflict` (`points_not_confirmed`) while one is not confirmed, `no_points` where none is known.
    """
    command = cleaned(command, check=_LONGEST, signed_off_by=_NAME)
    command = msgspec.structs.replace(command, points=_points(command.points))
    async with handling(actor, case_id, version=version, as_of=as_of) as work:
        known = await work_rows.points_of(work.tx, work.oem_id, case_id)
        if set(command.confirmed) - {each.id for each in known}:
            raise Invalid.field("confirmed", "unknown_point")
        waiting = {each.id for each in known if each.confirmed_at is None}
        confirmed = waiting & set(command.confirmed)
        standing = msgspec.structs.replace(
            work.case,
            points=work.case.points + len(command.points),
            open_points=work.case.open_points - len(confirmed),
        )
        transitions = work.judge([Command.VERIFY], msgspec.structs.asdict(command), standing)
        await work_rows.confirm_points(work.tx, work.oem_id, sorted(confirmed), work.at, actor.name)
        await _insert_points(work, command.points, confirmed=True)
        change = Change(
            columns={
                "points": standing.points,
                "open_points": standing.open_points,
                "work_unverified": False,
            },
            text=command.check,
            data={
                "points": [each.text for each in known] + list(command.points),
                "signed_off_by": command.signed_off_by,
            },
            event=EventKind.CASE_VERIFIED,
        )
        return await work.apply(transitions, change)


def _points(points: tuple[str, ...]) -> tuple[str, ...]:
    found = clean_points(points)
    if any(len(each) > LONGEST_POINT for each in found):
        raise Invalid.field("points", "too_long", limit=LONGEST_POINT)
    return found


async def _insert_points(work: Handling, texts: tuple[str, ...], *, confirmed: bool) -> None:
    if work.case.points + len(texts) > _MOST_POINTS:
        raise Invalid.field("points", "too_many", limit=_MOST_POINTS)
    new = [
        NewPoint(
            dealer_id=work.case.dealer_id,
            case_id=work.case.id,
            position=position,
            text=text,
            created_by=work.actor.name,
            confirmed=confirmed,
        )
        for position, text in enumerate(texts, work.case.points + 1)
    ]
    await work_rows.insert_points(work.tx, work.oem_id, work.at, new)


async def _plan_in_force(work: Handling) -> PlanView:
    found = await work_rows.plan_in_force(work.tx, work.oem_id, work.case)
    if found is None:
        raise Conflict("nothing_planned")
    return found


def _check_cost(command: Plan) -> None:
    parts = {"cost_minor": command.cost_minor, "currency": command.currency, "payer": command.payer}
    missing = [name for name, value in parts.items() if value is None]
    if 0 < len(missing) < len(parts):
        raise Invalid.field(missing[0], "required")


def _of_diagnosis(command: Diagnose) -> Data:
    return {
        "repair_history": command.repair_history,
        "remote_guidance": command.remote_guidance,
        "temporary_measure": command.temporary_measure,
        "not_ok": [each.item for each in command.checklist if each.result is CheckResult.NOT_OK],
        "technical_support": command.needs_technical_support,
    }
