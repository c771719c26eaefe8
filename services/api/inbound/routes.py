"""Signed webhooks of other systems, and the sources that may send them."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.auth import PUBLIC
from services.api.inbound.schemas import (
    CALL,
    COMPLAINT,
    NEW_SOURCE,
    Calls,
    MessageId,
    Sources,
    TakenComplaint,
)
from services.api.inbound.signed import SENDER, require_signature
from shared.cases.detail import require_case
from shared.db.engine import transaction
from shared.inbound import sources
from shared.inbound.calls import InboundCall, TakenCall, calls_of, take_call
from shared.inbound.complaints import InboundComplaint, take_complaint
from shared.inbound.sources import NewSource, Sender, SourceWithSecret
from shared.permissions import Permission
from shared.settings import WebSettings
from shared.tenancy import Actor

_TAGS: Final = ["Webhooks from other systems"]
_AnyRequest = Request[Any, Any, Any]


@post(
    "/inbound/{source_id:uuid}",
    opt={PUBLIC: True},
    guards=[require_signature],
    dependencies=SENDER,
    tags=_TAGS,
    summary="Send a complaint",
    operation_id="deliverComplaint",
)
async def send_complaint(
    sender: NamedDependency[Sender],
    source_id: FromPath[UUID],  # noqa: ARG001  # the guard has read it
    webhook_id: MessageId,  # noqa: ARG001  # documented here, read by who checks the signature
    data: Annotated[InboundComplaint, COMPLAINT],
) -> TakenComplaint:
    """Register a complaint from another system, signed as Standard Webhooks (standardwebhooks.com) has it.

    The signature takes the place of a token: 401 `webhook_signature_wrong`, `webhook_stale` (more than five
    minutes old) or `webhook_not_signed`. The case stands as `received` until staff confirm or take it.
    """
    case = await take_complaint(sender, data)
    return TakenComplaint(case.id, case.number)


@post(
    "/inbound/{source_id:uuid}/calls",
    opt={PUBLIC: True},
    guards=[require_signature],
    dependencies=SENDER,
    tags=_TAGS,
    summary="Tell a telephone call",
    operation_id="deliverCall",
)
async def send_call(
    sender: NamedDependency[Sender],
    source_id: FromPath[UUID],  # noqa: ARG001  # the guard has read it
    webhook_id: MessageId,  # noqa: ARG001  # documented here, read by who checks the signature
    data: Annotated[InboundCall, CALL],
) -> TakenCall:
    """Tell when a call was offered, answered and ended; each may be told as soon as it is known.

    The call joins the case it names, else one of the same telephone number; without one, the next case of
    that number registered within two hours. Signed like a complaint.
    """
    return await take_call(sender, data)


@get("/cases/{case_id:uuid}/calls", tags=["Cases"], summary="Its telephone calls", operation_id="getCalls")
async def get_calls(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> Calls:
    """The calls of a case as the telephone system told them, and whether they were answered in time."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await require_case(tx, actor.oem_id, case_id)
        return Calls(await calls_of(tx, actor.oem_id, case_id))


@get("/sources", tags=_TAGS, summary="Sources", operation_id="listSources")
async def list_sources(actor: NamedDependency[Actor]) -> Sources:
    """The systems that may send, without their secrets; revoked ones included."""
    return Sources(await sources.sources(actor))


@post("/sources", tags=_TAGS, summary="Create a source", operation_id="createSource")
async def create_source(
    request: _AnyRequest, actor: NamedDependency[Actor], data: Annotated[NewSource, NEW_SOURCE]
) -> SourceWithSecret:
    """Let another system send to `/inbound/{id}`; its secret is shown this once."""
    return await sources.create(actor, data, _key(request))


@post("/sources/{source_id:uuid}/secret", tags=_TAGS, summary="Renew its secret", operation_id="renewSource")
async def renew_source(
    request: _AnyRequest, actor: NamedDependency[Actor], source_id: FromPath[UUID]
) -> SourceWithSecret:
    """Make another secret, shown this once; the present one counts for 24 hours more.

    So does every other that was renewed less than 24 hours ago: renewing twice ends none earlier. 409
    (`too_many_secrets`) while five are good.
    """
    return await sources.renew(actor, source_id, _key(request))


@delete("/sources/{source_id:uuid}", tags=_TAGS, summary="Revoke a source", operation_id="revokeSource")
async def revoke_source(actor: NamedDependency[Actor], source_id: FromPath[UUID]) -> None:
    """Take nothing more from it, for good."""
    await sources.revoke(actor, source_id)


def _key(request: _AnyRequest) -> str:
    web: WebSettings = request.app.state.web
    return web.secret


HANDLERS = [
    send_complaint,
    send_call,
    get_calls,
    list_sources,
    create_source,
    renew_source,
    revoke_source,
]
