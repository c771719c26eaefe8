"""The fire log: who was told of what fell due, when, and by which message (R4.4)."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.api.openapi import ALSO
from services.api.parameters import Cursor, FirstDay, LastDay
from shared.cases import detail
from shared.db.engine import transaction
from shared.escalation.log import LONGEST_PAGE, Answer, FiringFilter, FiringPage, firings, with_digests
from shared.permissions import Permission
from shared.sla.policy import Metric
from shared.tenancy import Actor

_TAGS = ["Escalation"]
_Dealer = Annotated[
    int | None, QueryParameter(required=False, ge=1, le=2**63 - 1, description="Cases of this dealer.")
]
_Metric = Annotated[
    Metric | None, QueryParameter(required=False, description="Firings of clocks of this metric.")
]
_Answer = Annotated[
    Answer | None,
    QueryParameter(
        required=False,
        description="`open`: told and not acknowledged while the promise is still to be kept;"
        " `acknowledged`; `nobody_told`: suppressed, or not told yet.",
    ),
]
_Late = Annotated[bool, QueryParameter(required=False, description="Leave warnings out.")]
_Size = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="Firings per page.")]


@get("/firings", tags=_TAGS, summary="The fire log", operation_id="listFirings")
async def list_firings(
    actor: NamedDependency[Actor],
    dealer_id: _Dealer = None,
    metric: _Metric = None,
    answer: _Answer = None,
    only_late: _Late = False,  # noqa: FBT002  # a query parameter
    first_day: FirstDay = None,
    last_day: LastDay = None,
    cursor: Cursor = None,
    limit: _Size = 50,
) -> FiringPage:
    """Each firing of a clock with who was told, by which messages, and who took it; the latest first.

    A message told in a digest says what became of that.
    For managers; whoever reads a case reads its own firings by the case.
    """
    actor.require(Permission.OVERVIEW_READ)
    wanted = FiringFilter(
        dealer_id=dealer_id,
        metric=metric.value if metric else "",
        answer=answer,
        only_late=only_late,
        first_day=first_day,
        last_day=last_day,
        time_zone=actor.time_zone,
    )
    async with transaction(actor.scope, read_only=True) as tx:
        found = await firings(tx, actor.oem_id, wanted, cursor=cursor, limit=limit)
    return await with_digests(actor.oem_id, found)


@get(
    "/cases/{case_id:uuid}/firings",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="What fired on a case",
    operation_id="listCaseFirings",
)
async def list_case_firings(
    actor: NamedDependency[Actor], case_id: FromPath[UUID], cursor: Cursor = None, limit: _Size = 50
) -> FiringPage:
    """As the fire log, of one case."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await detail.require_case(tx, actor.oem_id, case_id)
        found = await firings(tx, actor.oem_id, FiringFilter(case_id=case_id), cursor=cursor, limit=limit)
    return await with_digests(actor.oem_id, found)


HANDLERS = [list_firings, list_case_firings]
"""The routes of this module."""
