"""The page model of the list of cases, read in the caller's transaction."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from services.admin.cases.case_page import case_page
from services.admin.cases.chips import chip_of_row
from services.admin.cases.filters import queue_query, queue_url
from services.admin.cases.models import CaseList, CasePage, CaseRow, QueuePage
from services.admin.cases.offered import offered
from services.admin.pages import Look, look
from services.admin.session import Reader
from shared.cases import queries, saved_views
from shared.cases.masking import listed_for
from shared.cases.queries import QueueFilter
from shared.cases.queries import Tab as View
from shared.cases.saved_views import SavedView
from shared.cases.views import QueueCounts, QueueRow
from shared.db.engine import Transaction, transaction
from shared.errors import Invalid, NotFound
from shared.permissions import DEALER_ROLES, Permission
from shared.web.components import EMPTY_FORM, FormState, Tab
from shared.web.locale import Translator, msgid, translator
from shared.web.sentences import sentence

PAGE_LENGTH: Final = 50

_TABS: Final = (
    (View.OPEN, msgid("Open"), ""),
    (View.MINE, msgid("Mine"), ""),
    (View.DUE_SOON, msgid("Due in 8 h"), "warn"),
    (View.BREACHED, msgid("Breached"), "bad"),
    (View.MAJOR, msgid("Major"), "bad"),
    (View.WAITING, msgid("Waiting on me"), "bad"),
    (View.ALL, msgid("All"), ""),
)


async def case_list(
    tx: Transaction,
    reader: Reader,
    filters: QueueFilter,
    *,
    cursor: str | None = None,
    selected_id: UUID | None = None,
    sizes: QueueCounts | None = None,
) -> CaseList:
    """One page of the list; raises `Invalid` for a cursor that is not one of this list's."""
    found = await queries.queue(tx, reader.actor.oem_id, filters, cursor=cursor, limit=PAGE_LENGTH)
    now = await tx.now()
    return CaseList(
        rows=[case_row(each, reader, now) for each in found.items],
        more_url=queue_url(filters, cursor=found.next_cursor) if found.next_cursor else None,
        count=_size(sizes, filters.tab) if sizes else None,
        selected_id=selected_id,
        shows_dealer=reader.actor.role not in DEALER_ROLES,
        registers=reader.actor.may(Permission.CASE_REGISTER),
    )


async def line_of(tx: Transaction, reader: Reader, case: CasePage) -> CaseList:
    """The one line of a case, selected, as it now stands in the list."""
    same_number = QueueFilter(tab=View.ALL, text=case.number)
    found = await case_list(tx, reader, same_number, selected_id=case.id)
    rows = [row for row in found.rows if row.id == case.id]
    return msgspec.structs.replace(found, rows=rows, more_url=None)


async def tab_sizes(tx: Transaction, reader: Reader, filters: QueueFilter) -> tuple[QueueCounts, str]:
    """How many cases stand in each tab under the other filters.

    The sentence is empty, or says why the words cannot be searched for: the tabs are then counted without.
    """
    try:
        return await queries.counts(tx, reader.actor.oem_id, filters), ""
    except Invalid as error:
        why = error.fields[0]
        without_words = msgspec.structs.replace(filters, text="")
        sizes = await queries.counts(tx, reader.actor.oem_id, without_words)
        return sizes, sentence(translator(reader.locale), why.code, why.params)


async def queue_model(
    reader: Reader,
    filters: QueueFilter,
    *,
    form: FormState = EMPTY_FORM,
    cursor: str | None = None,
    opened_id: UUID | None = None,
) -> tuple[QueuePage, Look]:
    """The whole page and what surrounds it; `form` is that of the views, where it was just refused."""
    saved = await saved_views.views(reader.actor)
    async with transaction(reader.actor.scope, read_only=True) as tx:
        sizes, trouble = await tab_sizes(tx, reader, filters)
        model = await queue_page(
            tx, reader, filters, sizes, trouble, saved, form=form, cursor=cursor, opened_id=opened_id
        )
        return model, await look(tx, reader, None if filters.is_narrowed else sizes)


async def queue_page(
    tx: Transaction,
    reader: Reader,
    filters: QueueFilter,
    sizes: QueueCounts,
    trouble: str = "",
    saved: Sequence[SavedView] = (),
    *,
    form: FormState = EMPTY_FORM,
    cursor: str | None = None,
    opened_id: UUID | None = None,
) -> QueuePage:
    """The whole page, without a list where the words bring `trouble`.

    A case that cannot be opened (any more) leaves the list alone.
    """
    speak = translator(reader.locale)
    opened = None
    if opened_id is not None:
        with contextlib.suppress(NotFound):
            opened = await case_page(tx, reader, opened_id)
    if trouble:
        cases = CaseList(rows=[], more_url=None, count=None, trouble=trouble)
    else:
        selected_id = opened.id if opened else None
        cases = await case_list(tx, reader, filters, cursor=cursor, selected_id=selected_id, sizes=sizes)
    query = queue_query(filters)
    shown = next((each for each in saved if queue_query(each.filter) == query), None)
    tabs = [_tab(speak, filters, sizes, *each, is_current=shown is None) for each in _tabs(reader)]
    return QueuePage(
        filters=filters,
        query=query,
        tabs=[*tabs, *(_view_tab(each, is_current=each is shown) for each in saved)],
        own_view=shown.id if shown and shown.is_own else None,
        view_form=form,
        offered=await offered(tx, reader),
        cases=cases,
        opened=opened,
        may_export=reader.actor.may(Permission.CASE_EXPORT),
        may_import=reader.actor.may(Permission.CASE_IMPORT),
    )


def case_row(row: QueueRow, reader: Reader, now: datetime) -> CaseRow:
    """A line of the list."""
    row = listed_for(reader.actor.role, row)
    return CaseRow(
        id=row.id,
        number=row.number,
        title=row.title,
        customer=row.customer_name,
        vehicle=row.vehicle_model or "",
        plate=row.vehicle_plate or "",
        dealer=reader.named(row.dealer_name, row.dealer_name_en),
        state=row.state,
        urgency=row.urgency,
        is_major=row.major,
        may_be_major=row.major_candidate and not row.major,
        owner=row.owner_name,
        clock=chip_of_row(row, now),
        received_at=row.received_at,
        waits=row.waits,
        paused_until=row.paused_until(now),
    )


def _tabs(reader: Reader) -> Sequence[tuple[View, str, str]]:
    # Who handles no case owns none and is told of none.
    if reader.actor.may(Permission.CASE_CONTACT):
        return _TABS
    return [each for each in _TABS if each[0] not in {View.MINE, View.WAITING}]


def _tab(
    speak: Translator,
    filters: QueueFilter,
    sizes: QueueCounts,
    view: View,
    text: str,
    tone: str,
    *,
    is_current: bool,
) -> Tab:
    size = _size(sizes, view)
    return Tab(
        text=speak.gettext(text),
        href=queue_url(msgspec.structs.replace(filters, tab=view)),
        count=size,
        tone=tone if size else "",
        is_current=is_current and view is filters.tab,
    )


def _view_tab(view: SavedView, *, is_current: bool) -> Tab:
    return Tab(text=view.name, href=queue_url(view.filter), is_current=is_current)


def _size(sizes: QueueCounts, view: View) -> int | None:
    return None if view is View.ALL else getattr(sizes, view.value)
