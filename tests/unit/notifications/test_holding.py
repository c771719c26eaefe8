"""When a message waits (issue 4: digests, quiet hours, limits)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notifications.holding import (
    Hold,
    MessagePolicy,
    default_message_policy,
    let_go,
    limit_of,
    problems_of,
    quiet_end,
    wait_of,
)
from shared.notifications.rules import RULES, Template
from shared.outbox.vocabulary import HeldFor, MessageChannel

SHANGHAI = "Asia/Shanghai"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NIGHT = MessagePolicy(quiet_from="22:00", quiet_until="07:00")


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (shanghai(2, 21, 59), None),
        (shanghai(2, 22), shanghai(3, 7)),
        (shanghai(3, 0), shanghai(3, 7)),
        (shanghai(3, 6, 59), shanghai(3, 7)),
        (shanghai(3, 7), None),
    ],
)
def test_quiet_hours_cross_midnight_by_the_persons_clock(at: datetime, ends: datetime | None) -> None:
    """proofs.md: quiet hours for people; their beginning belongs to them, their end does not."""
    assert quiet_end(NIGHT, SHANGHAI, at) == ends


def test_quiet_hours_of_one_day_end_on_it() -> None:
    lunch = MessagePolicy(quiet_from="12:00", quiet_until="13:30")
    assert quiet_end(lunch, SHANGHAI, shanghai(2, 12, 30)) == shanghai(2, 13, 30)
    assert quiet_end(lunch, SHANGHAI, shanghai(2, 14)) is None


@given(minutes=st.integers(0, 60 * 24 * 400))
def test_quiet_hours_always_end_later_and_outside_of_themselves(minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    for zone in (SHANGHAI, "Australia/Lord_Howe", "Europe/Berlin"):
        end = quiet_end(NIGHT, zone, at)
        if end is not None:
            assert at < end <= at + timedelta(hours=11)
            assert quiet_end(NIGHT, zone, end) is None


REPEATED = (
    # When clocks go back; the minutes before and after have the same local time.
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
)


def test_quiet_hours_that_end_in_the_repeated_hour_end_later_in_its_second_run() -> None:
    """An end that has passed would be looked at again and again, for an hour."""
    policy = MessagePolicy(quiet_from="22:00", quiet_until="02:30")
    first, second = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert quiet_end(policy, "Europe/Berlin", first) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert quiet_end(policy, "Europe/Berlin", second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    place=st.sampled_from(REPEATED),
    minutes=st.integers(-180, 180),
    begins=st.integers(0, 24 * 60 - 1),
    lasts=st.integers(1, 24 * 60 - 1),
    in_its_own_zone=st.booleans(),
)
def test_quiet_hours_end_later_when_clocks_go_back_too(
    place: tuple[str, datetime], minutes: int, begins: int, lasts: int, *, in_its_own_zone: bool
) -> None:
    zone, back_at = place
    ends = (begins + lasts) % (24 * 60)
    policy = MessagePolicy(
        quiet_from=f"{begins // 60:02}:{begins % 60:02}", quiet_until=f"{ends // 60:02}:{ends % 60:02}"
    )
    at = back_at + timedelta(minutes=minutes)
    if in_its_own_zone:
        at = at.astimezone(ZoneInfo(zone))
    end = quiet_end(policy, zone, at)
    if end is not None:
        utc = end.astimezone(UTC)
        assert at.astimezone(UTC) < utc <= at.astimezone(UTC) + timedelta(hours=25)
        assert quiet_end(policy, zone, utc) is None


def test_warnings_breaches_and_escalations_are_gathered_and_nothing_else_is() -> None:
    policy = MessagePolicy(digest_minutes=5)
    gathered = {
        template
        for template in Template
        if (hold := wait_of(policy, RULES[template], MessageChannel.EMAIL, SHANGHAI, NOON))
        and hold.why is HeldFor.DIGEST
        and hold.until == NOON + timedelta(minutes=5)
    }
    assert gathered == {Template.WARNING, Template.BREACH, Template.ESCALATION}


def test_at_night_a_digest_waits_for_the_morning_and_only_by_the_quiet_channels() -> None:
    policy, at = default_message_policy(), shanghai(2, 23)
    by_sms = wait_of(policy, RULES[Template.BREACH], MessageChannel.SMS, SHANGHAI, at)
    by_mail = wait_of(policy, RULES[Template.BREACH], MessageChannel.EMAIL, SHANGHAI, at)
    assert by_sms is not None
    assert (by_sms.until, by_sms.why) == (shanghai(3, 7), HeldFor.QUIET_HOURS)
    assert by_mail is not None
    assert by_mail.why is HeldFor.DIGEST


@pytest.mark.parametrize(
    "template", [Template.ACKNOWLEDGEMENT, Template.PASSWORD_RESET, Template.MAJOR_CANDIDATE, Template.RESULT]
)
def test_what_somebody_waits_for_never_waits_for_the_morning(template: Template) -> None:
    assert wait_of(NIGHT, RULES[template], MessageChannel.SMS, SHANGHAI, shanghai(2, 23)) is None


def test_beyond_the_limit_a_message_waits_until_it_fits_into_24_hours() -> None:
    """Issue 4: per-number limits."""
    sent = [NOON - timedelta(hours=each) for each in (1, 5, 23, 25)]
    rule = RULES[Template.RESULT]
    assert limit_of(rule, 4, sent, NOON) is None
    held = limit_of(rule, 3, sent, NOON)
    assert held is not None
    assert (held.until, held.why) == (NOON + timedelta(hours=1), HeldFor.LIMIT)
    assert limit_of(rule, 0, sent, NOON) is None
    assert limit_of(RULES[Template.PASSWORD_RESET], 1, sent, NOON) is None


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (MessagePolicy(digest_minutes=241), ["digest_minutes"]),
        (MessagePolicy(most_per_case=-1), ["most_per_case"]),
        (MessagePolicy(quiet_from="25:00", quiet_until="07:00"), ["quiet_from"]),
        (MessagePolicy(quiet_from="7am", quiet_until=""), ["quiet_from"]),
        (MessagePolicy(quiet_from="22:00"), ["quiet_until"]),
        (MessagePolicy(quiet_from="22:00", quiet_until="22:00"), ["quiet_until"]),
        (MessagePolicy(quiet_channels=(MessageChannel.SMS, MessageChannel.CHAT)), ["quiet_channels"]),
        (MessagePolicy(quiet_channels=(MessageChannel.WEBHOOK,)), ["quiet_channels"]),
        (MessagePolicy(quiet_channels=(MessageChannel.SMS, MessageChannel.EMAIL)), []),
        (MessagePolicy(quiet_channels=()), []),
        (default_message_policy(), []),
        (MessagePolicy(), []),
    ],
)
def test_a_policy_that_cannot_hold_is_refused_by_its_field(policy: MessagePolicy, fields: list[str]) -> None:
    assert [each.field for each in problems_of(policy)] == fields


def test_what_is_gathered_in_the_evening_waits_for_the_morning_too() -> None:
    """proofs.md: quiet hours are judged by when a message would leave."""
    policy = msgspec.structs.replace(NIGHT, digest_minutes=5)
    breach = RULES[Template.BREACH]
    held = wait_of(policy, breach, MessageChannel.SMS, SHANGHAI, shanghai(2, 21, 58))
    assert held is not None
    assert (held.until, held.why) == (shanghai(3, 7), HeldFor.QUIET_HOURS)


@pytest.mark.parametrize("wrong", ["22+00", "7:00", "24:00", "2200", "٠٧:٠٠"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    policy = MessagePolicy(quiet_from=wrong, quiet_until="07:00")
    assert [(each.field, each.code) for each in problems_of(policy)] == [("quiet_from", "bad_time")]


@given(
    minutes=st.integers(0, 60 * 24 * 400),
    sent=st.lists(st.integers(1, 24 * 60 - 1), max_size=30),
    most=st.integers(0, 10),
    hours=st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda each: each[0] != each[1]),
    zone=st.sampled_from((SHANGHAI, "Australia/Lord_Howe", "Europe/Berlin", "America/New_York")),
    channel=st.sampled_from((MessageChannel.SMS, MessageChannel.EMAIL)),
)
def test_what_a_limit_lets_go_comes_when_there_is_room_and_never_at_night(
    minutes: int,
    sent: list[int],
    most: int,
    hours: tuple[int, int],
    zone: str,
    channel: MessageChannel,
) -> None:
    """Issue 4: per-number and per-case limits, and quiet hours, both at once."""
    now = NOON + timedelta(minutes=minutes)
    policy = MessagePolicy(quiet_from=f"{hours[0]:02}:00", quiet_until=f"{hours[1]:02}:00")
    sent_at = [now - timedelta(minutes=each) for each in sent]
    limited = limit_of(RULES[Template.RESULT], most, sent_at, now)
    hold = let_go(policy, channel, zone, now, limited)
    leaves_at = now if hold is None else hold.until
    assert leaves_at >= (now if limited is None else limited.until)
    if channel is MessageChannel.SMS:
        assert quiet_end(policy, zone, leaves_at) is None
    else:
        assert hold == limited
    in_a_day = [each for each in sent_at if each > leaves_at - timedelta(hours=24)]
    assert not most or len(in_a_day) < most


def test_room_at_three_in_the_morning_is_used_at_seven() -> None:
    at_three = Hold(shanghai(3, 3), HeldFor.LIMIT)
    held = let_go(NIGHT, MessageChannel.SMS, SHANGHAI, shanghai(2, 12), at_three)
    assert held == Hold(shanghai(3, 7), HeldFor.QUIET_HOURS)
    assert let_go(NIGHT, MessageChannel.EMAIL, SHANGHAI, shanghai(2, 12), at_three) == at_three
