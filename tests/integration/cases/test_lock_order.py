"""Two cases are locked in one order by everybody, so that nobody waits for who waits for him (R1.7)."""

import asyncio

from shared.cases import service
from shared.cases.commands import Merge
from shared.cases.merging import both_held
from shared.db.engine import Transaction, transaction
from shared.permissions import Role
from tests.integration.cases.walking import NOISE, NOON, new_case
from tests.support.tenant import MONDAY, Tenant

_WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))
"""
_LOCK = "SELECT id FROM cases WHERE oem_id = $1 AND id = $2 FOR UPDATE"
_LOCK_IF_FREE = f"{_LOCK} NOWAIT"


async def waited_for(tx: Transaction) -> None:
    async with asyncio.timeout(10):
        while not await tx.value(_WAITED_FOR):
            await asyncio.sleep(0.01)


async def test_a_case_is_locked_before_the_one_that_is_handled_in_it(tenant: Tenant):
    """Who waits for the case holds none of those handled in it, whichever was received first."""
    merged, case = await new_case(tenant, NOISE, MONDAY), await new_case(tenant, NOISE, NOON)
    assert merged.id < case.id
    manager = tenant.actor(Role.SERVICE_MANAGER)
    into = Merge(into_id=case.id, reason="同一故障")
    await service.merge(manager, merged.id, into, version=None, as_of=NOON)
    held_by_us = asyncio.Event()

    async def hold_both() -> None:
        await held_by_us.wait()
        async with transaction(manager.scope) as tx:
            await both_held(tx, manager, merged.id, case.id, None)

    other = asyncio.create_task(hold_both())
    async with transaction(manager.scope) as tx:
        await tx.value(_LOCK, tenant.oem_id, case.id)
        held_by_us.set()
        await waited_for(tx)
        assert await tx.value(_LOCK_IF_FREE, tenant.oem_id, merged.id) == merged.id
    await other
