"""Times, durations and numbers as people read them in both languages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.formatting import (
    Formats,
    avatar_colour,
    file_size,
    initials,
    masked_email,
    masked_name,
    masked_phone,
    masked_plate,
    masked_vin,
    phone,
)
from shared.web.locale import Locale, translator

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 2, 41, tzinfo=UTC)
ZH = Formats(translator(Locale.ZH_CN), SHANGHAI)
EN = Formats(translator(Locale.EN), SHANGHAI)


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0秒", "0 s"),
        (59.9, "59秒", "59 s"),
        (60, "1分钟", "1 min"),
        (3_599, "59分钟", "59 min"),
        (26_940, "7小时 29分", "7 h 29 min"),
        (86_399, "23小时 59分", "23 h 59 min"),
        (108_000, "1天 6小时", "1 d 6 h"),
        (-420, "7分钟", "7 min"),
    ],
)
def test_durations_show_their_two_largest_units(seconds: float, chinese: str, english: str) -> None:
    assert ZH.duration(seconds) == chinese
    assert EN.duration(seconds) == english


@given(st.integers(0, 10_000_000))
def test_durations_are_never_rounded_up(seconds: int) -> None:
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = EN.duration(seconds).split()
    shown = sum(int(count) * units[unit] for count, unit in zip(words[::2], words[1::2], strict=True))
    assert shown <= seconds < shown + units[words[-1]]


@pytest.mark.parametrize(
    ("ago", "chinese", "english"),
    [
        (timedelta(seconds=59), "刚刚", "just now"),
        (timedelta(minutes=3), "3 分钟前", "3 min ago"),
        (timedelta(hours=2, minutes=59), "2 小时前", "2 h ago"),
        (timedelta(days=5), "5 天前", "5 d ago"),
        (timedelta(minutes=-5), "5 分钟后", "in 5 min"),
        (timedelta(hours=-2), "2 小时后", "in 2 h"),
        (timedelta(days=-1, hours=-3), "1 天后", "in 1 d"),
    ],
)
def test_relative_times_have_one_unit(ago: timedelta, chinese: str, english: str) -> None:
    assert ZH.relative(NOW - ago, NOW) == chinese
    assert EN.relative(NOW - ago, NOW) == english


def test_moments_are_as_short_as_they_stay_clear() -> None:
    assert ZH.moment(NOW, NOW) == "10:41"
    assert ZH.moment(NOW - timedelta(days=1), NOW) == "11-20 10:41"
    assert EN.moment(NOW - timedelta(days=1), NOW) == "20 Nov 10:41"
    assert ZH.moment(datetime(2025, 12, 31, 12, tzinfo=UTC), NOW) == "2025-12-31 20:00"
    assert EN.moment(datetime(2025, 12, 31, 12, tzinfo=UTC), NOW) == "31 Dec 2025 20:00"


def test_today_is_the_readers_today() -> None:
    late = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert ZH.moment(late, NOW) == "01:00"
    berlin = Formats(translator(Locale.ZH_CN), ZoneInfo("Europe/Berlin"))
    assert berlin.moment(late, NOW) == "11-20 18:00"
    assert ZH.day(late) == "2026-11-21"
    assert EN.day(late) == "21 Nov 2026"


def test_full_moments_name_the_zone() -> None:
    assert "2026-11-21" in ZH.full_moment(NOW)
    assert "10:41:00" in ZH.full_moment(NOW)
    assert ZH.full_moment(NOW) != EN.full_moment(NOW)


def test_months_and_weekdays_are_named() -> None:
    assert ZH.month(date(2026, 10, 1)) == "2026年10月"
    assert EN.month(date(2026, 10, 1)) == "October 2026"
    assert ZH.weekday(date(2026, 11, 23)) == "周一 23"
    assert EN.weekday(date(2026, 11, 23)) == "Mon 23"


def test_numbers_are_grouped_and_missing_ones_are_a_dash() -> None:
    assert ZH.number(1_204) == "1,204"
    assert EN.number(3.14159, 2) == "3.14"
    assert EN.number(None) == "–"
    assert ZH.percent(0.9124) == "91.2%"
    assert ZH.percent(None) == "–"


def test_changes_carry_their_sign_unless_nothing_changed() -> None:
    assert ZH.signed(6) == "+6"
    assert ZH.signed(-1.4, 1) == "−1.4"
    assert ZH.signed(0) == "0"
    assert ZH.signed(0.04, 1) == "0.0"
    assert ZH.signed(-0.04, 1) == "0.0"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613800001234", "138 0000 1234"),
        ("+15550100123", "+1 555-010-0123"),
        ("not a number", "not a number"),
        (None, "–"),
    ],
)
def test_phone_numbers_are_grouped(number: str | None, shown: str) -> None:
    assert phone(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613800001234", "138****1234"),
        ("13800001234", "138****1234"),
        ("021-5550 1234", "021****1234"),
        ("12345", "***45"),
        ("", "–"),
        (None, "–"),
    ],
)
def test_masked_numbers_hide_their_middle(number: str | None, shown: str) -> None:
    """R9.2."""
    assert masked_phone(number) == shown


@given(st.text(alphabet="0123456789+- ()", max_size=20))
def test_masking_never_shows_a_whole_number(number: str) -> None:
    digits = "".join(character for character in number if character.isdigit())
    if len(digits) > 2:
        assert digits not in masked_phone(number)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张测试", "张*"),
        ("欧阳测试", "欧*"),
        ("张", "张*"),
        (" John Smith", "J***"),
        ("J", "J***"),
        ("Åsa", "Å***"),
        ("", ""),
    ],
)
def test_a_masked_name_keeps_its_first_character(name: str, shown: str) -> None:
    """R9.2."""
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("测A12345", "测A·1***5"),
        ("测AD12345", "测A·D***5"),
        ("AB12CDE", "AB1***E"),
        ("测A123", "测***"),
        ("X", "X***"),
        ("", ""),
    ],
)
def test_a_masked_plate_loses_its_middle(plate: str, shown: str) -> None:
    """R9.2."""
    assert masked_plate(plate) == shown


@pytest.mark.parametrize(
    ("vin", "shown"),
    [("LSVAM4187C2184847", "LSV**********4847"), ("LSV4187", "*******"), ("", "")],
)
def test_a_masked_vin_keeps_maker_and_ending(vin: str, shown: str) -> None:
    """R9.2."""
    assert masked_vin(vin) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [("zhang@example.com", "z***@example.com"), ("nobody", "n***"), ("", "")],
)
def test_a_masked_address_hides_its_name(address: str, shown: str) -> None:
    """R9.2."""
    assert masked_email(address) == shown


@pytest.mark.parametrize(
    ("name", "sign"), [("刘娜", "娜"), ("Grace Mo", "GM"), ("Åkesson", "Å"), ("", "–"), ("陈思*", "陈")]
)
def test_avatars_show_initials(name: str, sign: str) -> None:
    assert initials(name) == sign


def test_a_name_keeps_its_colour() -> None:
    assert avatar_colour("刘娜") == avatar_colour("刘娜")
    assert avatar_colour("Grace Mo") in range(6)


def test_file_sizes_are_rounded() -> None:
    assert [file_size(size) for size in (812, 64_200, 1_440_000)] == ["812 B", "64 KB", "1.4 MB"]
