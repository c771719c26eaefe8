"""What helps to register: who is known already, and what the rules would say (R1.5, R2.4)."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import NEW_CASE, example
from shared.cases import queries
from shared.cases.first_look import FirstLook, first_look
from shared.cases.intake import DealerId, Intake
from shared.cases.known import KnownCustomer, known_customers
from shared.cases.look_alikes import LookAlike, Sought, alike_to, look_alikes
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor

_TAGS = ["Cases"]
_Code = Annotated[str, msgspec.Meta(max_length=40)]


class KnownBy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes in any writing, whole or their last four characters or more; each may be left out."""

    phone: _Code = ""
    plate: _Code = ""
    vin: _Code = ""


class KnownCustomers(msgspec.Struct, frozen=True):
    """Customers with their vehicles, the newest case first."""

    items: list[KnownCustomer]


# Telephone numbers do not belong in addresses, which are logged: therefore a body, and POST.
@post(
    "/cases/known-customers",
    tags=_TAGS,
    summary="Who is known",
    operation_id="findKnownCustomers",
    status_code=200,
)
async def find_known_customers(
    actor: NamedDependency[Actor],
    data: Annotated[KnownBy, example("By plate and phone", plate="测A·12345", phone="1234")],
) -> KnownCustomers:
    """Customers and vehicles within reach that have had a case, to fill in a new one with.

    With `masked`, what tells who somebody is is partly hidden until it is revealed for `case_id`.
    """
    actor.require(Permission.CASE_REGISTER)
    async with transaction(actor.scope, read_only=True) as tx:
        return KnownCustomers(await known_customers(tx, actor, [data.phone, data.plate, data.vin]))


@post(
    "/cases/first-look",
    tags=_TAGS,
    summary="What the rules say",
    operation_id="lookAtComplaint",
    status_code=200,
)
async def look_at_complaint(actor: NamedDependency[Actor], data: Annotated[Intake, NEW_CASE]) -> FirstLook:
    """The classification a complaint would get, and what should be asked before; nothing is registered."""
    actor.require(Permission.CASE_REGISTER)
    async with transaction(actor.scope, read_only=True) as tx:
        return await first_look(tx, actor.oem_id, data)


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complaint to compare; codes in any writing, whole. Within `dealer_id` words are compared."""

    phone: _Code = ""
    plate: _Code = ""
    vin: _Code = ""
    words: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    description: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    dealer_id: DealerId | None = None


class LookAlikes(msgspec.Struct, frozen=True):
    """Cases of the same vehicle or customer, then those with similar words; each group newest first."""

    items: list[LookAlike]


@post(
    "/cases/look-alikes",
    tags=_TAGS,
    summary="Earlier cases like a complaint",
    operation_id="findLookAlikes",
    status_code=200,
)
async def find_look_alikes(
    actor: NamedDependency[Actor],
    data: Annotated[Description, example("Before registering", plate="测A·12345", words="刹车时方向盘抖动")],
) -> LookAlikes:
    """Cases that may be about the same; the solved ones offer their `result`."""
    actor.require(Permission.CASE_READ)
    sought = msgspec.convert(data, Sought, from_attributes=True)
    async with transaction(actor.scope, read_only=True) as tx:
        return LookAlikes(await look_alikes(tx, actor.oem_id, sought))


@get(
    "/cases/{case_id:uuid}/look-alikes",
    tags=_TAGS,
    summary="Cases like this one",
    operation_id="getLookAlikes",
)
async def get_look_alikes(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> LookAlikes:
    """Other cases that may be about the same."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        case = await queries.case_view(tx, actor.oem_id, case_id)
        return LookAlikes(await alike_to(tx, actor.oem_id, case))


HANDLERS = [find_known_customers, look_at_complaint, find_look_alikes, get_look_alikes]
