"""What the forms about staff offer, and what they were filled in with."""

from collections.abc import Mapping, Sequence

import msgspec

from services.admin.forms import Fields, digits
from services.admin.session import Reader
from services.admin.staff.models import PostChoices
from shared.accounts.people import members
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid
from shared.onboarding.staff import Post
from shared.permissions import DEALER_ROLES, Permission, Role, given_by, may
from shared.tenants.dealers import Dealer, Region, dealers, regions
from shared.web.components import Choice
from shared.web.labels import label
from shared.web.locale import translator


class Network(msgspec.Struct, frozen=True):
    """The dealers and regions a page names."""

    dealers: Mapping[int, Dealer]
    regions: Mapping[int, Region]

    def place(self, reader: Reader, dealer_id: int, region_ids: Sequence[int]) -> str:
        """The dealer's name, or the regions'; empty for the whole OEM."""
        if dealer_id:
            found = self.dealers.get(dealer_id)
            return reader.named(found.name, found.name_en) if found else ""
        names = [self.regions[each] for each in region_ids if each in self.regions]
        return " · ".join(reader.named(each.name, each.name_en) for each in names)


async def network(reader: Reader) -> Network:
    """The dealers and regions in the reader's reach."""
    actor = reader.actor
    async with transaction(actor.scope, read_only=True) as tx:
        known_dealers = await dealers(tx, actor.oem_id)
        known_regions = await regions(tx, actor.oem_id)
    return Network({each.id: each for each in known_dealers}, {each.id: each for each in known_regions})


def role_choices(reader: Reader) -> list[Choice]:
    """The roles the reader may give."""
    speak = translator(reader.locale)
    return [Choice(role.value, label(speak, "role", role)) for role in given_by(reader.actor.role)]


def dealer_choices(reader: Reader, known: Network) -> list[Choice]:
    """The dealers people work at, without the OEM's own desk and those that closed."""
    return [
        Choice(str(each.id), f"{reader.named(each.name, each.name_en)} ({each.code})")
        for each in known.dealers.values()
        if each.active and not each.is_desk
    ]


def post_choices(reader: Reader, known: Network, chosen_regions: Sequence[str] = ()) -> PostChoices:
    """What a post can be made of; a station head gives posts at the own dealer only."""
    if reader.actor.role in DEALER_ROLES:
        own = str(reader.actor.scope.dealer_ids[0])
        return PostChoices(roles=role_choices(reader), dealers=[], regions=[], dealer_id=own)
    desk_regions = {each.region_id for each in known.dealers.values() if each.is_desk}
    desk_areas = {known.regions[each].parent_id for each in desk_regions}
    return PostChoices(
        roles=role_choices(reader),
        dealers=dealer_choices(reader, known),
        regions=_region_choices(reader, known, desk_regions | desk_areas),
        dealer_id="",
        chosen_regions=list(chosen_regions),
    )


def _region_choices(reader: Reader, known: Network, left_out: set[int | None]) -> list[Choice]:
    found: list[Choice] = []
    for area in known.regions.values():
        if area.parent_id is not None or area.id in left_out:
            continue
        name = reader.named(area.name, area.name_en)
        found.append(Choice(str(area.id), name))
        found += [
            Choice(str(each.id), f"{name} / {reader.named(each.name, each.name_en)}")
            for each in known.regions.values()
            if each.parent_id == area.id
        ]
    return found


def post_of(fields: Fields, region_ids: Sequence[str]) -> Post:
    """The post a form describes: of dealer and regions only what the role asks for; raises `Invalid`."""
    try:
        role = Role(fields.get("role", ""))
    except ValueError as error:
        raise Invalid.field("role", "unknown_value") from error
    problems: list[FieldError] = []
    dealer_id = 0
    if role in DEALER_ROLES:
        dealer_id = _number(fields.get("dealer_id", ""))
        if not dealer_id:
            problems.append(FieldError("dealer_id", "required"))
    wanted: tuple[int, ...] = ()
    if role is Role.REGIONAL_MANAGER:
        wanted = tuple(_number(each) for each in region_ids)
        if not wanted:
            problems.append(FieldError("region_ids", "required"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return Post(role=role, dealer_id=dealer_id, region_ids=wanted)


def _number(text: str) -> int:
    return digits(text, most=9) or 0


async def heirs(reader: Reader, leaving: str, dealer_id: int) -> list[Choice]:
    """Who may take over the cases of somebody of that dealer (0: of the OEM)."""
    actor = reader.actor
    async with transaction(actor.scope, read_only=True) as tx:
        people = await members(tx, actor.oem_id)
    speak = translator(reader.locale)
    return [
        Choice(str(each.membership_id), f"{each.name} ({label(speak, 'role', each.role)})")
        for each in people
        if each.active
        and each.dealer_id in {0, dealer_id}
        and may(each.role, Permission.CASE_CONTACT)
        and str(each.membership_id) != leaving
    ]
