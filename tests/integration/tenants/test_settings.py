"""What an OEM sets for itself, and opening one (R9.1, R1.3)."""

from dataclasses import replace as replaced

import msgspec
import pytest

from shared.cases import service
from shared.cases.intake import Intake, Source
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.notifications.links import moved
from shared.onboarding import consents, platform, settings
from shared.onboarding.acceptance import open_invitation
from shared.onboarding.service import NewOem
from shared.onboarding.settings import SettingsWanted
from shared.permissions import Role
from shared.tenancy import Actor, ActorKind, Scope
from tests.integration.accounts.people import new_email
from tests.support.background import LINKS
from tests.support.tenant import Tenant, found_tenant
from tests.unit.files.test_images import jpeg, png

WANTED = SettingsWanted(
    name="新测试汽车",
    name_en="New Test Motors",
    time_zone="Europe/Berlin",
    locale="en",
    number_prefix="NTM",
    sender_name="New Test Care",
    sms_signature="新测试汽车",
    public_url="https://care.example.com/",
    complaint_line="400 000 0001",
)
OPERATOR = Actor(ActorKind.PERSON, Role.PLATFORM_OPERATOR, Scope.platform(), "Operator")


@pytest.fixture
async def tenant() -> Tenant:
    return await found_tenant()


async def test_settings_are_used_where_they_belong(tenant: Tenant) -> None:
    """R1.3: the number's prefix; the SMS' signature, the e-mail's sender and the customer's address."""
    admin = tenant.actor(Role.ADMINISTRATOR)
    saved = await settings.save_settings(admin, WANTED, version=1)
    assert (saved.version, saved.public_url) == (2, "https://care.example.com")
    assert saved.complaint_line == "+864000000001"
    intake = Intake(channel=Channel.PHONE, words="异响", customer_phone="13800001234")
    case = await service.register(tenant.actor(Role.ADVISOR), intake, source=Source.STAFF)
    assert case.number.startswith("NTM2")
    (many,) = await service.register_many(
        tenant.actor(Role.ADVISOR), [msgspec.structs.replace(intake, words="漏油")], source=Source.STAFF
    )
    assert "NTM2" in str(many)
    with pytest.raises(Conflict, match="stale_version"):
        await settings.save_settings(admin, msgspec.structs.replace(WANTED, name="x"), version=1)
    assert (await settings.save_settings(admin, WANTED, version=2)).version in {2, 3}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "required"),
        ("name_en", "x" * 101, "too_long"),
        ("name", "a\nb", "not_understood"),
        ("time_zone", "Mars/Olympus", "unknown_time_zone"),
        ("locale", "fr", "unknown_value"),
        ("number_prefix", "af", "prefix_not_understood"),
        ("number_prefix", "ABCDEFG", "prefix_not_understood"),
        ("sender_name", "a\r\nBcc: b", "not_understood"),
        ("sms_signature", "【测试】", "signature_not_understood"),
        ("public_url", "javascript:alert(1)", "address_not_understood"),
        ("public_url", "https://user@evil.example", "address_not_understood"),
        ("public_url", "https://care.example.com/path", "address_not_understood"),
        ("public_url", "http://[::1", "address_not_understood"),
        ("complaint_line", "12", "phone_not_possible"),
    ],
)
async def test_settings_that_cannot_be_are_refused(tenant: Tenant, field: str, value: str, code: str) -> None:
    wanted = msgspec.structs.replace(WANTED, **{field: value})
    with pytest.raises(Invalid) as refused:
        await settings.save_settings(tenant.actor(Role.ADMINISTRATOR), wanted, version=None)
    assert [(each.field, each.code) for each in refused.value.fields] == [(field, code)]


async def test_only_the_administrator_changes_them(tenant: Tenant) -> None:
    for role in (Role.STATION_HEAD, Role.HEAD_OFFICE, Role.REGIONAL_MANAGER):
        actor = tenant.actor(role)
        with pytest.raises(Forbidden):
            await settings.save_settings(actor, WANTED, version=None)
        with pytest.raises(Forbidden):
            await settings.set_logo(actor, png())
        with pytest.raises(Forbidden):
            await consents.publish_consent(actor, "好", "fine", version=1)


async def test_a_logo_is_shown_replaced_and_removed(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    with pytest.raises(NotFound):
        await settings.logo_of(tenant.oem_id)
    first = await settings.set_logo(admin, png())
    second = await settings.set_logo(admin, jpeg())
    assert first.logo != second.logo
    assert (await settings.logo_of(tenant.oem_id)).media_type == "image/jpeg"
    async with transaction(Scope.oem(tenant.oem_id)) as tx:
        assert await tx.value("SELECT count(*) FROM oem_logos WHERE oem_id = $1", tenant.oem_id) == 1
    assert (await settings.remove_logo(admin)).logo is None
    for content in (b"", b"<svg/>", png()[:-3]):
        with pytest.raises(Invalid):
            await settings.set_logo(admin, content)


async def test_consent_has_versions_that_stay(tenant: Tenant) -> None:
    admin = tenant.actor(Role.ADMINISTRATOR)
    before = await consents.consents(admin)
    words = ("{oem}处理您的信息。", "{oem} handles your data.")
    made = await consents.publish_consent(admin, *words, version=len(before))
    assert made.version == len(before) + 1
    with pytest.raises(Conflict):
        await consents.publish_consent(admin, *words, version=len(before))
    after = await consents.consents(admin)
    assert after == [made, *before]
    for zh, en in (("", "x"), ("x", " "), ("x" * 5001, "x")):
        with pytest.raises(Invalid):
            await consents.publish_consent(admin, zh, en, version=made.version)


def test_a_customers_link_is_moved_to_the_oems_own_address() -> None:
    link = "http://127.0.0.1:8000/t/abc?x=1"
    assert moved(link, "https://care.example.com") == "https://care.example.com/t/abc?x=1"
    assert moved(link, "") == link
    assert moved("", "https://care.example.com") == ""


async def test_the_platform_operator_opens_an_oem_and_sees_no_case() -> None:
    """R9.1: ready to work, its administrator invited; the operator gets no place in it."""
    email = new_email()
    new = NewOem(
        slug=f"opened-{email[6:9].strip('-')}x{email[-20:-12]}".lower().replace("@", "-").replace(".", "-"),
        name="新测试汽车",
        name_en="New Test Motors",
        admin_email=email,
        admin_name="管理员",
    )
    opened = await platform.open_oem(OPERATOR, new, LINKS)
    async with transaction(Scope.oem(opened.oem_id)) as tx:
        link = await tx.value("SELECT link FROM messages WHERE oem_id = $1", opened.oem_id)
        names = set(await tx.values("SELECT name FROM policies WHERE oem_id = $1", opened.oem_id))
        logged = await tx.values("SELECT action FROM audit_entries WHERE oem_id = $1", opened.oem_id)
        people = await tx.value("SELECT count(*) FROM memberships WHERE oem_id = $1", opened.oem_id)
    assert {"classification", "channels", "clocks", "calendar"} <= names
    assert "oem.open" in logged
    assert people == 0
    offer = await open_invitation(link.split("token=")[1])
    assert (offer.role, offer.email) == (Role.ADMINISTRATOR, email)
    with pytest.raises(Conflict, match="slug_taken"):
        await platform.open_oem(OPERATOR, new, LINKS)
    await platform.invite_again(OPERATOR, opened.oem_id, LINKS)
    with pytest.raises(NotFound):
        await platform.invite_again(OPERATOR, 2_000_000_000, LINKS)
    assert opened.oem_id in {each.id for each in await platform.oems(OPERATOR)}


async def test_nobody_else_opens_an_oem(tenant: Tenant) -> None:
    new = NewOem(slug="x-y", name="x", name_en="x", admin_email=new_email(), admin_name="x")
    for actor in (
        tenant.actor(Role.ADMINISTRATOR),
        tenant.api_key(),
        replaced(OPERATOR, role=Role.HEAD_OFFICE),
    ):
        with pytest.raises(Forbidden):
            await platform.open_oem(actor, new, LINKS)
        with pytest.raises(Forbidden):
            await platform.oems(actor)
        with pytest.raises(NotFound):
            await platform.invite_again(actor, tenant.oem_id, LINKS)
    with pytest.raises(Conflict, match="administrator_exists"):
        await platform.invite_again(OPERATOR, tenant.oem_id, LINKS)
