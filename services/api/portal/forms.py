"""What came in with a form of the customer's pages, and what a refused one shows again."""

from collections.abc import Mapping
from typing import Final

from litestar.datastructures import FormMultiDict

from services.api.portal.door import AnyRequest
from shared.errors import AppError, Invalid
from shared.web.components import FormState
from shared.web.locale import Translator
from shared.web.requests import read_form
from shared.web.sentences import sentence

_LONGEST_FIELD: Final = 20_000


async def fields_of(request: AnyRequest) -> dict[str, str]:
    """The texts of a form; of several with one name the last. Raises `Invalid` for what no text may hold."""
    fields = texts_of(await read_form(request))
    check_texts(fields)
    return fields


def texts_of(form: FormMultiDict) -> dict[str, str]:
    """The same of a form that was read already, whatever the texts hold."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def check_texts(fields: Mapping[str, str]) -> None:
    """Raise `Invalid` for what no text may hold."""
    for name, value in fields.items():
        if "\0" in value or "\0" in name:
            raise Invalid.field(name.replace("\0", ""), "nul_character")
        if len(value) > _LONGEST_FIELD:
            raise Invalid.field(name, "too_long", limit=_LONGEST_FIELD)


def refused(fields: Mapping[str, str], error: AppError, translator: Translator) -> FormState:
    """The form with what was typed, a sentence per wrong field and one for all."""
    return FormState(
        values={name: value[:_LONGEST_FIELD] for name, value in fields.items()},
        errors={each.field: sentence(translator, each.code, each.params) for each in error.fields},
        message=sentence(translator, error.code, error.params),
    )
