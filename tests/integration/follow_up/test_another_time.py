"""A call moved to when a customer asks for it is promised by what made it (R4.1, proofs.md "Changes")."""

from datetime import timedelta

import msgspec
import pytest

from shared.cases import policy_editing
from shared.db.engine import transaction
from shared.follow_up.calls import LogCall, log_call
from shared.follow_up.vocabulary import CallKind, CallResult
from shared.permissions import Role
from shared.sla.policy import ClockPolicy, Metric
from shared.sla.policy_edits import Said, said_of, with_target
from shared.tenancy import Scope
from tests.integration.follow_up.conftest import World
from tests.support.pinned import always
from tests.support.tenant import MONDAY

TUESDAY = MONDAY + timedelta(days=1, hours=2)
FRIDAY = MONDAY + timedelta(days=4, hours=5)

on_monday_evening = always(MONDAY + timedelta(hours=12))


class Made(msgspec.Struct, frozen=True):
    """What a call is promised by."""

    steps: list[str]
    policy_version: int
    policy_dealer_id: int


def warned_early(policy: ClockPolicy) -> ClockPolicy:
    said = said_of(policy, "default", Metric.FOLLOW_UP)
    assert said is not None
    assert said.target is not None
    warned = msgspec.structs.replace(said.target, warn_percent=(10, 20, 30), chain=said.target.chain[:1])
    return with_target(policy, "default", Metric.FOLLOW_UP, Said(warned))


def without(policy: ClockPolicy) -> ClockPolicy:
    return with_target(policy, "default", Metric.FOLLOW_UP, Said(None))


async def made(world: World, case_id: object) -> Made:
    async with transaction(Scope.oem(world.tenant.oem_id), read_only=True) as tx:
        found = await tx.rows(
            Made,
            "SELECT steps, policy_version, policy_dealer_id FROM clocks"
            " WHERE oem_id = $1 AND case_id = $2 AND metric = 'follow_up'",
            world.tenant.oem_id,
            case_id,
        )
    return found[0]


@pytest.mark.parametrize("edited", [warned_early, without])
async def test_another_time_brings_no_newer_policy(world: World, edited: object) -> None:
    """R4.1: open cases keep theirs: chain, warnings and version, also where a newer one promises no call."""
    case = await world.closed()
    call = (await world.calls(case.id))[CallKind.FOLLOW_UP]
    before = await made(world, case.id)
    admin = world.tenant.actor(Role.ADMINISTRATOR)
    present = await policy_editing.clock_policy(admin)
    whole = present.policy
    assert callable(edited)
    await policy_editing.publish(admin, edited(whole), version=present.version)
    wish = LogCall(result=CallResult.CALL_LATER, asked_at=FRIDAY)
    relations = world.tenant.actor(Role.CUSTOMER_RELATIONS)
    moved = await log_call(relations, call.id, wish, version=None, as_of=TUESDAY)
    assert moved.due_at == FRIDAY + timedelta(hours=1)
    assert await made(world, case.id) == before
    # For whoever comes next the policy is as it was.
    await policy_editing.publish(admin, whole, version=present.version + 1)
