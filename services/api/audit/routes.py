"""The audit log, read (R9.3)."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.api.parameters import Cursor, FirstDay, LastDay
from shared.audit.search import LONGEST_PAGE, AuditFilter, AuditPage, search
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_Person = Annotated[
    UUID | None,
    QueryParameter(
        required=False, description="A membership: what it did, and what was done to it or its account."
    ),
]
_Entity = Annotated[
    str, QueryParameter(required=False, max_length=40, description="The kind of thing, such as `case`.")
]
_Action = Annotated[
    str, QueryParameter(required=False, max_length=60, description="What was done, such as `case.reveal`.")
]
_Number = Annotated[
    str, QueryParameter(required=False, max_length=40, description="A case number, as it is written.")
]
_Size = Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE, description="Entries per page.")]


@get("/audit", tags=["Audit log"], summary="What was done", operation_id="searchAudit")
async def search_audit(
    actor: NamedDependency[Actor],
    person_id: _Person = None,
    entity: _Entity = "",
    action: _Action = "",
    case_number: _Number = "",
    first_day: FirstDay = None,
    last_day: LastDay = None,
    cursor: Cursor = None,
    limit: _Size = 50,
) -> AuditPage:
    """Who did what, when, where from, newest first; names of fields, never their values.

    For head office and administrators, and for station heads what was done at their own dealer.
    """
    actor.require(Permission.AUDIT_READ)
    wanted = AuditFilter(
        person_id=person_id,
        entity=entity,
        action=action,
        case_number=case_number.strip().upper(),
        first_day=first_day,
        last_day=last_day,
        time_zone=actor.time_zone,
    )
    async with transaction(actor.scope, read_only=True) as tx:
        return await search(tx, actor.oem_id, wanted, cursor=cursor, limit=limit)


HANDLERS = [search_audit]
