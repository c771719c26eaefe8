"""The audit log: who did what, when, where from (R9.3)."""

from typing import Final

from litestar import Response, get

from services.admin.addresses import next_page
from services.admin.audit.models import AuditLine, AuditLogPage
from services.admin.forms import day_in, id_in
from services.admin.pages import fragment, is_fragment, look, page
from services.admin.session import AnyRequest, FromSession, Reader
from shared.accounts import people
from shared.audit.search import AuditFilter, AuditRow, search
from shared.db.engine import Transaction, transaction
from shared.permissions import Permission
from shared.tenancy import ActorKind
from shared.web.components import Choice
from shared.web.labels import label, values_of
from shared.web.locale import Translator, msgid, translator

PAGE_LENGTH: Final = 50
_LONGEST_NUMBER: Final = 40
_KINDS: Final = {
    ActorKind.API_KEY.value: msgid("API key"),
    ActorKind.CLI.value: msgid("Command line"),
    ActorKind.SYSTEM.value: msgid("Huiyin itself"),
    ActorKind.CUSTOMER.value: msgid("Customer"),
    ActorKind.PERSON.value: msgid("Somebody elsewhere"),
}


@get("/audit")
async def audit(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The entries the filters leave, newest first; htmx asks for more rows at the end."""
    reader.actor.require(Permission.AUDIT_READ)
    wanted, cursor = _filter(request, reader), request.query_params.get("cursor")
    async with transaction(reader.actor.scope, read_only=True) as tx:
        model = await _page(tx, reader, wanted, cursor)
        if is_fragment(request):
            return fragment(request, reader, await tx.now(), "audit/_rows.html", page=model)
        shown = await look(tx, reader)
    return await page(request, reader, shown, "audit/audit.html", "audit", page=model)


def _filter(request: AnyRequest, reader: Reader) -> AuditFilter:
    """The filters of the address; what is not one of the values offered counts as not chosen."""
    query = request.query_params
    entity, action = query.get("entity", ""), query.get("action", "")
    return AuditFilter(
        person_id=id_in(query.get("person", "")),
        entity=entity if entity in values_of("audit_entity") else "",
        action=action if action in values_of("audit_action") else "",
        case_number=query.get("number", "").strip().upper()[:_LONGEST_NUMBER],
        first_day=day_in(query.get("first_day", "")),
        last_day=day_in(query.get("last_day", "")),
        time_zone=reader.zone.key,
    )


async def _page(tx: Transaction, reader: Reader, wanted: AuditFilter, cursor: str | None) -> AuditLogPage:
    oem_id, speak = reader.actor.oem_id, translator(reader.locale)
    found = await search(tx, oem_id, wanted, cursor=cursor, limit=PAGE_LENGTH)
    members = sorted(await people.members(tx, oem_id), key=lambda each: each.name)
    return AuditLogPage(
        people=[
            Choice(str(each.membership_id), f"{each.name} · {label(speak, 'role', each.role.value)}")
            for each in members
        ],
        person=str(wanted.person_id or ""),
        entity=wanted.entity,
        action=wanted.action,
        number=wanted.case_number,
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        lines=[_line(each, speak) for each in found.items],
        more_url=next_page("/audit", _chosen(wanted), found.next_cursor),
    )


def _line(row: AuditRow, speak: Translator) -> AuditLine:
    is_person = row.actor_kind == ActorKind.PERSON.value
    return AuditLine(
        at=row.at,
        who=row.actor_name or speak.gettext(_KINDS[row.actor_kind]),
        role=label(speak, "role", row.actor_role) if is_person else "",
        action=label(speak, "audit_action", row.action),
        thing=label(speak, "audit_entity", row.entity),
        case_id=row.entity_id if row.case_number else "",
        case_number=row.case_number or "",
        fields=[label(speak, "audit_field", each) for each in row.fields],
        reason=label(speak, "reveal_reason", row.reason) if row.reason else "",
        words=row.words,
        origin=" · ".join(part for part in (row.network, row.agent) if part),
    )


def _chosen(wanted: AuditFilter) -> dict[str, object]:
    return {
        "person": wanted.person_id,
        "entity": wanted.entity,
        "action": wanted.action,
        "number": wanted.case_number,
        "first_day": wanted.first_day,
        "last_day": wanted.last_day,
    }


HANDLERS = [audit]
