"""What makes a case a candidate for a major complaint by what was done and counted (R2.6, pure).

What a complaint's words say is judged by the classification rules (`rules.py`); here are the processes and
the criteria that show in the case itself. All numbers and reasons are policy data of the OEM.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import msgspec

from shared.cases.rule_set import Bilingual
from shared.cases.rules import Classification
from shared.cases.vocabulary import MajorFindingCode, Nature
from shared.web.locale import Locale
from shared.web.money import money


class Repeated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many complaints about one fault of a vehicle are a sign; `{count}`, `{days}` in the reason."""

    cases: Annotated[int, msgspec.Meta(ge=2, le=100)]
    within_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    reason: Bilingual


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Compensation above this, given and asked for; `{amount}` and `{limit}` in the reason."""

    limit_minor: Annotated[int, msgspec.Meta(ge=1, le=10**15)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    reason: Bilingual


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On hold although this level of the chain has been told, or the OEM has taken it over."""

    level: Annotated[int, msgspec.Meta(ge=1, le=9)]
    reason: Bilingual


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """These natures are a risk for the whole house."""

    natures: tuple[Nature, ...]
    reason: Bilingual


class MajorPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of one OEM in one version."""

    repeated: Repeated
    amount: Amount
    procedure: Procedure
    risk: Risk


class MajorFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a case beside its words.

    `same_fault` counts the complaints about the same fault of the vehicle within the policy's days, this one
    and reopenings included. `level` is the highest level of the chain that was told. `compensation_minor` is
    what was given, approved or asked for, in the policy's currency.
    """

    nature: Nature
    on_hold: bool = False
    same_fault: int = 1
    level: int = 0
    taken_over: bool = False
    compensation_minor: int = 0


class Finding(msgspec.Struct, frozen=True):
    """One thing that speaks for a major complaint, with its reason and the words that decided."""

    code: MajorFindingCode
    rule_id: str
    reason: Bilingual
    words: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def default_major_policy() -> MajorPolicy:
    """What a new OEM starts with: `defaults/major.toml`."""
    content = (files("shared.cases.defaults") / "major.toml").read_bytes()
    return msgspec.toml.decode(content, type=MajorPolicy)


def found_in_words(classification: Classification) -> list[Finding]:
    """The signs and criteria that the rules found in what somebody said."""
    decisions = (*classification.major_candidates, *classification.major_criteria)
    return [
        Finding(
            code=MajorFindingCode(decision.value.value),
            rule_id=decision.reasons[0].rule_id,
            reason=Bilingual(decision.reasons[0].zh, decision.reasons[0].en),
            words=decision.words,
        )
        for decision in decisions
    ]


def found_in_facts(policy: MajorPolicy, facts: MajorFacts) -> list[Finding]:
    """The signs and criteria that show in what was done, in the order of their list."""
    return sorted(_found(policy, facts), key=lambda finding: list(MajorFindingCode).index(finding.code))


def first_of_each(findings: Iterable[Finding], known: frozenset[str] = frozenset()) -> list[Finding]:
    """One finding per code, the first; none of those `known` already."""
    chosen: dict[str, Finding] = {}
    for finding in findings:
        if finding.code.value not in known:
            chosen.setdefault(finding.code.value, finding)
    return list(chosen.values())


def _found(policy: MajorPolicy, facts: MajorFacts) -> Iterator[Finding]:
    repeated, amount = policy.repeated, policy.amount
    if facts.same_fault >= repeated.cases:
        count, days = str(facts.same_fault), str(repeated.within_days)
        reason = Bilingual(
            _filled(repeated.reason.zh, count=count, days=days),
            _filled(repeated.reason.en, count=count, days=days),
        )
        yield Finding(MajorFindingCode.REPEATED_REPAIR, "policy-repeated", reason)
    if facts.compensation_minor > amount.limit_minor:
        yield Finding(MajorFindingCode.AMOUNT, "policy-amount", _amounts(amount, facts.compensation_minor))
    if facts.on_hold and (facts.taken_over or facts.level >= policy.procedure.level):
        yield Finding(MajorFindingCode.PROCEDURE, "policy-procedure", policy.procedure.reason)
    if facts.nature in policy.risk.natures:
        yield Finding(MajorFindingCode.RISK, "policy-risk", policy.risk.reason)


def _amounts(policy: Amount, amount_minor: int) -> Bilingual:
    def said(text: str, locale: Locale) -> str:
        given, limit = (money(each, policy.currency, locale) for each in (amount_minor, policy.limit_minor))
        return _filled(text, amount=given, limit=limit)

    return Bilingual(said(policy.reason.zh, Locale.ZH_CN), said(policy.reason.en, Locale.EN))


def _filled(text: str, **values: str) -> str:
    """The sentence with its names replaced; other braces stay as they are."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
