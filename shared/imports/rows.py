"""Rows of a file as intakes, by a mapping; reads and writes nothing itself."""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from shared.cases.intake import Intake, PhoneKind
from shared.cases.texts import Language
from shared.cases.vocabulary import Channel
from shared.errors import FieldError, Invalid
from shared.imports.mapping import DEALER, FIELDS, REQUIRED, Joined, Mapping, Spread, missing_fields
from shared.sla.errors import WorkingTimeError
from shared.sla.wall_clock import zone_named
from shared.tenants.dealers import Dealer

Value = TypeVar("Value")

_TIMES: Final = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M")
_DATES: Final = ("%Y/%m/%d", "%Y年%m月%d日")
_KILOMETRES: Final = re.compile(
    r"([0-9]{1,3}(?:[,，]?[0-9]{3})*|[0-9]+)(?:\.0*)?\s*(?:km|公里|千米)?", re.IGNORECASE
)
_LONGEST_SHOWN: Final = 60
_LONGEST_NUMBER: Final = 20
_LANGUAGES: Final[dict[str, Language]] = {"zh-cn": "zh-CN", "en": "en"}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A row as an intake, or what is wrong with it; `reference` names it in the result either way."""

    reference: str
    intake: Intake | None
    problems: tuple[FieldError, ...] = ()


class Dealers(msgspec.Struct, frozen=True):
    """The dealers a row may name."""

    ids: dict[str, int]
    choices: list[int]

    @classmethod
    def known_by(cls, dealers: Sequence[Dealer], by: str) -> "Dealers":
        """By code, or by either name; a name that several dealers bear stands for none of them."""
        ids: dict[str, int] = {}
        shared: set[str] = set()
        for dealer in dealers:
            for text in {_folded(each) for each in _names(dealer, by)}:
                shared |= {text} & ids.keys()
                ids[text] = dealer.id
        choices = [dealer.id for dealer in dealers if dealer.active and not dealer.is_desk]
        return cls({text: found for text, found in ids.items() if text and text not in shared}, choices)


class BoundMapping(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping and the header and dealers it is used with."""

    mapping: Mapping
    header: tuple[str, ...]
    places: dict[str, int]
    zone: ZoneInfo
    dealers: Dealers
    backdating_reason: str

    def draft(self, cells: Sequence[str]) -> Draft:
        """The intake of a row that has a cell for each column of the header."""
        problems: list[FieldError] = []
        values: dict[str, object] = {}
        texts = {field: self._text(field, cells) for field in FIELDS}
        for field, text in texts.items():
            if not text and field in REQUIRED:
                problems.append(FieldError(field, "required"))
            elif text:
                try:
                    values["dealer_id" if field == DEALER else field] = self._value(field, text)
                except _NotUnderstoodError as error:
                    problems.append(FieldError(field, error.code, {"value": text[:_LONGEST_SHOWN]}))
        reference = texts["external_ref"] or self._fingerprint(cells)
        if problems:
            return Draft(reference=reference, intake=None, problems=tuple(problems))
        values["external_ref"] = reference
        values.setdefault("backdating_reason", self.backdating_reason)
        return Draft(reference=reference, intake=msgspec.convert(values, Intake, strict=True))

    def shown(self, field: str) -> str:
        """What to call a field to somebody who knows the file: its columns, else its own name."""
        name = DEALER if field == "dealer_id" else field
        columns = self.mapping.column_of(name) or self.mapping.spread.get(name)
        return " + ".join(columns.columns) if columns else field

    def _text(self, field: str, cells: Sequence[str]) -> str:
        text = self._of_columns(self.mapping.column_of(field), cells)
        spread = self.mapping.spread.get(field)
        if spread is not None:
            text = self._spread(field, spread, cells)
        text = text or str(self.mapping.constants.get(field, ""))
        return self.mapping.values.get(field, {}).get(text, text)

    def _of_columns(self, columns: Joined | None, cells: Sequence[str]) -> str:
        if columns is None:
            return ""
        found = (cells[self.places[column]].strip() for column in columns.columns)
        return (columns.join or "").join(text for text in found if text)

    def _spread(self, field: str, spread: Spread, cells: Sequence[str]) -> str:
        choices = spread.over or [str(dealer_id) for dealer_id in self.dealers.choices]
        if not choices:
            return ""
        told = "\x1f".join([field, *(cells[self.places[column]].strip() for column in spread.columns)])
        return choices[int.from_bytes(sha256(told.encode(errors="replace")).digest()) % len(choices)]

    def _value(self, field: str, text: str) -> object:
        if field == DEALER:
            return self._dealer_id(text)
        if field == "received_at":
            return self._instant(text)
        if field == "vehicle_purchased_on":
            return self._date(text)
        if field == "mileage_km":
            return _kilometres(text)
        if field in _CHOICES:
            return _one_of(
                _CHOICES[field], text, "unknown_channel" if field == "channel" else "unknown_value"
            )
        return text

    def _dealer_id(self, text: str) -> int:
        spread = self.mapping.spread.get(DEALER)
        if spread is not None and not spread.over:
            return int(text)
        found = self.dealers.ids.get(_folded(text))
        if found is None:
            raise _NotUnderstoodError("unknown_dealer_of_file")
        return found

    def _instant(self, text: str) -> datetime:
        found = self._parsed(text, _TIMES + _DATES)
        if found.tzinfo is None:
            found = found.replace(tzinfo=self.zone)
        try:
            return found.astimezone(UTC)
        except OverflowError as error:
            raise _NotUnderstoodError("date_not_understood") from error

    def _date(self, text: str) -> date:
        return self._parsed(text, _DATES + _TIMES).date()

    def _parsed(self, text: str, usual: Sequence[str]) -> datetime:
        own = self.mapping.dates.formats
        if not own:
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        for written in own or usual:
            try:
                return datetime.strptime(text, written)  # noqa: DTZ007  # the caller adds the file's zone
            except ValueError:
                continue
        raise _NotUnderstoodError("date_not_understood")

    def _fingerprint(self, cells: Sequence[str]) -> str:
        # By column name, so that columns may change places.
        told = sorted(zip(self.header, (cell.strip() for cell in cells), strict=True))
        return f"sha256:{sha256(msgspec.json.encode(told)).hexdigest()}"


class _NotUnderstoodError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def bind(
    mapping: Mapping,
    header: Sequence[str],
    *,
    dealers: Sequence[Dealer],
    time_zone: str,
    backdating_reason: str,
) -> BoundMapping:
    """The mapping with a file's header; `time_zone` (IANA) is the OEM's, for a mapping that names none.

    Raises `Invalid` with all that does not fit: columns that are not there or there twice, required fields
    that nothing is mapped to.
    """
    named = tuple(column.strip() for column in header)
    if mapping.columns is None:
        alike = {field: column for column in named for field in FIELDS if _folded(column) == field}
        mapping = msgspec.structs.replace(mapping, columns=alike)
    problems = [*missing_fields(mapping), *_wrong_columns(mapping, named)]
    zone_name = mapping.dates.time_zone or time_zone
    zone = ZoneInfo("UTC")
    try:
        zone = zone_named(zone_name)
    except WorkingTimeError:
        problems.append(FieldError("dates.time_zone", "unknown_time_zone", {"name": zone_name}))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return BoundMapping(
        mapping=mapping,
        header=named,
        places={column: place for place, column in enumerate(named)},
        zone=zone,
        dealers=Dealers.known_by(dealers, mapping.dealer_by),
        backdating_reason=backdating_reason,
    )


def _wrong_columns(mapping: Mapping, header: Sequence[str]) -> list[FieldError]:
    problems: list[FieldError] = []
    for place, columns in _named_columns(mapping).items():
        for column in columns:
            count = header.count(column)
            if count == 0:
                there = ", ".join(header)
                problems.append(FieldError(place, "column_missing", {"column": column, "there": there}))
            elif count > 1:
                problems.append(FieldError(place, "column_twice", {"column": column}))
    return problems


def _named_columns(mapping: Mapping) -> dict[str, list[str]]:
    named = {f"spread.{field}": spread.columns for field, spread in mapping.spread.items()}
    for field in mapping.columns or {}:
        joined = mapping.column_of(field)
        if joined is not None:
            named[f"columns.{field}"] = joined.columns
    return named


def _names(dealer: Dealer, by: str) -> tuple[str, ...]:
    return (dealer.code,) if by == "code" else (dealer.name, dealer.name_en)


def _folded(text: str) -> str:
    return text.strip().casefold()


def _kilometres(text: str) -> int:
    found = _KILOMETRES.fullmatch(text)
    if found is None or len(found[1]) > _LONGEST_NUMBER:
        raise _NotUnderstoodError("not_a_number")
    return int(re.sub("[,，]", "", found[1]))


def _one_of(choices: AnyMapping[str, Value], text: str, code: str) -> Value:
    found = choices.get(_folded(text))
    if found is None:
        raise _NotUnderstoodError(code)
    return found


_CHOICES: Final[AnyMapping[str, AnyMapping[str, object]]] = {
    "channel": {channel.value: channel for channel in Channel},
    "customer_phone_kind": {kind.value: kind for kind in PhoneKind},
    "customer_locale": _LANGUAGES,
    "language": _LANGUAGES,
}
