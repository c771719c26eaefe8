import pytest

from shared.cases.vocabulary import (
    DEFAULT_REPORT_CODES,
    PROBLEM_SIDES,
    Category,
    Channel,
    ProblemSide,
    ReportCode,
    Urgency,
)


def test_every_channel_has_one_of_the_five_report_codes():
    """R1.1"""
    assert set(DEFAULT_REPORT_CODES) == set(Channel)
    assert set(DEFAULT_REPORT_CODES.values()) == set(ReportCode) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (Channel.IN_STORE, 1),
        (Channel.PHONE, 2),
        (Channel.EMAIL, 3),
        (Channel.WEB_FORM, 3),
        (Channel.CHAT, 3),
        (Channel.PLATFORM, 3),
        (Channel.OEM_FORWARDED, 4),
        (Channel.OTHER_ORGANISATION, 5),
    ],
)
def test_channels_carry_the_code_of_the_monthly_report(channel: Channel, code: int):
    """R1.1"""
    assert DEFAULT_REPORT_CODES[channel] == code


def test_urgencies_compare_by_urgency_and_not_by_the_alphabet():
    """R2.3"""
    assert sorted(Urgency) == [Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH, Urgency.URGENT]
    assert max(Urgency.HIGH, Urgency.MEDIUM) is Urgency.HIGH
    assert Urgency.LOW < "high" <= Urgency.HIGH
    assert Urgency.URGENT > Urgency.HIGH >= Urgency.HIGH
    assert [urgency.rank for urgency in sorted(Urgency)] == [0, 1, 2, 3]


def test_every_category_is_a_problem_of_the_product_or_of_a_service_or_neither():
    """R2.5"""
    assert set(PROBLEM_SIDES) == set(Category)
    assert PROBLEM_SIDES[Category.PRODUCT_QUALITY] is ProblemSide.PRODUCT
    assert PROBLEM_SIDES[Category.SERVICE] is ProblemSide.SERVICE
    assert PROBLEM_SIDES[Category.OTHER] is ProblemSide.NEITHER
