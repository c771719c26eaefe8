"""The tags of cases."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases import schemas
from services.api.cases.schemas import Tags, example
from shared.cases import service, tags
from shared.cases.detail import require_case
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_TAGS = ["Tags"]


@get("/tags", tags=_TAGS, summary="Tags in use", operation_id="listTags")
async def list_tags(actor: NamedDependency[Actor]) -> Tags:
    """The tags of the cases within reach, the most common first."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return Tags(await tags.in_use(tx, actor.oem_id))


@get("/cases/{case_id:uuid}/tags", tags=_TAGS, summary="Its tags", operation_id="getTags")
async def get_tags(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> Tags:
    """The tags of a case."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        await require_case(tx, actor.oem_id, case_id)
        return Tags(await tags.tags_of(tx, actor.oem_id, case_id))


@post("/cases/{case_id:uuid}/tag", tags=_TAGS, summary="Add a tag", operation_id="addTag", status_code=200)
async def add_tag(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.AddTag, example("A tag", tag="刹车", version=2)],
) -> CaseView:
    """Put a word on a case to find it again; 409 `tagged_already` where it has it."""
    return await service.add_tag(actor, case_id, data, version=data.version)


@post(
    "/cases/{case_id:uuid}/untag",
    tags=_TAGS,
    summary="Remove a tag",
    operation_id="removeTag",
    status_code=200,
)
async def remove_tag(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[schemas.RemoveTag, example("A tag", tag="刹车", version=3)],
) -> CaseView:
    """Take a word off a case; 409 `not_tagged` where it does not have it."""
    return await service.remove_tag(actor, case_id, data, version=data.version)


HANDLERS = [list_tags, get_tags, add_tag, remove_tag]
