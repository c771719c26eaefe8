"""What makes a case a candidate for a major complaint by what was done and counted (R2.6)."""

from typing import Annotated, Final

import msgspec
from litestar import get, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import major_criteria
from shared.cases.major_criteria import MajorCriteria
from shared.cases.majors import MajorPolicy, default_major_policy
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS: Final = ["Rules"]
# By way of JSON, so that lists are lists: a tuple is none to those who read the description.
_SUPPLIED: Final = msgspec.json.decode(msgspec.json.encode(default_major_policy()))


class MajorCriteriaWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The criteria as they shall be; `version` is the one they were read with."""

    version: KnownVersion
    policy: MajorPolicy


@get(
    "/oem/major-criteria",
    tags=_TAGS,
    summary="Criteria of major complaints",
    operation_id="getMajorCriteria",
    opt={ALSO: (404,)},
)
async def get_criteria(actor: NamedDependency[Actor], version: EarlierVersion = None) -> MajorCriteria:
    """How often a fault may return, how much may be given, and what else makes a candidate."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.MAJOR, MajorPolicy, version)
        return MajorCriteria(version=version, policy=earlier)
    return await major_criteria.criteria(actor)


@put(
    "/oem/major-criteria",
    tags=_TAGS,
    summary="Change them",
    operation_id="changeMajorCriteria",
)
async def put_criteria(
    actor: NamedDependency[Actor],
    data: Annotated[MajorCriteriaWanted, example("What is supplied", version=1, policy=_SUPPLIED)],
) -> MajorCriteria:
    """Replace the criteria; cases are judged by them from the next thing that happens to them."""
    return await major_criteria.publish(actor, data.policy, version=data.version)


HANDLERS = [get_criteria, put_criteria]
"""The routes of this module."""
