"""The page model of the form, read in the caller's transaction."""

from typing import Final

from services.admin.forms import Fields, digits
from services.admin.intake.fields import CODES, sketch_of
from services.admin.intake.models import Hints, KnownLine, Suggestion
from services.admin.reasons import reasons_of
from services.admin.session import Reader
from shared.accounts import people
from shared.cases.first_look import FirstLook, first_look
from shared.cases.known import KnownCustomer, known_customers
from shared.cases.look_alikes import Sought, look_alikes
from shared.db.engine import Transaction
from shared.permissions import DEALER_ROLES, Permission, may
from shared.tenancy import DbRole
from shared.tenants import dealers
from shared.web.components import Choice
from shared.web.formatting import masked_phone
from shared.web.labels import label
from shared.web.locale import Locale, translator

_AT_OEM: Final = 0


async def dealer_choices(tx: Transaction, reader: Reader) -> list[Choice]:
    """The dealers that somebody of the OEM can register for; a dealer's own people choose none."""
    if reader.actor.role in DEALER_ROLES:
        return []
    return [
        Choice(str(each.id), f"{reader.named(each.name, each.name_en)} · {each.code}")
        for each in await dealers.dealers(tx, reader.actor.oem_id)
        if each.active and not each.is_desk
    ]


def needs_dealer(reader: Reader) -> bool:
    """Whether the reader has to name a dealer: the OEM's own desk lies outside of a region."""
    return reader.actor.scope.role is DbRole.REGION


async def owner_choices(tx: Transaction, reader: Reader, fields: Fields) -> list[Choice]:
    """Who can own the case besides the first to hear it: those of the dealer and of the OEM within reach."""
    actor = reader.actor
    if not actor.may(Permission.CASE_ASSIGN):
        return []
    chosen = fields.get("dealer_id", "")
    at = set(actor.scope.dealer_ids) if actor.role in DEALER_ROLES else {_AT_OEM}
    if chosen.isascii() and chosen.isdecimal():
        at.add(int(chosen[:18]))
    speak = translator(reader.locale)
    return [
        Choice(str(each.membership_id), f"{each.name} · {label(speak, 'role', each.role.value)}")
        for each in await people.members(tx, actor.oem_id)
        if each.active and each.dealer_id in at and may(each.role, Permission.CASE_CONTACT)
    ]


async def known_lines(tx: Transaction, reader: Reader, fields: Fields) -> list[KnownLine]:
    """Who is known by the telephone number, plate or VIN typed so far."""
    found = await known_customers(tx, reader.actor, [fields.get(name, "") for name in CODES])
    own_dealer = reader.actor.role in DEALER_ROLES
    return [
        _line(each, "" if own_dealer else reader.named(each.dealer_name, each.dealer_name_en))
        for each in found
    ]


def _line(known: KnownCustomer, dealer: str) -> KnownLine:
    return KnownLine(
        value=f"{known.customer_id}.{known.vehicle_id or ''}",
        name=known.name,
        phone=masked_phone(known.phone) if known.phone and not known.masked else known.phone,
        plate=known.plate,
        vehicle=" ".join(part for part in (known.brand, known.series, known.model) if part),
        dealer=dealer,
        cases=known.cases,
    )


async def hints_of(tx: Transaction, reader: Reader, fields: Fields) -> Hints:
    """What is said beside what has been typed so far."""
    look = await first_look(tx, reader.actor.oem_id, sketch_of(fields))
    return Hints(
        suggestions=_suggestions(look, reader.locale),
        symptom_needed=look.symptom_needed,
        warnings=look.warnings,
        look_alikes=await look_alikes(tx, reader.actor.oem_id, _sought(fields)),
        shows_dealer=reader.actor.role not in DEALER_ROLES,
    )


def _sought(fields: Fields) -> Sought:
    return Sought(
        phone=fields.get("customer_phone", ""),
        plate=fields.get("vehicle_plate", ""),
        vin=fields.get("vehicle_vin", ""),
        words=fields.get("words", ""),
        description=fields.get("description", ""),
        dealer_id=digits(fields.get("dealer_id", "")),
    )


def _suggestions(look: FirstLook, locale: Locale) -> list[Suggestion]:
    found = look.classification
    if found is None:
        return []
    decisions = [("category", found.category), ("kind", found.kind), ("urgency", found.urgency)]
    decisions += [("major_sign", each) for each in found.major_candidates]
    return [
        Suggestion(group, each.value, [f"{words}{why}" for words, why in reasons_of(each, locale)])
        for group, each in decisions
    ]
