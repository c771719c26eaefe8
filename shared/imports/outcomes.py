"""What became of the rows of a file (pure)."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from shared.errors import Param


class Status(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REJECTED = "rejected"


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a row; `field` as the file names it, empty for the row as a whole."""

    field: str
    code: str
    params: dict[str, Param] = {}


class RowOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the row that begins on `line`.

    `number` is its case, for a repeated row the first one; empty in a rehearsal. What only an accepted row
    has is empty for the others.
    """

    line: int
    reference: str
    status: Status
    number: str = ""
    problems: tuple[Problem, ...] = ()
    contactable: bool = True
    category: str = ""
    urgency: str = ""
    owner_name: str = ""


class Summary:
    """Counts over the rows of a file."""

    def __init__(self) -> None:
        self.statuses: Counter[Status] = Counter()
        self.categories: Counter[str] = Counter()
        self.urgencies: Counter[str] = Counter()
        self.owners: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        """By field and code."""
        self.examples: dict[tuple[str, str], Problem] = {}
        """The first problem of each reason."""
        self.without_contact = 0

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        """Count some more rows."""
        for each in outcomes:
            self.statuses[each.status] += 1
            for problem in each.problems:
                reason = problem.field, problem.code
                self.reasons[reason] += 1
                self.examples.setdefault(reason, problem)
            if each.status is Status.ACCEPTED:
                self.categories[each.category] += 1
                self.urgencies[each.urgency] += 1
                self.owners[each.owner_name] += 1
                self.without_contact += not each.contactable

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.statuses.total()
