"""The forms of a case as PDF (R3.9)."""

from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from services.api.openapi import ALSO
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.reports import case_forms
from shared.reports.case_form_rows import FormView
from shared.tenancy import Actor
from shared.web.downloads import content_disposition

_TAGS = ["Forms"]
_PDF = "application/pdf"


class Forms(msgspec.Struct, frozen=True):
    """The forms of a case; `state` is queued, ready or failed."""

    items: list[FormView]


@get("/cases/{case_id:uuid}/forms", tags=_TAGS, summary="Forms of a case", operation_id="listForms")
async def list_forms(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> Forms:
    """The handling form at receipt and the tracking form at closing, in both languages."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return Forms(await case_forms.forms_of(tx, actor.oem_id, case_id))


@get(
    "/cases/{case_id:uuid}/forms/{form_kind:str}/{form_locale:str}",
    opt={ALSO: (404, 409)},
    tags=_TAGS,
    summary="A form",
    operation_id="getForm",
    media_type=_PDF,
    responses={
        HTTP_200_OK: ResponseSpec(bytes, generate_examples=False, description="The PDF.", media_type=_PDF)
    },
    response_headers=[
        ResponseHeader(
            name="Content-Disposition",
            description="The name to save it under (RFC 6266).",
            documentation_only=True,
        )
    ],
)
async def get_form(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    form_kind: FromPath[str],
    form_locale: FromPath[str],
) -> Response[bytes]:
    """The latest `handling` or `tracking` form, in `zh-CN` or `en`; 409 `form_not_ready` until it exists."""
    name, content = await case_forms.named_pdf_of(actor, case_id, form_kind, form_locale)
    return Response(content, media_type=_PDF, headers={"Content-Disposition": content_disposition(name)})


HANDLERS = [list_forms, get_form]
