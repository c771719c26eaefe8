"""Rules that give new cases their owners (R3.1)."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import assignment_service
from shared.cases.assignment import MOST_RULES, AssignmentPolicy, AssignmentRule
from shared.cases.assignment_service import AssignmentRules
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS = ["Rules"]


class AssignmentRulesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rules, as they shall be and in their order; `version` is the one they were read with."""

    version: KnownVersion
    rules: Annotated[tuple[AssignmentRule, ...], msgspec.Meta(max_length=MOST_RULES)]


@get(
    "/oem/assignment-rules",
    tags=_TAGS,
    summary="Assignment rules",
    operation_id="listAssignmentRules",
    opt={ALSO: (404,)},
)
async def list_rules(actor: NamedDependency[Actor], version: EarlierVersion = None) -> AssignmentRules:
    """Every rule in the order they are asked, whether on or off."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.ASSIGNMENT, AssignmentPolicy, version)
        return AssignmentRules(version=version, rules=list(earlier.rules))
    return await assignment_service.assignment_rules(actor)


@put(
    "/oem/assignment-rules",
    tags=_TAGS,
    summary="Change the assignment rules",
    operation_id="changeAssignmentRules",
)
async def put_rules(
    actor: NamedDependency[Actor],
    data: Annotated[
        AssignmentRulesWanted,
        example(
            "High voltage goes to who can do it",
            version=0,
            rules=[
                {
                    "id": "high-voltage",
                    "name": {"zh": "高压电投诉", "en": "High voltage"},
                    "categories": ["SA"],
                    "skill": "高压电",
                    "on_duty": True,
                }
            ],
        ),
    ],
) -> AssignmentRules:
    """Replace all rules; new cases follow them at once, others keep their owners."""
    return await assignment_service.publish(actor, AssignmentPolicy(data.rules), version=data.version)


HANDLERS = [list_rules, put_rules]
