"""How long an SMS is: its alphabet and its segments (3GPP TS 23.038 and 23.040). Pure."""

from collections.abc import Iterable
from typing import Final

import msgspec

_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_IN_BMP: Final = 0xFFFF


class SmsSize(msgspec.Struct, frozen=True, kw_only=True):
    """`alphabet` is `GSM-7` or `UCS-2`; `units` are septets or UTF-16 units; `segments` what is charged."""

    alphabet: str
    units: int
    segments: int


def is_gsm7(text: str) -> bool:
    """Whether the networks carry the text in their own alphabet; one other character and none of it is."""
    return all(each in _GSM7 or each in _GSM7_EXTENDED for each in text)


def sms_size(text: str) -> SmsSize:
    """The size of a text: 160 septets, or 153 in each of several segments; in UCS-2 70 units, or 67.

    A character of two (`{`, `€`; an emoji) is never divided between segments, which may leave a place empty.
    """
    if is_gsm7(text):
        widths, alphabet, alone, joined = [_septets(each) for each in text], "GSM-7", 160, 153
    else:
        widths, alphabet, alone, joined = [_units(each) for each in text], "UCS-2", 70, 67
    units = sum(widths)
    return SmsSize(
        alphabet=alphabet, units=units, segments=1 if units <= alone else len(_segments(widths, joined))
    )


def clipped(text: str, segments: int) -> str:
    """The text cut to so many segments, two at least; a cut is shown, in the text's own alphabet."""
    if sms_size(text).segments <= segments:
        return text
    gsm7 = is_gsm7(text)
    mark, width_of, joined = ("...", _septets, 153) if gsm7 else ("…", _units, 67)
    widths = [width_of(each) for each in text]
    room = _segments(widths, joined)[segments - 1]
    left = len(mark)
    while room and left > 0:
        room -= 1
        left -= widths[room]
    return text[:room].rstrip() + mark


def _segments(widths: Iterable[int], joined: int) -> list[int]:
    """Where each segment ends, by the number of characters up to there."""
    ends: list[int] = []
    filled = count = 0
    for width in widths:
        if filled + width > joined:
            ends.append(count)
            filled = 0
        filled += width
        count += 1
    return [*ends, count]


def _septets(character: str) -> int:
    return 2 if character in _GSM7_EXTENDED else 1


def _units(character: str) -> int:
    return 2 if ord(character) > _IN_BMP else 1
