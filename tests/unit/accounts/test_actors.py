"""From a session or key to an actor with a scope (R9.1)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.actors import actor_of_key, actor_of_session
from shared.accounts.repository import KeyRow, SessionRow
from shared.permissions import Role
from shared.tenancy import ActorKind, Scope

ID = UUID(int=1)


def _row(**values: Any) -> SessionRow:
    usual = {
        "session_id": ID,
        "account_id": ID,
        "email": "li.na@example.com",
        "account_name": "李娜",
        "locale": "zh-CN",
        "time_zone": "Asia/Shanghai",
        "client": "192.0.2.1",
        "expires_at": datetime(2026, 1, 1, tzinfo=UTC),
        "membership_id": ID,
        "role": Role.ADVISOR,
        "member_name": "李娜 (店)",
        "dealer_id": 7,
        "dealer_ids": [7],
        "oem_id": 3,
        "oem_slug": "test",
        "oem_name": "测试",
        "oem_name_en": "Test",
        "oem_locale": "zh-CN",
    }
    return SessionRow(**(usual | values))


@pytest.mark.parametrize(
    ("role", "dealer_id", "dealer_ids", "scope"),
    [
        (Role.ADVISOR, 7, [7], Scope.dealer(3, 7)),
        (Role.STATION_HEAD, 7, [7], Scope.dealer(3, 7)),
        (Role.REGIONAL_MANAGER, 0, [9, 7], Scope.region(3, (7, 9))),
        (Role.REGIONAL_MANAGER, 0, [], Scope.region(3, ())),
        (Role.CAC_AGENT, 0, [], Scope.oem(3)),
        (Role.READER, 0, [], Scope.oem(3)),
        (Role.ADMINISTRATOR, 0, [], Scope.oem(3)),
    ],
)
def test_a_role_reaches_its_own_dealers_only(
    role: Role, dealer_id: int, dealer_ids: list[int], scope: Scope
) -> None:
    actor = actor_of_session(_row(role=role, dealer_id=dealer_id, dealer_ids=dealer_ids))

    assert (actor.kind, actor.role, actor.scope) == (ActorKind.PERSON, role, scope)
    assert (actor.name, actor.membership_id) == ("李娜 (店)", ID)


def test_the_platform_operator_reaches_no_tenant() -> None:
    row = _row(role=Role.PLATFORM_OPERATOR, oem_id=None, membership_id=None, dealer_id=0, dealer_ids=[])

    assert actor_of_session(row).scope == Scope.platform()


@pytest.mark.parametrize(("dealer_id", "scope"), [(0, Scope.oem(3)), (7, Scope.dealer(3, 7))])
def test_a_key_acts_for_its_oem_or_its_dealer(dealer_id: int, scope: Scope) -> None:
    row = KeyRow(
        id=ID,
        name="DMS",
        dealer_id=dealer_id,
        oem_id=3,
        oem_slug="test",
        oem_name="测试",
        oem_name_en="Test",
        locale="zh-CN",
        time_zone="Asia/Shanghai",
    )

    actor = actor_of_key(row)

    assert (actor.kind, actor.role, actor.scope) == (ActorKind.API_KEY, Role.INTEGRATION, scope)
    assert actor.membership_id is None
