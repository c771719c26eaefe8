"""Cases about one matter: merged, taken apart, linked (R1.7)."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases import work_schemas as schemas
from services.api.cases.schemas import example
from shared.cases import service
from shared.cases.detail import require_case
from shared.cases.linking import linked_to
from shared.cases.merging import merged_here
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_RELATED = ["Cases about one matter"]


@get(
    "/cases/{case_id:uuid}/related",
    tags=_RELATED,
    summary="Related cases",
    operation_id="getRelatedCases",
)
async def related(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> schemas.RelatedCases:
    """The cases that were merged into this one, and those it is linked to; customers' names are masked."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await require_case(tx, actor.oem_id, case_id)
        return schemas.RelatedCases(
            merged=await merged_here(tx, actor.oem_id, case_id),
            linked=await linked_to(tx, actor.oem_id, case_id),
        )


@post(
    "/cases/{case_id:uuid}/merge",
    tags=_RELATED,
    summary="Merge",
    operation_id="mergeCase",
    status_code=200,
)
async def merge(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Merge,
        example(
            "The same fault",
            into_id="01980000-0000-7000-8000-000000000001",
            reason="同一车辆同一故障",
            version=3,
        ),
    ],
) -> CaseView:
    """Handle the case in another one of its dealer; both customers follow it, each by the own link."""
    return await service.merge(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/unmerge",
    tags=_RELATED,
    summary="Take apart",
    operation_id="unmergeCase",
    status_code=200,
)
async def unmerge(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.Unmerge, example("Two matters", reason="经核实为不同故障", version=4)],
) -> CaseView:
    """Let a merged case go on where it stood, with the promises it had."""
    return await service.unmerge(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/link",
    tags=_RELATED,
    summary="Link",
    operation_id="linkCase",
    status_code=200,
)
async def link(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Link,
        example(
            "The same car",
            other_id="01980000-0000-7000-8000-000000000001",
            reason="同一车辆，另一处故障",
            version=3,
        ),
    ],
) -> CaseView:
    """Relate the case to another one of its dealer, in both directions; each is handled by itself."""
    return await service.link(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/unlink",
    tags=_RELATED,
    summary="Take a link away",
    operation_id="unlinkCase",
    status_code=200,
)
async def unlink(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[
        schemas.Unlink,
        example(
            "Not related",
            other_id="01980000-0000-7000-8000-000000000001",
            reason="经核实并无关联",
            version=4,
        ),
    ],
) -> CaseView:
    """The two cases have nothing to do with each other; both timelines keep that they were linked."""
    return await service.unlink(actor, case_id, data, version=data.version)


HANDLERS = [related, merge, unmerge, link, unlink]
