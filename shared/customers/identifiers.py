"""Phone numbers, e-mail addresses, VINs and plates in one form each, however they were written (pure).

Every function takes what a person typed, not empty, and returns the one form; it raises `BadIdentifier` with
the reason's code for what cannot be meant.
"""

import re
import unicodedata
from contextlib import suppress
from typing import Final

import phonenumbers

_EMAIL: Final = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]{2,}")
_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_PLATE: Final = re.compile(r"[^\W_]{2,12}")
_SEPARATORS: Final = re.compile(r"[\s·•・.\-‐‑–—]+")

# ISO 3779: the value of each character and the weight of each place; the ninth is the check digit.
_VIN_VALUES: Final = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


class BadIdentifier(ValueError):
    """Not a thing of its kind; the message is the reason's code."""


def phone_number(text: str, country: str) -> str:
    """A phone number in E.164 (`+8613800001234`); without a country code it belongs to `country` (ISO 3166).

    Numbers of a possible length pass, in use or not: numbering plans change more often than software. A
    masked number (`138****1234`) is refused.
    """
    if "*" in text:
        raise BadIdentifier("phone_not_understood")
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), country)
    except phonenumbers.NumberParseException as error:
        raise BadIdentifier("phone_not_understood") from error
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise BadIdentifier("phone_not_possible")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def service_line(text: str, country: str) -> str:
    """As `phone_number`, and the short numbers of `country` as well, as they are dialled (`95598`)."""
    dialled = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(dialled, country)
        if phonenumbers.is_valid_short_number_for_region(number, country):
            return dialled
    return phone_number(text, country)


def email_address(text: str) -> str:
    """An e-mail address as written, its domain in lower case."""
    if not _EMAIL.fullmatch(text):
        raise BadIdentifier("email_not_understood")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def vin(text: str) -> str:
    """A vehicle identification number: 17 characters in upper case, without I, O and Q (ISO 3779)."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _VIN.fullmatch(code):
        raise BadIdentifier("vin_not_understood")
    return code


def vin_check_digit_fits(code: str) -> bool:
    """Whether the ninth character is the check digit of the others.

    Mandatory in China (GB 16735) and North America, unused elsewhere: a misfit is a hint, no proof.
    """
    total = sum(_VIN_VALUES[each] * weight for each, weight in zip(code, _VIN_WEIGHTS, strict=True))
    remainder = total % 11
    return code[8] == ("X" if remainder == 10 else str(remainder))


def plate(text: str) -> str:
    """A number plate: letters and digits of any script in upper case, without separators (`测A12345`)."""
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _PLATE.fullmatch(code):
        raise BadIdentifier("plate_not_understood")
    return code


# China (GA 36): the province, a letter, then five characters, six with new energies, some vehicles with an
# ending of their own. Other countries' plates are not told apart.
_PLATE_OF: Final = {
    "CN": re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-Z]"
        r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳领使]"
    ),
}


def plate_fits(text: str, country: str) -> bool:
    """Whether a plate is written as plates of `country` (ISO 3166) are; any fits where that is not known.

    A misfit is a hint, no proof: cars are driven abroad.
    """
    form = _PLATE_OF.get(country)
    try:
        return form is None or form.fullmatch(plate(text)) is not None
    except BadIdentifier:
        return False
