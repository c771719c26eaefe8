"""Whether a message may leave now: digests, quiet hours and limits, as policy data of an OEM. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from shared.errors import FieldError
from shared.notifications.rules import Rule
from shared.outbox.vocabulary import HeldFor, MessageChannel, RecipientKind

LIMITED: Final = timedelta(hours=24)
"""What the limits count in."""

LONGEST_DIGEST_MINUTES: Final = 240
MOST: Final = 1_000


class MessagePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages of an OEM wait.

    `digest_minutes`: warnings, breaches and escalations of one person, or for one group of a chat, are
    gathered for so long (0: never).
    `quiet_from` and `quiet_until`: `HH:MM` by the clock of the person, both empty for none; in between
    nothing that can wait leaves by the `quiet_channels` (`QUIET_CHANNELS` or none of them).
    `most_per_number`: SMS to one number in 24 hours, `most_per_case`: messages about one case to its customer
    in 24 hours (0: as many as there are).
    """

    digest_minutes: int = 0
    quiet_from: str = ""
    quiet_until: str = ""
    quiet_channels: tuple[MessageChannel, ...] = (MessageChannel.SMS,)
    most_per_number: int = 0
    most_per_case: int = 0


QUIET_CHANNELS: Final = (MessageChannel.SMS, MessageChannel.EMAIL)
"""Whose messages quiet hours can hold back: those to a person. A group has no night of its own."""

AT_ONCE: Final = MessagePolicy()
"""What holds where an OEM has published nothing: no message waits."""


def default_message_policy() -> MessagePolicy:
    """What a new OEM starts with."""
    return MessagePolicy(
        digest_minutes=5, quiet_from="22:00", quiet_until="07:00", most_per_number=20, most_per_case=10
    )


class Hold(msgspec.Struct, frozen=True):
    """Until when a message waits, and for what."""

    until: datetime
    why: HeldFor


def wait_of(
    policy: MessagePolicy, rule: Rule, channel: MessageChannel, time_zone: str, now: datetime
) -> Hold | None:
    """How long a message that can wait is held for a digest or the morning; None: it leaves now."""
    if not rule.waits:
        return None
    holds: list[Hold] = []
    leaves_at = now
    if rule.digest and policy.digest_minutes:
        leaves_at += timedelta(minutes=policy.digest_minutes)
        holds.append(Hold(leaves_at, HeldFor.DIGEST))
    if channel in policy.quiet_channels and (end := quiet_end(policy, time_zone, leaves_at)) is not None:
        holds.append(Hold(end, HeldFor.QUIET_HOURS))
    return max(holds, key=lambda each: each.until, default=None)


def let_go(
    policy: MessagePolicy, channel: MessageChannel, time_zone: str, now: datetime, limited: Hold | None
) -> Hold | None:
    """How long a message that only its limit still holds waits: until there is room, and not at night.

    Waiting longer leaves the room there is. None: it leaves now.
    """
    leaves_at = now if limited is None else limited.until
    if channel in policy.quiet_channels and (end := quiet_end(policy, time_zone, leaves_at)) is not None:
        return Hold(end, HeldFor.QUIET_HOURS)
    return limited


def quiet_end(policy: MessagePolicy, time_zone: str, now: datetime) -> datetime | None:
    """When the quiet hours that `now` lies in end; None outside them.

    They may cross midnight; their beginning belongs to them, their end does not. Where the clock shows their
    end twice, they end with whichever comes next.
    """
    if not policy.quiet_from or not policy.quiet_until:
        return None
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    begins, ends = time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_until)
    at = local.time()
    is_quiet = begins <= at < ends if begins <= ends else at >= begins or at < ends
    if not is_quiet:
        return None
    day = local.date() if at < ends else local.date() + timedelta(days=1)
    local_end = datetime.combine(day, ends, zone)
    end = local_end.astimezone(UTC)
    if end <= now:
        end = local_end.replace(fold=1).astimezone(UTC)
    return end.astimezone(now.tzinfo)


def is_limited(rule: Rule) -> bool:
    """Whether a message can be held for a limit: what staff have to be told at once never is."""
    return rule.audience is not RecipientKind.STAFF or rule.waits


def limit_of(rule: Rule, most: int, sent_at: Sequence[datetime], now: datetime) -> Hold | None:
    """How long a message is held because `most` were sent in the last 24 hours; 0 is no limit."""
    if not most or not is_limited(rule):
        return None
    counted = sorted((each for each in sent_at if each > now - LIMITED), reverse=True)
    return None if len(counted) < most else Hold(counted[most - 1] + LIMITED, HeldFor.LIMIT)


def problems_of(wanted: MessagePolicy) -> list[FieldError]:
    """What keeps a policy from being published."""
    bounds = {
        "digest_minutes": LONGEST_DIGEST_MINUTES,
        "most_per_number": MOST,
        "most_per_case": MOST,
    }
    problems = [
        FieldError(name, "out_of_range", {"least": 0, "most": most})
        for name, most in bounds.items()
        if not 0 <= getattr(wanted, name) <= most
    ]
    times = {"quiet_from": wanted.quiet_from, "quiet_until": wanted.quiet_until}
    problems += [
        FieldError(name, "bad_time") for name, value in times.items() if value and not _is_time(value)
    ]
    if not set(wanted.quiet_channels) <= set(QUIET_CHANNELS):
        problems.append(FieldError("quiet_channels", "quiet_channel_without_effect"))
    if problems:
        return problems
    if bool(wanted.quiet_from) != bool(wanted.quiet_until) or (
        wanted.quiet_from and wanted.quiet_from == wanted.quiet_until
    ):
        problems.append(FieldError("quiet_until", "quiet_hours_incomplete"))
    return problems


def _is_time(value: str) -> bool:
    return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII) is not None
