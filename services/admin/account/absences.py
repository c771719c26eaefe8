"""Times away as pages show them and as forms describe them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.admin.account.models import AbsenceRow
from services.admin.forms import Fields, identifier
from shared.accounts.absences import Absence
from shared.errors import FieldError, Invalid
from shared.onboarding.absences import NewAbsence


def last_moment(ends_at: datetime) -> datetime:
    """An instant of the last day away: an absence ends at the midnight after it."""
    return ends_at - timedelta(seconds=1)


def absence_rows(known: Sequence[Absence]) -> list[AbsenceRow]:
    """The rows of a list."""
    return [
        AbsenceRow(
            id=each.id,
            starts_at=each.starts_at,
            last_at=last_moment(each.ends_at),
            substitute=each.substitute,
        )
        for each in known
    ]


def absence_of(fields: Fields, membership_id: UUID | None = None) -> NewAbsence:
    """The absence a form describes, of somebody or of the reader; raises `Invalid`."""
    days: dict[str, date] = {}
    problems: list[FieldError] = []
    for name in ("first_day", "last_day"):
        text = fields.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text)
        except ValueError:
            problems.append(FieldError(name, "not_a_date" if text else "required"))
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return NewAbsence(substitute_id=identifier(fields, "substitute_id"), membership_id=membership_id, **days)
