"""Compare our working-time arithmetic with expected values: `python -m shared.sla.conformance FILE.json`.

The file holds `{"cases": [...]}`. A case names its `id`, the time zone `tz`, the hours of the `week`
(`{"mon": [["09:00", "18:00"]]}`), `holidays` and `extra` working days (`{"2026-02-14": [["09:00",
"17:00"]]}`), `pauses`, and its `kind`; what is null is taken as left out:

- `due`: `minutes` worked from `start` lead to the instant `expected`;
- `elapsed`: from `start` to `end`, `expected` minutes or `expected_seconds` are worked.

With `"expected_error": true` the input has to be refused instead. One line is printed for each disagreement,
and at last `N passed, M failed`. Exit status 0 means that all passed, 1 that some failed, 2 that the file
cannot be read.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from shared.sla.working_time import WorkingCalendar


class ConformanceCase(msgspec.Struct, frozen=True):
    """One expected value; the keys are those of the file."""

    id: str | int
    tz: str
    week: dict[str, list[tuple[str, str]]]
    kind: Literal["due", "elapsed"]
    start: datetime
    end: datetime | None = None
    minutes: float | None = None
    holidays: list[date] | None = None
    extra: dict[date, list[tuple[str, str]]] | None = None
    pauses: list[tuple[datetime, datetime]] | None = None
    expected: datetime | float | None = None
    expected_seconds: float | None = None
    expected_error: bool = False


class ConformanceFile(msgspec.Struct, frozen=True):
    """Its cases are read one by one, so that one that cannot be read fails alone."""

    cases: list[msgspec.Raw]


def disagreement(raw: msgspec.Raw | bytes) -> str | None:
    """Why the case, as JSON, fails, in one line; None when it passes."""
    case_id: str | int = "?"
    refused = False
    try:
        labels = msgspec.json.decode(raw, type=_Labels)
        case_id, refused = labels.id, labels.expected_error
        case = msgspec.json.decode(raw, type=ConformanceCase)
        wanted, got = _wanted(case), _worked_out(case)
    except (ValueError, OverflowError) as refusal:
        return None if refused else f"{case_id}: refused: {refusal}"
    if refused:
        return f"{case_id}: expected an error, got {got}"
    return None if got == wanted else f"{case_id}: expected {wanted}, got {got}"


def main(arguments: list[str]) -> int:
    """Run the file that is the only argument; returns the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m shared.sla.conformance FILE.json\n")
        return 2
    try:
        text = Path(arguments[0]).read_text(encoding="utf-8-sig")
        cases = msgspec.json.decode(text, type=ConformanceFile).cases
    except (OSError, UnicodeError, msgspec.MsgspecError) as error:
        sys.stderr.write(f"{arguments[0]}: {error}\n")
        return 2
    failures = list(_disagreements(cases))
    sys.stdout.writelines(f"{failure}\n" for failure in failures)
    sys.stdout.write(f"{len(cases) - len(failures)} passed, {len(failures)} failed\n")
    return 1 if failures else 0


class _Labels(msgspec.Struct, frozen=True):
    id: str | int = "?"
    expected_error: bool = False


def _disagreements(cases: list[msgspec.Raw]) -> Iterator[str]:
    for raw in cases:
        failure = disagreement(raw)
        if failure is not None:
            # An id may hold line breaks; a disagreement is one line.
            yield " ".join(failure.split())


def _worked_out(case: ConformanceCase) -> datetime | timedelta:
    calendar = WorkingCalendar.parse(case.tz, case.week, case.holidays or (), case.extra)
    pauses = case.pauses or ()
    if case.kind == "due":
        if case.minutes is None:
            raise ValueError("a due case needs minutes")
        return calendar.due(case.start, timedelta(minutes=case.minutes), pauses)
    if case.end is None:
        raise ValueError("an elapsed case needs an end")
    return calendar.elapsed(case.start, case.end, pauses)


def _wanted(case: ConformanceCase) -> datetime | timedelta | None:
    if case.expected_error:
        return None
    if case.expected_seconds is not None:
        return timedelta(seconds=case.expected_seconds)
    if isinstance(case.expected, datetime):
        if case.expected.utcoffset() is None:
            raise ValueError("the expected instant needs a time zone")
        return case.expected.astimezone(UTC)
    if case.expected is None:
        raise ValueError("the case names nothing expected")
    return timedelta(minutes=case.expected)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
