"""Rules that give a new case its owner: by department, person, skill, region, load and duty (R3.1, pure)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from shared.accounts.duty import DutyHours, is_on_duty
from shared.cases.rule_set import Bilingual
from shared.cases.vocabulary import Category, Channel, Department, Kind, Urgency
from shared.errors import FieldError
from shared.permissions import Permission, Role, may

MOST_RULES: Final = 100
LONGEST_SKILL: Final = 40
MOST_SKILLS: Final = 20
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID: Final = 40
_LONGEST_NAME: Final = 80

_RegionId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class AssignmentRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: which cases, and who gets them; the first that finds somebody decides.

    A case fits when each condition that is not empty holds; `region_ids` are its dealer's area or district.
    Somebody fits who has one of the `roles`, the `skill`, the case's department (`of_department`), is
    `person_id`, and is on duty (`on_duty`); what is empty or false asks nothing. Of those who fit, the one
    with the fewest open cases. `at_oem` looks among the OEM's people instead of the dealer's: for what comes
    in at the OEM's own doors, since a dealer sees nobody there.
    A colleague who has heard the complaint keeps it (R1.6), unless `even_if_heard`.
    """

    id: str
    name: Bilingual
    enabled: bool = True
    departments: tuple[Department, ...] = ()
    categories: tuple[Category, ...] = ()
    kinds: tuple[Kind, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    channels: tuple[Channel, ...] = ()
    region_ids: Annotated[tuple[_RegionId, ...], msgspec.Meta(max_length=200)] = ()
    at_oem: bool = False
    roles: tuple[Role, ...] = ()
    skill: str = ""
    of_department: bool = False
    person_id: UUID | None = None
    on_duty: bool = False
    even_if_heard: bool = False


class AssignmentPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one OEM in one version, in the order they are asked."""

    rules: Annotated[tuple[AssignmentRule, ...], msgspec.Meta(max_length=MOST_RULES)] = ()


class AssignmentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules look at; `region_ids` are the dealer's district and its area."""

    department: Department
    category: Category
    kind: Kind
    urgency: Urgency
    channel: Channel
    region_ids: frozenset[int] = frozenset()


class Able(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may own a case; `open_cases` are those he owns already.

    `region_ids` are those that a regional manager answers for; hours on duty are in his own `time_zone`.
    """

    id: UUID
    name: str
    role: Role
    department: str
    skills: list[str]
    duty: list[DutyHours]
    region_ids: list[int]
    time_zone: str
    open_cases: int


def rules_for(policy: AssignmentPolicy, facts: AssignmentFacts, *, heard: bool) -> list[AssignmentRule]:
    """The rules that speak for the case, in their order; `heard`: by somebody who would keep it."""
    return [
        each
        for each in policy.rules
        if each.enabled and _fits(each, facts) and (each.even_if_heard or not heard)
    ]


def chosen(rule: AssignmentRule, facts: AssignmentFacts, people: Iterable[Able], at: datetime) -> Able | None:
    """Whom the rule names among `people` at that instant; of equals the first. None for nobody."""
    able = [each for each in people if _is_meant(rule, facts, each, at)]
    return min(able, key=lambda each: each.open_cases, default=None)


def skill_key(skill: str) -> str:
    """Skills are the same whatever their case and the spaces around them."""
    return " ".join(skill.split()).casefold()


def problems_of(policy: AssignmentPolicy) -> list[FieldError]:
    """What keeps the rules from being published; fields as `rules.<place>.<name>`."""
    problems: list[FieldError] = []
    known: set[str] = set()
    for place, rule in enumerate(policy.rules):
        problems += [
            FieldError(f"rules.{place}.{field}", code, dict(params))
            for field, code, params in _problems(rule)
        ]
        if rule.id in known:
            problems.append(FieldError(f"rules.{place}.id", "duplicate_id"))
        known.add(rule.id)
    return problems


def _fits(rule: AssignmentRule, facts: AssignmentFacts) -> bool:
    asked: Sequence[tuple[Sequence[object], object]] = (
        (rule.departments, facts.department),
        (rule.categories, facts.category),
        (rule.kinds, facts.kind),
        (rule.urgencies, facts.urgency),
        (rule.channels, facts.channel),
    )
    return all(not wanted or value in wanted for wanted, value in asked) and (
        not rule.region_ids or not facts.region_ids.isdisjoint(rule.region_ids)
    )


def _is_meant(rule: AssignmentRule, facts: AssignmentFacts, person: Able, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(person.time_zone))
    return (
        may(person.role, Permission.CASE_CONTACT)
        # A regional manager sees the cases of his own regions only.
        and (person.role is not Role.REGIONAL_MANAGER or not facts.region_ids.isdisjoint(person.region_ids))
        and (not rule.roles or person.role in rule.roles)
        and (not rule.skill or skill_key(rule.skill) in {skill_key(each) for each in person.skills})
        and (not rule.of_department or person.department == facts.department.value)
        and (rule.person_id is None or person.id == rule.person_id)
        and (not rule.on_duty or is_on_duty(person.duty, local))
    )


_Problem = tuple[str, str, dict[str, int]]


def _problems(rule: AssignmentRule) -> Iterator[_Problem]:
    if not _ID.fullmatch(rule.id) or len(rule.id) > _LONGEST_ID:
        yield "id", "bad_id", {}
    for language, written in (("zh", rule.name.zh), ("en", rule.name.en)):
        if not written.strip():
            yield f"name_{language}", "required", {}
        if len(written) > _LONGEST_NAME:
            yield f"name_{language}", "too_long", {"limit": _LONGEST_NAME}
    if len(rule.skill) > LONGEST_SKILL:
        yield "skill", "too_long", {"limit": LONGEST_SKILL}
    if any(not may(role, Permission.CASE_CONTACT) for role in rule.roles):
        yield "roles", "person_cannot_handle", {}
    if rule.at_oem and rule.even_if_heard:
        yield "at_oem", "heard_stays_at_dealer", {}
    if not (rule.roles or rule.skill or rule.of_department or rule.person_id or rule.on_duty):
        yield "roles", "required", {}
