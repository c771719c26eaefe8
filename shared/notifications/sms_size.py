"""How long an SMS is: its alphabet and its segments (3GPP TS 23.038 and 23.040). Pure."""

from typing import Final

import msgspec

_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED: Final = frozenset("\f^{}\\[~]|€")


class SmsSize(msgspec.Struct, frozen=True, kw_only=True):
    """`alphabet` is `GSM-7` or `UCS-2`; `units` are septets or UTF-16 units; `segments` what is charged."""

    alphabet: str
    units: int
    segments: int


def sms_size(text: str) -> SmsSize:
    """The size of a text: 160 or 153 septets a segment, 70 or 67 units where a character needs UCS-2."""
    if all(each in _GSM7 or each in _GSM7_EXTENDED for each in text):
        units = sum(2 if each in _GSM7_EXTENDED else 1 for each in text)
        return SmsSize(alphabet="GSM-7", units=units, segments=_segments(units, 160, 153))
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return SmsSize(alphabet="UCS-2", units=units, segments=_segments(units, 70, 67))


def _segments(units: int, alone: int, joined: int) -> int:
    return 1 if units <= alone else -(-units // joined)
