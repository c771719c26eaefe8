"""Who may do what: one table from role to permissions (R3.2, R9.1).

The database decides what a role may *see*; this table decides what it may *do* with what it sees.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a membership makes of a person; Chinese terms in `docs/domain.md`."""

    ADVISOR = "advisor"
    CUSTOMER_RELATIONS = "customer_relations"
    TECHNICIAN = "technician"
    SERVICE_MANAGER = "service_manager"
    STATION_HEAD = "station_head"
    CAC_AGENT = "cac_agent"
    REGIONAL_MANAGER = "regional_manager"
    READER = "reader"
    HEAD_OFFICE = "head_office"
    ADMINISTRATOR = "administrator"
    INTEGRATION = "integration"
    CUSTOMER = "customer"
    PLATFORM_OPERATOR = "platform_operator"


class Permission(StrEnum):
    """One thing that can be done."""

    CASE_READ = "case.read"
    CASE_REGISTER = "case.register"
    CASE_TAKE = "case.take"
    CASE_ASSIGN = "case.assign"
    CASE_CLASSIFY = "case.classify"
    URGENCY_LOWER = "case.urgency_lower"
    CASE_CONTACT = "case.contact"
    CASE_PLAN = "case.plan"
    CASE_RESOLVE = "case.resolve"
    CASE_CLOSE = "case.close"
    CASE_ESCALATE = "case.escalate"
    ESCALATION_ACKNOWLEDGE = "escalation.acknowledge"
    OVERVIEW_READ = "overview.read"
    MESSAGE_READ = "message.read"
    MESSAGE_REQUEUE = "message.requeue"
    REPORT_READ = "report.read"
    REPORT_REQUEST = "report.request"
    CASE_SPEAK = "case.speak"
    """Speak for oneself as the customer of a case, by its link."""
    CASE_IMPORT = "case.import"
    STAFF_MANAGE = "staff.manage"
    API_KEY_MANAGE = "api_key.manage"
    TENANT_MANAGE = "tenant.manage"
    """Dealers, regions and policy data of one's own OEM."""
    TENANT_CREATE = "tenant.create"


_P = Permission
_HANDLE = frozenset(
    {
        _P.CASE_READ,
        _P.CASE_REGISTER,
        _P.CASE_TAKE,
        _P.CASE_CLASSIFY,
        _P.CASE_CONTACT,
        _P.CASE_PLAN,
        _P.CASE_RESOLVE,
        _P.CASE_ESCALATE,
        _P.ESCALATION_ACKNOWLEDGE,
    }
)
_DEALER_MANAGER = _HANDLE | {
    _P.CASE_ASSIGN,
    _P.CASE_CLOSE,
    _P.URGENCY_LOWER,
    _P.OVERVIEW_READ,
    _P.MESSAGE_READ,
    _P.MESSAGE_REQUEUE,
    _P.REPORT_READ,
    _P.REPORT_REQUEST,
}
_OEM_MANAGER = _DEALER_MANAGER

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADVISOR: _HANDLE,
    Role.CUSTOMER_RELATIONS: _HANDLE | {_P.CASE_ASSIGN, _P.CASE_CLOSE, _P.MESSAGE_READ, _P.REPORT_READ},
    Role.TECHNICIAN: frozenset({_P.CASE_READ, _P.CASE_CONTACT, _P.CASE_PLAN}),
    Role.SERVICE_MANAGER: _DEALER_MANAGER,
    Role.STATION_HEAD: _DEALER_MANAGER | {_P.STAFF_MANAGE},
    Role.CAC_AGENT: _HANDLE | {_P.CASE_ASSIGN, _P.MESSAGE_READ},
    Role.REGIONAL_MANAGER: _OEM_MANAGER,
    Role.READER: frozenset({_P.CASE_READ, _P.OVERVIEW_READ, _P.REPORT_READ}),
    Role.HEAD_OFFICE: _OEM_MANAGER | {_P.CASE_IMPORT},
    Role.ADMINISTRATOR: _OEM_MANAGER | {_P.CASE_IMPORT, _P.STAFF_MANAGE, _P.API_KEY_MANAGE, _P.TENANT_MANAGE},
    Role.INTEGRATION: frozenset(
        {_P.CASE_READ, _P.CASE_REGISTER, _P.CASE_CONTACT, _P.CASE_IMPORT, _P.REPORT_READ}
    ),
    Role.CUSTOMER: frozenset({_P.CASE_REGISTER, _P.CASE_SPEAK}),
    Role.PLATFORM_OPERATOR: frozenset({_P.TENANT_CREATE}),
}

DEALER_ROLES = frozenset(
    {
        Role.ADVISOR,
        Role.CUSTOMER_RELATIONS,
        Role.TECHNICIAN,
        Role.SERVICE_MANAGER,
        Role.STATION_HEAD,
    }
)
"""Roles inside one dealer."""

NOT_STAFF = frozenset({Role.INTEGRATION, Role.CUSTOMER, Role.PLATFORM_OPERATOR})
"""Roles that are nobody's place in an OEM; all others but the dealer roles belong to the OEM."""


_GIVES: dict[Role, frozenset[Role]] = {
    Role.STATION_HEAD: DEALER_ROLES,
    Role.ADMINISTRATOR: frozenset(Role) - {Role.INTEGRATION, Role.PLATFORM_OPERATOR},
}


def may_give(role: Role, given: Role) -> bool:
    """Whether who has `role` may give `given` to somebody, change it or take it away: none above his own."""
    return given in _GIVES.get(role, frozenset())


def given_by(role: Role) -> list[Role]:
    """The roles that who has `role` may give, in their usual order."""
    return [given for given in Role if may_give(role, given)]


def may(role: Role, permission: Permission) -> bool:
    """Whether the table grants it."""
    return permission in PERMISSIONS[role]
