"""`make bench`: the product's figures on this machine, as a table and as JSON (`ARGS="--json FILE"`)."""

import argparse
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from infra.bench import cases, classification, delivery, events, imports, lag, sweep, walk, working_time
from infra.bench.figures import Figure

BENCHMARKS: dict[str, Callable[[], Coroutine[Any, Any, list[Figure]]]] = {
    "sweep": sweep.measure,
    "cases": cases.measure,
    "events": events.measure,
    "delivery": delivery.measure,
    "lag": lag.measure,
    "imports": imports.measure,
    "classification": classification.measure,
    "working_time": working_time.measure,
    "walk": walk.measure,
}
_MARKS = {True: "yes", False: "NO", None: ""}


def main() -> int:
    """Run the chosen benchmarks (all by default); exit status 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="which benchmarks")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    arguments = parser.parse_args()
    figures: dict[str, list[Figure]] = {}
    for name in arguments.names or BENCHMARKS:
        # As a worker runs.
        figures[name] = uvloop.run(BENCHMARKS[name]())
        Console().print(_table(name, figures[name]))
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    return int(any(figure.good is False for group in figures.values() for figure in group))


def _table(title: str, figures: list[Figure]) -> Table:
    table = Table("figure", "value", "unit", "bound", "held", title=title)
    for figure in figures:
        bound = (
            "" if figure.target is None else f"{'≤' if figure.bound == 'at_most' else '≥'} {figure.target:,g}"
        )
        table.add_row(figure.name, f"{figure.value:,.2f}", figure.unit, bound, _MARKS[figure.good])
    return table


if __name__ == "__main__":
    sys.exit(main())
