"""Two cases that have to do with each other, each handled by itself (R1.7)."""

from uuid import UUID, uuid4

import pytest

from shared.cases import service
from shared.cases.commands import Link, Merge, Transfer, Unlink
from shared.cases.intake import Source
from shared.cases.linking import LinkedCase, linked_to
from shared.cases.vocabulary import CaseState
from shared.db.engine import transaction
from shared.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from shared.permissions import Role
from tests.integration.cases.walking import CAUSE, NOISE, NOON, SPOKEN, TOLD, history, new_case, walk
from tests.support.tenant import MONDAY, Tenant

REASON = "同一车辆，另一处故障"


async def linked(tenant: Tenant, case_id: UUID, role: Role = Role.ADVISOR) -> list[LinkedCase]:
    async with transaction(tenant.actor(role).scope, read_only=True) as tx:
        return await linked_to(tx, tenant.oem_id, case_id)


async def link(tenant: Tenant, case_id: UUID, other_id: UUID, role: Role = Role.ADVISOR) -> None:
    command = Link(other_id=other_id, reason=REASON)
    await service.link(tenant.actor(role), case_id, command, version=None, as_of=NOON)


async def unlink(tenant: Tenant, case_id: UUID, other_id: UUID, role: Role = Role.ADVISOR) -> None:
    command = Unlink(other_id=other_id, reason="并无关联")
    await service.unlink(tenant.actor(role), case_id, command, version=None, as_of=NOON)


async def test_a_link_shows_on_both_cases_and_changes_neither(tenant: Tenant):
    """R1.7: reason, timeline and audit on both sides; a closed one may be linked, too."""
    earlier, case = await new_case(tenant), await new_case(tenant)
    await walk(tenant.actor(Role.SERVICE_MANAGER), earlier.id, SPOKEN, TOLD, CAUSE)
    await link(tenant, case.id, earlier.id)
    for one, another, state in ((case, earlier, CaseState.CLOSED), (earlier, case, CaseState.REGISTERED)):
        (found,) = await linked(tenant, one.id)
        assert (found.id, found.number, found.state, found.reason) == (
            another.id,
            another.number,
            state,
            REASON,
        )
        assert found.customer_name == "张*"
        told = (await history(tenant, one.id))[-1]
        assert (told.kind, told.text, told.data["number"], told.internal) == (
            "link",
            REASON,
            another.number,
            True,
        )
    async with transaction(tenant.actor(Role.ADMINISTRATOR).scope) as tx:
        audited = await tx.value("SELECT count(*) FROM audit_entries WHERE action = 'case.link'")
    assert audited >= 2


async def test_either_side_takes_the_link_away(tenant: Tenant):
    case, other = await new_case(tenant), await new_case(tenant)
    await link(tenant, case.id, other.id)
    await unlink(tenant, other.id, case.id)
    assert await linked(tenant, case.id) == await linked(tenant, other.id) == []
    assert (await history(tenant, case.id))[-1].kind == "unlink"
    with pytest.raises(Conflict, match="not_linked"):
        await unlink(tenant, case.id, other.id)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.READER])
async def test_who_may_not_classify_may_not_link(tenant: Tenant, role: Role):
    case, other = await new_case(tenant), await new_case(tenant)
    with pytest.raises(Forbidden):
        await link(tenant, case.id, other.id, role)


async def test_what_cannot_be_linked_is_refused_with_its_reason(tenant: Tenant):
    """R9.1: the tenant rules of merging; another dealer's case does not exist for a dealer."""
    case, other = await new_case(tenant), await new_case(tenant)
    elsewhere = await service.register(
        tenant.actor(Role.ADVISOR, tenant.sibling), NOISE, source=Source.STAFF, as_of=MONDAY
    )
    for wrong in (case.id, uuid4(), elsewhere.id):
        with pytest.raises(Invalid) as refused:
            await link(tenant, case.id, wrong)
        code = "linked_to_itself" if wrong == case.id else "unknown_case"
        assert refused.value.fields[0].code == code
    with pytest.raises(NotFound):
        await link(tenant, elsewhere.id, case.id)
    with pytest.raises(Conflict, match="linked_at_other_dealer"):
        await link(tenant, elsewhere.id, case.id, Role.HEAD_OFFICE)
    with pytest.raises(Invalid):
        await service.link(
            tenant.actor(Role.ADVISOR), case.id, Link(other_id=other.id, reason=" "), version=None
        )
    await link(tenant, case.id, other.id)
    with pytest.raises(Conflict, match="linked_already"):
        await link(tenant, other.id, case.id)
    for _ in range(19):
        await link(tenant, case.id, (await new_case(tenant)).id)
    with pytest.raises(Conflict, match="too_many_links"):
        await link(tenant, (await new_case(tenant)).id, case.id)


async def test_a_link_survives_a_merger_and_a_transfer(tenant: Tenant):
    """R9.1: after a transfer each dealer sees its own; the OEM sees both."""
    case, other, third = await new_case(tenant), await new_case(tenant), await new_case(tenant)
    await link(tenant, case.id, other.id)
    merge = Merge(into_id=third.id, reason=REASON)
    await service.merge(tenant.actor(Role.SERVICE_MANAGER), case.id, merge, version=None, as_of=NOON)
    assert [each.id for each in await linked(tenant, other.id)] == [case.id]
    move = Transfer(dealer_id=tenant.sibling, reason="客户已迁走")
    await service.transfer(tenant.actor(Role.HEAD_OFFICE), other.id, move, version=None, as_of=NOON)
    assert await linked(tenant, case.id) == []
    assert [each.id for each in await linked(tenant, case.id, Role.HEAD_OFFICE)] == [other.id]
    with pytest.raises(AppError):
        await unlink(tenant, case.id, other.id)
    await unlink(tenant, case.id, other.id, Role.HEAD_OFFICE)
    assert await linked(tenant, case.id, Role.HEAD_OFFICE) == []
