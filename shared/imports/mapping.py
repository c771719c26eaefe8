"""Mapping files: which column of somebody's file means what (R1.8, pure).

A mapping is TOML; `docs/how-to/import-complaints.md` shows one. Without one, the columns count that are named
like the fields. `read_mapping` checks the mapping by itself, `shared.imports.rows.bind` against a header.
"""

import tomllib
from typing import Annotated, Final, Literal

import msgspec

from shared.cases.intake import Intake
from shared.cases.vocabulary import Channel
from shared.errors import FieldError, Invalid

DEALER: Final = "dealer"
"""The field that names the dealer; it stands for the `dealer_id` of an intake."""
_NO_COLUMN: Final = frozenset({"dealer_id", "points", "owner_id"})
FIELDS: Final = (DEALER, *(name for name in Intake.__struct_fields__ if name not in _NO_COLUMN))
"""Everything a column can mean."""
REQUIRED: Final = ("channel", "received_at", DEALER)
TOLD: Final = ("words", "fault_label")
"""One of these has to say what the complaint is."""
_JOINS: Final = {"fault_label": "/", "words": "\n", "description": "\n"}
_SPREADABLE: Final = (DEALER, "channel")

Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not known is a mistake."""


class Joined(_Strict, frozen=True, kw_only=True):
    """Several columns as one text: those that are not empty, with `join` between them."""

    columns: Annotated[list[Text], msgspec.Meta(min_length=1)]
    join: str | None = None


class Spread(_Strict, frozen=True, kw_only=True):
    """A value where the file has none: always the same for the same row, evenly over the choices.

    The choice is the SHA-256 of the field's name and the columns' texts, read as a number, modulo how many
    there are. `over` names them; for dealers it may be left out: all that are active, by code, but the desk.
    """

    columns: Annotated[list[Text], msgspec.Meta(min_length=1)]
    over: list[Text] = []


class DateRule(_Strict, frozen=True, kw_only=True):
    """How dates are written: `strptime` formats tried in order, and where their wall clock hangs."""

    formats: list[Text] = []
    time_zone: str | None = None


class FileRule(_Strict, frozen=True, kw_only=True):
    """How the file is written; found out by itself unless told."""

    encoding: Literal["utf-8", "gb18030"] | None = None
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] | None = None


class Mapping(_Strict, frozen=True, kw_only=True):
    """A mapping file. `constants` fill a field that has no column, or whose cell is empty."""

    columns: dict[str, Text | list[Text] | Joined] | None = None
    constants: dict[str, str | int] = {}
    values: dict[str, dict[str, str]] = {}
    spread: dict[str, Spread] = {}
    dealer_by: Literal["code", "name"] = "code"
    dates: DateRule = DateRule()
    file: FileRule = FileRule()

    def column_of(self, field: str) -> Joined | None:
        """The columns of a field, None when it has none."""
        columns = (self.columns or {}).get(field)
        if columns is None:
            return None
        if isinstance(columns, str):
            return Joined(columns=[columns], join="")
        if isinstance(columns, list):
            columns = Joined(columns=columns)
        return columns if columns.join is not None else _joined_as_usual(field, columns)

    def fills(self, field: str) -> bool:
        """Whether anything is said about a field."""
        return field in (self.columns or {}) or field in self.constants or field in self.spread


def read_mapping(text: str) -> Mapping:
    """The mapping of a TOML text; raises `Invalid` with everything that is wrong in it."""
    try:
        found = msgspec.convert(tomllib.loads(text), Mapping)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise Invalid.field("mapping", "mapping_not_understood", detail=str(error)) from error
    return checked(found)


def checked(mapping: Mapping) -> Mapping:
    """The same mapping; raises `Invalid` with everything that is wrong in it."""
    problems = [*_unknown_fields(mapping), *_bad_values(mapping)]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return mapping


def missing_fields(mapping: Mapping) -> list[FieldError]:
    """What has to be mapped and is not."""
    problems = [FieldError(field, "nothing_mapped") for field in REQUIRED if not mapping.fills(field)]
    if not any(mapping.fills(field) for field in TOLD):
        problems.append(FieldError(" / ".join(TOLD), "nothing_mapped"))
    return problems


def _joined_as_usual(field: str, columns: Joined) -> Joined:
    return Joined(columns=columns.columns, join=_JOINS.get(field, " "))


def _unknown_fields(mapping: Mapping) -> list[FieldError]:
    named = {
        "columns": mapping.columns or {},
        "constants": mapping.constants,
        "values": mapping.values,
        "spread": mapping.spread,
    }
    return [
        FieldError(f"{table}.{field}", "mapping_field_unknown", {"field": field, "known": ", ".join(FIELDS)})
        for table, fields in named.items()
        for field in fields
        if field not in FIELDS
    ]


def _bad_values(mapping: Mapping) -> list[FieldError]:
    channels = [channel.value for channel in Channel]
    named = [
        *((f"values.channel.{word}", value) for word, value in mapping.values.get("channel", {}).items()),
        *(("spread.channel", value) for value in _over(mapping, "channel")),
    ]
    problems = [
        FieldError(place, "unknown_channel", {"value": value, "known": ", ".join(channels)})
        for place, value in named
        if value not in channels
    ]
    for field, spread in mapping.spread.items():
        if field not in _SPREADABLE:
            problems.append(
                FieldError(f"spread.{field}", "not_spreadable", {"known": ", ".join(_SPREADABLE)})
            )
        elif field != DEALER and not spread.over:
            problems.append(FieldError(f"spread.{field}.over", "required"))
        if field in (mapping.columns or {}):
            problems.append(FieldError(f"spread.{field}", "mapped_twice"))
    return problems


def _over(mapping: Mapping, field: str) -> list[str]:
    spread = mapping.spread.get(field)
    return [] if spread is None else spread.over
