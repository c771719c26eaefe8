"""Links by which a customer reaches the pages of one case."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cases.customer_links import CustomerLinks, Purpose, linked_case
from shared.errors import NotFound

LINKS = CustomerLinks("https://care.example.com/", "x" * 32)
CASE = UUID("01999999-9999-7999-8999-999999999999")
TOKEN = LINKS.token(Purpose.TRACK, 7, CASE, 1)


@given(st.integers(1, 2**31 - 1), st.uuids(), st.integers(1, 1000))
def test_a_token_leads_back_to_its_case_and_is_always_the_same(oem_id: int, case_id: UUID, generation: int):
    """R1.4: each message makes the same link again."""
    token = LINKS.token(Purpose.TRACK, oem_id, case_id, generation)
    assert token == LINKS.token(Purpose.TRACK, oem_id, case_id, generation)
    assert len(token) == 43
    linked = linked_case(token)
    assert (linked.oem_id, linked.case_id) == (oem_id, case_id)
    assert LINKS.holds(linked, Purpose.TRACK, generation)


def test_raising_the_generation_revokes_a_link():
    assert not LINKS.holds(linked_case(TOKEN), Purpose.TRACK, 2)


def test_another_secret_makes_another_token():
    assert not CustomerLinks("https://care.example.com", "y" * 32).holds(linked_case(TOKEN), Purpose.TRACK, 1)


@given(st.integers(0, 42), st.sampled_from("ABCabc019-_"))
def test_a_changed_character_never_holds(place: int, character: str):
    """R9.1: a link opens its own case and no other."""
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed == TOKEN:
        return
    try:
        linked = linked_case(changed)
    except NotFound:
        return
    assert not LINKS.holds(linked, Purpose.TRACK, 1)


@given(st.text(max_size=60))
def test_what_is_no_token_is_not_found(text: str):
    with pytest.raises(NotFound):
        linked_case(text)


@pytest.mark.parametrize("wrong", ["", "=" * 43, TOKEN + "=", TOKEN[:-1], TOKEN + "A", f" {TOKEN}", "A" * 43])
def test_only_the_one_way_to_write_a_token_counts(wrong: str):
    with pytest.raises(NotFound):
        linked_case(wrong)


def test_addresses_stand_on_the_configured_host():
    assert LINKS.tracking(7, CASE, 1) == f"https://care.example.com/t/{TOKEN}"
    assert LINKS.form("demo") == "https://care.example.com/c/demo"
