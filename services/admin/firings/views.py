"""The fire log in the console: who was told of what fell due, and when (R4.4)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from services.admin.addresses import address_of, next_page
from services.admin.firings.models import FiringLine, FiringsPage, MessageLine
from services.admin.forms import day_in, digits
from services.admin.pages import fragment, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import queries
from shared.db.engine import transaction
from shared.escalation.log import (
    Answer,
    FiringFilter,
    FiringMessage,
    FiringPage,
    FiringRow,
    firings,
    with_digests,
)
from shared.permissions import Permission
from shared.sla.clock import level_of
from shared.tenants import dealers
from shared.tenants.dealers import Dealer
from shared.web.components import Choice
from shared.web.labels import values_of

PAGE_LENGTH: Final = 50
_WARNING: Final = "warn_"


@get("/firings")
async def firing_log(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The firings the filters leave, the latest first; htmx asks for more rows at the end."""
    reader.actor.require(Permission.OVERVIEW_READ)
    wanted, cursor = _filter(request, reader), request.query_params.get("cursor")
    async with transaction(reader.actor.scope, read_only=True) as tx:
        found = await firings(tx, reader.actor.oem_id, wanted, cursor=cursor, limit=PAGE_LENGTH)
        places = await dealers.dealers(tx, reader.actor.oem_id)
        now, shown = await tx.now(), None if is_fragment(request) else await look(tx, reader)
    model = _page(reader, wanted, places, await with_digests(reader.actor.oem_id, found))
    if shown is None:
        return fragment(request, reader, now, "firings/_rows.html", page=model)
    return await page(request, reader, shown, "firings/firings.html", "firings", page=model)


@get("/cases/{case_id:uuid}/firings")
async def case_firings(request: AnyRequest, reader: FromSession, case_id: FromPath[UUID]) -> Response[str]:
    """What fired on one case."""
    async with transaction(reader.actor.scope, read_only=True) as tx:
        case = await queries.case_view(tx, reader.actor.oem_id, case_id)
        reader.actor.require(Permission.CASE_READ)
        cursor = request.query_params.get("cursor")
        found = await firings(
            tx, reader.actor.oem_id, FiringFilter(case_id=case_id), cursor=cursor, limit=PAGE_LENGTH
        )
        now, shown = await tx.now(), None if is_fragment(request) else await look(tx, reader)
    found = await with_digests(reader.actor.oem_id, found)
    model = FiringsPage(
        case_id=case_id,
        number=case.number,
        title=case.title,
        lines=[_line(each, reader) for each in found.items],
        more_url=next_page(f"/cases/{case_id}/firings", {}, found.next_cursor),
    )
    if shown is None:
        return fragment(request, reader, now, "firings/_rows.html", page=model)
    return await page(request, reader, shown, "firings/firings.html", "queue", page=model)


def _filter(request: AnyRequest, reader: Reader) -> FiringFilter:
    """The filters of the address; what is not one of the values offered counts as not chosen."""
    query = request.query_params
    metric, answer = query.get("metric", ""), query.get("answer", "")
    return FiringFilter(
        dealer_id=digits(query.get("dealer", "")),
        metric=metric if metric in values_of("metric") else "",
        answer=Answer(answer) if answer in {each.value for each in Answer} else None,
        only_late=query.get("late") == "true",
        first_day=day_in(query.get("first_day", "")),
        last_day=day_in(query.get("last_day", "")),
        time_zone=reader.zone.key,
    )


def _page(reader: Reader, wanted: FiringFilter, places: Sequence[Dealer], found: FiringPage) -> FiringsPage:
    return FiringsPage(
        dealers=[Choice(str(each.id), reader.named(each.name, each.name_en)) for each in places],
        dealer=str(wanted.dealer_id or ""),
        metric=wanted.metric,
        answer=wanted.answer.value if wanted.answer else "",
        only_late=wanted.only_late,
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        lines=[_line(each, reader) for each in found.items],
        more_url=next_page("/firings", _chosen(wanted), found.next_cursor),
    )


def _line(row: FiringRow, reader: Reader) -> FiringLine:
    return FiringLine(
        id=row.id,
        case_id=row.case_id,
        number=row.number,
        title=row.title,
        dealer=reader.named(row.dealer_name, row.dealer_name_en),
        metric=row.metric,
        level=level_of(row.step),
        percent=row.step.removeprefix(_WARNING) if row.step.startswith(_WARNING) else "",
        due_at=row.due_at,
        fired_at=row.fired_at,
        reason=row.reason,
        told=row.told,
        told_at=row.told_at,
        suppressed=row.suppressed.value if row.suppressed else "",
        acknowledged_by=row.acknowledged_by or "",
        acknowledged_at=row.acknowledged_at,
        met_at=row.clock_met_at,
        messages=[_message(each, reader) for each in row.messages],
    )


def _message(message: FiringMessage, reader: Reader) -> MessageLine:
    gone = message.digest or message
    return MessageLine(
        recipient=message.recipient,
        channel=gone.channel.value,
        state=gone.state.value,
        in_digest=message.digest is not None,
        written_at=gone.written_at,
        sent_at=gone.sent_at,
        delivered_at=gone.delivered_at,
        held_until=message.held_until,
        error=gone.error,
        url=_url(message, reader),
    )


def _url(message: FiringMessage, reader: Reader) -> str:
    if message.digest is None or not reader.actor.may(Permission.MESSAGE_READ):
        return ""
    return address_of("/messages", {"digest": message.digest.digest_id})


def _chosen(wanted: FiringFilter) -> dict[str, object]:
    return {
        "dealer": wanted.dealer_id,
        "metric": wanted.metric,
        "answer": wanted.answer,
        "late": "true" if wanted.only_late else "",
        "first_day": wanted.first_day,
        "last_day": wanted.last_day,
    }


HANDLERS = [firing_log, case_firings]
