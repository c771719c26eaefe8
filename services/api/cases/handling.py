"""The commands on a case: each wants the version it was decided on and answers with the case after it."""

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases import schemas
from services.api.cases.schemas import example
from shared.cases import service
from shared.cases.views import CaseView
from shared.tenancy import Actor

_COMMANDS = ["Handling a case"]


@post(
    "/cases/{case_id:uuid}/confirm",
    tags=_COMMANDS,
    summary="Confirm receipt",
    operation_id="confirmReceipt",
    status_code=200,
)
async def confirm_receipt(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.ConfirmReceipt, example("Confirm", version=1)],
) -> CaseView:
    """Register a case that came in by itself."""
    return await service.confirm_receipt(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/take",
    tags=_COMMANDS,
    summary="Take",
    operation_id="takeCase",
    status_code=200,
)
async def take(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Take, example("Take over", version=1)],
) -> CaseView:
    """Become the owner of a case."""
    return await service.take(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/assign",
    tags=_COMMANDS,
    summary="Assign",
    operation_id="assignCase",
    status_code=200,
)
async def assign(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Assign,
        example(
            "Hand over",
            owner_id="0199aabb-ccdd-7eef-8011-223344556677",
            reason="技术问题，请诊断",
            version=2,
        ),
    ],
) -> CaseView:
    """Make another person the owner: one of the case's dealer, or of the OEM."""
    return await service.assign(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/classify",
    tags=_COMMANDS,
    summary="Classify",
    operation_id="classifyCase",
    status_code=200,
)
async def classify(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Classify, example("Raise", urgency="high", reason="影响行车安全", version=2)],
) -> CaseView:
    """Confirm or change the classification.

    Lowering the urgency is a manager's and needs a reason; marking a major complaint needs one, too.
    """
    return await service.classify(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/contacts",
    tags=_COMMANDS,
    summary="Log a contact",
    operation_id="logContact",
    status_code=200,
)
async def log_contact(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.LogContact,
        example("A call", effective=True, channel="phone", summary="已致歉，约明日到店检测", version=2),
    ],
) -> CaseView:
    """Log a contact with the customer, or with `effective` false an attempt at one."""
    return await service.log_contact(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/notes",
    tags=_COMMANDS,
    summary="Add a note",
    operation_id="addNote",
    status_code=200,
)
async def add_note(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.AddNote, example("For colleagues", text="客户下午不便接电话", version=2)],
) -> CaseView:
    """Write down what colleagues should know; it meets no promise."""
    return await service.add_note(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/plan",
    tags=_COMMANDS,
    summary="Plan",
    operation_id="planCase",
    status_code=200,
)
async def plan(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Plan,
        example("Told by phone", plan="更换前制动盘，路试确认", told_via="phone", version=3),
    ],
) -> CaseView:
    """Set the solution; with `told_via` the customer has been told, which answers the complaint."""
    return await service.plan(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/resolve",
    tags=_COMMANDS,
    summary="Tell the result",
    operation_id="resolveCase",
    status_code=200,
)
async def resolve(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Resolve,
        example(
            "Told by phone",
            found="前制动盘端面跳动超差",
            result="已更换制动盘，路试正常",
            advice="新制动盘前200公里请避免急刹车",
            told_via="phone",
            version=4,
        ),
    ],
) -> CaseView:
    """Record the solution, and that the customer has been told.

    `found` and `advice` may be left out; what they say stands by itself in his message and on his page.
    """
    return await service.resolve(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/close",
    tags=_COMMANDS,
    summary="Close",
    operation_id="closeCase",
    status_code=200,
)
async def close(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Close,
        example("Close", root_cause="制动盘端面跳动超差", preventive_measure="加强交车前路试", version=5),
    ],
) -> CaseView:
    """Close a case whose customer has been told the result."""
    return await service.close(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/escalate",
    tags=_COMMANDS,
    summary="Escalate",
    operation_id="escalateCase",
    status_code=200,
)
async def escalate(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Escalate, example("Ask for help", reason="客户要求退车", version=3)],
) -> CaseView:
    """Call the next person up the chain."""
    return await service.escalate(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/acknowledge",
    tags=_COMMANDS,
    summary="Acknowledge",
    operation_id="acknowledgeEscalations",
    status_code=200,
)
async def acknowledge(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Acknowledge, example("On it", note="我来联系客户", version=3)],
) -> CaseView:
    """Answer every escalation of the case that waits for oneself; breached clocks stop climbing."""
    return await service.acknowledge(actor, case_id, data, version=data.version)


HANDLERS = [
    confirm_receipt,
    take,
    assign,
    classify,
    log_contact,
    add_note,
    plan,
    resolve,
    close,
    escalate,
    acknowledge,
]
