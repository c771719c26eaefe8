"""Which tries count together."""

from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.limits import address_bucket, network_of, person_bucket


def test_a_household_with_ipv6_counts_as_one_client() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")


def test_an_ipv4_address_is_the_same_however_it_is_written() -> None:
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")
    assert network_of("192.0.2.7") != network_of("192.0.2.8")


@given(st.text(), st.text())
def test_any_text_has_buckets_and_persons_differ_from_addresses(email: str, client: str) -> None:
    assert len(person_bucket(email, client)) == 32
    assert person_bucket(email, client) != address_bucket(client)
    assert person_bucket(email + "x", client) != person_bucket(email, client)
