"""The forms of a case: asked for by its events, printed by the reports worker, filed with the OEM (R3.9)."""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from shared.audit.log import AuditEntry, append
from shared.cases import detail, reveals
from shared.db.engine import Transaction, transaction
from shared.errors import AppError, Conflict, Forbidden, NotFound
from shared.files.opened import file_store
from shared.files.store import key_of
from shared.ids import new_id
from shared.outbox.events import Event, EventKind, NewEvent, emit
from shared.permissions import Permission
from shared.reports import case_form_rows as rows
from shared.reports.case_form import CaseForm, FormKind
from shared.reports.case_form_rows import FormFile, FormView, WaitingForm
from shared.tenancy import Actor, Scope
from shared.tenants.oems import oem
from shared.web.labels import label
from shared.web.locale import Locale, translator

_ASKED_BY: Final = {EventKind.CASE_REGISTERED: FormKind.HANDLING, EventKind.CASE_CLOSED: FormKind.TRACKING}
_NOT_IN_FILE_NAMES: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_log = structlog.stdlib.get_logger("huiyin.forms")

Printing = Callable[[CaseForm, Locale], Awaitable[bytes]]
"""Makes the PDF; `ReportPool.render_form` is one."""


async def ask(tx: Transaction, event: Event) -> None:
    """The handling form at receipt, the tracking form at closing, each in both languages; once."""
    kind, at = _ASKED_BY[event.kind], await tx.now()
    for locale in Locale:
        await tx.execute(rows.ASK, event.oem_id, event.about_case(), new_id(at), kind.value, locale.value, at)


async def ask_dossier(tx: Transaction, event: Event) -> None:
    """The dossier of a complaint whose written report is owed, in both languages; once (R3.10)."""
    await _ask_dossier(tx, event, anew=False)


async def ask_dossier_anew(tx: Transaction, event: Event) -> None:
    """The same as things stand now: the report was filed, or somebody wants it."""
    await _ask_dossier(tx, event, anew=True)


async def print_waiting(print_pdf: Printing) -> int:
    """Print what waits, oldest first; how many were printed."""
    async with transaction(Scope.system(), read_only=True) as tx:
        # A newer worker prints what this one has never heard of.
        waiting = await tx.rows(WaitingForm, rows.WAITING, [kind.value for kind in FormKind])
    printed = 0
    for form in waiting:
        try:
            printed += await _print(form, print_pdf)
        except Exception as error:  # noqa: BLE001 - one form must not keep the others from being printed
            code = error.code if isinstance(error, AppError) else ""
            _log.warning("form_failed", form_id=str(form.id), code=code, error=type(error).__name__)
            async with transaction(Scope.oem(form.oem_id)) as tx:
                await tx.execute(rows.FAIL, form.oem_id, form.id, rows.MOST_ATTEMPTS)
    return printed


async def forms_of(tx: Transaction, oem_id: int, case_id: UUID) -> list[FormView]:
    """The forms of a case; raises `NotFound` (`case_not_found`)."""
    await detail.require_case(tx, oem_id, case_id)
    return await tx.rows(FormView, rows.FORMS, oem_id, case_id)


async def named_pdf_of(actor: Actor, case_id: UUID, kind: str, locale: str) -> tuple[str, bytes]:
    """As `pdf_of`, by the names in an address; raises `NotFound` for unknown ones, too."""
    if kind not in {each.value for each in FormKind} or locale not in {each.value for each in Locale}:
        raise NotFound("not_found")
    return await pdf_of(actor, case_id, FormKind(kind), Locale(locale))


async def pdf_of(actor: Actor, case_id: UUID, kind: FormKind, locale: Locale) -> tuple[str, bytes]:
    """Name and content of the latest form of a kind.

    A form names the customer: whoever reads the case masked has to reveal it first (R9.2). Raises `NotFound`
    (`case_not_found`), `Forbidden` (`form_needs_reveal`), `Conflict` (`form_not_ready`), and what the store
    raises.
    """
    async with transaction(actor.scope) as tx:
        case = await detail.case_view(tx, actor.oem_id, case_id)
        actor.require(Permission.CASE_READ)
        if (await reveals.seen(tx, actor, case)).masked:
            raise Forbidden("form_needs_reveal")
        file = await tx.row(FormFile, rows.FILE, actor.oem_id, case_id, kind.value, locale.value)
        if file is None:
            raise Conflict("form_not_ready")
        entry = AuditEntry(
            action="case.download_form", entity="case", entity_id=case_id, dealer_id=case.dealer_id
        )
        await append(tx, actor, await tx.now(), entry)
    return file.name, await file_store().get(file.stored)


async def _ask_dossier(tx: Transaction, event: Event, *, anew: bool) -> None:
    at = await tx.now()
    for locale in Locale:
        await tx.execute(
            rows.ASK_DOSSIER, event.oem_id, event.about_case(), new_id(at), locale.value, at, anew
        )


async def _print(form: WaitingForm, print_pdf: Printing) -> bool:
    oem_id = form.oem_id
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        values = await rows.case_form(tx, oem_id, form.case_id, form.kind)
        own_locale = (await oem(tx, oem_id)).locale
    pdf = await print_pdf(values, form.locale)
    file_id = new_id()
    stored = await file_store().put(key_of(oem_id, "forms", file_id, "pdf"), pdf)
    async with transaction(Scope.oem(oem_id)) as tx:
        at = await tx.now()
        # Under the lock of its row the form is printed once.
        is_ours = await tx.value(rows.STILL_WAITING, oem_id, form.id)
        if is_ours:
            name, size, digest = _file_name(values, form.locale), stored.size_bytes, stored.sha256
            await tx.execute(rows.ADD_FILE, oem_id, file_id, form.id, name, size, digest, stored.key, at)
            await tx.execute(rows.FINISH, oem_id, form.id, file_id, at)
        if is_ours and form.kind is FormKind.TRACKING and form.locale == own_locale:
            filed = NewEvent(kind=EventKind.FORM_FILED, dealer_id=form.dealer_id, case_id=form.case_id)
            await emit(tx, oem_id, at, filed)
    if not is_ours:
        await file_store().delete(stored.key)
    return bool(is_ours)


def _file_name(form: CaseForm, locale: Locale) -> str:
    title = label(translator(locale), "form_kind", form.kind.value)
    return _NOT_IN_FILE_NAMES.sub("-", f"{form.number}_{title}") + ".pdf"
