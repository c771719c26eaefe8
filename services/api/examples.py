"""An example for every JSON answer and body of the API's description, made from the schemas themselves.

A schema's own example comes first (`msgspec.Meta(examples=…)` or `schema_extra`), then what its form tells: a
constant, an enumeration, a format; then the name of its field (`example_values`).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from services.api.example_values import A_TEXT, BY_FORMAT, NUMBERS, TEXTS

_JSON: Final = "application/json"
_KEY: Final = "example"
"""A key of a mapping whose keys are not fields."""
_TIME_OF_DAY: Final = "09:00:00"


def give_examples(schema: OpenAPI, operation: Operation) -> None:
    """Put an example beside each JSON schema of the operation that has none."""
    maker = _Maker(schema)
    for media in _media(operation):
        described = media.schema
        if described is not None and not getattr(described, "examples", None) and media.example is None:
            media.example = maker.of(described, "")


def mend_schemas(schema: OpenAPI) -> None:
    """Say of every component what holds, where Litestar says what nothing can be.

    An array of `tuple[X, ...]` is "exactly one of X and anything" there, and a time of day a duration.
    """
    for component in (schema.components.schemas or {}).values():
        _mend(component)


def _mend(schema: Any) -> None:
    if not isinstance(schema, Schema):
        return
    items = schema.items
    if (
        isinstance(items, Schema)
        and items.one_of
        and len(items.one_of) == 2
        and _is_anything(items.one_of[1])
    ):
        schema.items = items.one_of[0]
    if schema.format == OpenAPIFormat.DURATION:
        schema.format, schema.examples = None, [_TIME_OF_DAY]
    inner = (*(schema.properties or {}).values(), *(schema.one_of or ()), *(schema.all_of or ()))
    for each in (*inner, schema.items, schema.additional_properties, *(schema.prefix_items or ())):
        _mend(each)


def _is_anything(schema: Schema | Reference) -> bool:
    return isinstance(schema, Schema) and not schema.to_schema()


def _media(operation: Operation) -> Iterator[OpenAPIMediaType]:
    if isinstance(operation.request_body, RequestBody):
        yield from _json(operation.request_body.content)
    for status, answer in (operation.responses or {}).items():
        if int(status) < 400 and not isinstance(answer, Reference):
            yield from _json(answer.content or {})


def _json(content: dict[str, OpenAPIMediaType]) -> Iterator[OpenAPIMediaType]:
    if _JSON in content:
        yield content[_JSON]


class _Maker:
    """Makes examples; `_open` are the components under way, so that one within itself comes to an end."""

    def __init__(self, schema: OpenAPI) -> None:
        self._components = schema.components.schemas or {}
        self._open: set[str] = set()

    def of(self, schema: Schema | Reference, field: str) -> Any:  # noqa: C901, PLR0911  # one case per kind
        """An example of the schema, as JSON; `field` is the name of what holds it."""
        if isinstance(schema, Reference):
            return self._of_component(schema, field)
        if schema.examples:
            return msgspec.to_builtins(schema.examples[0], enc_hook=str)
        if schema.const is not None and isinstance(schema.const, str | int):
            return schema.const
        if schema.enum:
            return next(each for each in schema.enum if each is not None)
        if schema.one_of or schema.any_of:
            return self._of_one(schema, field)
        match _kind(schema):
            case "object":
                return self._of_object(schema, field)
            case "array":
                return self._of_array(schema, field)
            case "string":
                return _text(schema, field)
            case "integer" | "number":
                return _number(schema, field)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return {}

    def _of_component(self, reference: Reference, field: str) -> Any:
        name = reference.ref.rsplit("/", 1)[-1]
        if name in self._open:
            raise _Within
        self._open.add(name)
        try:
            return self.of(self._components[name], field)
        finally:
            self._open.discard(name)

    def _of_one(self, schema: Schema, field: str) -> Any:
        for each in schema.one_of or schema.any_of or ():
            if isinstance(each, Schema) and each.type is not None and "null" in str(each.type):
                continue
            try:
                return self.of(_limited(each, schema), field)
            except _Within:
                return None
        return None

    def _of_object(self, schema: Schema, field: str) -> dict[str, Any]:
        if schema.properties:
            return {name: self.of(each, name) for name, each in schema.properties.items()}
        inner = schema.additional_properties
        return {_KEY: self.of(inner, field)} if isinstance(inner, Schema | Reference) else {}

    def _of_array(self, schema: Schema, field: str) -> list[Any]:
        if schema.prefix_items:
            return [self.of(each, field) for each in schema.prefix_items]
        if not isinstance(schema.items, Schema | Reference):
            return []
        try:
            return [self.of(schema.items, field)]
        except _Within:
            return []


class _Within(Exception):  # no error: how the making of an example turns back
    """A component that holds itself: the example leaves the inner one out."""


def _limited(schema: Schema | Reference, outer: Schema) -> Schema | Reference:
    # "null or a number from 1 on" has its limits beside the choice.
    if isinstance(schema, Reference):
        return schema
    limits = {
        name: getattr(outer, name)
        for name in ("minimum", "maximum", "max_length", "pattern")
        if getattr(outer, name) is not None
    }
    return Schema(**{**vars(schema), **limits}) if limits else schema


def _kind(schema: Schema) -> str:
    if schema.type is None:
        return ""
    return schema.type.value if isinstance(schema.type, OpenAPIType) else schema.type[0].value


def _text(schema: Schema, field: str) -> str:
    if schema.format is not None and str(getattr(schema.format, "value", schema.format)) in BY_FORMAT:
        return BY_FORMAT[str(getattr(schema.format, "value", schema.format))]
    return TEXTS.get(field, A_TEXT)[: schema.max_length]


def _number(schema: Schema, field: str) -> int | float:
    low = schema.minimum if schema.minimum is not None else 1
    high = schema.maximum if schema.maximum is not None else 2**53
    return max(low, min(high, NUMBERS.get(field, max(low, 1))))
