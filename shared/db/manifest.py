"""Which role may see and do what, table by table: the list behind the drift test and the isolation matrix.

A table that is not here fails the drift test; a table that is here is tried by every role against every
neighbour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tenancy(StrEnum):
    """What a row of a table belongs to."""

    DEALER = "dealer"
    """One dealer of one OEM (dealer 0: the OEM itself)."""
    OEM = "oem"
    """A whole OEM; its dealers read it."""
    OEMS = "oems"
    """The table of OEMs."""
    IDENTITY = "identity"
    """A person across tenants; reached through definer functions only."""


@dataclass(frozen=True, slots=True)
class Table:
    """The tenancy of a table and the verbs of each role: letters of Select, Insert, Update, Delete.

    `updates` names columns that a role may update without the verb.
    """

    tenancy: Tenancy
    rights: Mapping[str, str]
    dealer_column: str = "dealer_id"
    case_column: str = "case_id"
    updates: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def _dealer(dealer: str, region: str, oem: str, **more: str) -> dict[str, str]:
    return {"t_dealer": dealer, "t_region": region, "t_oem": oem} | {f"t_{k}": v for k, v in more.items()}


# A transfer to another dealer is all that ever changes such a row.
_MOVED = {"t_oem": ("dealer_id",)}

TABLES: dict[str, Table] = {
    "oems": Table(
        Tenancy.OEMS,
        _dealer("S", "S", "SU", portal="S", platform="SIU", system="S", identity="S", tracking="S"),
    ),
    "regions": Table(Tenancy.OEM, _dealer("S", "S", "SIU", identity="S")),
    "dealers": Table(
        Tenancy.DEALER, _dealer("S", "S", "SIU", identity="S", tracking="S"), dealer_column="id"
    ),
    "accounts": Table(Tenancy.IDENTITY, {"t_identity": "SIU"}),
    "memberships": Table(Tenancy.DEALER, _dealer("SIU", "S", "SIU", identity="SIU")),
    "staff_invitations": Table(Tenancy.DEALER, {"t_dealer": "SIU", "t_oem": "SIU", "t_identity": "S"}),
    "absences": Table(Tenancy.DEALER, _dealer("SID", "S", "SID")),
    "password_resets": Table(Tenancy.IDENTITY, {"t_identity": "SID"}),
    "oem_logos": Table(Tenancy.OEM, _dealer("S", "S", "SID")),
    "sessions": Table(Tenancy.IDENTITY, {"t_identity": "SIUD"}),
    "api_keys": Table(Tenancy.OEM, {"t_oem": "SIU", "t_identity": "SU"}),
    "sign_in_attempts": Table(Tenancy.IDENTITY, {"t_identity": "SIUD"}),
    "policies": Table(Tenancy.OEM, _dealer("S", "S", "SI", system="S")),
    "rule_drafts": Table(Tenancy.OEM, {"t_oem": "SIUD"}),
    "policy_drafts": Table(Tenancy.OEM, {"t_oem": "SIUD"}),
    "policy_migrations": Table(Tenancy.OEM, {"t_oem": "SIU"}),
    "customers": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", search="S", tracking="S")),
    "vehicles": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", search="S")),
    "case_counters": Table(Tenancy.OEM, _dealer("SIU", "SIU", "SIU")),
    "cases": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", search="S", tracking="S"), case_column="id"),
    "case_tags": Table(Tenancy.DEALER, _dealer("SID", "SID", "SIUD")),
    "case_links": Table(Tenancy.DEALER, _dealer("SID", "SID", "SIUD")),
    "saved_views": Table(Tenancy.DEALER, _dealer("SID", "", "SID")),
    "case_search": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", search="S")),
    "timeline_entries": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI", tracking="S"), updates=_MOVED),
    "case_points": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "case_diagnoses": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "case_plans": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", tracking="S")),
    "case_waits": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "case_tasks": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "case_compensations": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "case_approvals": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "major_findings": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "major_decisions": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "surveys": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", tracking="S")),
    "follow_up_calls": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "call_attempts": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "call_checks": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "case_forms": Table(Tenancy.DEALER, _dealer("S", "S", "SIU", system="S")),
    "idempotency_keys": Table(Tenancy.OEM, _dealer("SI", "SI", "SID")),
    "notifications": Table(Tenancy.DEALER, _dealer("SU", "", "SIUD")),
    "reveals": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "audit_entries": Table(Tenancy.DEALER, _dealer("SI", "I", "SI", identity="I")),
    "clocks": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", system="SU")),
    "escalations": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU", system="SI")),
    "events": Table(Tenancy.DEALER, _dealer("I", "I", "SIU", system="SIU", receipts="I")),
    "messages": Table(
        Tenancy.DEALER,
        _dealer("SIU", "SIU", "SIU", system="SU", receipts="S"),
        updates={
            "t_receipts": ("receipt", "receipt_at", "state", "sent_at", "last_error", "lease_token"),
        },
    ),
    "chat_robots": Table(Tenancy.OEM, {"t_oem": "SIU", "t_system": "S"}),
    "chat_robot_secrets": Table(Tenancy.OEM, {"t_oem": "I", "t_system": "S"}),
    "webhook_endpoints": Table(Tenancy.OEM, {"t_oem": "SIU", "t_system": "SU"}),
    "files": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI", tracking="S"), updates=_MOVED),
    "case_attachments": Table(
        Tenancy.DEALER,
        _dealer("SI", "SI", "SI", tracking="S"),
        updates={
            "t_dealer": ("visible_to_customer",),
            "t_region": ("visible_to_customer",),
            "t_oem": ("dealer_id", "visible_to_customer"),
        },
    ),
    "customer_choices": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI", tracking="S"), updates=_MOVED),
    "case_consents": Table(Tenancy.DEALER, _dealer("SI", "SI", "SI"), updates=_MOVED),
    "report_runs": Table(Tenancy.DEALER, _dealer("SI", "SI", "SIU", system="S")),
    "file_jobs": Table(Tenancy.DEALER, {"t_dealer": "SI", "t_oem": "SIU", "t_system": "S"}),
    "import_mappings": Table(Tenancy.OEM, {"t_oem": "SIU"}),
    "inbound_sources": Table(Tenancy.OEM, {"t_oem": "SIU", "t_identity": "SU"}),
    "case_calls": Table(Tenancy.DEALER, _dealer("SIU", "SIU", "SIU")),
    "import_runs": Table(Tenancy.DEALER, _dealer("", "", "SIU")),
}

LOGIN_ROLES: dict[str, frozenset[str]] = {
    "app": frozenset({"t_dealer", "t_region", "t_oem", "t_portal", "t_auth", "t_platform"}),
    "worker": frozenset({"t_dealer", "t_region", "t_oem", "t_system"}),
}
"""Which roles a login may become for one transaction."""

UNSCOPED = frozenset({"t_system", "t_platform", "t_search", "t_identity", "t_tracking", "t_receipts"})
"""Roles whose policies see every tenant; their verbs and their functions are what limits them."""


def policy_expression(role: str, table: Table) -> str:
    """The policy PostgreSQL must report (as it prints it) for `role` on a table."""
    if role in UNSCOPED:
        return "true"
    oem_column = "id" if table.tenancy is Tenancy.OEMS else "oem_id"
    own_oem = f"({oem_column} = (current_setting('app.oem_id'::text))::integer)"
    if table.tenancy is Tenancy.OEMS:
        return own_oem
    if role == "t_portal":
        return f"({own_oem} AND ({table.case_column} = (current_setting('app.case_id'::text))::uuid))"
    if role == "t_oem" or table.tenancy is Tenancy.OEM:
        return own_oem
    if role == "t_dealer":
        return f"({own_oem} AND ({table.dealer_column} = (current_setting('app.dealers'::text))::bigint))"
    dealers = "(string_to_array(current_setting('app.dealers'::text), ','::text))::bigint[]"
    return f"({own_oem} AND ({table.dealer_column} = ANY ({dealers})))"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the schema that roles may call: whose rights it has, and who may call it (sorted)."""

    runs_as: str
    executors: tuple[str, ...]


_SIGN_IN = Function("t_identity", ("t_auth",))
_TRACKING = Function("t_tracking", ("t_portal",))

FUNCTIONS: dict[str, Function] = {
    "auth_take_attempt": _SIGN_IN,
    "auth_give_back": _SIGN_IN,
    "auth_find_account": _SIGN_IN,
    "auth_create_account": _SIGN_IN,
    "auth_set_password": _SIGN_IN,
    "auth_memberships": _SIGN_IN,
    "auth_open_session": _SIGN_IN,
    "auth_find_session": _SIGN_IN,
    "auth_rotate_session": _SIGN_IN,
    "auth_close_session": _SIGN_IN,
    "auth_sessions": _SIGN_IN,
    "auth_close_sessions": _SIGN_IN,
    "auth_find_key": _SIGN_IN,
    "auth_find_source": _SIGN_IN,
    "auth_use_source": _SIGN_IN,
    "auth_find_invitation": _SIGN_IN,
    "auth_set_profile": _SIGN_IN,
    "auth_set_contact": _SIGN_IN,
    "auth_contact": _SIGN_IN,
    "auth_start_reset": _SIGN_IN,
    "auth_find_reset": _SIGN_IN,
    "auth_use_reset": _SIGN_IN,
    "auth_note": _SIGN_IN,
    "take_receipt": Function("t_receipts", ("t_auth",)),
    "tell_of_message": Function("t_receipts", ()),
    "search_cases": Function("t_search", ("t_dealer", "t_oem", "t_region")),
    "portal_generation": _TRACKING,
    "portal_case": _TRACKING,
    "portal_timeline": _TRACKING,
    "portal_attachments": _TRACKING,
    "portal_survey": _TRACKING,
    "portal_wants_messages": _TRACKING,
    "portal_case_choice": _TRACKING,
    "wants_messages": Function("t_tracking", ("t_dealer", "t_oem", "t_region")),
}
"""Every function with executors of its own or with its owner's rights."""
