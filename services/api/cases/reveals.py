"""Showing a case's personal data to somebody who reads it masked."""

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from shared.cases import reveals
from shared.cases.reveals import Reveal, Revealed
from shared.tenancy import Actor


@post(
    "/cases/{case_id:uuid}/reveal",
    tags=["Cases"],
    summary="Show personal data",
    operation_id="revealCase",
    status_code=200,
    opt={ALSO: (429,)},
)
async def reveal(
    actor: NamedDependency[Actor],
    case_id: FromPath[UUID],
    data: Annotated[Reveal, example("For a call", reason="call_customer", words="回访维修结果")],
) -> Revealed:
    """Show the person name, number, e-mail address, plate and VIN for half an hour; it is logged.

    429 `too_many_reveals` for many in a short time.
    """
    return await reveals.reveal(actor, case_id, data)


HANDLERS = [reveal]
