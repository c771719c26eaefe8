"""What came in with a form or an address, and what a refused form shows again."""

from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from services.admin.session import AnyRequest, form_of
from shared.errors import AppError, FieldError, Invalid
from shared.web.components import FormState
from shared.web.locale import Translator
from shared.web.security import CSRF_FIELD
from shared.web.sentences import sentence

Shape = TypeVar("Shape", bound=msgspec.Struct)
Fields = Mapping[str, str]

MOST_DIGITS: Final = 18
"""What the database's ids have room for."""

_NOT_SHOWN_AGAIN: Final = frozenset({CSRF_FIELD, "password", "old_password", "new_password", "version"})


async def fields_of(request: AnyRequest) -> dict[str, str]:
    """The fields of a form; of several with one name the last. A file sent along counts as not sent."""
    form = await form_of(request)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def many_of(request: AnyRequest, name: str) -> list[str]:
    """Every value of a field that may come several times, such as checkboxes of one name."""
    form = await form_of(request)
    return [value for each, value in form.multi_items() if each == name and isinstance(value, str)]


def digits(text: str, *, most: int = MOST_DIGITS) -> int | None:
    """The whole number that `text` writes with 1 to `most` digits; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= most else None


def day_in(text: str) -> date | None:
    """The day that `text` writes as ISO 8601 has it; None for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def id_in(text: str) -> UUID | None:
    """The id that `text` writes; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def version_of(fields: Fields) -> int:
    """The version of the case the form was made for; raises `Invalid`."""
    return whole_number(fields, "version")


def whole_number(fields: Fields, name: str) -> int:
    """A field holding a whole number; raises `Invalid`."""
    text = fields.get(name, "")
    number = digits(text)
    if number is None:
        raise Invalid.field(name, "not_a_whole_number" if text else "required")
    return number


def identifier(fields: Fields, name: str) -> UUID:
    """A field holding an id; raises `Invalid`."""
    text = fields.get(name, "").strip()
    found = id_in(text)
    if found is None:
        raise Invalid.field(name, "unknown_value" if text else "required")
    return found


def command(shape: type[Shape], values: Mapping[str, object]) -> Shape:
    """`values` as a command; raises `Invalid` naming each field whose value is not one of those offered."""
    problems: list[FieldError] = []
    types = {field.name: field.type for field in msgspec.structs.fields(shape)}
    given: dict[str, object] = {}
    for name, value in values.items():
        try:
            given[name] = msgspec.convert(value, types[name], strict=False)
        except msgspec.ValidationError:
            problems.append(FieldError(name, "unknown_value" if value else "required"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return shape(**given)


def refused(fields: Fields, error: AppError, translator: Translator) -> FormState:
    """The form with what was typed, a sentence per wrong field and one for all."""
    return FormState(
        values={name: value for name, value in fields.items() if name not in _NOT_SHOWN_AGAIN},
        errors={each.field: sentence(translator, each.code, each.params) for each in error.fields},
        message=sentence(translator, error.code, error.params),
    )
