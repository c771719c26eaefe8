"""The forms of the work on a case and of its turns, as its commands: each calls the one service function."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from services.admin.cases.models import Action
from services.admin.forms import Fields, command, identifier, version_of, whole_number
from services.admin.session import Reader
from shared.cases import commands, service, work_commands
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import AgreementWay, ChoiceWay
from shared.errors import Invalid
from shared.tenancy import Actor
from shared.web.money import minor_units

_Wanted_contra = TypeVar("_Wanted_contra", bound=msgspec.Struct, contravariant=True)
_Run = Callable[[Reader, UUID, Fields], Awaitable[CaseView]]
_END_OF_DAY: Final = time(23, 59)
_POINT: Final = "point-"


class _Reasoned(Protocol[_Wanted_contra]):
    """A service function whose command has a reason and nothing else."""

    def __call__(
        self, actor: Actor, case_id: UUID, command: _Wanted_contra, /, *, version: int | None
    ) -> Awaitable[CaseView]: ...


class _ReasonedOfItem(Protocol[_Wanted_contra]):
    """The same about a part of the case: a task, a compensation."""

    def __call__(
        self, actor: Actor, case_id: UUID, item_id: UUID, command: _Wanted_contra, /, *, version: int | None
    ) -> Awaitable[CaseView]: ...


def _with_reason(make: type[_Wanted_contra], run: _Reasoned[_Wanted_contra]) -> _Run:
    async def ran(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
        wanted = command(make, {"reason": fields.get("reason", "")})
        return await run(reader.actor, case_id, wanted, version=version_of(fields))

    return ran


def _of_item_with_reason(make: type[_Wanted_contra], run: _ReasonedOfItem[_Wanted_contra]) -> _Run:
    async def ran(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
        wanted = command(make, {"reason": fields.get("reason", "")})
        item = identifier(fields, "item")
        return await run(reader.actor, case_id, item, wanted, version=version_of(fields))

    return ran


async def _wait(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {"party": fields.get("party", ""), "reason": fields.get("reason", "")}
    wanted = command(commands.Wait, values)
    return await service.wait(reader.actor, case_id, wanted, version=version_of(fields))


async def _plan(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    has_cost = bool(fields.get("cost", "").strip())
    values: dict[str, object] = {
        "plan": fields.get("plan", ""),
        "type": fields.get("type") or None,
        "alternative": fields.get("alternative", ""),
        "parts": fields.get("parts", ""),
        "promised_at": _end_of_day(fields, "promised_on", reader),
        "cost_minor": _amount(fields, "cost") if has_cost else None,
        "currency": fields.get("currency") if has_cost else None,
        "payer": fields.get("payer") if has_cost else None,
        "window_from": _moment(fields, "window_from", reader),
        "window_until": _moment(fields, "window_until", reader),
        "told_via": fields.get("told_via") or None,
    }
    wanted = command(work_commands.Plan, values)
    return await service.plan(reader.actor, case_id, wanted, version=version_of(fields))


async def _request(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {
        "request": fields.get("request", ""),
        "via": fields.get("via", ""),
        "answer_by": _end_of_day(fields, "answer_on", reader),
    }
    wanted = command(commands.RequestFromCustomer, values)
    return await service.request_from_customer(reader.actor, case_id, wanted, version=version_of(fields))


async def _points(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = command(work_commands.AddPoints, {"points": _lines(fields, "points")})
    return await service.add_points(reader.actor, case_id, wanted, version=version_of(fields))


async def _diagnose(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = work_commands.Diagnose(
        findings=fields.get("findings", ""),
        repair_history=fields.get("repair_history", ""),
        remote_guidance=fields.get("remote_guidance", ""),
        temporary_measure=fields.get("temporary_measure", ""),
        needs_technical_support=fields.get("needs_technical_support") == "true",
    )
    return await service.diagnose(reader.actor, case_id, wanted, version=version_of(fields))


async def _agree(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {"agreed_by": fields.get("agreed_by", ""), "via": fields.get("via", "")}
    wanted = command(work_commands.Agree, values)
    return await service.agree(reader.actor, case_id, wanted, version=version_of(fields))


async def _visit(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {
        "via": fields.get("via", ""),
        "window_from": _moment(fields, "window_from", reader),
        "window_until": _moment(fields, "window_until", reader),
    }
    wanted = command(work_commands.ConfirmVisit, values)
    return await service.confirm_visit(reader.actor, case_id, wanted, version=version_of(fields))


async def _step(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    has_charge = bool(fields.get("charge", "").strip())
    wanted = work_commands.ExecuteStep(
        step=fields.get("step", ""),
        measured=fields.get("measured", ""),
        parts=fields.get("parts", ""),
        charge_minor=_amount(fields, "charge") if has_charge else None,
        currency=_currency(fields) if has_charge else None,
    )
    return await service.execute_step(reader.actor, case_id, wanted, version=version_of(fields))


async def _verify(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    confirmed = [name.removeprefix(_POINT) for name in fields if name.startswith(_POINT)]
    values = {
        "check": fields.get("check", ""),
        "confirmed": confirmed,
        "points": _lines(fields, "points"),
        "signed_off_by": fields.get("signed_off_by", ""),
    }
    wanted = command(work_commands.Verify, values)
    return await service.verify(reader.actor, case_id, wanted, version=version_of(fields))


async def _verdict(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    names = ("verdict", "reply", "told_via", "reason", "alternative")
    wanted = command(commands.Judge, {name: fields.get(name, "") for name in names})
    return await service.judge(reader.actor, case_id, wanted, version=version_of(fields))


async def _compensate(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values: dict[str, object] = {
        "kind": fields.get("compensation", ""),
        "amount_minor": _amount(fields, "amount"),
        "currency": _currency(fields),
        "reason": fields.get("reason", ""),
    }
    wanted = command(work_commands.Compensate, values)
    return await service.compensate(reader.actor, case_id, wanted, version=version_of(fields))


async def _give(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted, item = work_commands.GiveCompensation(), identifier(fields, "item")
    return await service.give(reader.actor, case_id, item, wanted, version=version_of(fields))


async def _task(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values: dict[str, object] = {
        "department": fields.get("department", ""),
        "title": fields.get("title", ""),
        "assignee_id": identifier(fields, "assignee_id") if fields.get("assignee_id") else None,
        "due_at": _end_of_day(fields, "due_on", reader),
    }
    wanted = command(work_commands.AddTask, values)
    return await service.add_task(reader.actor, case_id, wanted, version=version_of(fields))


async def _finish_task(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = work_commands.FinishTask(outcome=fields.get("outcome", ""))
    item = identifier(fields, "item")
    return await service.finish_task(reader.actor, case_id, item, wanted, version=version_of(fields))


async def _withdraw(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {"reason": fields.get("reason", ""), "via": fields.get("via") or AgreementWay.PHONE.value}
    wanted = command(commands.Withdraw, values)
    return await service.withdraw(reader.actor, case_id, wanted, version=version_of(fields))


async def _choose(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values: dict[str, object] = {
        "wanted": fields.get("wanted") == "true",
        "via": fields.get("via") or ChoiceWay.PHONE.value,
        "note": fields.get("note", ""),
    }
    wanted = command(commands.ChooseMessages, values)
    return await service.choose_messages(reader.actor, case_id, wanted, version=version_of(fields))


async def _transfer(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {"dealer_id": whole_number(fields, "dealer_id"), "reason": fields.get("reason", "")}
    wanted = command(commands.Transfer, values)
    return await service.transfer(reader.actor, case_id, wanted, version=version_of(fields))


RUNS: Final[Mapping[Action, _Run]] = {
    Action.PLAN: _plan,
    Action.REQUEST: _request,
    Action.POINTS: _points,
    Action.DIAGNOSE: _diagnose,
    Action.AGREE: _agree,
    Action.VISIT: _visit,
    Action.STEP: _step,
    Action.VERIFY: _verify,
    Action.VERDICT: _verdict,
    Action.COMPENSATE: _compensate,
    Action.APPROVE: _of_item_with_reason(work_commands.Approve, service.approve),
    Action.DECLINE: _of_item_with_reason(work_commands.Decline, service.decline),
    Action.GIVE: _give,
    Action.DROP: _of_item_with_reason(work_commands.DropCompensation, service.drop),
    Action.TASK: _task,
    Action.FINISH_TASK: _finish_task,
    Action.CANCEL_TASK: _of_item_with_reason(work_commands.CancelTask, service.cancel_task),
    Action.RENEW_LINK: _with_reason(commands.RenewLink, service.renew_link),
    Action.CHOOSE: _choose,
    Action.WAIT: _wait,
    Action.END_WAIT: _with_reason(commands.EndWait, service.end_wait),
    Action.HOLD: _with_reason(commands.Hold, service.hold),
    Action.RESUME: _with_reason(commands.Resume, service.resume),
    Action.WITHDRAW: _withdraw,
    Action.REOPEN: _with_reason(commands.Reopen, service.reopen),
    Action.TAKE_OVER: _with_reason(commands.TakeOver, service.take_over),
    Action.HAND_BACK: _with_reason(commands.HandBack, service.hand_back),
    Action.ASK_TRANSFER: _with_reason(commands.AskTransfer, service.ask_transfer),
    Action.REFUSE_TRANSFER: _with_reason(commands.RefuseTransfer, service.refuse_transfer),
    Action.TRANSFER: _transfer,
}


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    """One entry per line that was typed."""
    return tuple(line.strip() for line in fields.get(name, "").splitlines() if line.strip())


def _currency(fields: Fields) -> str:
    currency = fields.get("currency", "")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Invalid.field("currency", "unknown_value")
    return currency


def _amount(fields: Fields, name: str) -> int:
    """An amount typed in yuan, euros or dollars, in minor units."""
    amount = minor_units(fields.get(name, ""), _currency(fields))
    if amount is None or amount < 0:
        raise Invalid.field(name, "amount_not_understood")
    return amount


def _end_of_day(fields: Fields, name: str, reader: Reader) -> datetime | None:
    """The end of a day at the reader's place."""
    text = fields.get(name, "")
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), _END_OF_DAY, reader.zone)
    except ValueError as error:
        raise Invalid.field(name, "not_a_date") from error


def _moment(fields: Fields, name: str, reader: Reader) -> datetime | None:
    """A day and time at the reader's place, as the browser writes them."""
    text = fields.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=reader.zone)
    except ValueError as error:
        raise Invalid.field(name, "not_a_date") from error
