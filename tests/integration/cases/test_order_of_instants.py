"""What happens to a case is written in the order in which it happened (R9.3)."""

import asyncio
from datetime import datetime
from uuid import UUID

from shared.cases import service
from shared.cases.commands import AddNote
from shared.cases.handling import held
from shared.db.engine import transaction
from shared.permissions import Role
from shared.tenancy import Scope
from tests.integration.cases.test_lock_order import waited_for
from tests.integration.cases.walking import NOISE, NOON, new_case
from tests.support.tenant import Tenant

_TIMELINE = "SELECT at FROM timeline_entries WHERE oem_id = $1 AND case_id = $2 AND kind = 'add_note'"
_AUDIT = "SELECT at FROM audit_entries WHERE oem_id = $1 AND entity_id = $2 AND action = 'case.add_note'"


async def test_a_command_that_began_first_and_got_the_case_last_is_written_last(tenant: Tenant) -> None:
    """R9.3: a transaction's beginning says nothing; what counts is when it got the case."""
    case = await new_case(tenant, NOISE, NOON)
    actor = tenant.actor(Role.SERVICE_MANAGER)
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> tuple[datetime, datetime]:
        async with transaction(actor.scope) as tx:
            beginning = await tx.now()
            began.set()
            await go_on.wait()
            work = await held(tx, actor, case.id, version=None)
            return beginning, work.at

    first = asyncio.create_task(slow())
    await began.wait()
    await service.add_note(actor, case.id, AddNote(text="先到"), version=None)
    go_on.set()
    beginning, acted = await first
    noted = await _noted(tenant, case.id)
    assert beginning < noted < acted


async def test_the_instant_is_that_after_the_wait_for_the_case(tenant: Tenant) -> None:
    """R9.3: who waits for the lock acts when he has it, on timeline and in the audit log."""
    case = await new_case(tenant, NOISE, NOON)
    actor = tenant.actor(Role.SERVICE_MANAGER)
    locked = asyncio.Event()

    async def second() -> None:
        await locked.wait()
        await service.add_note(actor, case.id, AddNote(text="后到"), version=None)

    waiting = asyncio.create_task(second())
    async with transaction(actor.scope) as tx:
        await held(tx, actor, case.id, version=None)
        locked.set()
        await waited_for(tx)
        released = await tx.value("SELECT clock_timestamp()")
    await waiting
    assert released < await _noted(tenant, case.id)


async def test_a_past_instant_stays_what_it_was_told_to_be(tenant: Tenant) -> None:
    case = await new_case(tenant, NOISE, NOON)
    actor = tenant.actor(Role.SERVICE_MANAGER)
    async with transaction(actor.scope, as_of=NOON) as tx:
        work = await held(tx, actor, case.id, version=None)
        assert (work.at, await tx.now()) == (NOON, NOON)


async def _noted(tenant: Tenant, case_id: UUID) -> datetime:
    """When the case's only note was written, the same in its timeline and in the log."""
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        (timeline,) = await tx.values(_TIMELINE, tenant.oem_id, case_id)
        (audit,) = await tx.values(_AUDIT, tenant.oem_id, str(case_id))
    assert timeline == audit
    at: datetime = timeline
    return at
