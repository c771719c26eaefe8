"""R9.2: who reads personal data plainly, for which purpose."""

from uuid import UUID

import msgspec
import pytest

from shared.cases.masking import PERSONAL, PLAIN, Purpose, hides, is_masked, seen_by
from shared.cases.views import CaseView
from shared.permissions import DEALER_ROLES, PERMISSIONS, Permission, Role
from shared.tenancy import Actor, ActorKind, Scope

OWNER, SOMEBODY = UUID(int=1), UUID(int=2)
TOLD = {
    "customer_name": "张测试",
    "customer_phone": "+8613800001234",
    "customer_email": "zhang@example.com",
    "vehicle_plate": "测A12345",
    "vehicle_vin": "LSVAM4187C2184847",
}
READERS = [role for role in Role if Permission.CASE_READ in PERMISSIONS[role]]


def a_case() -> CaseView:
    """A case of which only what is read here is filled in."""
    blank = dict.fromkeys(CaseView.__struct_fields__)
    return CaseView(**{**blank, **TOLD, "owner_id": OWNER, "masked": False})  # type: ignore[arg-type]


def an_actor(role: Role, membership_id: UUID = SOMEBODY) -> Actor:
    scope = Scope.dealer(1, 1) if role in DEALER_ROLES else Scope.oem(1)
    kind = ActorKind.API_KEY if role is Role.INTEGRATION else ActorKind.PERSON
    return Actor(kind, role, scope, "测试员", id=membership_id)


def test_every_purpose_has_its_roles() -> None:
    assert set(PLAIN) == set(Purpose)


@pytest.mark.parametrize("purpose", [Purpose.LIST, Purpose.REPORT, Purpose.EXPORT])
def test_nobody_reads_many_people_plainly_at_once(purpose: Purpose) -> None:
    assert all(is_masked(role, purpose) for role in Role)


@pytest.mark.parametrize("role", READERS)
def test_at_the_oem_only_the_owner_of_a_case_reads_it_plainly(role: Role) -> None:
    at_dealer = role in DEALER_ROLES or role is Role.INTEGRATION
    assert hides(an_actor(role), a_case()) is not at_dealer
    assert hides(an_actor(role, OWNER), a_case()) is (role is Role.READER)


def test_what_is_masked_shows_no_whole_value_and_leaves_the_rest_alone() -> None:
    case = a_case()
    seen = seen_by(an_actor(Role.HEAD_OFFICE), case)
    assert seen.masked
    for name in PERSONAL:
        assert getattr(seen, name) != TOLD[name]
    rest = set(CaseView.__struct_fields__) - {*PERSONAL, "masked"}
    assert all(getattr(seen, name) == getattr(case, name) for name in rest)
    assert seen_by(an_actor(Role.HEAD_OFFICE), case, revealed=True) == case


def test_what_is_not_known_stays_empty() -> None:
    nothing = msgspec.structs.replace(
        a_case(),
        customer_name="",
        customer_phone="",
        customer_email="",
        vehicle_plate=None,
        vehicle_vin=None,
    )
    seen = seen_by(an_actor(Role.READER), nothing)
    assert msgspec.structs.replace(seen, masked=False) == nothing


def test_the_product_itself_sees_everything() -> None:
    assert not hides(Actor.system(1), a_case())
