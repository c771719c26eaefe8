"""Who is told when a clock fires (R4.2, R4.4)."""

from uuid import UUID

import msgspec
import pytest

from shared.escalation.chain import Person, Told, choose
from shared.sla.policy import ChainLevel

DEALER, OTHER_DEALER = 7, 8
CHAIN = (
    ChainLevel(1, "service_manager"),
    ChainLevel(2, "station_head", 120),
    ChainLevel(3, "regional_manager", 120),
)


def person(number: int, role: str, dealer_id: int | None = None, covers: tuple[int, ...] = ()) -> Person:
    return Person(UUID(int=number), role, dealer_id, frozenset(covers))


ADVISOR = person(1, "advisor", DEALER)
MANAGER = person(2, "service_manager", DEALER)
HEAD = person(3, "station_head", DEALER)
REGIONAL = person(4, "regional_manager", covers=(DEALER, OTHER_DEALER))
MANAGER_ELSEWHERE = person(5, "service_manager", OTHER_DEALER)
REGIONAL_ELSEWHERE = person(6, "regional_manager", covers=(OTHER_DEALER,))
HEAD_OFFICE = person(7, "head_office")
EVERYBODY = (ADVISOR, MANAGER, HEAD, REGIONAL, MANAGER_ELSEWHERE, REGIONAL_ELSEWHERE, HEAD_OFFICE)


def told(*recipients: Person, level: int | None, nobody: bool = False) -> Told:
    return Told(tuple(one.membership_id for one in recipients), level, nobody)


def chosen(
    step: str, *absent: Person, owner: Person = ADVISOR, chain: tuple[ChainLevel, ...] = CHAIN
) -> Told:
    present = [one for one in EVERYBODY if one not in absent]
    return choose(step, chain, present, DEALER, owner.membership_id)


def retired(one: Person) -> Person:
    return msgspec.structs.replace(one, active=False)


@pytest.mark.parametrize("step", ["warn_50", "warn_75", "warn_90"])
def test_a_warning_goes_to_the_owner_alone(step: str):
    assert chosen(step) == told(ADVISOR, level=None)


def test_the_breach_goes_to_the_service_manager_of_the_dealer_and_to_the_owner():
    assert chosen("level_1") == told(MANAGER, ADVISOR, level=1)


def test_further_levels_go_to_their_own_people_alone():
    assert chosen("level_2") == told(HEAD, level=2)
    assert chosen("level_3") == told(REGIONAL, level=3)


def test_an_owner_who_holds_the_role_is_told_once():
    assert chosen("level_1", owner=MANAGER) == told(MANAGER, level=1)


def test_everybody_with_the_role_is_told_in_a_fixed_order():
    second = person(20, "service_manager", DEALER)
    people = (second, ADVISOR, MANAGER)
    assert choose("level_1", CHAIN, people, DEALER, ADVISOR.membership_id) == told(
        MANAGER, second, ADVISOR, level=1
    )


def test_a_level_may_name_only_who_is_on_duty():
    """R4.2: the duty roster is asked when the step fires; nobody on duty is nobody, and the next are told."""
    chain = (ChainLevel(1, "service_manager", on_duty=True), *CHAIN[1:])
    second = msgspec.structs.replace(person(20, "service_manager", DEALER), on_duty=True)
    asked = choose("level_1", chain, (MANAGER, second, HEAD), DEALER, ADVISOR.membership_id)
    assert asked == told(second, level=1)
    assert choose("level_1", chain, (MANAGER, HEAD), DEALER, ADVISOR.membership_id) == told(
        HEAD, level=2, nobody=True
    )


def test_nobody_of_another_dealer_or_region_is_told():
    others = (MANAGER_ELSEWHERE, REGIONAL_ELSEWHERE)
    for step in ("level_1", "level_2", "level_3"):
        outcome = choose(step, CHAIN, others, DEALER, ADVISOR.membership_id)
        assert outcome == told(level=None, nobody=True)


def test_without_anybody_at_a_level_the_next_one_is_told_and_the_gap_is_flagged():
    assert chosen("level_1", MANAGER) == told(HEAD, ADVISOR, level=2, nobody=True)
    assert chosen("level_1", MANAGER, HEAD) == told(REGIONAL, ADVISOR, level=3, nobody=True)
    assert chosen("level_2", HEAD) == told(REGIONAL, level=3, nobody=True)


def test_somebody_who_left_counts_as_nobody():
    people = (ADVISOR, retired(MANAGER), HEAD)
    assert choose("level_1", CHAIN, people, DEALER, ADVISOR.membership_id) == told(
        HEAD, ADVISOR, level=2, nobody=True
    )


def test_a_breach_that_no_level_can_take_still_reaches_the_owner():
    assert chosen("level_1", MANAGER, HEAD, REGIONAL) == told(ADVISOR, level=None, nobody=True)


def test_a_last_level_without_anybody_is_flagged():
    assert chosen("level_3", REGIONAL) == told(level=None, nobody=True)


def test_the_warning_of_an_owner_who_left_goes_to_the_first_level():
    people = (retired(ADVISOR), MANAGER, HEAD)
    assert choose("warn_50", CHAIN, people, DEALER, ADVISOR.membership_id) == told(
        MANAGER, level=1, nobody=True
    )


def test_an_owner_who_left_is_not_told_of_the_breach_either():
    people = (retired(ADVISOR), MANAGER)
    assert choose("level_1", CHAIN, people, DEALER, ADVISOR.membership_id) == told(MANAGER, level=1)


def test_head_office_answers_for_every_dealer_where_the_policy_says_so():
    chain = (*CHAIN, ChainLevel(4, "head_office", 120))
    assert chosen("level_4", chain=chain) == told(HEAD_OFFICE, level=4)
    assert chosen("level_3", REGIONAL, chain=chain) == told(HEAD_OFFICE, level=4, nobody=True)


def test_the_order_in_which_levels_are_listed_does_not_matter():
    assert chosen("level_1", MANAGER, chain=tuple(reversed(CHAIN))) == told(
        HEAD, ADVISOR, level=2, nobody=True
    )
