"""The draft of the classification rules: kept, tried on past complaints, published, thrown away (R2)."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import PublishedVersion
from services.api.rules.classification import EXAMPLE_RULE
from shared.cases import rule_drafts
from shared.cases.rule_drafts import Draft
from shared.cases.rule_editing import MOST_TRIED, RulesVersion, Trial
from shared.cases.rule_edits import RuleDifference, RuleEdits
from shared.tenancy import Actor

_TAGS: Final = ["Rules"]
_PATH: Final = "/oem/rules/draft"
_REVISION: Final = "5f2d8c1b90ae4473"

Revision = Annotated[str, msgspec.Meta(max_length=64)]
"""Which changes were looked at; empty where there are none."""

_Seen = Annotated[
    str | None,
    QueryParameter(
        required=False, max_length=64, description="Of the draft that was looked at; left out, any."
    ),
]


class RulesDraft(RuleEdits, frozen=True, kw_only=True):
    """What is changed and not published yet, of the rules that are in force at `version`.

    `revision` is another one for other changes, and empty where nothing is changed.
    """

    version: int
    revision: str
    differences: list[RuleDifference]
    changed_at: datetime | None
    changed_by: str


class DraftWanted(RuleEdits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All changes, as they shall be kept; `revision` is that of the draft they were made from."""

    revision: Revision


class DraftTried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On how many of the newest cases the draft is tried."""

    cases: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRIED)] = MOST_TRIED


class DraftPublished(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft that was looked at, and the version of the rules in force beneath it."""

    version: PublishedVersion
    revision: Revision


@get(_PATH, tags=_TAGS, summary="Draft of the rules", operation_id="getRulesDraft")
async def get_draft(actor: NamedDependency[Actor]) -> RulesDraft:
    """The changes that the OEM's administrators share until they are published, here or in the console."""
    return _shown(await rule_drafts.draft(actor))


@put(
    _PATH,
    tags=_TAGS,
    summary="Keep a draft",
    operation_id="putRulesDraft",
    opt={ALSO: (409,)},
)
async def put_draft(
    actor: NamedDependency[Actor],
    data: Annotated[DraftWanted, example("One rule more", revision="", rules=[EXAMPLE_RULE], removed=[])],
) -> RulesDraft:
    """Keep these changes instead of those the draft holds; nothing holds before it is published.

    Each changed rule is named whole. What cannot be published is answered with the rule and the field:
    `rules[safety-trailer-coupling].any_of.zh`. What changes nothing is not kept.
    """
    edits = RuleEdits(rules=data.rules, removed=data.removed, defaults=data.defaults, negation=data.negation)
    return _shown(await rule_drafts.replace(actor, edits, revision=data.revision))


@delete(
    _PATH,
    tags=_TAGS,
    summary="Discard the draft",
    operation_id="deleteRulesDraft",
    opt={ALSO: (409,)},
)
async def delete_draft(actor: NamedDependency[Actor], revision: _Seen = None) -> None:
    """Take back everything that was changed; with `revision`, only while the draft is still at that one."""
    await rule_drafts.discard(actor, revision=revision)


@post(
    f"{_PATH}/trial",
    tags=_TAGS,
    summary="Try the draft",
    operation_id="tryRulesDraft",
    status_code=200,
)
async def try_draft(
    actor: NamedDependency[Actor],
    data: Annotated[DraftTried, example("On the newest hundred cases", cases=100)],
) -> Trial:
    """What the draft would have made of the newest cases."""
    _, trial = await rule_drafts.try_draft(actor, data.cases)
    return trial


@post(
    f"{_PATH}/publish",
    tags=_TAGS,
    summary="Publish the draft",
    operation_id="publishRulesDraft",
    status_code=200,
    opt={ALSO: (409,)},
)
async def publish_draft(
    actor: NamedDependency[Actor],
    data: Annotated[DraftPublished, example("As it was looked at", version=1, revision=_REVISION)],
) -> RulesVersion:
    """Put the draft in force as a new version, for new complaints at once; afterwards there is none."""
    return await rule_drafts.publish_draft(actor, version=data.version, revision=data.revision)


def _shown(found: Draft) -> RulesDraft:
    edits = found.edits
    return RulesDraft(
        rules=edits.rules,
        removed=edits.removed,
        defaults=edits.defaults,
        negation=edits.negation,
        version=found.rules.version,
        revision=found.revision,
        differences=found.differences,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
    )


HANDLERS = [get_draft, put_draft, delete_draft, try_draft, publish_draft]
"""The routes of this module."""
