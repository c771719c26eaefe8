"""What the clock policy's routes take and give beside the policies themselves."""

from typing import Annotated, Final

import msgspec

from services.api.parameters import KnownVersion, PublishedVersion
from shared.cases.filters import DealerId
from shared.cases.policy_editing import PolicyInForce
from shared.sla.policy import ClockPolicy, StricterTarget
from shared.tenants.policies import StoredVersion

_CHAIN: Final = [
    {"level": 1, "role": "service_manager"},
    {"level": 2, "role": "station_head", "after_minutes": 120, "basis": "business"},
]
EXAMPLE: Final = {
    "rules": [
        {
            "rank": 10,
            "name": "urgent",
            "match": {"urgencies": ["urgent"]},
            "targets": {"resolve": {"duration_minutes": 1440, "basis": "always", "chain": _CHAIN}},
        },
        {
            "rank": 20,
            "name": "default",
            "targets": {"resolve": {"working_days": 5, "chain": _CHAIN}, "survey": None},
        },
    ],
    "grace_minutes": 60,
    "pauses": {"metrics": ["resolve"], "longest_minutes": 10080, "cap_minutes": 20160},
}
EXAMPLE_STRICTER: Final = [
    {"rule": "default", "metric": "resolve", "target": {"working_days": 3, "chain": _CHAIN}}
]


class PolicyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as it shall be; `version` is the one it was made from.

    `migrate` brings open cases to it, too.
    """

    version: PublishedVersion
    policy: ClockPolicy
    migrate: bool = False


class PolicyTried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy to try on the open cases."""

    policy: ClockPolicy


class PolicyAgain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version to take again, and the one that is in force."""

    number: PublishedVersion
    version: PublishedVersion
    migrate: bool = False


class StricterWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a dealer promises instead of what the OEM does; empty: nothing else.

    `version` is the dealer's own that it was made from, 0 for its first.
    """

    dealer_id: DealerId
    version: KnownVersion
    stricter: Annotated[tuple[StricterTarget, ...], msgspec.Meta(max_length=500)]
    migrate: bool = False


class StricterTried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dealer's own promises to try on its open cases."""

    dealer_id: DealerId
    stricter: Annotated[tuple[StricterTarget, ...], msgspec.Meta(max_length=500)]


class MigrationWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The OEM's version in force, as it was looked at."""

    version: PublishedVersion


class PolicyVersions(msgspec.Struct, frozen=True):
    """Every version, the newest first."""

    items: list[StoredVersion]


class DealerPolicies(msgspec.Struct, frozen=True):
    """The policies of dealers that promise more than their OEM."""

    items: list[PolicyInForce]
