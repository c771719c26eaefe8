"""The list of cases, one case, and what can be done to it."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.admin.addresses import path_of_page
from services.admin.cases import attachments, commands
from services.admin.cases.case_page import case_page
from services.admin.cases.filters import filters_of, queue_url
from services.admin.cases.models import OF_ITEMS, Action
from services.admin.cases.queue_page import case_list, line_of, queue_model
from services.admin.forms import fields_of, refused
from services.admin.notices import done
from services.admin.pages import fragment, go, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import service
from shared.cases.commands import Acknowledge
from shared.cases.queries import Tab
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Invalid, NotFound
from shared.permissions import Permission
from shared.web.components import EMPTY_FORM, FormState, Toast
from shared.web.locale import translator
from shared.web.sentences import sentence


@get("/cases")
async def queue(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The list; htmx asks for the list alone after a changed filter, and for more rows at its end."""
    reader.actor.require(Permission.CASE_READ)
    filters, cursor = filters_of(request, reader), request.query_params.get("cursor")
    target = request.headers.get("hx-target") if is_fragment(request) else None
    if target == "more":
        async with transaction(reader.actor.scope, read_only=True) as tx:
            rows = await case_list(tx, reader, filters, cursor=cursor)
            return fragment(request, reader, await tx.now(), "cases/_rows.html", list=rows)
    model, shown = await queue_model(reader, filters, cursor=cursor, opened_id=_opened(request))
    if target == "list":
        answer = fragment(
            request,
            reader,
            shown.now,
            "cases/_list_answer.html",
            page=model,
            list=model.cases,
            filters=filters,
        )
        # The form sends its empty fields too; the address holds what is chosen.
        answer.headers["hx-push-url"] = queue_url(filters)
        return answer
    entry = "waiting" if filters.tab is Tab.WAITING else "queue"
    return await page(request, reader, shown, "cases/queue.html", entry, page=model)


@get("/cases/{case_id:uuid}")
async def case(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """One case: a page of its own, or the panel beside the list."""
    return await case_answer(request, reader, case_id)


@post("/cases/{case_id:uuid}/{action:str}")
async def act(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID], action: FromPath[str]
) -> Response[str] | Response[None]:
    """Give a command; what is refused comes back as it was typed, with the reason and the latest state."""
    if action not in {each.value for each in Action}:
        raise NotFound("not_found")
    wanted, fields = Action(action), await fields_of(request)
    try:
        made = await commands.run(wanted, reader, case_id, fields)
    except (Invalid, Conflict) as error:
        form = refused(fields, error, translator(reader.locale))
        return await case_answer(request, reader, case_id, status=error.status, action=wanted, form=form)
    if wanted is Action.REOPEN and made.id != case_id:
        return await _done(request, reader, made.id, "followed_on")
    return await _done(request, reader, case_id, wanted.value)


@post("/cases/{case_id:uuid}/attachments", request_max_body_size=attachments.BODY_LIMIT_BYTES)
async def add_file(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Add a file; why one is refused is said beside the page as it is."""
    try:
        await attachments.attach(request, reader, case_id)
    except (Invalid, Conflict) as error:
        speak = translator(reader.locale)
        reasons = [sentence(speak, each.code, each.params) for each in error.fields]
        said = Toast(reasons[0], "bad") if reasons else _trouble(reader, error)
        return await case_answer(request, reader, case_id, status=error.status, toasts=[said])
    return await _done(request, reader, case_id, "attach")


@post("/cases/{case_id:uuid}/acknowledge")
async def acknowledge(
    request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]
) -> Response[str] | Response[None]:
    """Answer the escalations of the case that wait for the reader."""
    fields = await fields_of(request)
    answer = Acknowledge(note=fields.get("note", ""), question=fields.get("question", ""))
    try:
        await service.acknowledge(reader.actor, case_id, answer, version=None)
    except (Conflict, Invalid) as error:
        return await case_answer(
            request, reader, case_id, status=error.status, toasts=[_trouble(reader, error)]
        )
    return await _done(request, reader, case_id, "acknowledge")


async def _done(
    request: AnyRequest, reader: Reader, case_id: UUID, code: str
) -> Response[str] | Response[None]:
    if not is_fragment(request):
        return go(request, f"/cases/{case_id}", code)
    return await case_answer(request, reader, case_id, toasts=[done(translator(reader.locale), code)])


async def case_answer(
    request: AnyRequest,
    reader: Reader,
    case_id: UUID,
    *,
    status: int = 200,
    action: Action | None = None,
    form: FormState = EMPTY_FORM,
    reveal_form: FormState = EMPTY_FORM,
    toasts: list[Toast] | None = None,
) -> Response[str]:
    """The case as it stands: for htmx its article, else the page; `action` was refused with `form`."""
    said = list(toasts or [])
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await case_page(
            tx, reader, case_id, refused=action, refused_form=form, reveal_form=reveal_form
        )
        if action is not None and not _has_form(action, model.actions):
            said.append(Toast(form.message, "bad"))
        if is_fragment(request):
            is_panel = _is_panel(request)
            parts: dict[str, object] = {"case": model, "is_panel": is_panel}
            template = "cases/_case.html"
            if is_panel and request.method == "POST":
                template, parts["list"] = "cases/_panel_answer.html", await line_of(tx, reader, model)
            now = await tx.now()
            return fragment(request, reader, now, template, status=status, toasts=said, **parts)
        shown = await look(tx, reader)
    return await page(
        request, reader, shown, "cases/case.html", "queue", status=status, toasts=said, case=model
    )


def _has_form(action: Action, offered: frozenset[Action]) -> bool:
    """Whether the page still shows the form, with its message in it."""
    return action in offered - OF_ITEMS and action not in {Action.TAKE, Action.CONFIRM, Action.UNTAG}


def _trouble(reader: Reader, error: AppError) -> Toast:
    return Toast(refused({}, error, translator(reader.locale)).message, "bad")


def _is_panel(request: AnyRequest) -> bool:
    """Whether the case is shown beside the list."""
    current = path_of_page(request.headers.get("hx-current-url"), request.headers.get("host", ""))
    return (current or "").split("?", 1)[0] == "/cases"


def _opened(request: AnyRequest) -> UUID | None:
    try:
        return UUID(request.query_params.get("case") or "")
    except ValueError:
        return None


HANDLERS = [queue, case, act, add_file, attachments.show, acknowledge]
