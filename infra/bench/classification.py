"""How well the default rules find the report category of real complaints, and how fast (R2.1, R2.3).

    HUIYIN_TRIAL_DATA=FOLDER python -m infra.bench.classification [--json FILE]

prints all of it; `python -m infra.bench classification` the main figures, beside the other benchmarks.

Reads the first CSV of the folder with the columns `text` and `category` (and `fault_l1`, `fault_l2`). The
rules were tuned on the even rows only (0, 2, 4, …), so the odd rows show what to expect of complaints nobody
has seen. Read the figures with care: a file's category may follow its fault label alone, so that agreement by
words and label says that the labels are understood, not that people are.
"""

import argparse
import csv
import os
import sys
import time
import timeit
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from infra.bench.figures import Figure, told
from infra.bench.trial import TRIAL_DATA
from shared.cases.default_rules import default_rule_set
from shared.cases.rules import Classification, ComplaintFacts, classify
from shared.cases.vocabulary import Category, Urgency

TEXT_LENGTH: Final = 300
ROUNDS: Final = 20
BANDS: Final = ((0.0, 0.0), (0.01, 0.49), (0.5, 0.69), (0.7, 0.84), (0.85, 1.0))


class Row(msgspec.Struct, frozen=True):
    """One complaint of the file; `fault_label` is empty where the file has none."""

    text: str
    category: Category
    fault_label: str


class ClassFigures(msgspec.Struct, frozen=True):
    """One category: how many the file has, and the shares found and right, None where nothing can be said."""

    category: Category
    rows: int
    precision: float | None
    recall: float | None


class BandFigures(msgspec.Struct, frozen=True):
    """The rows whose confidence lies between `low` and `high`, and the share of them that agree."""

    low: float
    high: float
    rows: int
    accuracy: float | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The rules against the file's category over some rows; shares from 0 to 1."""

    read: str
    rows_read: str
    rows: int
    accuracy: float
    always_most_frequent: float
    mean_recall: float
    nothing_found: float
    high_or_urgent: float
    raised_for_safety: float
    urgent: float
    classes: tuple[ClassFigures, ...]
    bands: tuple[BandFigures, ...]
    confusion: dict[str, dict[str, int]]


class Speed(msgspec.Struct, frozen=True):
    """Classifications per second of CPU in one process; an empty Python loop of 1,000 rounds as yardstick."""

    texts: int
    text_length: int
    per_second: float
    empty_loop_us: float


class Report(msgspec.Struct, frozen=True):
    """All figures of one run."""

    rule_set_version: str
    agreements: tuple[Agreement, ...]
    speed: Speed


async def measure() -> list[Figure]:
    """The main figures; none without the trial data."""
    rows = read_rows()
    if not rows:
        return []
    report = compare(rows)
    figures = [
        told(f"right, {each.read}, {each.rows_read}", 100 * each.accuracy, "%") for each in report.agreements
    ]
    return [*figures, told("classifications per process", report.speed.per_second, "texts/s")]


def main(arguments: Sequence[str]) -> int:
    """Prints the figures; 2 when there is no data to measure on."""
    parser = argparse.ArgumentParser(description="Compare the rules' category with a file's label.")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args(arguments)
    rows = read_rows()
    if not rows:
        print(f"No CSV with the columns text and category in the folder {TRIAL_DATA} names.", file=sys.stderr)
        return 2
    report = compare(rows)
    _print(report)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    return 0


def read_rows() -> list[Row]:
    """The complaints of the first fitting CSV file of the trial data; none where there is no such file."""
    folder = os.environ.get(TRIAL_DATA)
    for path in sorted(Path(folder).glob("*.csv")) if folder else ():
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if {"text", "category"} <= set(reader.fieldnames or ()):
                return [_row(each) for each in reader]
    return []


def compare(rows: Sequence[Row]) -> Report:
    """All agreements and the speed."""
    halves = (("even rows (tuned on)", rows[0::2]), ("odd rows (unseen)", rows[1::2]), ("all rows", rows))
    by_words = [_agreement("words only", name, half, _words) for name, half in halves]
    by_both = [_agreement("words and fault label", name, half, _words_and_label) for name, half in halves]
    return Report(default_rule_set().version, (*by_words, *by_both), _speed(rows))


def _row(cells: dict[str, str]) -> Row:
    levels = (cells.get("fault_l1", ""), cells.get("fault_l2", ""))
    return Row(cells["text"], Category(cells["category"]), "/".join(level for level in levels if level))


def _words(row: Row) -> ComplaintFacts:
    return ComplaintFacts(words=row.text)


def _words_and_label(row: Row) -> ComplaintFacts:
    return ComplaintFacts(words=row.text, fault_label=row.fault_label)


def _agreement(
    read: str, rows_read: str, rows: Sequence[Row], facts: Callable[[Row], ComplaintFacts]
) -> Agreement:
    found = [classify(default_rule_set(), facts(row)) for row in rows]
    pairs = Counter((row.category, each.category.value) for row, each in zip(rows, found, strict=True))
    truth = Counter(row.category for row in rows)
    classes = tuple(_class_figures(category, pairs) for category in Category)
    recalls = [each.recall for each in classes if each.recall is not None]

    def share(holds: Callable[[Classification], bool]) -> float:
        return round(sum(holds(each) for each in found) / len(rows), 4)

    return Agreement(
        read=read,
        rows_read=rows_read,
        rows=len(rows),
        accuracy=round(sum(pairs[category, category] for category in Category) / len(rows), 4),
        always_most_frequent=round(max(truth.values()) / len(rows), 4),
        mean_recall=round(sum(recalls) / len(recalls), 4),
        nothing_found=share(lambda each: each.category.confidence == 0),
        high_or_urgent=share(lambda each: each.urgency.value >= Urgency.HIGH),
        raised_for_safety=share(lambda each: each.urgency_floor is not None),
        urgent=share(lambda each: each.urgency.value is Urgency.URGENT),
        classes=classes,
        bands=tuple(_band(low, high, rows, found) for low, high in BANDS),
        confusion={
            actual.value: {given.value: pairs[actual, given] for given in Category} for actual in Category
        },
    )


def _class_figures(category: Category, pairs: Counter[tuple[Category, Category]]) -> ClassFigures:
    right = pairs[category, category]
    given = sum(pairs[other, category] for other in Category)
    actual = sum(pairs[category, other] for other in Category)
    return ClassFigures(category, actual, _ratio(right, given), _ratio(right, actual))


def _band(low: float, high: float, rows: Sequence[Row], found: Sequence[Classification]) -> BandFigures:
    right = [
        row.category is each.category.value
        for row, each in zip(rows, found, strict=True)
        if low <= each.category.confidence <= high
    ]
    return BandFigures(low, high, len(right), _ratio(sum(right), len(right)))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _speed(rows: Sequence[Row]) -> Speed:
    running = "".join(row.text for row in rows)
    facts = [
        ComplaintFacts(words=running[start : start + TEXT_LENGTH])
        for start in range(0, len(running) - TEXT_LENGTH, TEXT_LENGTH)
    ]
    rule_set = default_rule_set()
    fastest = min(_cpu_seconds(lambda: [classify(rule_set, each) for each in facts]) for _ in range(ROUNDS))
    loop = min(timeit.repeat("for _ in range(1000): pass", number=200, repeat=5)) / 200
    return Speed(len(facts), TEXT_LENGTH, round(len(facts) / fastest), round(loop * 1e6, 1))


def _cpu_seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _print(report: Report) -> None:
    print(f"Rules {report.rule_set_version}: the rules' category against the file's")
    for each in report.agreements:
        print(f"\n{each.read}, {each.rows_read}: {each.rows}")
        print(f"  accuracy {each.accuracy:.1%} (always the most frequent: {each.always_most_frequent:.1%})")
        print(f"  mean recall {each.mean_recall:.1%}, nothing found in {each.nothing_found:.1%}")
        print(
            f"  urgent {each.urgent:.1%}, high or urgent {each.high_or_urgent:.1%},"
            f" raised for safety {each.raised_for_safety:.1%}"
        )
        print("  label   rows  precision  recall   given " + "".join(f"{name:>6}" for name in Category))
        for figures in each.classes:
            given = "".join(f"{count:>6}" for count in each.confusion[figures.category].values())
            precision, recall = _percent(figures.precision), _percent(figures.recall)
            print(f"  {figures.category:<5} {figures.rows:>6}  {precision:>9} {recall:>7}         {given}")
        bands = [
            f"{band.low:.2f}-{band.high:.2f}: {_percent(band.accuracy)} of {band.rows}" for band in each.bands
        ]
        print("  right by confidence  " + "; ".join(bands))
    speed = report.speed
    print(
        f"\n{speed.per_second:,.0f} classifications per second and process at {speed.text_length} characters"
        f" (an empty loop of 1,000 rounds took {speed.empty_loop_us} µs)"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
