"""The forms of a case, to be downloaded (R3.9)."""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from services.admin.cases.models import FormLine
from services.admin.pages import UNCOMPRESSED
from services.admin.session import FromSession, Reader
from shared.cases.views import CaseView
from shared.db.engine import Transaction
from shared.reports import case_forms
from shared.web.downloads import content_disposition

_PDF: Final = "application/pdf"


@get("/cases/{case_id:uuid}/forms/{form_kind:str}/{form_locale:str}", opt={UNCOMPRESSED: True})
async def form(
    reader: FromSession, case_id: FromPath[UUID], form_kind: FromPath[str], form_locale: FromPath[str]
) -> Response[bytes]:
    """The PDF, under a name that says what it is."""
    name, content = await case_forms.named_pdf_of(reader.actor, case_id, form_kind, form_locale)
    return Response(content, media_type=_PDF, headers={"content-disposition": content_disposition(name)})


async def form_lines(tx: Transaction, reader: Reader, case: CaseView) -> list[FormLine]:
    """The forms of the present round; the reader's language first."""
    found = await case_forms.forms_of(tx, reader.actor.oem_id, case.id)
    present = [each for each in found if each.cycle == case.cycle]
    return [
        FormLine(
            kind=each.kind.value,
            locale=each.locale.value,
            is_ready=each.state == "ready",
            is_failed=each.state == "failed",
            filed_at=each.filed_at,
        )
        for each in sorted(present, key=lambda each: (each.kind.value, each.locale is not reader.locale))
    ]


HANDLERS = [form]
