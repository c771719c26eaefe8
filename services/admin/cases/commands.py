"""The forms of a case as its commands: each reads its fields and calls the one service function."""

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from services.admin.cases import work_forms
from services.admin.cases.models import Action
from services.admin.forms import Fields, command, identifier, version_of
from services.admin.session import Reader
from shared.cases import commands, service
from shared.cases.merging import case_numbered
from shared.cases.views import CaseView
from shared.db.engine import transaction
from shared.errors import FieldError, Invalid
from shared.permissions import Permission

_Run = Callable[[Reader, UUID, Fields], Awaitable[CaseView]]
_CLASSIFIED: Final = ("category", "kind", "urgency")


async def run(action: Action, reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    """Do what the form asks; raises what the service raises, and `Invalid` for fields that are no values."""
    return await _RUNS[action](reader, case_id, fields)


async def _confirm(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    return await service.confirm_receipt(
        reader.actor, case_id, commands.ConfirmReceipt(), version=version_of(fields)
    )


async def _take(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    return await service.take(reader.actor, case_id, commands.Take(), version=version_of(fields))


async def _assign(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.Assign(owner_id=identifier(fields, "owner_id"), reason=fields.get("reason", ""))
    return await service.assign(reader.actor, case_id, wanted, version=version_of(fields))


async def _classify(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values: dict[str, object] = {name: fields[name] for name in _CLASSIFIED if fields.get(name)}
    if fields.get("major") in {"true", "false"}:
        values["major"] = fields["major"] == "true"
    wanted = command(commands.Classify, {**values, "reason": fields.get("reason", "")})
    return await service.classify(reader.actor, case_id, wanted, version=version_of(fields))


async def _contact(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values: dict[str, object] = {
        "effective": fields.get("effective") == "true",
        "channel": fields.get("channel", ""),
        "direction": fields.get("direction", ""),
        "summary": fields.get("summary", ""),
    }
    wanted = command(commands.LogContact, values)
    return await service.log_contact(reader.actor, case_id, wanted, version=version_of(fields))


async def _note(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    mentions = (identifier(fields, "mention"),) if fields.get("mention") else ()
    wanted = commands.AddNote(text=fields.get("text", ""), mentions=mentions)
    return await service.add_note(reader.actor, case_id, wanted, version=version_of(fields))


async def _tag(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.AddTag(tag=fields.get("tag", ""))
    return await service.add_tag(reader.actor, case_id, wanted, version=version_of(fields))


async def _untag(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.RemoveTag(tag=fields.get("tag", ""))
    return await service.remove_tag(reader.actor, case_id, wanted, version=version_of(fields))


async def _resolve(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    values = {name: fields.get(name, "") for name in ("result", "told_via", "found", "advice")}
    wanted = command(commands.Resolve, values)
    return await service.resolve(reader.actor, case_id, wanted, version=version_of(fields))


async def _close(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.Close(
        root_cause=fields.get("root_cause", ""),
        preventive_measure=fields.get("preventive_measure", ""),
    )
    return await service.close(reader.actor, case_id, wanted, version=version_of(fields))


async def _escalate(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.Escalate(reason=fields.get("reason", ""))
    return await service.escalate(reader.actor, case_id, wanted, version=version_of(fields))


async def _merge(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    into_id = await _numbered(reader, fields, "into", Permission.CASE_MERGE)
    wanted = commands.Merge(into_id=into_id or case_id, reason=fields.get("reason", ""))
    with _field_named("into_id", "into"):
        return await service.merge(reader.actor, case_id, wanted, version=version_of(fields))


async def _link(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    other_id = await _numbered(reader, fields, "other", Permission.CASE_CLASSIFY)
    wanted = commands.Link(other_id=other_id or case_id, reason=fields.get("reason", ""))
    with _field_named("other_id", "other"):
        return await service.link(reader.actor, case_id, wanted, version=version_of(fields))


async def _unlink(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    other_id = identifier(fields, "other_id") if reader.actor.may(Permission.CASE_CLASSIFY) else case_id
    wanted = commands.Unlink(other_id=other_id, reason=fields.get("reason", ""))
    return await service.unlink(reader.actor, case_id, wanted, version=version_of(fields))


async def _numbered(reader: Reader, fields: Fields, name: str, needed: Permission) -> UUID | None:
    """The case whose number was typed; None only for who may not ask anyway."""
    number = fields.get(name, "").strip()
    async with transaction(reader.actor.scope, read_only=True) as tx:
        found = await case_numbered(tx, reader.actor.oem_id, number) if number else None
    if found is None and reader.actor.may(needed):
        raise Invalid.field(name, "unknown_case" if number else "required")
    return found


@contextmanager
def _field_named(known: str, shown: str) -> Generator[None]:
    """Problems of a command's field belong to the field of the form that was typed into."""
    try:
        yield
    except Invalid as error:
        problems = [
            FieldError(shown if each.field == known else each.field, each.code, each.params)
            for each in error.fields
        ]
        raise Invalid(error.code, error.params, fields=problems) from error


async def _unmerge(reader: Reader, case_id: UUID, fields: Fields) -> CaseView:
    wanted = commands.Unmerge(reason=fields.get("reason", ""))
    return await service.unmerge(reader.actor, case_id, wanted, version=version_of(fields))


_RUNS: Final[Mapping[Action, _Run]] = {
    **work_forms.RUNS,
    Action.CONFIRM: _confirm,
    Action.TAKE: _take,
    Action.ASSIGN: _assign,
    Action.CLASSIFY: _classify,
    Action.CONTACT: _contact,
    Action.NOTE: _note,
    Action.TAG: _tag,
    Action.UNTAG: _untag,
    Action.RESOLVE: _resolve,
    Action.CLOSE: _close,
    Action.ESCALATE: _escalate,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
    Action.LINK: _link,
    Action.UNLINK: _unlink,
}
