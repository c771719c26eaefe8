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
    PLATFORM_OPERATOR = "platform_operator"
    CUSTOMER = "customer"
    """The car owner, by a link to the one case; never a membership."""


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
    CASE_AGREE = "case.agree"
    """Record that the customer agrees to the plan."""
    CASE_SURVEY = "case.survey"
    """Say whether the customer is satisfied, or record that he said so."""
    CASE_TASK = "case.task"
    CASE_COMPENSATE = "case.compensate"
    """Give a compensation within one's limit, or ask for one above it."""
    APPROVAL_DECIDE = "approval.decide"
    """Decide what others ask for, within one's own limit."""
    CALL_CHECK = "call.check"
    """Look at how others' calls were made, and score them."""
    CASE_HOLD = "case.hold"
    CASE_MERGE = "case.merge"
    """Bring two complaints about one matter together, and apart again."""
    CASE_WITHDRAW = "case.withdraw"
    """Record that the customer does not pursue the case."""
    CASE_REOPEN = "case.reopen"
    CASE_TAKE_OVER = "case.take_over"
    """Take a dealer's case to the OEM."""
    TRANSFER_ASK = "case.transfer_ask"
    CASE_TRANSFER = "case.transfer"
    """Move a case to another dealer."""
    MAJOR_DECIDE = "case.major_decide"
    """Say whether a candidate is a major complaint."""
    AUDIT_READ = "audit.read"
    """Search the audit log within one's scope."""
    OVERVIEW_READ = "overview.read"
    MESSAGE_READ = "message.read"
    MESSAGE_REQUEUE = "message.requeue"
    REPORT_READ = "report.read"
    REPORT_REQUEST = "report.request"
    CASE_SPEAK = "case.speak"
    """Speak for oneself as the customer of a case, by its link."""
    CASE_CHOOSE = "case.choose_messages"
    """Say which messages the customer does without, or record that he said so."""
    CASE_EXPORT = "case.export"
    """Take lists of cases out as files."""
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
        _P.CASE_AGREE,
        _P.CASE_SURVEY,
        _P.CASE_TASK,
        _P.CASE_COMPENSATE,
        _P.CASE_CHOOSE,
    }
)
_ENDS = frozenset({_P.CASE_WITHDRAW, _P.CASE_REOPEN, _P.CASE_MERGE})
_DEALER_MANAGER = (
    _HANDLE
    | _ENDS
    | {
        _P.CASE_ASSIGN,
        _P.CASE_CLOSE,
        _P.CASE_EXPORT,
        _P.CASE_HOLD,
        _P.TRANSFER_ASK,
        _P.APPROVAL_DECIDE,
        _P.CALL_CHECK,
        _P.URGENCY_LOWER,
        _P.OVERVIEW_READ,
        _P.MESSAGE_READ,
        _P.MESSAGE_REQUEUE,
        _P.REPORT_READ,
        _P.REPORT_REQUEST,
    }
)
_OEM_MANAGER = (_DEALER_MANAGER - {_P.TRANSFER_ASK}) | {_P.CASE_TAKE_OVER, _P.MAJOR_DECIDE}
# Only who sees every dealer can move a case between them.
_WHOLE_OEM = _OEM_MANAGER | {_P.CASE_IMPORT, _P.CASE_TRANSFER, _P.AUDIT_READ}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADVISOR: _HANDLE,
    Role.CUSTOMER_RELATIONS: _HANDLE
    | _ENDS
    | {_P.CASE_ASSIGN, _P.CASE_CLOSE, _P.CASE_EXPORT, _P.TRANSFER_ASK, _P.MESSAGE_READ, _P.REPORT_READ},
    Role.TECHNICIAN: frozenset({_P.CASE_READ, _P.CASE_CONTACT, _P.CASE_PLAN, _P.CASE_AGREE}),
    Role.SERVICE_MANAGER: _DEALER_MANAGER,
    Role.STATION_HEAD: _DEALER_MANAGER | {_P.STAFF_MANAGE, _P.AUDIT_READ},
    Role.CAC_AGENT: _HANDLE
    | _ENDS
    | {
        _P.CASE_ASSIGN,
        _P.CASE_EXPORT,
        _P.CASE_TAKE_OVER,
        _P.CASE_TRANSFER,
        _P.MAJOR_DECIDE,
        _P.MESSAGE_READ,
    },
    Role.REGIONAL_MANAGER: _OEM_MANAGER,
    Role.READER: frozenset({_P.CASE_READ, _P.CASE_EXPORT, _P.OVERVIEW_READ, _P.REPORT_READ}),
    Role.HEAD_OFFICE: _WHOLE_OEM,
    Role.ADMINISTRATOR: _WHOLE_OEM | {_P.STAFF_MANAGE, _P.API_KEY_MANAGE, _P.TENANT_MANAGE},
    Role.INTEGRATION: frozenset(
        {_P.CASE_READ, _P.CASE_REGISTER, _P.CASE_CONTACT, _P.CASE_EXPORT, _P.CASE_IMPORT, _P.REPORT_READ}
    ),
    Role.PLATFORM_OPERATOR: frozenset({_P.TENANT_CREATE}),
    Role.CUSTOMER: frozenset(
        {_P.CASE_REGISTER, _P.CASE_SPEAK, _P.CASE_AGREE, _P.CASE_WITHDRAW, _P.CASE_SURVEY, _P.CASE_CHOOSE}
    ),
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
"""Roles inside one dealer; all other roles of members belong to the OEM."""

MEMBER_ROLES = frozenset(Role) - {Role.INTEGRATION, Role.PLATFORM_OPERATOR, Role.CUSTOMER}
"""Roles that a membership can have."""


_GIVES: dict[Role, frozenset[Role]] = {
    Role.STATION_HEAD: DEALER_ROLES,
    Role.ADMINISTRATOR: MEMBER_ROLES,
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
