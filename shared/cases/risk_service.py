"""The risk periods of an OEM: read with every case, changed by its administrator (R2.6)."""

from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.cases import detail
from shared.cases.risk_periods import (
    RiskPeriod,
    RiskPolicy,
    RunningPeriod,
    default_risk_policy,
    problems_of,
    running_for,
    running_for_all,
)
from shared.db.engine import Transaction, transaction
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants import policies
from shared.tenants.oems import oem
from shared.tenants.policies import PolicyName


class RiskPeriods(msgspec.Struct, frozen=True, kw_only=True):
    """The periods in force; `version` is 0 until the OEM has changed the default ones."""

    version: int
    periods: list[RiskPeriod]


class _Vehicle(msgspec.Struct, frozen=True):
    purchased_on: date | None
    name: str


_VEHICLE: Final = """
SELECT v.purchased_on, concat_ws(' ', v.brand, v.series, v.model) AS name
FROM cases c JOIN vehicles v ON v.oem_id = c.oem_id AND v.id = c.vehicle_id
WHERE c.oem_id = $1 AND c.id = $2
"""


async def in_force(tx: Transaction, oem_id: int) -> tuple[int, RiskPolicy]:
    """The version and the periods; those of the product where the OEM has published none."""
    return await policies.decoded_or(tx, oem_id, PolicyName.RISK_PERIODS, _decode, default_risk_policy)


async def running_now(tx: Transaction, oem_id: int) -> list[RunningPeriod]:
    """The periods of the calendar that run today at the OEM's place."""
    _, policy = await in_force(tx, oem_id)
    return running_for_all(policy, await _today(tx, oem_id))


async def running_for_case(tx: Transaction, oem_id: int, case_id: UUID) -> list[RunningPeriod]:
    """The periods that run today for a case and its vehicle; raises `NotFound` (`case_not_found`)."""
    await detail.require_case(tx, oem_id, case_id)
    _, policy = await in_force(tx, oem_id)
    vehicle = await tx.row(_Vehicle, _VEHICLE, oem_id, case_id)
    today = await _today(tx, oem_id)
    if vehicle is None:
        return running_for_all(policy, today)
    return running_for(policy, today, purchased_on=vehicle.purchased_on, vehicle=vehicle.name)


async def risk_periods(actor: Actor) -> RiskPeriods:
    """All periods, whether they run or not; raises `Forbidden`."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        version, policy = await in_force(tx, actor.oem_id)
    return RiskPeriods(version=version, periods=list(policy.periods))


async def publish(actor: Actor, policy: RiskPolicy, *, version: int) -> RiskPeriods:
    """Replace the periods.

    Raises `Forbidden`, `Invalid` naming every field that is wrong, `Conflict` (`stale_version`) when they
    have changed since `version`.
    """
    new = await policies.replace(actor, PolicyName.RISK_PERIODS, policy, problems_of(policy), version=version)
    return RiskPeriods(version=new, periods=list(policy.periods))


async def _today(tx: Transaction, oem_id: int) -> date:
    zone = ZoneInfo((await oem(tx, oem_id)).time_zone)
    return (await tx.now()).astimezone(zone).date()


def _decode(body: bytes) -> RiskPolicy:
    return msgspec.json.decode(body, type=RiskPolicy)
