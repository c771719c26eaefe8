"""Who answers while somebody is away (R4.2, R1.6)."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.absences import answering_for

PEOPLE = [UUID(int=number) for number in range(1, 6)]


def test_the_substitute_answers_and_the_substitutes_substitute() -> None:
    first, second, third, *_ = PEOPLE
    assert answering_for(first, {}) == first
    assert answering_for(first, {first: second}) == second
    assert answering_for(first, {first: second, second: third}) == third


def test_where_substitutes_lead_in_a_circle_the_person_himself_answers() -> None:
    first, second, third, *_ = PEOPLE
    assert answering_for(first, {first: second, second: first}) == first
    assert answering_for(first, {first: second, second: third, third: second}) == first


@given(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), st.sampled_from(PEOPLE))
def test_somebody_answers_always_and_is_away_only_when_nobody_is_there(
    known: dict[UUID, UUID], person: UUID
) -> None:
    found = answering_for(person, known)
    assert found not in known or found == person
