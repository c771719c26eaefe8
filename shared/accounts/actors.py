"""From what the database knows about a session or key to an actor with a scope; reads nothing itself."""

from shared.accounts.repository import KeyRow, SessionRow
from shared.permissions import DEALER_ROLES, Role
from shared.tenancy import Actor, ActorKind, Scope


def actor_of_session(row: SessionRow) -> Actor:
    """The person in the place the session was opened for."""
    return Actor(
        kind=ActorKind.PERSON,
        role=row.role,
        scope=_scope(row),
        name=row.member_name,
        id=row.membership_id,
        account_id=row.account_id,
        locale=row.locale,
        time_zone=row.time_zone,
    )


def actor_of_key(row: KeyRow) -> Actor:
    """The integration, for its dealer or for the whole OEM."""
    return Actor(
        kind=ActorKind.API_KEY,
        role=Role.INTEGRATION,
        scope=Scope.dealer(row.oem_id, row.dealer_id) if row.dealer_id else Scope.oem(row.oem_id),
        name=row.name,
        id=row.id,
        locale=row.locale,
        time_zone=row.time_zone,
    )


def _scope(row: SessionRow) -> Scope:
    if row.oem_id is None:
        return Scope.platform()
    if row.role in DEALER_ROLES:
        return Scope.dealer(row.oem_id, row.dealer_id)
    if row.role is Role.REGIONAL_MANAGER:
        return Scope.region(row.oem_id, tuple(row.dealer_ids))
    return Scope.oem(row.oem_id)
