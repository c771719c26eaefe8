"""The fields of the form as a complaint, and a known customer as fields of the form."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.admin.forms import Fields, command, digits
from services.admin.session import Reader
from shared.cases.intake import Intake
from shared.cases.known import KnownCustomer
from shared.errors import FieldError, Invalid

_TEXTS: Final = (
    "channel",
    "backdating_reason",
    "customer_name",
    "customer_phone",
    "customer_phone_kind",
    "customer_email",
    "vehicle_vin",
    "vehicle_plate",
    "vehicle_brand",
    "vehicle_series",
    "vehicle_model",
    "words",
    "description",
    "demand",
    "conditions",
    "background",
)
_MOST_POINTS: Final = 20
CODES: Final = ("customer_phone", "vehicle_plate", "vehicle_vin")
"""The fields by which customers and vehicles are known."""


def intake_of(fields: Fields, reader: Reader) -> Intake:
    """The complaint as it was typed; raises `Invalid` naming every field that is no value of its kind."""
    problems: list[FieldError] = []
    values: dict[str, object] = {name: fields[name] for name in _TEXTS if fields.get(name)}
    values.setdefault("channel", "")
    values["points"] = _points(fields, problems)
    values["received_at"] = _instant(fields, reader, problems)
    values["vehicle_purchased_on"] = _day(fields, problems)
    values["mileage_km"] = _number(fields, "mileage_km", problems)
    values["dealer_id"] = _number(fields, "dealer_id", problems)
    owner = fields.get("owner_id", "").strip()
    values["owner_id"] = owner or None
    try:
        intake = command(Intake, values)
    except Invalid as error:
        problems += error.fields
        raise Invalid("invalid_input", fields=problems) from error
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return intake


def sketch_of(fields: Fields) -> Intake:
    """What has been typed so far of what the rules read; anything else is left out."""
    texts = {name: fields.get(name, "") for name in ("words", "description", "demand", *CODES[1:])}
    try:
        return command(Intake, {"channel": fields.get("channel", ""), **texts})
    except Invalid:
        return command(Intake, {"channel": "phone", **texts})


def filled_in(fields: Fields, known: KnownCustomer) -> dict[str, str]:
    """The form with what is known of a customer and vehicle; what was typed and is not known stays."""
    found: Mapping[str, str] = {
        "customer_name": known.name,
        "customer_phone": known.phone,
        "customer_phone_kind": known.phone_kind if known.phone else "",
        "customer_email": known.email,
        "vehicle_vin": known.vin,
        "vehicle_plate": known.plate,
        "vehicle_brand": known.brand,
        "vehicle_series": known.series,
        "vehicle_model": known.model,
        "vehicle_purchased_on": known.purchased_on.isoformat() if known.purchased_on else "",
    }
    typed = {name: value for name, value in fields.items() if value}
    return typed | {name: value for name, value in found.items() if value}


def pair_of(fields: Fields) -> tuple[UUID, UUID | None]:
    """The customer and the vehicle that were chosen; raises `Invalid`."""
    customer, _, vehicle = fields.get("known", "").partition(".")
    try:
        return UUID(customer), UUID(vehicle) if vehicle else None
    except ValueError as error:
        raise Invalid.field("known", "unknown_value") from error


def _points(fields: Fields, problems: list[FieldError]) -> list[str]:
    points = [line for line in fields.get("points", "").splitlines() if line.strip()]
    if len(points) > _MOST_POINTS:
        problems.append(FieldError("points", "too_many", {"limit": _MOST_POINTS}))
        return []
    return points


def _instant(fields: Fields, reader: Reader, problems: list[FieldError]) -> datetime | None:
    """A time of day at the reader's place."""
    text = fields.get("received_at", "").strip()
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=reader.zone)
    except ValueError:
        problems.append(FieldError("received_at", "not_a_date"))
        return None


def _day(fields: Fields, problems: list[FieldError]) -> date | None:
    text = fields.get("vehicle_purchased_on", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(FieldError("vehicle_purchased_on", "not_a_date"))
        return None


def _number(fields: Fields, name: str, problems: list[FieldError]) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    number = digits(text)
    if number is None:
        problems.append(FieldError(name, "not_a_number", {"value": text[:20]}))
    return number
