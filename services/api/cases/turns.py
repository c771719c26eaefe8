"""Turns of a case beside the straight way: waiting, hold, reopening, owners and dealers (R3.2, R3.3)."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases import work_schemas as schemas
from services.api.cases.schemas import example
from services.api.openapi import ALSO
from shared.cases import service
from shared.cases.views import CaseView
from shared.cases.waits import CaseWaits, waits_of
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_COMMANDS = ["Turns of a case"]


@post(
    "/cases/{case_id:uuid}/requests",
    tags=_COMMANDS,
    summary="Ask the customer",
    operation_id="askCustomer",
    status_code=200,
)
async def request_from_customer(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.RequestFromCustomer,
        example(
            "A document", request="请发送购车发票照片", via="sms", answer_by="2030-03-04T10:00:00Z", version=3
        ),
    ],
) -> CaseView:
    """Record what the customer was asked for; the case waits for him until he is spoken with."""
    return await service.request_from_customer(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/link-renewals",
    tags=_COMMANDS,
    summary="End the links that were sent",
    operation_id="renewLink",
    status_code=200,
)
async def renew_link(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.RenewLink, example("Wrong number", reason="短信发到了错误的号码", version=3)],
) -> CaseView:
    """Close the customer's page to every link sent before; the next message brings a new one."""
    return await service.renew_link(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/message-choice",
    tags=_COMMANDS,
    summary="Record which messages the customer wants",
    operation_id="chooseMessages",
    status_code=200,
)
async def choose_messages(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.ChooseMessages,
        example("Told on the telephone", wanted=False, via="phone", note="客户不希望再收到短信", version=3),
    ],
) -> CaseView:
    """Surveys and word of the progress, or only what has to be told; it holds at the whole OEM.

    The customer says so himself behind a link in those messages, or on the page of the complaint, for that
    complaint. The same choice again changes nothing.
    """
    return await service.choose_messages(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/wait",
    tags=_COMMANDS,
    summary="Wait for the OEM or for parts",
    operation_id="waitCase",
    status_code=200,
)
async def wait(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Wait, example("Parts ordered", party="parts", reason="已订购阀体，预计周四到货", version=4)
    ],
) -> CaseView:
    """No promise is paused; whoever owns the wait has a clock of his own."""
    return await service.wait(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/end-wait",
    tags=_COMMANDS,
    summary="End the wait",
    operation_id="endWaitCase",
    status_code=200,
)
async def end_wait(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.EndWait, example("Parts are here", reason="配件已到货", version=5)],
) -> CaseView:
    """What the case waited for is there."""
    return await service.end_wait(actor, case_id, data, version=data.version)


@get(
    "/cases/{case_id:uuid}/waits",
    opt={ALSO: (404,)},
    tags=_COMMANDS,
    summary="Whom the case waits for",
    operation_id="getCaseWaits",
)
async def get_waits(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> CaseWaits:
    """The party waited for, every wait with its beginning and end, and gross and net times of the cycle."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return await waits_of(tx, actor.oem_id, case_id)


@post(
    "/cases/{case_id:uuid}/hold",
    tags=_COMMANDS,
    summary="Hold",
    operation_id="holdCase",
    status_code=200,
)
async def hold(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Hold, example("Stalemate", reason="客户暂不接受任何方案", version=3)],
) -> CaseView:
    """Stalemate, cooled down; no promise is paused by it."""
    return await service.hold(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/resume",
    tags=_COMMANDS,
    summary="Resume",
    operation_id="resumeCase",
    status_code=200,
)
async def resume(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Resume, example("Goes on", reason="客户同意再次面谈", version=4)],
) -> CaseView:
    """Go on where the case was held."""
    return await service.resume(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/withdraw",
    tags=_COMMANDS,
    summary="Withdraw",
    operation_id="withdrawCase",
    status_code=200,
)
async def withdraw(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Withdraw, example("By phone", reason="客户表示问题已不存在", via="phone", version=3)
    ],
) -> CaseView:
    """The customer does not pursue the case; open tasks and compensations are cancelled."""
    return await service.withdraw(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/reopen",
    tags=_COMMANDS,
    summary="Reopen",
    operation_id="reopenCase",
    status_code=200,
)
async def reopen(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Reopen, example("Not satisfied", reason="回访时客户表示异响再次出现", version=7)],
) -> CaseView:
    """Begin a new cycle with promises of its own; every complained point is to be confirmed anew.

    A case closed longer ago than the policy allows stays closed: a new one linked to it is answered instead.
    """
    return await service.reopen(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/take-over",
    tags=_COMMANDS,
    summary="Take over",
    operation_id="takeOverCase",
    status_code=200,
)
async def take_over(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.TakeOver, example("By the OEM", reason="涉及媒体，由总部处理", version=3)],
) -> CaseView:
    """Somebody of the OEM becomes the owner of a dealer's case."""
    return await service.take_over(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/hand-back",
    tags=_COMMANDS,
    summary="Hand back",
    operation_id="handBackCase",
    status_code=200,
)
async def hand_back(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.HandBack, example("Back", reason="技术分析已完成", version=4)],
) -> CaseView:
    """The owner gives the case back to who had it before."""
    return await service.hand_back(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/transfer-request",
    tags=_COMMANDS,
    summary="Ask for a transfer",
    operation_id="askTransfer",
    status_code=200,
)
async def ask_transfer(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.AskTransfer, example("Moved away", reason="客户已迁至外地，请移交当地经销商", version=3)
    ],
) -> CaseView:
    """The dealer asks the OEM to move the case to another dealer."""
    return await service.ask_transfer(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/transfer-request/refuse",
    tags=_COMMANDS,
    summary="Refuse the transfer",
    operation_id="refuseTransfer",
    status_code=200,
)
async def refuse_transfer(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.RefuseTransfer, example("Stays", reason="维修已在进行", version=4)],
) -> CaseView:
    """The case stays where it is."""
    return await service.refuse_transfer(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/transfer",
    tags=_COMMANDS,
    summary="Transfer",
    operation_id="transferCase",
    status_code=200,
)
async def transfer(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Transfer, example("Move", dealer_id=12, reason="客户已迁至外地", version=4)],
) -> CaseView:
    """Move the case with all that belongs to it to another dealer; the OEM only."""
    return await service.transfer(actor, case_id, data, version=data.version)


HANDLERS = [
    request_from_customer,
    renew_link,
    choose_messages,
    wait,
    end_wait,
    get_waits,
    hold,
    resume,
    withdraw,
    reopen,
    take_over,
    hand_back,
    ask_transfer,
    refuse_transfer,
    transfer,
]
