"""Reading cases: the one list for API and console, the case page, the overview of a scope.

Every function runs in the caller's open transaction; the scope decides what is seen, and no condition here
repeats it (that would mislead the planner).
"""

from shared.cases.conspicuous import Conspicuous, conspicuous
from shared.cases.detail import ENTRIES_PER_PAGE, MOST_ENTRIES, case_view, clocks_of, escalations_of, timeline
from shared.cases.filters import CaseFilter, ClockState, MajorState, QueueFilter, Sort, Tab
from shared.cases.listing import LONGEST_PAGE, counts, matching, queue
from shared.cases.overview import Overview, next_to_breach, overview, waiting_for
from shared.cases.work_rows import work_of

__all__ = [
    "ENTRIES_PER_PAGE",
    "LONGEST_PAGE",
    "MOST_ENTRIES",
    "CaseFilter",
    "ClockState",
    "Conspicuous",
    "MajorState",
    "Overview",
    "QueueFilter",
    "Sort",
    "Tab",
    "case_view",
    "clocks_of",
    "conspicuous",
    "counts",
    "escalations_of",
    "matching",
    "next_to_breach",
    "overview",
    "queue",
    "timeline",
    "waiting_for",
    "work_of",
]
