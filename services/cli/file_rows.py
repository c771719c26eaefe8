"""What became of the rows of a small file, in the terminal."""

import sys

from rich.markup import escape
from rich.table import Table

from services.cli.console import OUT, speaking
from shared.onboarding.files import FileResult, RowStatus
from shared.web.sentences import sentence


def show_rows(result: FileResult) -> None:
    """Print the verdicts and end with 1 when a row was rejected."""
    speak = speaking()
    table = Table("Line", "Row", "Result")
    for row in result.rows:
        reasons = [
            f"{each.field}: {sentence(speak, each.code, each.params)}".removeprefix(": ")
            for each in row.problems
        ]
        table.add_row(str(row.line), escape(row.name), escape(" ".join(reasons) or row.status.value))
    OUT.print(table)
    counts = ", ".join(f"{result.count(status)} {status.value}" for status in RowStatus)
    OUT.print(counts, markup=False, highlight=False)
    if result.count(RowStatus.REJECTED):
        sys.exit(1)
