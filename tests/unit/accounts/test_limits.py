"""Which tries count together."""

from hypothesis import given
from hypothesis import strategies as st

from shared.accounts.limits import address_bucket, network_of, person_bucket, wide_network_of


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


def test_a_wide_network_is_one_whatever_the_address_in_it() -> None:
    assert wide_network_of("2001:db8:1:2::1") == wide_network_of("2001:db8:1:ffff::9") == "2001:db8:1::/48"
    assert wide_network_of("192.0.2.7") == wide_network_of("::ffff:192.0.2.200") == "192.0.2.0/24"
    assert wide_network_of("unix") == "unix"
