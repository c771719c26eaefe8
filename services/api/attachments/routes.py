"""Files of a case: add one, list them, get a link to one (R3.6)."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath

from shared.attachments import repository, service
from shared.attachments.downloads import download_address
from shared.attachments.repository import Attachment
from shared.attachments.service import LINK_LASTS, NewAttachment
from shared.cases import queries, reveals
from shared.cases.masking import doer_seen
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.settings import WebSettings
from shared.tenancy import Actor

BODY_LIMIT_BYTES: Final = 32_000_000
_TAGS = ["Attachments"]
_UPLOAD: Final = BodyKwarg(
    media_type=RequestEncodingType.MULTI_PART,
    examples=[Example(summary="A photo for the customer", value={"file": "…", "visible_to_customer": True})],
)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file to add: picture, PDF, recording or short film. `entry_id` names the contact of a recording."""

    file: UploadFile
    visible_to_customer: bool = False
    entry_id: UUID | None = None


class Attachments(msgspec.Struct, frozen=True):
    """The files of a case, oldest first."""

    items: list[Attachment]


class FileLink(msgspec.Struct, frozen=True):
    """Where the file can be fetched, without signing in, until `expires_at`."""

    url: str
    expires_at: datetime


@get("/cases/{case_id:uuid}/attachments", tags=_TAGS, summary="Its files", operation_id="listAttachments")
async def list_attachments(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> Attachments:
    """The files of a case."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        case = await reveals.seen(tx, actor, await queries.case_view(tx, actor.oem_id, case_id))
        found = await repository.attachments(tx, actor.oem_id, case_id)
    return Attachments([_seen(each, masked=case.masked) for each in found])


@post(
    "/cases/{case_id:uuid}/attachments",
    tags=_TAGS,
    summary="Add a file",
    operation_id="addAttachment",
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def add_attachment(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[Upload, _UPLOAD],
) -> Attachment:
    """Add a file, told by its content and not by its name.

    What pictures tell of place and camera is removed. The same content once more gives the attachment there
    is.
    """
    new = NewAttachment(
        name=data.file.filename or "",
        content=await data.file.read(),
        visible_to_customer=data.visible_to_customer,
        entry_id=data.entry_id,
    )
    return await service.attach(actor, case_id, new)


@get(
    "/cases/{case_id:uuid}/attachments/{attachment_id:uuid}",
    tags=_TAGS,
    summary="A link to a file",
    operation_id="getAttachmentLink",
)
async def get_attachment_link(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    attachment_id: FromPath[UUID],
) -> FileLink:
    """An address that gives out the file for five minutes."""
    web: WebSettings = request.app.state.web
    signed_key = await service.link_to(actor, case_id, attachment_id, web.secret)
    return FileLink(f"{web.portal_url.rstrip('/')}{download_address(signed_key)}", utc_now() + LINK_LASTS)


def _seen(file: Attachment, *, masked: bool) -> Attachment:
    return msgspec.structs.replace(
        file, actor_name=doer_seen(file.actor_kind, file.actor_name, masked=masked)
    )


HANDLERS = [list_attachments, add_attachment, get_attachment_link]
