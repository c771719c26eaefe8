"""Two complaints about one matter: merged and taken apart (R1.7, R3.3)."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from shared.cases import queries, service
from shared.cases.commands import Merge, Unmerge
from shared.cases.intake import Source
from shared.cases.merging import merged_here
from shared.cases.views import CaseView
from shared.cases.vocabulary import CaseState
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from tests.integration.cases.walking import (
    NOISE,
    NOON,
    PLANNED,
    SPOKEN,
    TOLD,
    clocks_of,
    events,
    history,
    new_case,
    walk,
)
from tests.support.tenant import MONDAY, Tenant

WIFE = msgspec.structs.replace(NOISE, customer_name="李测试", customer_phone="13800003457")
REASON = "同一车辆同一故障"
LATER = MONDAY + timedelta(minutes=50)


async def pair(tenant: Tenant) -> tuple[CaseView, CaseView]:
    """One that came in later, to go on, and the earlier one, to be merged into it."""
    earlier = await new_case(tenant, WIFE, MONDAY)
    return await new_case(tenant, NOISE, LATER), earlier


async def merged(tenant: Tenant, case_id: UUID, into_id: UUID, role: Role = Role.SERVICE_MANAGER) -> CaseView:
    command = Merge(into_id=into_id, reason=REASON)
    return await service.merge(tenant.actor(role), case_id, command, version=None, as_of=NOON)


async def view(tenant: Tenant, case_id: UUID) -> CaseView:
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        return await queries.case_view(tx, tenant.oem_id, case_id)


async def test_the_earliest_promises_and_every_complainant_are_kept(tenant: Tenant):
    """R1.7: timeline, audit and event on both sides."""
    case, other = await pair(tenant)
    before = await clocks_of(tenant, other.id, 1)
    gone = await merged(tenant, other.id, case.id)
    assert (gone.state, gone.merged_into, gone.customer_name) == (CaseState.MERGED, case.id, "李测试")
    assert gone.due_at is None
    assert {each.state for each in (await clocks_of(tenant, other.id, 1)).values()} <= {
        "met",
        "cancelled",
        "breached",
    }
    now = await clocks_of(tenant, case.id, 1)
    assert now["resolve"].due_at == before["resolve"].due_at
    kept = await view(tenant, case.id)
    assert kept.due_at == min(each.due_at for each in now.values() if each.state in {"running", "breached"})
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope, read_only=True) as tx:
        assert [each.id for each in await merged_here(tx, tenant.oem_id, case.id)] == [other.id]
    assert (await history(tenant, other.id))[-1].data["into"] == case.number
    assert (await history(tenant, case.id))[-1].data["number"] == other.number
    assert "case.merged" in await events(tenant, other.id)


async def test_taking_apart_restores_state_and_promises_of_both(tenant: Tenant):
    case, other = await pair(tenant)
    before = await clocks_of(tenant, other.id, 1), await clocks_of(tenant, case.id, 1)
    await merged(tenant, other.id, case.id)
    back = await service.unmerge(
        tenant.actor(Role.SERVICE_MANAGER), other.id, Unmerge(reason="两个故障"), version=None, as_of=NOON
    )
    assert (back.state, back.merged_into, back.closed_at) == (CaseState.REGISTERED, None, None)
    for case_id, known in zip((other.id, case.id), before, strict=True):
        after = await clocks_of(tenant, case_id, 1)
        assert {name: each.due_at for name, each in after.items()} == {
            name: each.due_at for name, each in known.items()
        }
        assert after["resolve"].state == "running"
    assert (await view(tenant, case.id)).due_at is not None
    assert (await history(tenant, case.id))[-1].kind == "release"


async def test_what_the_customer_is_told_counts_for_every_complainant(tenant: Tenant):
    """R6.2: solved and the customer told."""
    case, other = await pair(tenant)
    await merged(tenant, other.id, case.id)
    await walk(tenant.actor(Role.SERVICE_MANAGER), case.id, SPOKEN, PLANNED, TOLD)
    assert (await view(tenant, other.id)).result_told_at == NOON


async def test_what_cannot_be_merged_is_refused_with_its_reason(tenant: Tenant):
    case, other = await pair(tenant)
    with pytest.raises(Forbidden):
        await merged(tenant, other.id, case.id, Role.ADVISOR)
    for into, code in ((other.id, "merged_into_itself"), (uuid4(), "unknown_case")):
        with pytest.raises(Invalid) as wrong:
            await merged(tenant, other.id, into)
        assert wrong.value.fields[0].code == code
    elsewhere = await service.register(
        tenant.actor(Role.ADVISOR, tenant.sibling), NOISE, source=Source.STAFF, as_of=MONDAY
    )
    with pytest.raises(NotFound):
        await merged(tenant, elsewhere.id, case.id)
    with pytest.raises(Conflict, match="merged_at_other_dealer"):
        await merged(tenant, elsewhere.id, case.id, Role.HEAD_OFFICE)
    with pytest.raises(Conflict, match="not_merged"):
        await service.unmerge(
            tenant.actor(Role.SERVICE_MANAGER), other.id, Unmerge(reason="x"), version=None, as_of=NOON
        )
    await merged(tenant, other.id, case.id)
    third = await new_case(tenant, NOISE, LATER)
    with pytest.raises(Conflict, match="holds_merged_cases"):
        await merged(tenant, case.id, third.id)
    with pytest.raises(Conflict, match="case_merged"):
        await merged(tenant, third.id, other.id)
    await walk(tenant.actor(Role.SERVICE_MANAGER), third.id, SPOKEN, PLANNED, TOLD)
    with pytest.raises(Conflict, match="result_already_told"):
        await merged(tenant, third.id, case.id)
