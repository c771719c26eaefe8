"""The words that deny, as the rules read texts, edited in the draft (R2)."""

from typing import Final

import msgspec
from litestar import Response, get, post

from services.admin.forms import Fields, fields_of, refused
from services.admin.pages import go
from services.admin.policy_pages import policy_page
from services.admin.rules.rule_form import lines
from services.admin.rules.views import DRAFT, PATH
from services.admin.session import AnyRequest, FromSession, Reader
from shared.cases import rule_drafts
from shared.cases.rule_set import Keywords, Negation
from shared.errors import Invalid
from shared.permissions import Permission
from shared.web.components import FormState
from shared.web.locale import translator

_PATH: Final = f"{PATH}/negation"
_LISTS: Final = tuple(Negation.__struct_fields__)


class NegationPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form: three lists in two languages, a word a line."""

    form: FormState


@get(_PATH)
async def show(request: AnyRequest, reader: FromSession) -> Response[str]:
    """The words as the draft has them."""
    found = (await rule_drafts.draft(reader.actor)).rule_set.negation
    values: dict[str, str] = {}
    for name in _LISTS:
        keywords: Keywords = getattr(found, name)
        values |= {f"{name}_zh": "\n".join(keywords.zh), f"{name}_en": "\n".join(keywords.en)}
    return await _page(request, reader, FormState(values=values))


@post(_PATH)
async def save(request: AnyRequest, reader: FromSession) -> Response[str] | Response[None]:
    """Keep them in the draft."""
    reader.actor.require(Permission.TENANT_MANAGE)
    fields = await fields_of(request)
    try:
        await rule_drafts.put_negation(reader.actor, _read(fields))
    except Invalid as error:
        error.fields = tuple(
            msgspec.structs.replace(each, field=each.field.removeprefix("negation.").replace(".", "_"))
            for each in error.fields
        )
        form = refused(fields, error, translator(reader.locale))
        return await _page(request, reader, form, error.status)
    return go(request, DRAFT, "rule_kept")


async def _page(request: AnyRequest, reader: Reader, form: FormState, status: int = 200) -> Response[str]:
    return await policy_page(request, reader, "rules/negation.html", NegationPage(form=form), status=status)


def _read(fields: Fields) -> Negation:
    return Negation(
        **{name: Keywords(lines(fields, f"{name}_zh"), lines(fields, f"{name}_en")) for name in _LISTS}
    )


HANDLERS = [show, save]
