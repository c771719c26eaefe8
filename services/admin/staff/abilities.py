"""The form of what somebody can do: department, skills, hours on duty (R3.1)."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Final

from services.admin.forms import Fields
from services.admin.staff.models import DutyRow
from shared.accounts.duty import MOST_DUTIES, DutyHours
from shared.cases.vocabulary import Department
from shared.errors import FieldError, Invalid
from shared.onboarding.abilities import Abilities
from shared.onboarding.roster import StaffMember

_A_MONDAY: Final = date(2026, 1, 5)


def duty_rows(duty: Sequence[DutyHours]) -> list[DutyRow]:
    """Every hours on duty, and an empty row for each weekday without."""
    known = [_row(each.weekday, f"{each.since:%H:%M}", f"{each.until:%H:%M}") for each in duty]
    free = [_row(weekday, "", "") for weekday in range(7) if weekday not in {each.weekday for each in duty}]
    return sorted([*known, *free], key=lambda each: (each.weekday, each.since))


def typed(member: StaffMember) -> dict[str, str]:
    """The other fields as the form holds them."""
    return {"department": member.department, "skills": "\n".join(member.skills)}


def abilities_of(fields: Fields) -> Abilities:
    """What the form says; raises `Invalid`."""
    department = fields.get("department", "")
    problems: list[FieldError] = []
    if department and department not in {each.value for each in Department}:
        problems.append(FieldError("department", "unknown_value"))
    duty = [found for row in _rows(fields) if (found := _hours(row, problems)) is not None]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return Abilities(
        department=Department(department) if department else None,
        skills=tuple(line for line in fields.get("skills", "").splitlines() if line.strip()),
        duty=tuple(duty),
    )


def _rows(fields: Fields) -> list[tuple[str, str, str]]:
    return [
        (fields[f"weekday-{number}"], fields.get(f"since-{number}", ""), fields.get(f"until-{number}", ""))
        for number in range(MOST_DUTIES)
        if f"weekday-{number}" in fields
    ]


def _hours(row: tuple[str, str, str], problems: list[FieldError]) -> DutyHours | None:
    weekday, since, until = row
    if not since and not until:
        return None
    if not since or not until:
        problems.append(FieldError("duty", "duty_needs_both"))
        return None
    if weekday not in {str(day) for day in range(7)}:
        problems.append(FieldError("duty", "unknown_value"))
        return None
    try:
        begins, ends = time.fromisoformat(since), time.fromisoformat(until)
    except ValueError:
        problems.append(FieldError("duty", "unknown_value"))
        return None
    if begins.tzinfo or ends.tzinfo:
        problems.append(FieldError("duty", "unknown_value"))
        return None
    return DutyHours(int(weekday), begins, ends)


def _row(weekday: int, since: str, until: str) -> DutyRow:
    return DutyRow(weekday, _A_MONDAY + timedelta(days=weekday), since, until)
