"""Which cases a list shows, as a person chooses them and as SQL."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from shared.cases.texts import clean
from shared.cases.vocabulary import CaseState, Category, Urgency
from shared.db.engine import Transaction
from shared.tenancy import DbRole, Scope

SOON: Final = timedelta(hours=8)
"""A promise due within this time can still be saved."""

_LAST_CHARACTER: Final = "\U0010ffff"
_SEPARATORS: Final = re.compile(r"[\s·•・.\-]+")
_NUMBER: Final = re.compile(r"(?:AF)?(\d{6,})|AF(\d*)", re.ASCII)


class Tab(StrEnum):
    """The ready-made views of the list; all but `all` show open cases only."""

    OPEN = "open"
    MINE = "mine"
    DUE_SOON = "due_soon"
    BREACHED = "breached"
    MAJOR = "major"
    WAITING = "waiting"
    ALL = "all"


class Sort(StrEnum):
    """The order of the list: what is due first (nothing due comes last), or the newest received first.

    The tab `all` always shows the newest first.
    """

    DUE = "due"
    NEWEST = "newest"


class QueueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases: all given conditions hold; several values of one are alternatives.

    `membership_id` is the reader, for `mine` and `waiting`. `text` is the beginning of a case number (`AF…`,
    or at least six of its digits) or of a plate.
    """

    tab: Tab = Tab.OPEN
    sort: Sort = Sort.DUE
    membership_id: UUID | None = None
    dealer_ids: tuple[int, ...] = ()
    states: tuple[CaseState, ...] = ()
    urgencies: tuple[Urgency, ...] = ()
    categories: tuple[Category, ...] = ()
    text: str = ""

    @property
    def order(self) -> Sort:
        """The order the list really has."""
        return Sort.NEWEST if self.tab is Tab.ALL else self.sort


class Conditions:
    """Parts of a WHERE clause over `cases c` and their arguments; `$1` is the OEM."""

    def __init__(self, oem_id: int) -> None:
        self.args: list[object] = [oem_id]
        self.parts: list[str] = ["c.oem_id = $1"]

    def argument(self, value: object) -> str:
        """The placeholder of a further argument."""
        self.args.append(value)
        return f"${len(self.args)}"

    def among(self, column: str, values: Sequence[object], type_name: str) -> None:
        """The column has one of the values; none given means any."""
        if values:
            self.parts.append(f"{column} = ANY ({self.argument(list(values))}::{type_name}[])")

    @property
    def where(self) -> str:
        """The clause without its keyword."""
        return " AND ".join(self.parts)


# What is due first comes first; a case without a promise comes last.
DUE: Final = "c.due_or_never"
IS_MAJOR: Final = "(c.major OR c.major_candidate)"
# Warnings are told; breaches and calls for help wait to be acknowledged, until the promise is kept after all.
WAITING: Final = """
e.acknowledged_at IS NULL AND e.suppressed IS NULL AND left(e.step, 5) <> 'warn_'
AND NOT EXISTS (
    SELECT FROM clocks k
    WHERE k.oem_id = e.oem_id AND k.id = e.clock_id AND k.state IN ('met', 'cancelled')
)
"""


def is_due_soon(now: str) -> str:
    """The condition that the next promise is due within `SOON` of the placeholder `now`."""
    return f"{DUE} > {now} AND {DUE} <= {now}::timestamptz + interval '{int(SOON.total_seconds())} seconds'"


def is_breached(now: str) -> str:
    """The condition that a promise is overdue at the placeholder `now`."""
    return f"{DUE} <= {now}"


def waits_for(reader: str) -> str:
    """The condition that an escalation of the case waits for the person at the placeholder `reader`."""
    return (
        f"c.id IN (SELECT e.case_id FROM escalations e WHERE e.oem_id = $1 AND {WAITING}"  # noqa: S608
        f" AND {reader} = ANY (e.recipient_ids))"
    )


def add_choice(conditions: Conditions, wanted: QueueFilter, scope: Scope) -> None:
    """Everything of `wanted` but its tab."""
    # A dealer sees its own anyway: saying so again would mislead the planner.
    if scope.role is not DbRole.DEALER:
        conditions.among("c.dealer_id", wanted.dealer_ids, "bigint")
    elif wanted.dealer_ids and scope.dealer_ids[0] not in wanted.dealer_ids:
        conditions.parts.append("false")
    conditions.among("c.state", wanted.states, "text")
    conditions.among("c.urgency", wanted.urgencies, "text")
    conditions.among("c.category", wanted.categories, "text")
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", clean(wanted.text))).upper()
    if code:
        conditions.parts.append(_begins_with(conditions, code))


async def add_tab(conditions: Conditions, wanted: QueueFilter, tx: Transaction) -> None:
    """The condition of the tab."""
    if wanted.tab is Tab.ALL:
        return
    conditions.parts.append("c.closed_at IS NULL")
    match wanted.tab:
        case Tab.MINE:
            conditions.parts.append(f"c.owner_id = {conditions.argument(wanted.membership_id)}")
        case Tab.WAITING:
            conditions.parts.append(waits_for(conditions.argument(wanted.membership_id)))
        case Tab.DUE_SOON:
            conditions.parts.append(is_due_soon(conditions.argument(await tx.now())))
        case Tab.BREACHED:
            conditions.parts.append(is_breached(conditions.argument(await tx.now())))
        case Tab.MAJOR:
            conditions.parts.append(IS_MAJOR)
        case Tab.OPEN:
            pass


def _begins_with(conditions: Conditions, code: str) -> str:
    number = _NUMBER.fullmatch(code)
    if number:
        return _prefix(conditions, "c.number", f"AF{number[1] or number[2]}")
    plate = _prefix(conditions, "v.plate", code)
    return f"c.vehicle_id IN (SELECT v.id FROM vehicles v WHERE v.oem_id = $1 AND {plate})"  # noqa: S608


def _prefix(conditions: Conditions, column: str, beginning: str) -> str:
    # A range, not LIKE: under a policy only leakproof operators may use an index.
    least, beyond = conditions.argument(beginning), conditions.argument(beginning + _LAST_CHARACTER)
    return f"{column} >= {least} AND {column} < {beyond}"
