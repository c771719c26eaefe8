"""The people of the demo OEM: who can sign in, and who only acts."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from infra.dev.demo import network
from infra.dev.demo.phrases import SURNAMES
from shared.cases.major_persons import NATURES, MajorPersons, NamedPerson
from shared.db.engine import transaction
from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.dealers import NewDealer, NewRegion
from shared.tenants.policies import PolicyName, publish

PASSWORD: Final = "huiyin-demo-2026"  # noqa: S105  # the demo prints it; nothing but the demo has it
MAIL_DOMAIN: Final = "yunlu.example.com"
AREA_MANAGER_PHONE: Final = "13800008101"
"""Of the first area's regional manager, who can sign in."""
_OWN_SIZE: Final = 2.5

_ROLE_NAMES: Final = {
    Role.ADVISOR: "顾问",
    Role.CUSTOMER_RELATIONS: "客服",
    Role.TECHNICIAN: "技师",
    Role.SERVICE_MANAGER: "服务",
    Role.STATION_HEAD: "站长",
}


@dataclass(frozen=True, slots=True)
class DemoDealer:
    """A dealer with its people as actors.

    `pace` multiplies how long things take there, `size` how much comes.
    """

    id: int
    name: str
    area: int
    pace: float
    size: float
    staff: dict[Role, Actor]


@dataclass(frozen=True, slots=True)
class Login:
    """A person the viewer of the demo may be."""

    email: str
    what: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody: dealers, area managers by area, the OEM's agent; and who may sign in."""

    oem_id: int
    dealers: list[DemoDealer]
    managers: list[Actor]
    agent: Actor


_FIRST, *_OTHERS = (place for district in network.AREAS[0].districts for place in district.dealers)
LOGINS: Final = (
    Login(f"east@{MAIL_DOMAIN}", "regional manager, East China / 华东区域经理"),
    Login(f"service@{MAIL_DOMAIN}", f"service manager, {_FIRST.name_en} / {_FIRST.name}服务经理"),
    *(
        Login(f"service.{number}@{MAIL_DOMAIN}", f"the same, {place.name_en} / {place.name}")
        for number, place in enumerate(_OTHERS, 2)
    ),
    Login(f"care@{MAIL_DOMAIN}", "customer relations, Shanghai Hongqiao / 上海虹桥店客服专员"),
    Login(f"office@{MAIL_DOMAIN}", "head office / 总部"),
    Login(f"admin@{MAIL_DOMAIN}", "administrator / 管理员"),
)


async def settle(rng: Random, at: datetime) -> Cast:
    """Bring the OEM in with its regions, dealers and people, at the instant `at`."""
    onboarded = await onboard_oem(
        NewOem(
            slug=network.SLUG,
            name=network.NAME,
            name_en=network.NAME_EN,
            admin_email=f"admin@{MAIL_DOMAIN}",
            admin_name="管样例",
            admin_password=PASSWORD,
        ),
        as_of=at,
    )
    boss = Actor.system(onboarded.oem_id)
    dealers: list[DemoDealer] = []
    managers: list[Actor] = []
    for number, area in enumerate(network.AREAS, 1):
        region = await add_region(
            boss, NewRegion(code=f"A{number}", name=area.name, name_en=area.name_en), as_of=at
        )
        start = len(dealers)
        for part, district in enumerate(area.districts, 1):
            inner = await add_region(
                boss,
                NewRegion(
                    code=f"A{number}D{part}",
                    name=district.name,
                    name_en=district.name_en,
                    parent_id=region.id,
                ),
                as_of=at,
            )
            for place in district.dealers:
                dealers.append(await _dealer(boss, inner.id, number, place, len(dealers) + 1, rng, at))
        own = tuple(dealer.id for dealer in dealers[start:])
        managers.append(await _manager(boss, number, region.id, own, at))
    agent = await _office(boss, rng, at)
    return Cast(onboarded.oem_id, dealers, managers, agent)


_MEMBERS: Final = """
SELECT m.id, m.dealer_id, m.role, m.name, m.region_ids, d.name AS dealer_name,
       coalesce(r.parent_id, 0) AS area_id
FROM memberships m
LEFT JOIN dealers d ON d.oem_id = m.oem_id AND d.id = m.dealer_id
LEFT JOIN regions r ON r.oem_id = d.oem_id AND r.id = d.region_id
WHERE m.oem_id = $1 AND m.active ORDER BY m.dealer_id, m.role
"""


class _Member(msgspec.Struct, frozen=True):
    id: UUID
    dealer_id: int
    role: Role
    name: str
    region_ids: list[int]
    dealer_name: str | None
    area_id: int


async def find_cast(oem_id: int) -> Cast:
    """The people of an OEM that `settle` has made earlier."""
    async with transaction(Scope.oem(oem_id), read_only=True) as tx:
        members = await tx.rows(_Member, _MEMBERS, oem_id)
    areas = sorted({member.area_id for member in members if member.dealer_id})
    dealers: dict[int, DemoDealer] = {}
    for member in members:
        if not member.dealer_id:
            continue
        dealer = dealers.setdefault(
            member.dealer_id,
            DemoDealer(
                member.dealer_id, member.dealer_name or "", areas.index(member.area_id) + 1, 1.0, 1.0, {}
            ),
        )
        scope = Scope.dealer(oem_id, member.dealer_id)
        dealer.staff.setdefault(member.role, _person(member.id, member.name, member.role, scope))
    managers = [_area_manager(oem_id, members, area, number, dealers) for number, area in enumerate(areas, 1)]
    agent = next(member for member in members if member.role is Role.CAC_AGENT)
    return Cast(
        oem_id, list(dealers.values()), managers, _person(agent.id, agent.name, agent.role, Scope.oem(oem_id))
    )


def _area_manager(
    oem_id: int, members: list[_Member], area_id: int, number: int, dealers: dict[int, DemoDealer]
) -> Actor:
    manager = next(each for each in members if area_id in each.region_ids)
    own = tuple(dealer.id for dealer in dealers.values() if dealer.area == number)
    return _person(manager.id, manager.name, manager.role, Scope.region(oem_id, own))


async def _dealer(
    boss: Actor, district_id: int, area: int, place: network.Place, number: int, rng: Random, at: datetime
) -> DemoDealer:
    made = await add_dealer(
        boss,
        NewDealer(
            region_id=district_id,
            code=f"YL{number:03d}",
            name=place.name,
            name_en=place.name_en,
            province=place.province,
            city=place.city,
            phone=f"400000{number:04d}",
        ),
        as_of=at,
    )
    logins: dict[Role, str] = {}
    if number == 1:
        logins = {Role.SERVICE_MANAGER: "service", Role.CUSTOMER_RELATIONS: "care"}
    elif area == 1:
        # Whichever case the manager of the area opens, somebody who can sign in brings it to its end.
        logins = {Role.SERVICE_MANAGER: f"service.{number}"}
    staff: dict[Role, Actor] = {}
    for role, title in _ROLE_NAMES.items():
        name = rng.choice(SURNAMES) + title + "样"
        new = NewStaff(
            email=f"{logins.get(role) or f'{role.value}.{number}'}@{MAIL_DOMAIN}",
            name=name,
            role=role,
            dealer_id=made.id,
            phone=f"1380000{number:02d}{len(staff):02d}",
            password=PASSWORD if role in logins else None,
        )
        staff[role] = _person(
            await add_staff(boss, new, as_of=at), name, role, Scope.dealer(boss.oem_id, made.id)
        )
    pace = rng.choice((0.6, 0.7, 0.8, 0.8, 0.9, 1.0, 1.0, 1.2, 1.5, 2.0))
    size = rng.uniform(0.5, 1.6)
    # The viewer's own dealer has something to show in a month's report.
    return DemoDealer(made.id, place.name, area, pace, _OWN_SIZE if number == 1 else size, staff)


async def _manager(
    boss: Actor, number: int, region_id: int, dealer_ids: tuple[int, ...], at: datetime
) -> Actor:
    login = number == 1
    name = f"{SURNAMES[number]}区域样"
    new = NewStaff(
        email=f"{'east' if login else f'area.{number}'}@{MAIL_DOMAIN}",
        name=name,
        role=Role.REGIONAL_MANAGER,
        region_ids=(region_id,),
        phone=AREA_MANAGER_PHONE if login else f"1380000{80 + number:02d}01",
        password=PASSWORD if login else None,
    )
    return _person(
        await add_staff(boss, new, as_of=at),
        name,
        Role.REGIONAL_MANAGER,
        Scope.region(boss.oem_id, dealer_ids),
    )


async def _office(boss: Actor, rng: Random, at: datetime) -> Actor:
    office = NewStaff(
        email=f"office@{MAIL_DOMAIN}",
        name=f"{rng.choice(SURNAMES)}总部样",
        role=Role.HEAD_OFFICE,
        phone="13800009901",
        password=PASSWORD,
    )
    await _name(boss, await add_staff(boss, office, as_of=at), at)
    name = f"{rng.choice(SURNAMES)}坐席样"
    agent = NewStaff(email=f"cac@{MAIL_DOMAIN}", name=name, role=Role.CAC_AGENT, phone="13800009902")
    return _person(await add_staff(boss, agent, as_of=at), name, Role.CAC_AGENT, Scope.oem(boss.oem_id))


async def _name(boss: Actor, membership_id: UUID, at: datetime) -> None:
    """Somebody is told of every complaint that media or courts may take up (R3.10)."""
    named = MajorPersons(persons=(NamedPerson(membership_id=membership_id, natures=NATURES),))
    async with transaction(Scope.oem(boss.oem_id), as_of=at) as tx:
        await publish(tx, boss, PolicyName.MAJOR_PERSONS, msgspec.json.encode(named))


def _person(membership_id: UUID, name: str, role: Role, scope: Scope) -> Actor:
    return Actor(ActorKind.PERSON, role, scope, name, membership_id)
