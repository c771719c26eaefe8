"""People to sign in with; each test makes its own."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID, uuid4

from shared.onboarding.service import NewOem, add_dealer, add_region, onboard_oem
from shared.onboarding.staff import NewStaff, add_staff
from shared.permissions import Role
from shared.tenancy import Actor
from shared.tenants.dealers import NewDealer, NewRegion

PASSWORD = "correct horse battery"
CLIENT = "192.0.2.1"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Company:
    """An OEM with one area of two districts, a dealer in each."""

    oem_id: int
    slug: str
    admin: Actor
    area: int
    districts: tuple[int, int]
    dealers: tuple[int, int]


def new_email() -> str:
    return f"person{next(_numbers)}-{uuid4().hex[:8]}@example.com"


def new_client() -> str:
    """An address that no other test has used up."""
    number = next(_numbers)
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


async def found_company() -> Company:
    slug = f"oem-{uuid4().hex[:12]}"
    made = await onboard_oem(
        NewOem(
            slug=slug, name="测试汽车", name_en="Test Motors", admin_email=new_email(), admin_name="管理员"
        )
    )
    admin = Actor.system(made.oem_id)
    area = await add_region(admin, NewRegion(code="A", name="东区", name_en="East"))
    districts: list[int] = []
    dealers: list[int] = []
    for code in ("a", "b"):
        region = NewRegion(code=code, name=code, name_en=code, parent_id=area.id)
        districts.append((await add_region(admin, region)).id)
        dealer = NewDealer(region_id=districts[-1], code=f"dealer-{code}", name="测试店", name_en="Shop")
        dealers.append((await add_dealer(admin, dealer)).id)
    return Company(
        made.oem_id,
        slug,
        admin,
        area.id,
        (districts[0], districts[1]),
        (dealers[0], dealers[1]),
    )


async def hire(
    company: Company,
    role: Role = Role.ADVISOR,
    *,
    email: str | None = None,
    dealer_id: int | None = None,
    region_ids: tuple[int, ...] = (),
) -> tuple[str, UUID]:
    """A person with `PASSWORD`; e-mail address and membership."""
    email = email or new_email()
    at = company.dealers[0] if dealer_id is None else dealer_id
    staff = NewStaff(
        email=email,
        name="李娜",
        role=role,
        dealer_id=0 if role in {Role.ADMINISTRATOR, Role.REGIONAL_MANAGER, Role.READER} else at,
        region_ids=region_ids,
        password=PASSWORD,
    )
    return email, await add_staff(company.admin, staff)
