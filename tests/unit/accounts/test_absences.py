"""Who answers while somebody is away (R4.2, R1.6)."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.absences import answering_for

PEOPLE = [UUID(int=number) for number in range(1, 9)]


def test_the_substitute_answers_and_the_substitutes_substitute() -> None:
    first, second, third, *_ = PEOPLE
    assert answering_for(first, {}) == first
    assert answering_for(first, {first: second}) == second
    assert answering_for(first, {first: second, second: third}) == third


def test_a_long_row_of_substitutes_is_followed_to_its_end() -> None:
    known = dict(pairwise(PEOPLE))
    assert answering_for(PEOPLE[0], known) == PEOPLE[-1]


def test_where_substitutes_lead_in_a_circle_nobody_answers() -> None:
    """R4.2: who is away is not told; the level counts as without anybody."""
    first, second, third, *_ = PEOPLE
    assert answering_for(first, {first: second, second: first}) is None
    assert answering_for(first, {first: second, second: third, third: second}) is None


def test_a_substitute_who_has_left_answers_for_nobody() -> None:
    first, second, *_ = PEOPLE
    assert answering_for(first, {first: None}) is None
    assert answering_for(first, {first: second, second: None}) is None


def test_who_asks_for_help_does_not_answer_himself() -> None:
    first, second, *_ = PEOPLE
    assert answering_for(first, {first: second}, but_not=second) is None
    assert answering_for(first, {}, but_not=first) is None


@given(st.dictionaries(st.sampled_from(PEOPLE), st.none() | st.sampled_from(PEOPLE)), st.sampled_from(PEOPLE))
def test_who_answers_is_never_away(known: dict[UUID, UUID | None], person: UUID) -> None:
    assert answering_for(person, known) not in known
