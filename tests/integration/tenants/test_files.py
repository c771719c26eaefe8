"""Dealers and staff from files: a verdict for every row, nothing twice (R9.1)."""

import asyncio
from uuid import uuid4

import pytest

from shared.db.engine import transaction
from shared.errors import Forbidden, Invalid
from shared.onboarding.dealer_file import import_dealers
from shared.onboarding.files import LONGEST_FILE_BYTES, FileResult, RowStatus
from shared.onboarding.staff_file import import_staff
from shared.permissions import Role
from shared.tenancy import Scope
from tests.support.background import LINKS
from tests.support.tenant import Tenant, found_tenant

HEADER = "code,name,area_code,area_name,district_code,district_name,phone\n"


@pytest.fixture
async def tenant() -> Tenant:
    return await found_tenant()


async def counted(tenant: Tenant, table: str) -> int:
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        return int(await tx.value(f"SELECT count(*) FROM {table} WHERE oem_id = $1", tenant.oem_id))


def verdicts(result: FileResult) -> list[tuple[str, str]]:
    return [
        (row.status.value, ",".join(f"{each.field}:{each.code}" for each in row.problems))
        for row in result.rows
    ]


async def test_dealers_come_in_with_their_regions_and_never_twice(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    before = await counted(tenant, "dealers"), await counted(tenant, "regions")
    text = HEADER + "n1,一店,N,北区,N1,北一,010-12345678\nn2,二店,N,,N1,,\nn3,三店,A,,near,,\n"
    rehearsed = await import_dealers(admin, text.encode(), dry_run=True)
    assert (await counted(tenant, "dealers"), await counted(tenant, "regions")) == before
    done = await import_dealers(admin, text.encode("gb18030"), dry_run=False)
    assert verdicts(done) == verdicts(rehearsed) == [("created", "")] * 3
    assert (await counted(tenant, "dealers"), await counted(tenant, "regions")) == (
        before[0] + 3,
        before[1] + 2,
    )
    again = await import_dealers(admin, text.encode(), dry_run=False)
    assert again.count(RowStatus.KNOWN) == 3
    assert await counted(tenant, "dealers") == before[0] + 3


async def test_wrong_rows_say_why_and_leave_the_others_alone(tenant: Tenant) -> None:
    text = HEADER + (
        "n1,,N,,N1,,\n"  # no name
        "n2,二店,N,,N,,\n"  # one code for two levels
        "n3,三店,near,,N9,,\n"  # a district as an area
        "n4,四店,N,,near,,\n"  # a district of another area
        "n5,五店,N,,N1,,12\n"  # no number
        'n6,"六店,N,,N1,,\n'  # quotes
    )
    result = await import_dealers(tenant.actor(Role.ADMINISTRATOR), text.encode(), dry_run=False)
    assert verdicts(result) == [
        ("rejected", "name:required"),
        ("rejected", "district_code:region_is_other_level"),
        ("rejected", "area_code:region_is_other_level"),
        ("rejected", "district_code:district_of_other_area"),
        ("rejected", "phone:phone_not_possible"),
        ("rejected", ":quotes_broken"),
    ]
    good = HEADER + "n7,,N,,N1,,\nn8,八店,N,,N1,,\n"
    mixed = await import_dealers(tenant.actor(Role.ADMINISTRATOR), good.encode(), dry_run=False)
    assert [row.status for row in mixed.rows] == [RowStatus.REJECTED, RowStatus.CREATED]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"code,name\nx,y\n", "column_missing"),
        ("code,经销商代码,name,area_code,district_code\n".encode(), "column_twice"),
        (b"PK\x03\x04xx", "file_is_spreadsheet"),
        (b"x" * (LONGEST_FILE_BYTES + 1), "file_too_heavy"),
        (HEADER.encode() + b"a,b,c,d,e,f,g\n" * 5_001, "too_many_rows"),
    ],
)
async def test_what_is_no_such_file_is_refused(tenant: Tenant, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await import_dealers(tenant.actor(Role.ADMINISTRATOR), content, dry_run=True)
    assert [each.code for each in refused.value.fields] == [code]


async def test_two_imports_of_one_file_make_every_dealer_once(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    text = HEADER + "".join(f"n{number},店,N,,N1,,\n" for number in range(20))
    results = await asyncio.gather(*(import_dealers(admin, text.encode(), dry_run=False) for _ in range(3)))
    assert sorted(each.count(RowStatus.CREATED) for each in results) == [0, 0, 20]


async def test_two_imports_of_one_file_invite_everybody_once(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    rows = "".join(f"{uuid4().hex[:12]}@example.com,王测试,advisor,near0,,,\n" for _ in range(10))
    text = "email,name,role,dealer_code,region_codes,phone,locale\n" + rows
    results = await asyncio.gather(
        *(import_staff(admin, text.encode(), LINKS, dry_run=False) for _ in range(3))
    )
    assert sum(each.count(RowStatus.CREATED) for each in results) == 10
    assert sum(each.count(RowStatus.REJECTED) for each in results) == 0


async def test_staff_are_invited_once_by_names_in_either_language(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    mails = [f"{uuid4().hex[:12]}@example.com" for _ in range(4)]
    text = "邮箱,姓名,角色,经销商代码,区域代码,手机,语言\n" + "\n".join(
        [
            f"{mails[0]},王测试,服务顾问,near0,,13800001111,en",
            f"{mails[1]},李测试,Regional manager,,A;near,,",
            f"{mails[2]},赵测试,head_office,,,,",
            f"{mails[0]},王测试,advisor,near0,,,",
            f"{mails[3]},钱测试,advisor,nowhere,,,",
            f"{mails[3]},钱测试,janitor,,,,",
            "no address,钱测试,reader,,,,",
        ]
    )
    before = await counted(tenant, "messages")
    rehearsed = await import_staff(admin, text.encode(), LINKS, dry_run=True)
    assert await counted(tenant, "messages") == before
    assert await counted(tenant, "staff_invitations") == 0
    done = await import_staff(admin, text.encode(), LINKS, dry_run=False)
    assert (
        verdicts(done)
        == verdicts(rehearsed)
        == [
            ("created", ""),
            ("created", ""),
            ("created", ""),
            ("known", ""),
            ("rejected", "dealer_code:unknown_dealer_of_file"),
            ("rejected", "role:unknown_value"),
            ("rejected", "email:email_not_understood"),
        ]
    )
    assert await counted(tenant, "messages") == before + 3
    again = await import_staff(admin, text.encode(), LINKS, dry_run=False)
    assert again.count(RowStatus.CREATED) == 0
    assert await counted(tenant, "messages") == before + 3


async def test_a_station_head_imports_the_own_staff_only(tenant: Tenant) -> None:
    text = "email,name,role,dealer_code\n" + "\n".join(
        [
            f"{uuid4().hex}@example.com,王测试,advisor,near0",
            f"{uuid4().hex}@example.com,王测试,advisor,near1",
            f"{uuid4().hex}@example.com,王测试,administrator,",
        ]
    )
    result = await import_staff(tenant.actor(Role.STATION_HEAD), text.encode(), LINKS, dry_run=False)
    assert [row.status for row in result.rows] == [RowStatus.CREATED, RowStatus.REJECTED, RowStatus.REJECTED]
    with pytest.raises(Forbidden):
        await import_dealers(tenant.actor(Role.STATION_HEAD), HEADER.encode(), dry_run=True)
    with pytest.raises(Forbidden):
        await import_staff(tenant.actor(Role.ADVISOR), text.encode(), LINKS, dry_run=True)
