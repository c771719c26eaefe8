"""Files on the case page: added by a form, given out by a link that soon ends (R3.6)."""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from services.admin.forms import fields_of, form_of, identifier
from services.admin.pages import go
from services.admin.session import AnyRequest, FromSession, web_settings
from shared.attachments import service
from shared.attachments.downloads import download_address
from shared.attachments.service import NewAttachment
from shared.errors import Invalid

BODY_LIMIT_BYTES: Final = 32_000_000


@get("/cases/{case_id:uuid}/attachments/{attachment_id:uuid}")
async def show(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID], attachment_id: FromPath[UUID]
) -> Response[None]:
    """To the file."""
    signed_key = await service.link_to(reader.actor, case_id, attachment_id, web_settings(request).secret)
    return go(request, download_address(signed_key))


async def attach(request: AnyRequest, reader: FromSession, case_id: UUID) -> None:
    """Add the file of the form to the case; raises what the service raises, and `Invalid` without a file."""
    fields = await fields_of(request)
    file = (await form_of(request)).get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    if not isinstance(file, UploadFile) or not (file.filename or content):
        raise Invalid.field("file", "required")
    new = NewAttachment(
        name=file.filename or "",
        content=content,
        visible_to_customer=fields.get("visible_to_customer") == "true",
        entry_id=identifier(fields, "entry_id") if fields.get("entry_id") else None,
    )
    await service.attach(reader.actor, case_id, new)
