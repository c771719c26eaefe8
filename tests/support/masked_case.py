"""A case whose customer has put his name everywhere a case can hold it, and what of him nobody may read."""

from datetime import timedelta
from uuid import UUID

from shared.cases import commands, queries, service
from shared.cases.commands import ContactChannel
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.cases.work_commands import Agree, ExecuteStep, Plan, Verify
from shared.cases.work_vocabulary import AgreementWay
from shared.clock import utc_now
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind

NAME = "慕容试验"
TOLD = Intake(
    channel=Channel.PHONE,
    customer_name=NAME,
    customer_phone="13800007654",
    customer_email="murong.shiyan@example.com",
    vehicle_vin="LSVAA49J532047371",
    vehicle_plate="测A·97654",
    words="低速转向时前轮异响。",
    points=("低速转向异响",),
)
PERSONAL = (
    NAME,
    "13800007654",
    "138 0000 7654",
    "murong.shiyan",
    "LSVAA49J532047371",
    "97654",
    "测A97654",
    "测A·97654",
)
"""What a masked reader finds nowhere, in any writing."""


async def told_everywhere(actor: Actor) -> UUID:
    """The id of the case; the customer has agreed to its plan and signed the work off, by name.

    `actor` works at the dealer.
    """
    at = utc_now() - timedelta(minutes=5)
    case = await service.register(actor, TOLD, source=Source.STAFF, as_of=at)
    spoken = commands.LogContact(effective=True, channel=ContactChannel.PHONE, summary="已联系")
    await service.log_contact(actor, case.id, spoken, version=None)
    await service.plan(actor, case.id, Plan(plan="更换球头"), version=None)
    agreed = Agree(agreed_by=NAME, via=AgreementWay.PHONE)
    await service.agree(actor, case.id, agreed, version=None)
    await service.plan(actor, case.id, Plan(plan="更换转向机", told_via=ContactChannel.PHONE), version=None)
    customer = Actor(ActorKind.CUSTOMER, Role.CUSTOMER, actor.scope, NAME)
    by_link = Agree(agreed_by=NAME, via=AgreementWay.LINK)
    await service.agree(customer, case.id, by_link, version=None)
    await service.execute_step(actor, case.id, ExecuteStep(step="更换转向机"), version=None)
    checked = Verify(check="路试 10 公里", confirmed=await _points(actor, case.id), signed_off_by=NAME)
    await service.verify(actor, case.id, checked, version=None)
    return case.id


async def _points(actor: Actor, case_id: UUID) -> tuple[UUID, ...]:
    async with transaction(actor.scope, read_only=True) as tx:
        work = await queries.work_of(tx, actor.oem_id, case_id)
    return tuple(each.id for each in work.points)


def told(body: str) -> list[str]:
    """What of the customer stands plainly in an answer."""
    return [each for each in PERSONAL if each in body]
