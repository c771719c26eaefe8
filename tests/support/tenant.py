"""An OEM made by the product itself: two districts, three dealers, their people, and the actors they are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from uuid import UUID, uuid4

from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import DEALER_ROLES, Role
from shared.tenancy import Actor, ActorKind, Scope
from shared.tenants.dealers import NewDealer, NewRegion

FOUNDED = datetime(2025, 1, 2, 1, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine o'clock on a working Monday in Shanghai."""
_people = count(1)


@dataclass(frozen=True, slots=True)
class Tenant:
    """`here` has all dealer roles; `sibling` and `far` (other district) an advisor and a service manager."""

    oem_id: int
    desk: int
    here: int
    sibling: int
    far: int
    people: dict[tuple[int, Role], UUID]
    emails: dict[tuple[int, Role], str]

    def actor(self, role: Role, dealer_id: int | None = None) -> Actor:
        """The person of that role: at `here` unless told otherwise, OEM roles at the OEM."""
        at = (dealer_id or self.here) if role in DEALER_ROLES else 0
        scope = Scope.oem(self.oem_id)
        if role in DEALER_ROLES:
            scope = Scope.dealer(self.oem_id, at)
        elif role is Role.REGIONAL_MANAGER:
            scope = Scope.region(self.oem_id, (self.here, self.sibling))
        name = f"{role} {at}"
        return Actor(ActorKind.PERSON, role, scope, name, id=self.people[at, role], account_id=uuid4())

    def api_key(self, dealer_id: int | None = None) -> Actor:
        """An integration of the OEM, or of a dealer."""
        scope = Scope.dealer(self.oem_id, dealer_id) if dealer_id else Scope.oem(self.oem_id)
        return Actor(ActorKind.API_KEY, Role.INTEGRATION, scope, "hotline", id=uuid4())


async def found_tenant(password: str | None = None) -> Tenant:
    """A new OEM, founded long ago; with a password its people can sign in."""
    admin_email = _email()
    made = await onboard_oem(
        NewOem(
            slug=f"oem-{uuid4().hex[:12]}",
            name="测试汽车",
            name_en="Test Motors",
            admin_email=admin_email,
            admin_name="管理员",
            admin_password=password,
        ),
        as_of=FOUNDED,
    )
    oem_id, admin = made.oem_id, Actor.system(made.oem_id)
    area = await add_region(admin, NewRegion(code="A", name="东区", name_en="East"), as_of=FOUNDED)
    ids: list[int] = []
    districts: list[int] = []
    for code in ("near", "away"):
        region = NewRegion(code=code, name=f"{code}小区", name_en=code, parent_id=area.id)
        district = await add_region(admin, region, as_of=FOUNDED)
        districts.append(district.id)
        for number in range(2 if code == "near" else 1):
            dealer = NewDealer(
                region_id=district.id,
                code=f"{code}{number}",
                name=f"测试{code}{number}店",
                name_en=f"Test {code} {number}",
            )
            ids.append((await add_dealer(admin, dealer, as_of=FOUNDED)).id)
    here, sibling, far = ids
    people = {(0, Role.ADMINISTRATOR): made.admin_membership_id}
    emails: dict[tuple[int, Role], str] = {(0, Role.ADMINISTRATOR): admin_email}
    wanted = [(here, role) for role in DEALER_ROLES]
    wanted += [(each, role) for each in (sibling, far) for role in (Role.ADVISOR, Role.SERVICE_MANAGER)]
    wanted += [(0, role) for role in (Role.CAC_AGENT, Role.REGIONAL_MANAGER, Role.READER, Role.HEAD_OFFICE)]
    for dealer_id, role in wanted:
        emails[dealer_id, role] = _email()
        staff = NewStaff(
            email=emails[dealer_id, role],
            name=f"{role} {dealer_id}",
            role=role,
            dealer_id=dealer_id,
            region_ids=(districts[0],) if role is Role.REGIONAL_MANAGER else (),
            password=password,
        )
        people[dealer_id, role] = await add_staff(admin, staff, as_of=FOUNDED)
    return Tenant(oem_id, made.desk_id, here, sibling, far, people, emails)


def _email() -> str:
    return f"person{next(_people)}-{uuid4().hex[:8]}@example.com"
