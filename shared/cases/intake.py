"""What is captured when a complaint comes in (R1.2), whichever way it comes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from shared.cases.texts import Language
from shared.cases.views import CaseView
from shared.cases.vocabulary import Channel

DealerId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class PhoneKind(StrEnum):
    """What kind of number it is (R1.2, R9.2)."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    WORK = "work"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """The door a case came in by."""

    STAFF = "staff"
    API = "api"
    IMPORT = "import"
    CLI = "cli"
    PORTAL = "portal"


class ComplaintTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a complaint says, whoever tells it; empty means not known.

    `points` are what the customer complains of, one by one; each is confirmed before the work is verified.
    `conditions` are those of use in which it shows; `background` is what should be known of the customer.
    `title`, `language` and `customer_locale` are derived from the words when left out.
    """

    received_at: datetime | None = None
    customer_name: str = ""
    customer_phone: str = ""
    customer_phone_kind: PhoneKind = PhoneKind.MOBILE
    customer_email: str = ""
    customer_locale: Language | None = None
    vehicle_vin: str = ""
    vehicle_plate: str = ""
    vehicle_brand: str = ""
    vehicle_series: str = ""
    vehicle_model: str = ""
    vehicle_purchased_on: date | None = None
    mileage_km: int | None = None
    title: str = ""
    words: str = ""
    description: str = ""
    fault_label: str = ""
    demand: str = ""
    conditions: str = ""
    background: str = ""
    points: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    language: Language | None = None


class Intake(ComplaintTold, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complaint as it is taken.

    `dealer_id` may be left out by dealer staff (their own dealer) and by OEM staff (the OEM desk).
    `received_at` defaults to now; earlier than 24 hours ago needs `backdating_reason`.
    `owner_id` is a membership who shall answer for the case; else the first person to hear it does (R1.6).
    `external_ref` is the complaint's number in the system it comes from, once per dealer and source.
    """

    channel: Channel
    dealer_id: DealerId | None = None
    backdating_reason: str = ""
    external_ref: str | None = None
    owner_id: UUID | None = None


def another_of(before: CaseView, channel: Channel, words: str) -> Intake:
    """A new complaint of the customer and about the vehicle of an earlier case, at its dealer."""
    return Intake(
        channel=channel,
        dealer_id=before.dealer_id,
        customer_name=before.customer_name,
        customer_phone=before.customer_phone,
        customer_phone_kind=PhoneKind(before.customer_phone_kind or PhoneKind.UNKNOWN),
        customer_email=before.customer_email,
        vehicle_vin=before.vehicle_vin or "",
        vehicle_plate=before.vehicle_plate or "",
        vehicle_brand=before.vehicle_brand or "",
        vehicle_series=before.vehicle_series or "",
        vehicle_model=before.vehicle_model or "",
        words=words,
    )
