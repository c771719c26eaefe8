"""The list's filters between an address and the query: nothing typed into an address can break the page."""

from urllib.parse import urlencode

from litestar.datastructures import MultiDict

from services.admin.cases.models import QueueFilters
from services.admin.session import AnyRequest, Reader
from shared.cases.queries import QueueFilter, Tab
from shared.cases.vocabulary import CaseState, Category, Urgency

_LONGEST_TEXT = 100


def filters_of(request: AnyRequest) -> QueueFilters:
    """The filters of the address; what is not one of the values offered counts as not chosen."""
    query: MultiDict[str] = request.query_params
    return QueueFilters(
        view=_one_of(Tab, query.get("view")) or Tab.OPEN.value,
        text=(query.get("q") or "").strip()[:_LONGEST_TEXT],
        dealer=_dealer(query.get("dealer")),
        state=_one_of(CaseState, query.get("state")),
        urgency=_one_of(Urgency, query.get("urgency")),
        category=_one_of(Category, query.get("category")),
    )


def wanted(filters: QueueFilters, reader: Reader) -> QueueFilter:
    """The same for the query."""
    return QueueFilter(
        tab=Tab(filters.view),
        membership_id=reader.actor.membership_id,
        dealer_ids=(int(filters.dealer),) if filters.dealer else (),
        states=(CaseState(filters.state),) if filters.state else (),
        urgencies=(Urgency(filters.urgency),) if filters.urgency else (),
        categories=(Category(filters.category),) if filters.category else (),
        text=filters.text,
    )


def queue_url(filters: QueueFilters, **more: str) -> str:
    """The address of the list with these filters; `more` are further parameters."""
    chosen = {
        "view": filters.view if filters.view != Tab.OPEN else "",
        "q": filters.text,
        "dealer": filters.dealer,
        "state": filters.state,
        "urgency": filters.urgency,
        "category": filters.category,
        **more,
    }
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"/cases?{query}" if query else "/cases"


def _one_of(kind: type[Tab] | type[CaseState] | type[Urgency] | type[Category], value: str | None) -> str:
    return value if value is not None and value in {each.value for each in kind} else ""


def _dealer(value: str | None) -> str:
    is_id = value is not None and value.isascii() and value.isdecimal() and len(value) <= 18
    return value if value is not None and is_id else ""
