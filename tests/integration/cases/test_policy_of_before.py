"""OEMs that published their clock policy before the product knew some of its promises (R4.1)."""

import msgspec
import pytest

from services.cli.checks.stores import check_policy
from shared.cases import policy_drafts, policy_editing, service
from shared.cases.commands import Wait, WaitedFor
from shared.cases.policy_editing import PolicyInForce
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.permissions import Role
from shared.sla.default_policy import ADDED_LATER
from shared.sla.policy import Metric, StricterTarget
from shared.sla.policy_edits import Said, said_of
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.oems import all_oems
from shared.tenants.policies import PolicyName
from tests.integration.cases.test_sla_sentences import FRIDAY, SPOKEN, china, clocks, registered
from tests.support.console import Maker, found_maker

pytestmark = pytest.mark.usefixtures("app_engine")


async def of_before(maker: Maker) -> PolicyInForce:
    """The same policy without a word of what came later, published past all checks."""
    admin = maker.actor(Role.ADMINISTRATOR)
    present = (await policy_editing.clock_policy(admin)).policy
    *others, last = present.rules
    kept = {metric: target for metric, target in last.targets.items() if metric not in ADDED_LATER}
    old = msgspec.structs.replace(present, rules=(*others, msgspec.structs.replace(last, targets=kept)))
    body = msgspec.json.encode(old)
    async with transaction(Scope.oem(maker.oem_id)) as tx:
        await policies.publish(
            tx, Actor.system(maker.oem_id), PolicyName.CLOCKS, body, valid_from=china(1, 9)
        )
    return await policy_editing.clock_policy(admin)


async def test_what_the_policy_has_never_heard_of_is_promised_as_supplied() -> None:
    """R4.1: nothing is lost at an upgrade: waiting for parts from Friday 17:00 ends three working days on."""
    maker = await found_maker()
    found = await of_before(maker)
    assert set(found.supplied) == set(ADDED_LATER)
    case = await registered(maker, FRIDAY)
    manager = maker.actor(Role.SERVICE_MANAGER)
    await service.log_contact(manager, case.id, SPOKEN, version=None, as_of=FRIDAY)
    parts = Wait(party=WaitedFor.PARTS, reason="已订购")
    await service.wait(manager, case.id, parts, version=None, as_of=FRIDAY)
    assert (await clocks(maker, case))["wait_parts"].due_at == china(17, 18)


async def test_the_administrator_takes_over_what_is_supplied_or_says_otherwise() -> None:
    """R4.1: as it is by publishing the policy as it stands; a draft can be published, too."""
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    found = await of_before(maker)
    draft = await policy_drafts.put_target(admin, "default", Metric.HELP, Said(None))
    assert draft.problems == ()
    await policy_drafts.discard(admin)
    taken = await policy_editing.publish(admin, found.policy, version=found.version)
    assert (taken.supplied, taken.policy) == ((), found.policy)
    with pytest.raises(Conflict) as nothing:
        await policy_editing.publish(admin, taken.policy, version=taken.version)
    assert nothing.value.code == "draft_empty"


async def test_a_dealer_may_be_stricter_than_what_is_supplied() -> None:
    """R4.1: overridable per dealer only to be stricter, also of what the OEM has not published itself."""
    maker = await found_maker()
    admin = maker.actor(Role.ADMINISTRATOR)
    found = await of_before(maker)
    said = said_of(found.policy, "default", Metric.WAIT_PARTS)
    assert said is not None
    assert said.target is not None
    sooner = StricterTarget(
        "default", Metric.WAIT_PARTS, msgspec.structs.replace(said.target, working_days=1)
    )
    own = await policy_editing.publish_stricter(admin, maker.here, [sooner], version=0)
    assert own.supplied == ()
    assert said_of(own.policy, "default", Metric.WAIT_PARTS) == Said(sooner.target)


async def test_the_doctor_says_whose_policy_lacks_what() -> None:
    """`huiyin doctor` warns with the metrics, and is content once they are taken over."""
    maker = await found_maker()
    found = await of_before(maker)
    assert "wait_parts" in (await told_by_doctor(maker))[0]
    await policy_editing.publish(maker.actor(Role.ADMINISTRATOR), found.policy, version=found.version)
    assert await told_by_doctor(maker) == []


async def told_by_doctor(maker: Maker) -> list[str]:
    [oem] = [each for each in await all_oems() if each.id == maker.oem_id]
    found = await check_policy(oem)
    return [found.found] if found else []
