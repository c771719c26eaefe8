"""A complaint made again long after it was closed: one new case, whoever asks (R3.3, proofs.md, Changes)."""

import asyncio

import pytest

from shared.cases import service
from shared.cases.commands import Link, Reopen
from shared.cases.linking import MOST_OF_CASE
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.cases.test_sla_sentences import china, closed, registered
from tests.support.console import Maker, found_maker

pytestmark = pytest.mark.usefixtures("app_engine")

LATE = china(12, 12, month=9)


async def received_since(maker: Maker) -> int:
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        return int(
            await tx.value(
                "SELECT count(*) FROM cases WHERE oem_id = $1 AND received_at >= $2", maker.oem_id, LATE
            )
        )


async def test_two_people_who_reopen_late_at_once_get_one_linked_case():
    """proofs.md, Changes: after N days a new linked case instead; one for each closing, whoever asks."""
    maker = await found_maker()
    case = await closed(maker)
    asked = (
        (Role.SERVICE_MANAGER, "又多收费"),
        (Role.HEAD_OFFICE, "致电总部"),
        (Role.STATION_HEAD, "到店"),
    )
    made = await asyncio.gather(
        *(
            service.reopen(maker.actor(role), case.id, Reopen(reason=words), version=None, as_of=LATE)
            for role, words in asked
        )
    )
    assert len({each.id for each in made}) == 1
    assert made[0].id != case.id
    assert await received_since(maker) == 1
    again = Reopen(reason="第四次询问")
    later = await service.reopen(
        maker.actor(Role.SERVICE_MANAGER), case.id, again, version=None, as_of=china(14, 9, month=9)
    )
    assert later.id == made[0].id
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        links = await tx.values(
            "SELECT other_id FROM case_links WHERE oem_id = $1 AND case_id = $2", maker.oem_id, case.id
        )
    assert links == [made[0].id]


async def test_a_case_that_cannot_be_linked_is_not_made():
    """The new case and its link are one act: what holds links enough already gets no case beside it."""
    maker = await found_maker()
    case = await closed(maker)
    manager = maker.actor(Role.SERVICE_MANAGER)
    for _ in range(MOST_OF_CASE):
        other = await registered(maker, china(15, 10))
        link = Link(other_id=other.id, reason="同一客户")
        await service.link(manager, case.id, link, version=None, as_of=china(15, 11))
    with pytest.raises(Conflict) as refused:
        await service.reopen(manager, case.id, Reopen(reason="又多收费"), version=None, as_of=LATE)
    assert refused.value.code == "too_many_links"
    assert await received_since(maker) == 0
