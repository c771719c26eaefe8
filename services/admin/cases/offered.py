"""What the list of cases can be narrowed to besides the closed lists, read in the caller's transaction."""

from typing import Final

from services.admin.cases.models import FilterChoices
from services.admin.session import Reader
from shared.accounts import people
from shared.cases import tags
from shared.db.engine import Transaction
from shared.permissions import DEALER_ROLES, Permission, may
from shared.tenants import dealers
from shared.tenants.dealers import Region, RegionLevel
from shared.web.components import Choice

_AT_OEM: Final = 0


async def offered(tx: Transaction, reader: Reader) -> FilterChoices:
    """Dealers, regions, owners and tags within reach; nothing to choose from where there is only one."""
    oem_id = reader.actor.oem_id
    own_dealer = reader.actor.role in DEALER_ROLES
    there = [] if own_dealer else [each for each in await dealers.dealers(tx, oem_id) if each.active]
    known = [] if len(there) < 2 else await dealers.regions(tx, oem_id)
    return FilterChoices(
        dealers=_several([Choice(str(each.id), reader.named(each.name, each.name_en)) for each in there]),
        regions=_several(_regions(known, {each.region_id for each in there}, reader)),
        owners=_several(await _owners(tx, reader, at_dealer=own_dealer)),
        tags=[Choice(tag, tag) for tag in await tags.in_use(tx, oem_id)],
    )


def _several(choices: list[Choice]) -> list[Choice]:
    return choices if len(choices) > 1 else []


def _regions(known: list[Region], districts: set[int], reader: Reader) -> list[Choice]:
    """Each area with a dealer within reach, followed by its districts."""
    choices: list[Choice] = []
    for area in known:
        below = [each for each in known if each.parent_id == area.id and each.id in districts]
        if area.level is RegionLevel.AREA and below:
            choices.append(Choice(str(area.id), reader.named(area.name, area.name_en)))
            choices += [Choice(str(each.id), f"· {reader.named(each.name, each.name_en)}") for each in below]
    return choices


async def _owners(tx: Transaction, reader: Reader, *, at_dealer: bool) -> list[Choice]:
    """Colleagues who handle cases: those of one's dealer, or those at the OEM."""
    return [
        Choice(str(each.membership_id), each.name)
        for each in await people.members(tx, reader.actor.oem_id)
        if each.active
        and (at_dealer or each.dealer_id == _AT_OEM)
        and may(each.role, Permission.CASE_CONTACT)
    ]
