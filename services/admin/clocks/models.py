"""What the pages of the clock policy show."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.cases.policy_effect import PolicyEffect
from shared.cases.policy_migration import Migration
from shared.web.components import EMPTY_FORM, Choice, FormState


class TargetRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of one metric; `of_oem` is what the OEM's says where a dealer's is stricter."""

    rule: str
    metric: str
    time: str
    warnings: str
    chain: list[str]
    of_oem: str = ""


class RuleCard(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; `silent` are the metrics it leaves to the rules behind it."""

    name: str
    title: str
    place: int
    is_first: bool
    is_last: bool
    rows: list[TargetRow]
    silent: list[Choice]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs: `what` of the rule `name`, before and after."""

    kind: str
    title: str
    name: str = ""
    what: str = ""
    before: list[str] = []
    after: list[str] = []


class PolicyPage(msgspec.Struct, frozen=True, kw_only=True):
    """The policy as it would be published; `changes` counts what is not yet.

    `supplied` are promises that the version in force could not know of.
    """

    rules: list[RuleCard]
    pauses: str
    grace: str
    reopening: str
    version: int
    published_at: datetime
    published_by: str
    changes: int
    stale: bool
    behind: int
    running: Migration | None
    dealers: list[Choice]
    problems: list[str]
    supplied: list[str] = []


class RulePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of whom a rule is for; `name` is empty for a new one."""

    name: str
    is_last: bool
    form: FormState


class TargetPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of what a rule says of a metric; with `dealer_id` what a dealer promises instead.

    `of_oem` is what the OEM promises, `said` what is said now, empty where nothing is.
    """

    name: str
    title: str
    metric: str
    form: FormState
    places: list[int]
    roles: list[str]
    may_be_silent: bool
    dealer_id: int = 0
    dealer: str = ""
    of_oem: str = ""
    is_own: bool = False
    version: int = 0
    effect: PolicyEffect | None = None


class PausesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of pauses and grace; `desk_roles` are those that can be told at the OEM desk."""

    metrics: list[Choice]
    desk_places: tuple[str, ...]
    desk_roles: list[str]
    form: FormState


class PolicyDraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """The changes and what they would do; `effect` is None where they cannot be published."""

    changes: list[Change]
    problems: list[str]
    effect: PolicyEffect | None
    version: int
    revision: str
    stale: bool
    changed_at: datetime | None
    changed_by: str
    form: FormState = EMPTY_FORM


class KeptLine(msgspec.Struct, frozen=True):
    """A promise that a migration has left as it was, and why."""

    case_id: UUID
    number: str
    metric: str
    due_at: datetime
    why: str


class MigrationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Open promises of earlier versions, what migrating them would do, and migrations, the newest first."""

    version: int
    behind: int
    kept: int
    kept_promises: list[KeptLine]
    effect: PolicyEffect | None
    migrations: list[Migration]
    form: FormState = EMPTY_FORM

    @property
    def is_working(self) -> bool:
        """Whether one goes on."""
        return any(each.finished_at is None for each in self.migrations)


class PolicyComparePage(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions; `effect` is what going back to `since` would do, where `until` is in force."""

    since: int
    until: int
    changes: list[Change]
    effect: PolicyEffect | None
    form: FormState


class DealerPolicyPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a dealer promises; `own` counts what is stricter than the OEM's, `changes` says it in words."""

    dealer_id: int
    dealer: str
    dealers: list[Choice]
    rules: list[RuleCard]
    own: int
    changes: list[Change]
    version: int
    published_at: datetime | None
    published_by: str
