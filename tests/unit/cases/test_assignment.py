"""Rules that give new cases their owners (R3.1)."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.duty import DutyHours, is_on_duty
from shared.cases.assignment import (
    Able,
    AssignmentFacts,
    AssignmentPolicy,
    AssignmentRule,
    chosen,
    problems_of,
    rules_for,
)
from shared.cases.rule_set import Bilingual
from shared.cases.vocabulary import Category, Channel, Department, Kind, Urgency
from shared.permissions import Role

NAME = Bilingual("规则", "Rule")
SATURDAY_NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
FACTS = AssignmentFacts(
    department=Department.TECHNICAL_SUPPORT,
    category=Category.PRODUCT_QUALITY,
    kind=next(iter(Kind)),
    urgency=Urgency.HIGH,
    channel=Channel.APP,
    region_ids=frozenset({3, 7}),
)


def rule(**changes: object) -> AssignmentRule:
    return msgspec.structs.replace(AssignmentRule(id="one", name=NAME, roles=(Role.ADVISOR,)), **changes)


def person(**changes: object) -> Able:
    nobody = Able(
        id=uuid4(),
        name="王测试",
        role=Role.ADVISOR,
        department="",
        skills=[],
        duty=[],
        region_ids=[],
        time_zone="UTC",
        open_cases=0,
    )
    return msgspec.structs.replace(nobody, **changes)


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ({}, True),
        ({"departments": (Department.TECHNICAL_SUPPORT, Department.PARTS)}, True),
        ({"departments": (Department.PARTS,)}, False),
        ({"categories": (Category.PRODUCT_QUALITY,), "urgencies": (Urgency.LOW,)}, False),
        ({"channels": (Channel.APP,), "region_ids": (7,)}, True),
        ({"region_ids": (8,)}, False),
        ({"enabled": False}, False),
    ],
)
def test_a_rule_speaks_where_all_its_conditions_hold(
    condition: dict[str, object],
    fits: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """R3.1."""
    policy = AssignmentPolicy((rule(**condition),))
    assert bool(rules_for(policy, FACTS, heard=False)) is fits


def test_who_has_heard_it_keeps_it_unless_a_rule_says_otherwise() -> None:
    """R1.6."""
    stays, takes = rule(), rule(id="two", even_if_heard=True)
    policy = AssignmentPolicy((stays, takes))
    assert rules_for(policy, FACTS, heard=True) == [takes]
    assert rules_for(policy, FACTS, heard=False) == [stays, takes]


@pytest.mark.parametrize(
    ("asked", "able", "named"),
    [
        ({"skill": " 高压电 "}, {"skills": ["高压电"]}, True),
        ({"skill": "english"}, {"skills": ["English"]}, True),
        ({"skill": "高压电"}, {"skills": ["喷漆"]}, False),
        ({"of_department": True}, {"department": "technical_support"}, True),
        ({"of_department": True}, {"department": "sales"}, False),
        ({"roles": (Role.SERVICE_MANAGER,)}, {}, False),
        ({"roles": ()}, {"role": Role.READER}, False),
        ({"on_duty": True}, {"duty": [DutyHours(5, time(9), time(18))]}, True),
        ({"on_duty": True}, {"duty": [DutyHours(4, time(9), time(18))]}, False),
        (
            {"on_duty": True},
            {"duty": [DutyHours(5, time(9), time(18))], "time_zone": "Asia/Shanghai"},
            False,
        ),
        ({"roles": ()}, {"role": Role.REGIONAL_MANAGER, "region_ids": [7]}, True),
        ({"roles": ()}, {"role": Role.REGIONAL_MANAGER, "region_ids": [8]}, False),
    ],
)
def test_a_rule_names_who_has_all_it_asks_for(
    asked: dict[str, object],
    able: dict[str, object],
    named: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    """R3.1: by department, skill, role and duty."""
    somebody = person(**able)
    assert (chosen(rule(**asked), FACTS, [somebody], SATURDAY_NOON) == somebody) is named


def test_of_those_who_fit_the_least_busy_is_named() -> None:
    """R3.1: workload."""
    busy, free, also_free = person(open_cases=5), person(open_cases=1), person(open_cases=1)
    assert chosen(rule(), FACTS, [busy, free, also_free], SATURDAY_NOON) == free
    assert chosen(rule(person_id=busy.id), FACTS, [busy, free], SATURDAY_NOON) == busy
    assert chosen(rule(), FACTS, [], SATURDAY_NOON) is None


def test_duty_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = [DutyHours(4, time(22), time(6))]
    friday = datetime(2026, 3, 6, tzinfo=UTC)
    assert not is_on_duty(night, friday + timedelta(hours=5))
    assert is_on_duty(night, friday + timedelta(hours=22))
    assert is_on_duty(night, friday + timedelta(days=1, hours=5, minutes=59))
    assert not is_on_duty(night, friday + timedelta(days=1, hours=6))
    assert not is_on_duty(night, friday + timedelta(days=1, hours=22))


@given(st.integers(0, 6), st.times(), st.integers(0, 7 * 24 * 60 - 1))
def test_hours_round_the_clock_hold_a_day_of_the_week(weekday: int, since: time, minute: int) -> None:
    local = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minute)
    every_day = [DutyHours(day, since, since) for day in range(7)]
    assert is_on_duty(every_day, local)
    begun = datetime.combine(
        local.date() if local.time() >= since else local.date() - timedelta(days=1), since
    )
    assert is_on_duty([DutyHours(weekday, since, since)], local) is (begun.weekday() == weekday)


def test_what_can_never_name_anybody_is_refused() -> None:
    wrong = AssignmentPolicy(
        (
            rule(id="Bad Id", roles=()),
            rule(id="two", name=Bilingual("", "x" * 81)),
            rule(id="two", roles=(Role.READER,)),
            rule(id="three", at_oem=True, even_if_heard=True),
        )
    )
    assert {(each.field, each.code) for each in problems_of(wrong)} == {
        ("rules.0.id", "bad_id"),
        ("rules.0.roles", "required"),
        ("rules.1.name_zh", "required"),
        ("rules.1.name_en", "too_long"),
        ("rules.2.id", "duplicate_id"),
        ("rules.2.roles", "person_cannot_handle"),
        ("rules.3.at_oem", "heard_stays_at_dealer"),
    }
    assert problems_of(AssignmentPolicy((rule(),))) == []


def test_hours_on_duty_are_local_times() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"weekday": 0, "since": "09:00:00Z", "until": "18:00:00"}, DutyHours)
