"""What the pages about other systems share: the tabs between them, and the dealers they can be for."""

import msgspec

from services.admin.forms import Fields, whole_number
from services.admin.session import Reader
from shared.db.engine import Transaction
from shared.tenants import dealers
from shared.web.components import Choice, Tab
from shared.web.locale import translator


class KnownDealers(msgspec.Struct, frozen=True):
    """The names of all dealers of an OEM by id, and those that can be chosen."""

    names: dict[int, str]
    choices: list[Choice]


async def known_dealers(tx: Transaction, reader: Reader) -> KnownDealers:
    """The dealers of the reader's OEM; those that closed and the OEM's own desk cannot be chosen."""
    found = await dealers.dealers(tx, reader.actor.oem_id)
    names = {each.id: reader.named(each.name, each.name_en) for each in found}
    choices = [Choice(str(each.id), names[each.id]) for each in found if each.active and not each.is_desk]
    return KnownDealers(names, choices)


def chosen_dealer(fields: Fields) -> int | None:
    """The dealer that a form chooses, None for all; raises `Invalid`."""
    return whole_number(fields, "dealer_id") if fields.get("dealer_id") else None


def other_system_tabs(reader: Reader, current: str) -> list[Tab]:
    """Who sends here, who is told of events, and which groups hear of what is late."""
    speak = translator(reader.locale)
    texts = {
        "/sources": speak.gettext("Sources"),
        "/webhooks": speak.gettext("Webhooks"),
        "/robots": speak.gettext("Chat groups"),
    }
    return [Tab(text=text, href=href, is_current=href == current) for href, text in texts.items()]
