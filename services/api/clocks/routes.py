"""The clock policy: read, compared, tried on open cases, published, migrated; stricter dealers (R4.1)."""

from typing import Annotated, Final

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from services.api.cases.schemas import example
from services.api.clocks.schemas import (
    EXAMPLE,
    EXAMPLE_STRICTER,
    DealerPolicies,
    MigrationWanted,
    PolicyAgain,
    PolicyTried,
    PolicyVersions,
    PolicyWanted,
    StricterTried,
    StricterWanted,
)
from services.api.openapi import ALSO
from services.api.parameters import DealerOrOem, EarlierVersion, Since, Until
from shared.cases import policy_editing
from shared.cases.policy_editing import MigrationStatus, PolicyInForce
from shared.cases.policy_effect import PolicyEffect
from shared.sla.policy_edits import PolicyDifferences
from shared.tenancy import Actor
from shared.tenants.policies import OF_OEM

_TAGS: Final = ["Clock policy"]


@get(
    "/oem/clock-policy", opt={ALSO: (404,)}, tags=_TAGS, summary="Clock policy", operation_id="getClockPolicy"
)
async def get_policy(
    actor: NamedDependency[Actor], version: EarlierVersion = None, dealer_id: DealerOrOem = None
) -> PolicyInForce:
    """What is promised, rule by rule in rank order; `dealer_id` is 0 where the OEM's holds for the dealer."""
    return await policy_editing.clock_policy(actor, version, dealer_id or OF_OEM)


@put(
    "/oem/clock-policy",
    opt={ALSO: (409,)},
    tags=_TAGS,
    summary="Publish a clock policy",
    operation_id="publishClockPolicy",
)
async def put_policy(
    actor: NamedDependency[Actor],
    data: Annotated[PolicyWanted, example("Five working days", version=1, policy=EXAMPLE)],
) -> PolicyInForce:
    """A new version, in force for new cases at once; open ones keep theirs unless they are migrated.

    What can never be met or never matches is refused with the rule and the field:
    `rules[1].targets.resolve.warn_percent`.
    """
    return await policy_editing.publish(actor, data.policy, version=data.version, migrate=data.migrate)


@post(
    "/oem/clock-policy/effect",
    status_code=HTTP_200_OK,
    tags=_TAGS,
    summary="Try a clock policy",
    operation_id="tryClockPolicy",
)
async def try_policy(
    actor: NamedDependency[Actor],
    data: Annotated[PolicyTried, example("Five working days", policy=EXAMPLE)],
) -> PolicyEffect:
    """How many due instants it would move, and what would be late at once; nothing is changed."""
    return await policy_editing.try_policy(actor, data.policy)


@get(
    "/oem/clock-policy/versions",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Versions of the clock policy",
    operation_id="listClockPolicyVersions",
)
async def list_versions(actor: NamedDependency[Actor], dealer_id: DealerOrOem = None) -> PolicyVersions:
    """Who published policies, and when."""
    return PolicyVersions(await policy_editing.versions(actor, dealer_id or OF_OEM))


@get(
    "/oem/clock-policy/differences",
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Compare two clock policies",
    operation_id="compareClockPolicies",
)
async def get_differences(
    actor: NamedDependency[Actor], since: Since, until: Until, dealer_id: DealerOrOem = None
) -> PolicyDifferences:
    """What one version says otherwise than another."""
    return await policy_editing.compare(actor, since, until, dealer_id or OF_OEM)


@post(
    "/oem/clock-policy/take-again",
    status_code=HTTP_200_OK,
    opt={ALSO: (404, 409)},
    tags=_TAGS,
    summary="Go back to an earlier clock policy",
    operation_id="takeClockPolicyAgain",
)
async def post_again(
    actor: NamedDependency[Actor],
    data: Annotated[PolicyAgain, example("Back to the first", number=1, version=2)],
) -> PolicyInForce:
    """Publish an earlier version again, as a new one."""
    return await policy_editing.take_again(actor, data.number, version=data.version, migrate=data.migrate)


@get(
    "/oem/clock-policy/migrations",
    tags=_TAGS,
    summary="Migrations",
    operation_id="listClockPolicyMigrations",
)
async def list_migrations(actor: NamedDependency[Actor]) -> MigrationStatus:
    """Open promises made by earlier versions, and how far migrations are."""
    return await policy_editing.migration_status(actor)


@post(
    "/oem/clock-policy/migrations",
    status_code=HTTP_202_ACCEPTED,
    opt={ALSO: (409,)},
    tags=_TAGS,
    summary="Migrate open cases",
    operation_id="migrateOpenCases",
)
async def post_migration(
    actor: NamedDependency[Actor],
    data: Annotated[MigrationWanted, example("To the second", version=2)],
) -> MigrationStatus:
    """Bring open cases to the policy in force for their dealers; breaches stay, and no pause is lost."""
    return await policy_editing.migrate(actor, version=data.version)


@get(
    "/oem/dealer-clock-policies",
    tags=_TAGS,
    summary="Stricter dealers",
    operation_id="listDealerClockPolicies",
)
async def list_dealers(actor: NamedDependency[Actor]) -> DealerPolicies:
    """What dealers promise that is more than their OEM's."""
    return DealerPolicies(await policy_editing.with_their_own(actor))


@put(
    "/oem/dealer-clock-policies",
    opt={ALSO: (404, 409)},
    tags=_TAGS,
    summary="Let a dealer promise more",
    operation_id="publishDealerClockPolicy",
)
async def put_stricter(
    actor: NamedDependency[Actor],
    data: Annotated[
        StricterWanted,
        example("Three working days", dealer_id=1201, version=0, stricter=EXAMPLE_STRICTER),
    ],
) -> PolicyInForce:
    """Stricter targets only: not longer, with every warning and every level of the OEM's."""
    return await policy_editing.publish_stricter(
        actor, data.dealer_id, data.stricter, version=data.version, migrate=data.migrate
    )


@post(
    "/oem/dealer-clock-policies/effect",
    status_code=HTTP_200_OK,
    opt={ALSO: (404,)},
    tags=_TAGS,
    summary="Try a dealer's own promises",
    operation_id="tryDealerClockPolicy",
)
async def try_stricter(
    actor: NamedDependency[Actor],
    data: Annotated[StricterTried, example("Three working days", dealer_id=1201, stricter=EXAMPLE_STRICTER)],
) -> PolicyEffect:
    """What they would do to the dealer's open cases; nothing is changed."""
    return await policy_editing.try_stricter(actor, data.dealer_id, data.stricter)


HANDLERS = [
    get_policy,
    put_policy,
    try_policy,
    list_versions,
    get_differences,
    post_again,
    list_migrations,
    post_migration,
    list_dealers,
    put_stricter,
    try_stricter,
]
