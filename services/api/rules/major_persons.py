"""Who at the OEM is told of which complaints that media or courts may take up (R3.10)."""

from typing import Annotated, Final

import msgspec
from litestar import get, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import major_persons
from shared.cases.major_persons import MajorPersons, MajorPersonsInForce
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS: Final = ["Rules"]


class MajorPersonsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list as it shall be; `version` is the one it was read with."""

    version: KnownVersion
    policy: MajorPersons


@get(
    "/oem/major-persons",
    tags=_TAGS,
    summary="Who is told of which nature",
    operation_id="getMajorPersons",
    opt={ALSO: (404,)},
)
async def get_persons(actor: NamedDependency[Actor], version: EarlierVersion = None) -> MajorPersonsInForce:
    """Those of quality, PR and legal who are told at once, and the natures that owe a written report."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.MAJOR_PERSONS, MajorPersons, version)
        return MajorPersonsInForce(version=version, policy=earlier)
    return await major_persons.major_persons(actor)


@put(
    "/oem/major-persons",
    tags=_TAGS,
    summary="Change the list",
    operation_id="changeMajorPersons",
)
async def put_persons(
    actor: NamedDependency[Actor],
    data: Annotated[
        MajorPersonsWanted,
        example(
            "One for the press, reports for three natures",
            version=1,
            policy={
                "report_natures": ["potential_media", "authority", "legal"],
                "persons": [
                    {
                        "membership_id": "0197f0c2-0000-7000-8000-000000000001",
                        "natures": ["potential_media"],
                    }
                ],
            },
        ),
    ],
) -> MajorPersonsInForce:
    """Replace the list; it holds from the next complaint on."""
    return await major_persons.publish(actor, data.policy, version=data.version)


HANDLERS = [get_persons, put_persons]
"""The routes of this module."""
