"""What the libraries say about wrong input, in our codes."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest

from services.api.errors import field_error


class Colour(Enum):
    RED = "red"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=3)]


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    inner: Inner | None = None
    items: list[Inner] = []
    at: datetime | None = None
    id: UUID | None = None
    colour: Colour | None = None
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    code: Annotated[str, msgspec.Meta(pattern="^a$")] = "a"
    text: str = ""


@pytest.mark.parametrize(
    ("body", "field", "code", "params"),
    [
        ({"inner": {}}, "inner.name", "required", {}),
        ({"inner": {"name": "abc", "x": 1}}, "inner.x", "unknown_field", {}),
        ({"inner": {"name": "a"}}, "inner.name", "too_short", {"limit": 2}),
        ({"items": [{"name": "abcd"}]}, "items[0].name", "too_long", {"limit": 3}),
        ({"at": "yesterday"}, "at", "not_a_date", {}),
        ({"id": "1"}, "id", "unknown_value", {}),
        ({"colour": "blue"}, "colour", "unknown_value", {}),
        ({"count": 0}, "count", "too_small", {"limit": 1}),
        ({"count": 10}, "count", "too_large_number", {"limit": 9}),
        ({"code": "b"}, "code", "not_understood", {}),
        ({"text": None}, "text", "required", {}),
        ({"text": 1}, "text", "wrong_type", {"kind": "str"}),
    ],
)
def test_a_refused_field_has_a_path_and_a_code(
    body: dict[str, Any], field: str, code: str, params: dict[str, Any]
) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(body, Body)
    message, _, place = str(caught.value).partition(" - at `$.")

    error = field_error({"message": message, "key": place.rstrip("`")})

    assert (error.field, error.code, error.params) == (field, code, params)
