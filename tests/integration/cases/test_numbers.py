"""Drawing case numbers: alone, together, and when somebody gives up (R1.3)."""

import asyncio

import pytest

from shared.cases import numbers
from shared.errors import NotFound
from shared.permissions import Role
from tests.support.tenant import Tenant


def sequence(drawn: numbers.DrawnNumber) -> int:
    return int(drawn.number[len("AF20260302") :])


async def test_those_who_come_together_draw_together(tenant: Tenant) -> None:
    """R1.3: unique and without a gap; whoever waits is served by the next drawing, all at one instant."""
    scope = tenant.actor(Role.ADVISOR).scope
    drawn = await asyncio.gather(*(numbers.draw(scope, tenant.oem_id, None) for _ in range(20)))
    first = min(map(sequence, drawn))
    assert sorted(map(sequence, drawn)) == list(range(first, first + 20))
    assert len({each.at for each in drawn}) == 2


async def test_who_gives_up_holds_nobody_back(tenant: Tenant) -> None:
    scope = tenant.actor(Role.ADVISOR).scope
    tasks = [asyncio.create_task(numbers.draw(scope, tenant.oem_id, None)) for _ in range(6)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    drawn = await asyncio.gather(*tasks, return_exceptions=True)
    served = [each for each in drawn if isinstance(each, numbers.DrawnNumber)]
    assert [isinstance(each, asyncio.CancelledError) for each in (drawn[0], drawn[3])] == [True, True]
    assert len(set(map(sequence, served))) == 4


async def test_an_oem_out_of_scope_gives_everybody_the_same_answer(tenant: Tenant) -> None:
    """R9.1."""
    scope = tenant.actor(Role.ADVISOR).scope
    for answer in await asyncio.gather(
        *(numbers.draw(scope, 999_999, None) for _ in range(3)), return_exceptions=True
    ):
        assert isinstance(answer, NotFound)
    with pytest.raises(NotFound):
        await numbers.draw(scope, 999_999, None)
