"""The classification rules: read, compare, try on past complaints, publish, go back (R2)."""

from typing import Annotated, Final

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, PublishedVersion, Since, Until
from shared.cases import rule_editing
from shared.cases.rule_editing import MOST_TRIED, RulesVersion, Trial
from shared.cases.rule_edits import RuleDifference, RuleEdits
from shared.tenancy import Actor
from shared.tenants.policies import StoredVersion

_TAGS: Final = ["Rules"]
EXAMPLE_RULE: Final = {
    "id": "safety-trailer-coupling",
    "decides": "urgency",
    "value": "urgent",
    "raises": True,
    "weight": 3.0,
    "any_of": {"zh": ["拖车钩~断", "拖车钩~脱"], "en": ["tow bar~broke*"]},
    "reason": {"zh": "拖车装置断裂危及行车安全。", "en": "A broken trailer coupling endangers life."},
}


class RulesTried(RuleEdits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to the rules in force, and on how many of the newest cases they are tried."""

    cases: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIED)] = MOST_TRIED


class RulesWanted(RuleEdits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to the rules in force; `version` is the one they were read with."""

    version: PublishedVersion


class VersionWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version to take again, and the one that is in force."""

    number: PublishedVersion
    version: PublishedVersion


class RuleVersions(msgspec.Struct, frozen=True):
    """Every published version, the newest first."""

    items: list[StoredVersion]


class RuleDifferences(msgspec.Struct, frozen=True):
    """What is not the same in two versions, rule by rule."""

    items: list[RuleDifference]


@get("/oem/rules", tags=_TAGS, summary="Rules", operation_id="getRules", opt={ALSO: (404,)})
async def get_rules(actor: NamedDependency[Actor], version: EarlierVersion = None) -> RulesVersion:
    """Every rule of one version, switched on or not; the order means nothing."""
    return await rule_editing.rules(actor, version)


@get("/oem/rules/versions", tags=_TAGS, summary="Versions of the rules", operation_id="listRuleVersions")
async def list_versions(actor: NamedDependency[Actor]) -> RuleVersions:
    """Who published rules, and when."""
    return RuleVersions(await rule_editing.rule_versions(actor))


@get(
    "/oem/rules/differences",
    tags=_TAGS,
    summary="Compare two versions",
    operation_id="compareRules",
    opt={ALSO: (404,)},
)
async def get_differences(actor: NamedDependency[Actor], since: Since, until: Until) -> RuleDifferences:
    """What one version says otherwise than another, with the words that came and went."""
    return RuleDifferences(await rule_editing.compare(actor, since, until))


@post(
    "/oem/rules/trial",
    tags=_TAGS,
    summary="Try changed rules",
    operation_id="tryRules",
    status_code=200,
)
async def post_trial(
    actor: NamedDependency[Actor],
    data: Annotated[RulesTried, example("One rule more", rules=[EXAMPLE_RULE], removed=[], cases=1000)],
) -> Trial:
    """What the changed rules would have made of the newest cases; nothing is kept.

    Each changed rule is named whole. What cannot be published is answered with the rule and the field:
    `rules[safety-trailer-coupling].any_of.zh`.
    """
    return await rule_editing.try_edits(actor, data, data.cases)


@put(
    "/oem/rules",
    tags=_TAGS,
    summary="Change the rules",
    operation_id="changeRules",
    opt={ALSO: (409,)},
)
async def put_rules(
    actor: NamedDependency[Actor],
    data: Annotated[RulesWanted, example("One rule more", version=1, rules=[EXAMPLE_RULE], removed=[])],
) -> RulesVersion:
    """Publish the rules in force with these changes as a new version; it holds for new complaints at once."""
    return await rule_editing.publish(actor, data, version=data.version)


@post(
    "/oem/rules/take-again",
    tags=_TAGS,
    summary="Go back to an earlier version",
    operation_id="takeRulesAgain",
    status_code=200,
    opt={ALSO: (404, 409)},
)
async def post_again(
    actor: NamedDependency[Actor],
    data: Annotated[VersionWanted, example("Back to the first", number=1, version=2)],
) -> RulesVersion:
    """Publish an earlier version again, as a new one."""
    return await rule_editing.take_again(actor, data.number, version=data.version)


HANDLERS = [get_rules, list_versions, get_differences, post_trial, put_rules, post_again]
"""The routes of this module."""
