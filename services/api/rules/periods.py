"""Risk periods with their prepared plans (R2.6)."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import risk_service
from shared.cases.risk_periods import MOST_PERIODS, RiskPeriod, RiskPolicy, RunningPeriod
from shared.cases.risk_service import RiskPeriods
from shared.db.engine import transaction
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS = ["Rules"]


class RiskPeriodsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All periods, as they shall be; `version` is the one they were read with."""

    version: KnownVersion
    periods: Annotated[tuple[RiskPeriod, ...], msgspec.Meta(max_length=MOST_PERIODS)]


class RunningPeriods(msgspec.Struct, frozen=True):
    """What runs today; the one that ends first leads."""

    items: list[RunningPeriod]


@get(
    "/oem/risk-periods",
    tags=_TAGS,
    summary="Risk periods",
    operation_id="listRiskPeriods",
    opt={ALSO: (404,)},
)
async def list_periods(actor: NamedDependency[Actor], version: EarlierVersion = None) -> RiskPeriods:
    """Every period with its plan and resources, whether it runs or not."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.RISK_PERIODS, RiskPolicy, version)
        return RiskPeriods(version=version, periods=list(earlier.periods))
    return await risk_service.risk_periods(actor)


@put("/oem/risk-periods", tags=_TAGS, summary="Change the risk periods", operation_id="changeRiskPeriods")
async def put_periods(
    actor: NamedDependency[Actor],
    data: Annotated[
        RiskPeriodsWanted,
        example(
            "One campaign",
            version=0,
            periods=[
                {
                    "id": "autumn-sale",
                    "kind": "dates",
                    "name": {"zh": "秋季促销", "en": "Autumn sale"},
                    "plan": {"zh": "促销争议一个工作日内答复", "en": "Answer disputes in a working day"},
                    "resources": {"zh": "市场部值班", "en": "Marketing on call"},
                    "starts_on": "2030-09-01",
                    "ends_on": "2030-10-15",
                }
            ],
        ),
    ],
) -> RiskPeriods:
    """Replace all periods; cases and the overview show the new ones at once."""
    return await risk_service.publish(actor, RiskPolicy(data.periods), version=data.version)


@get(
    "/cases/{case_id:uuid}/risk-periods",
    tags=_TAGS,
    summary="Risk periods of a case",
    operation_id="getRiskPeriodsOfCase",
)
async def get_periods_of_case(actor: NamedDependency[Actor], case_id: FromPath[UUID]) -> RunningPeriods:
    """What runs today: by the calendar, by the vehicle's purchase, by its model."""
    actor.require(Permission.CASE_READ)
    async with transaction(actor.scope, read_only=True) as tx:
        return RunningPeriods(await risk_service.running_for_case(tx, actor.oem_id, case_id))


HANDLERS = [list_periods, put_periods, get_periods_of_case]
