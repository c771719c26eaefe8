import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.customers.identifiers import (
    BadIdentifier,
    email_address,
    phone_number,
    plate,
    service_line,
    vin,
    vin_check_digit_fits,
)


@pytest.mark.parametrize(
    ("written", "country", "form"),
    [
        ("13800001234", "CN", "+8613800001234"),
        ("138 0000-1234", "CN", "+8613800001234"),
        ("+86 138 0000 1234", "US", "+8613800001234"),
        ("０１０-12345678", "CN", "+861012345678"),
        ("(010) 1234 5678", "CN", "+861012345678"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("+1 212 555 0123", "CN", "+12125550123"),
    ],
)
def test_a_phone_number_has_one_form(written, country, form):
    """R1.5."""
    assert phone_number(written, country) == form


@pytest.mark.parametrize("written", ["12", "abc", "138****1234", "1" * 30, "++", "\0"])
def test_what_is_no_phone_number_is_refused(written):
    with pytest.raises(BadIdentifier):
        phone_number(written, "CN")


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("lsvaa49j532047371", "LSVAA49J532047371"),
        ("LSV AA49J-5320 47371", "LSVAA49J532047371"),
        ("ＬＳＶＡＡ４９Ｊ５３２０４７３７１", "LSVAA49J532047371"),
    ],
)
def test_a_vin_has_one_form(written, form):
    """R1.2."""
    assert vin(written) == form


@pytest.mark.parametrize(
    "written", ["LSVAA49J53204737", "LSVAA49J5320473711", "LSVAA49J53204737I", "LSVAA49J53204737O"]
)
def test_a_vin_has_17_characters_without_i_o_and_q(written):
    with pytest.raises(BadIdentifier):
        vin(written)


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("1M8GDM9AXKP042788", True),  # the textbook example of 49 CFR 565
        ("11111111111111111", True),
        ("1M8GDM9A1KP042788", False),
        ("LSVAA49J532047371", False),
    ],
)
def test_the_check_digit_of_a_vin_is_known(code, fits):
    assert vin_check_digit_fits(code) is fits


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("测A·12345", "测A12345"),
        ("测a 12345", "测A12345"),
        ("b-xy 123", "BXY123"),
        ("测A•D12345", "测AD12345"),
    ],
)
def test_a_plate_has_one_form(written, form):
    """R1.5."""
    assert plate(written) == form


@pytest.mark.parametrize("written", ["测", "测A12345678901", "测A/12", "<b>"])
def test_what_is_no_plate_is_refused(written):
    with pytest.raises(BadIdentifier):
        plate(written)


def test_an_email_address_keeps_its_name_and_lowers_its_domain():
    assert email_address("Li.Na@Example.COM") == "Li.Na@example.com"


@pytest.mark.parametrize(
    "written", ["x", "x@y", "a b@example.com", "a@example.com\nBcc: b@example.com", "<a@b.cd>"]
)
def test_what_is_no_email_address_is_refused(written):
    with pytest.raises(BadIdentifier):
        email_address(written)


@given(st.text(min_size=1, max_size=60))
def test_no_text_breaks_them(text):
    for form in (email_address, vin, plate, lambda each: phone_number(each, "CN")):
        try:
            once = form(text)
        except BadIdentifier:
            continue
        assert form(once) == once


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("95598", "95598"),
        ("1 23 15", "12315"),
        ("400 800 1234", "+864008001234"),
        ("021-12345678", "+862112345678"),
    ],
)
def test_a_line_for_complaints_may_be_a_short_number(typed: str, line: str) -> None:
    """R1.1: banks, insurers and car makers of China have numbers of five digits."""
    assert service_line(typed, "CN") == line


def test_a_short_number_that_the_country_does_not_have_is_refused() -> None:
    with pytest.raises(BadIdentifier):
        service_line("99999", "CN")
