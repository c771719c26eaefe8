"""Whether an intake can be accepted, and its one clean form (R1.2, pure)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from shared.cases.intake import Intake
from shared.cases.texts import Language, clean, clean_line, language_of, title_of
from shared.customers.identifiers import (
    BadIdentifier,
    email_address,
    phone_number,
    plate,
    vin,
    vin_check_digit_fits,
)
from shared.errors import FieldError, Invalid

BACKDATING_WITHOUT_REASON: Final = timedelta(hours=24)
CLOCK_SKEW: Final = timedelta(minutes=1)
"""Another machine's clock may run ahead of ours by so much; the complaint then counts as received now."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_KILOMETRES: Final = 9_999_999

_LINES: Final = {
    "backdating_reason": 500,
    "customer_name": 100,
    "customer_phone": 40,
    "customer_email": 254,
    "vehicle_vin": 40,
    "vehicle_plate": 20,
    "vehicle_brand": 60,
    "vehicle_series": 60,
    "vehicle_model": 60,
    "title": 200,
    "fault_label": 500,
    "external_ref": 200,
}
LONGEST_POINT: Final = 200
"""The longest a complained point may be, in characters."""
_TEXTS: Final = {
    "words": 10_000,
    "description": 10_000,
    "demand": 2_000,
    "conditions": 2_000,
    "background": 2_000,
}
"""The longest each text may be, in characters."""


class CheckedIntake(msgspec.Struct, frozen=True):
    """An intake in its clean form, and what looks odd about it (`vin_check_digit`)."""

    intake: Intake
    received_at: datetime
    language: Language
    customer_locale: Language
    warnings: tuple[str, ...] = ()

    @property
    def contactable(self) -> bool:
        """Whether there is any way to answer the customer."""
        return bool(self.intake.customer_phone or self.intake.customer_email)


def checked(intake: Intake, *, country: str, now: datetime) -> CheckedIntake:
    """The clean form; raises `Invalid` with every field that cannot be accepted.

    `country` (ISO 3166) is where numbers without a country code belong.
    """
    problems: list[FieldError] = []
    cleaned = _cleaned(intake, problems)
    cleaned = _identified(cleaned, country, problems)
    received_at = _received_at(cleaned, now, problems)
    problems += _mileage_and_date_problems(cleaned, now)
    if not cleaned.words and not cleaned.fault_label:
        problems.append(FieldError("words", "words_or_fault_label_required"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    language = cleaned.language or language_of(cleaned.words or cleaned.fault_label)
    title = cleaned.title or title_of(cleaned.words or cleaned.fault_label)
    odd = cleaned.vehicle_vin and not vin_check_digit_fits(cleaned.vehicle_vin)
    return CheckedIntake(
        msgspec.structs.replace(cleaned, title=title),
        received_at,
        language,
        cleaned.customer_locale or language,
        ("vin_check_digit",) if odd else (),
    )


def _cleaned(intake: Intake, problems: list[FieldError]) -> Intake:
    texts = {field: clean_line(getattr(intake, field) or "") for field in _LINES}
    texts |= {field: clean(getattr(intake, field)) for field in _TEXTS}
    for field, longest in (_LINES | _TEXTS).items():
        if len(texts[field]) > longest:
            problems.append(FieldError(field, "too_long", {"limit": longest}))
    points = clean_points(intake.points)
    if any(len(each) > LONGEST_POINT for each in points):
        problems.append(FieldError("points", "too_long", {"limit": LONGEST_POINT}))
    external_ref = texts.pop("external_ref") or None
    return msgspec.structs.replace(intake, external_ref=external_ref, points=points, **texts)


def clean_points(points: Sequence[str]) -> tuple[str, ...]:
    """Each point in one line, the empty ones left out, none twice."""
    return tuple(dict.fromkeys(filter(None, map(clean_line, points))))


def _identified(intake: Intake, country: str, problems: list[FieldError]) -> Intake:
    normalise: dict[str, Callable[[str], str]] = {
        "customer_phone": lambda text: phone_number(text, country),
        "customer_email": email_address,
        "vehicle_vin": vin,
        "vehicle_plate": plate,
    }
    found: dict[str, str] = {}
    for field, form in normalise.items():
        text: str = getattr(intake, field)
        if text:
            try:
                found[field] = form(text)
            except BadIdentifier as error:
                problems.append(FieldError(field, str(error)))
    return msgspec.structs.replace(intake, **found)


def _received_at(intake: Intake, now: datetime, problems: list[FieldError]) -> datetime:
    received_at = intake.received_at
    if received_at is None:
        return now
    if received_at.tzinfo is None:
        problems.append(FieldError("received_at", "time_zone_missing"))
    elif received_at > now + CLOCK_SKEW:
        problems.append(FieldError("received_at", "received_in_future"))
    elif received_at < _EARLIEST:
        problems.append(FieldError("received_at", "received_too_long_ago"))
    elif now - received_at > BACKDATING_WITHOUT_REASON and not intake.backdating_reason:
        problems.append(FieldError("backdating_reason", "backdating_reason_required"))
    else:
        return min(received_at.astimezone(UTC), now)
    return now


def _mileage_and_date_problems(intake: Intake, now: datetime) -> list[FieldError]:
    problems: list[FieldError] = []
    if intake.mileage_km is not None and not 0 <= intake.mileage_km <= _MOST_KILOMETRES:
        problems.append(FieldError("mileage_km", "out_of_range", {"least": 0, "most": _MOST_KILOMETRES}))
    if intake.vehicle_purchased_on is not None and intake.vehicle_purchased_on > now.date() + timedelta(
        days=1
    ):
        problems.append(FieldError("vehicle_purchased_on", "date_in_future"))
    return problems
