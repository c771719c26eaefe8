"""The list's filters between an address and the query: nothing typed into an address can break the page."""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar.datastructures import MultiDict

from services.admin.session import AnyRequest, Reader
from shared.cases.filters import LONGEST_TAG
from shared.cases.queries import CaseFilter, ClockState, MajorState, QueueFilter, Sort, Tab
from shared.cases.texts import clean_line
from shared.cases.vocabulary import CaseState, Category, Channel, Department, Kind, Nature, Urgency

_LONGEST_TEXT: Final = 100
_MOST_VALUES: Final = 100
_LONGEST_ID: Final = {"dealer": 18, "region": 9}
Choosable = TypeVar("Choosable", bound=StrEnum)
Value = TypeVar("Value")


def filters_of(request: AnyRequest, reader: Reader) -> QueueFilter:
    """The filters of the address; what is not one of the values offered counts as not chosen."""
    return filters_in(request.query_params, reader)


def filters_in(query: MultiDict[str], reader: Reader) -> QueueFilter:
    """The same of any parameters with those names."""
    return QueueFilter(
        membership_id=reader.actor.membership_id,
        tab=_one(Tab, query, "view") or Tab.OPEN,
        sort=_one(Sort, query, "sort") or Sort.DUE,
        dealer_ids=_all(query, "dealer", _number("dealer")),
        region_ids=_all(query, "region", _number("region")),
        owner_ids=_all(query, "owner", UUID),
        states=_all(query, "state", CaseState),
        clocks=_all(query, "clock", ClockState),
        urgencies=_all(query, "urgency", Urgency),
        categories=_all(query, "category", Category),
        kinds=_all(query, "kind", Kind),
        natures=_all(query, "nature", Nature),
        departments=_all(query, "department", Department),
        channels=_all(query, "channel", Channel),
        majors=_all(query, "major", MajorState),
        tags=_all(query, "tag", _tag),
        received_from=_day(query, "received_from"),
        received_to=_day(query, "received_to"),
        closed_from=_day(query, "closed_from"),
        closed_to=_day(query, "closed_to"),
        text=clean_line(query.get("q") or "")[:_LONGEST_TEXT],
    )


def filters_of_query(query: str, reader: Reader) -> QueueFilter:
    """The same of the query part of an address."""
    return filters_in(MultiDict(parse_qsl(query)), reader)


def queue_url(filters: CaseFilter, **more: str) -> str:
    """The address of the list with these filters; `more` are further parameters."""
    query = queue_query(filters, **more)
    return f"/cases?{query}" if query else "/cases"


def queue_query(filters: CaseFilter, **more: str) -> str:
    """The query part of that address."""
    chosen: list[tuple[str, object]] = [
        ("view", filters.tab if filters.tab is not Tab.OPEN else ""),
        ("sort", filters.sort if filters.sort is not Sort.DUE else ""),
        ("q", filters.text),
        *_each("dealer", filters.dealer_ids),
        *_each("region", filters.region_ids),
        *_each("owner", filters.owner_ids),
        *_each("state", filters.states),
        *_each("clock", filters.clocks),
        *_each("urgency", filters.urgencies),
        *_each("category", filters.categories),
        *_each("kind", filters.kinds),
        *_each("nature", filters.natures),
        *_each("department", filters.departments),
        *_each("channel", filters.channels),
        *_each("major", filters.majors),
        *_each("tag", filters.tags),
        ("received_from", filters.received_from or ""),
        ("received_to", filters.received_to or ""),
        ("closed_from", filters.closed_from or ""),
        ("closed_to", filters.closed_to or ""),
        *more.items(),
    ]
    return urlencode([(name, value) for name, value in chosen if value != ""])


def _each(name: str, values: Sequence[object]) -> list[tuple[str, object]]:
    return [(name, value) for value in values]


def _one(kind: type[Choosable], query: MultiDict[str], name: str) -> Choosable | None:
    chosen = _all(query, name, kind)
    return chosen[-1] if chosen else None


def _all(query: MultiDict[str], name: str, read: Callable[[str], Value]) -> tuple[Value, ...]:
    found: dict[Value, None] = {}
    for text in query.getall(name, [])[:_MOST_VALUES]:
        try:
            if text:
                found[read(text)] = None
        except ValueError:
            continue
    return tuple(found)


def _number(name: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_ID[name]:
            raise ValueError(text)
        return int(text)

    return read


def _tag(text: str) -> str:
    if not text.isprintable() or len(text) > LONGEST_TAG:
        raise ValueError(text)
    return text


def _day(query: MultiDict[str], name: str) -> date | None:
    try:
        return date.fromisoformat(query.get(name) or "")
    except ValueError:
        return None
