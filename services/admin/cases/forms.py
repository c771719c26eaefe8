"""The forms of a case, to be downloaded (R3.9)."""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from services.admin.cases.models import FormLine
from services.admin.pages import UNCOMPRESSED, fragment, go
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import queries
from shared.cases.views import CaseView
from shared.db.engine import Transaction, transaction
from shared.errors import Conflict
from shared.permissions import Permission
from shared.reports import case_forms
from shared.reports.case_form import FormKind
from shared.web.downloads import content_disposition

_PDF: Final = "application/pdf"


@get("/cases/{case_id:uuid}/forms/{form_kind:str}/{form_locale:str}", opt={UNCOMPRESSED: True})
async def form(
    request: AnyRequest,
    reader: FromSession,
    case_id: FromPath[UUID],
    form_kind: FromPath[str],
    form_locale: FromPath[str],
) -> Response[bytes] | Response[None]:
    """The PDF, under a name that says what it is; while it is being printed, the page on which it appears."""
    try:
        name, content = await case_forms.named_pdf_of(reader.actor, case_id, form_kind, form_locale)
    except Conflict:
        place = f"/cases/{case_id}/major" if form_kind == FormKind.DOSSIER else f"/cases/{case_id}"
        state = await _state_of(reader, case_id, form_kind, form_locale)
        if state is None:
            raise
        return go(request, place, "form_failed" if state == "failed" else "form_printing")
    return Response(content, media_type=_PDF, headers={"content-disposition": content_disposition(name)})


@get("/cases/{case_id:uuid}/forms")
async def forms(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """The list of forms once more, for a page that waits for one; `kind` names the only one it shows."""
    reader.actor.require(Permission.CASE_READ)
    kind = request.query_params.get("kind") or ""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        case = await queries.case_view(tx, reader.actor.oem_id, case_id)
        lines = await form_lines(tx, reader, case)
        now = await tx.now()
    shown = [each for each in lines if kind in {"", each.kind}]
    return fragment(
        request, reader, now, "cases/_form_list.html", forms=shown, forms_case=case_id, forms_kind=kind
    )


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


async def _state_of(reader: Reader, case_id: UUID, kind: str, locale: str) -> str | None:
    """That of the latest round; None for a form nobody has asked for."""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        found = await case_forms.forms_of(tx, reader.actor.oem_id, case_id)
    states = [each.state for each in found if (each.kind, each.locale) == (kind, locale)]
    return states[-1] if states else None


HANDLERS = [form, forms]
