"""Showing a case's personal data to somebody who reads it masked: the dialog, and the page without one."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.cases.case_page import case_page
from services.admin.cases.views import case_answer
from services.admin.forms import command, fields_of, refused
from services.admin.notices import done
from services.admin.pages import go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import reveals
from shared.cases.reveals import Reveal
from shared.db.engine import transaction
from shared.errors import Invalid, TooManyRequests
from shared.web.components import EMPTY_FORM, FormState
from shared.web.locale import translator


@get("/cases/{case_id:uuid}/reveal")
async def ask(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """The form as a page of its own, where no dialog opens."""
    return await _asked(request, reader, case_id, EMPTY_FORM, 200)


@post("/cases/{case_id:uuid}/reveal")
async def reveal(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Show the personal data for half an hour; what is refused comes back as it was typed."""
    fields = await fields_of(request)
    try:
        wish = command(Reveal, {name: fields.get(name, "") for name in ("reason", "words")})
        await reveals.reveal(reader.actor, case_id, wish)
    except (Invalid, TooManyRequests) as error:
        form = refused(fields, error, translator(reader.locale))
        if is_fragment(request):
            # htmx shows no answer of another status.
            return await case_answer(request, reader, case_id, status=422, reveal_form=form)
        return await _asked(request, reader, case_id, form, error.status)
    if not is_fragment(request):
        return go(request, f"/cases/{case_id}", "reveal")
    said = [done(translator(reader.locale), "reveal")]
    return await case_answer(request, reader, case_id, toasts=said)


async def _asked(
    request: AnyRequest, reader: Reader, case_id: UUID, form: FormState, status: int
) -> Response[str]:
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await case_page(tx, reader, case_id, reveal_form=form)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "cases/reveal.html", "queue", status=status, case=model)


HANDLERS = [ask, reveal]
