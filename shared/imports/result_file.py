"""The result of an import for people: a CSV that spreadsheets open as it is, in the reader's language."""

import csv
from collections.abc import Sequence
from typing import Final, TextIO

from shared.imports.outcomes import Problem, RowOutcome, Status
from shared.web.locale import Translator, msgid
from shared.web.sentences import sentence
from shared.web.spreadsheets import neutral

ENCODING: Final = "utf-8-sig"
"""Spreadsheets take a file for UTF-8 when it begins with a byte order mark."""
_HEADER: Final = (msgid("Line"), msgid("Reference"), msgid("Outcome"), msgid("Case number"), msgid("Remark"))
STATUSES: Final = {
    Status.ACCEPTED: msgid("accepted"),
    Status.REPEATED: msgid("repeated"),
    Status.REJECTED: msgid("rejected"),
}


class ResultFile:
    """Writes rows to an open text file (`ENCODING`, `newline=""`)."""

    def __init__(self, file: TextIO, translator: Translator) -> None:
        self._file = file
        self._translator = translator
        self._writer = csv.writer(file)
        self._writer.writerow([translator.gettext(title) for title in _HEADER])

    def write(self, outcomes: Sequence[RowOutcome]) -> None:
        """Write rows and hand them to the operating system, so that an interrupted import has its result."""
        self._writer.writerows(
            [
                each.line,
                neutral(each.reference),
                self._translator.gettext(STATUSES[each.status]),
                each.number,
                neutral(self._remark(each)),
            ]
            for each in outcomes
        )
        self._file.flush()

    def _remark(self, row: RowOutcome) -> str:
        if row.problems:
            return " ".join(explained(self._translator, problem) for problem in row.problems)
        if not row.contactable:
            return self._translator.gettext("Neither phone nor e-mail: the customer cannot be reached.")
        return ""


def explained(translator: Translator, problem: Problem) -> str:
    """The sentence of a problem, with the place it concerns."""
    told = sentence(translator, problem.code, problem.params)
    if not problem.field:
        return told
    return translator.gettext("%(field)s: %(problem)s", field=problem.field, problem=told)
