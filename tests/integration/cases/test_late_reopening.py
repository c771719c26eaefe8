"""A complaint made again long after it was closed: one new case, whoever asks (R3.3, proofs.md, Changes)."""

import asyncio
from datetime import datetime

import pytest

from shared.cases import linking, service
from shared.cases.commands import Link, Reopen, Transfer, Withdraw
from shared.cases.linking import MOST_OF_CASE
from shared.cases.views import CaseView
from shared.cases.work_vocabulary import AgreementWay
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


async def late(maker: Maker, case: CaseView, at: datetime = LATE) -> CaseView:
    manager = maker.actor(Role.SERVICE_MANAGER)
    return await service.reopen(manager, case.id, Reopen(reason="又多收费"), version=None, as_of=at)


async def test_who_comes_again_after_the_new_case_is_over_gets_another_one_of_his_own():
    """proofs.md, Changes: a case that nobody handles any more swallows no complaint; still one for all."""
    maker = await found_maker()
    case = await closed(maker)
    manager = maker.actor(Role.SERVICE_MANAGER)
    first = await late(maker, case)
    await service.withdraw(
        manager,
        first.id,
        Withdraw(reason="客户已同意", via=AgreementWay.PHONE),
        version=None,
        as_of=china(13, 9, month=9),
    )
    later = china(14, 9, month=9)
    second, same = await asyncio.gather(late(maker, case, later), late(maker, case, later))
    assert second.id == same.id
    assert second.id not in {case.id, first.id}
    assert await received_since(maker) == 2
    assert (await late(maker, case, china(14, 10, month=9))).id == second.id


async def test_who_cannot_see_the_new_case_is_told_that_another_dealer_has_it():
    """R9.1: neither a second case nor a word about what is out of the scope."""
    maker = await found_maker()
    case = await closed(maker)
    first = await late(maker, case)
    moved = Transfer(dealer_id=maker.sibling, reason="客户要求")
    await service.transfer(
        maker.actor(Role.HEAD_OFFICE), first.id, moved, version=None, as_of=china(13, 9, month=9)
    )
    with pytest.raises(Conflict) as refused:
        await late(maker, case, china(14, 9, month=9))
    assert (refused.value.code, refused.value.params) == ("reopened_at_other_dealer", {})
    head_office = maker.actor(Role.HEAD_OFFICE)
    seen = await service.reopen(head_office, case.id, Reopen(reason="又多收费"), version=None, as_of=LATE)
    assert seen.id == first.id


async def test_a_case_with_all_the_links_that_people_may_make_is_taken_up_late_as_well():
    """proofs.md, Changes: the limit is for people; the complaint made again is never refused by it."""
    maker = await found_maker()
    case = await closed(maker)
    manager = maker.actor(Role.SERVICE_MANAGER)
    for _ in range(MOST_OF_CASE):
        other = await registered(maker, china(15, 10))
        link = Link(other_id=other.id, reason="同一客户")
        await service.link(manager, case.id, link, version=None, as_of=china(15, 11))
    made = await late(maker, case)
    assert made.id != case.id
    async with transaction(Scope.oem(maker.oem_id), read_only=True) as tx:
        links = await linking.linked_to(tx, maker.oem_id, case.id)
    assert len(links) == MOST_OF_CASE + 1
    assert made.id in {each.id for each in links}
