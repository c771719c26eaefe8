"""Whom a message goes to, and by which channels they can be reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.accounts.people import Person
from shared.notifications.facts import CaseFacts
from shared.notifications.rules import CUSTOMERS_OPTIONAL, RULES, choice
from shared.outbox.vocabulary import MessageChannel, RecipientKind
from shared.web.locale import DEFAULT_LOCALE, Locale, locale_of

_NO_SMS = frozenset({"landline"})
_NOTHING: Final = frozenset[str]()
_DISPENSABLE: Final = frozenset(
    choice(template, channel) for template in CUSTOMERS_OPTIONAL for channel in RULES[template].optional
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person with an address per channel; channels without an address are left out.

    `time_zone` is the person's own, None where the notice's is told. `muted`: see `rules.choice`.
    `dealer_id` is where a member belongs, 0 at the OEM.
    """

    kind: RecipientKind
    id: UUID
    name: str
    locale: Locale
    addresses: Mapping[MessageChannel, str]
    time_zone: str | None = None
    muted: frozenset[str] = frozenset()
    dealer_id: int = 0


def staff(person: Person) -> Recipient:
    """A member of the OEM or of a dealer."""
    return Recipient(
        kind=RecipientKind.STAFF,
        id=person.membership_id,
        name=person.name,
        locale=locale_of(person.locale) or DEFAULT_LOCALE,
        addresses=_addresses(person.phone, person.email),
        time_zone=person.time_zone,
        muted=person.muted,
        dealer_id=person.dealer_id,
    )


def customer(facts: CaseFacts, *, wants_messages: bool = True) -> Recipient:
    """The case's customer; a landline gets no SMS. `wants_messages`: also what he may do without."""
    phone = "" if facts.customer_phone_kind in _NO_SMS else facts.customer_phone
    return Recipient(
        kind=RecipientKind.CUSTOMER,
        id=facts.customer_id,
        name=facts.customer_name,
        locale=locale_of(facts.customer_locale) or DEFAULT_LOCALE,
        addresses=_addresses(phone, facts.customer_email),
        muted=_NOTHING if wants_messages else _DISPENSABLE,
    )


def _addresses(phone: str, email: str) -> dict[MessageChannel, str]:
    known = {MessageChannel.SMS: phone, MessageChannel.EMAIL: email}
    return {channel: address for channel, address in known.items() if address}
