"""The forms of the clock policy: as they are typed, and what is read from them."""

from typing import Final, NamedTuple

from services.admin.forms import Fields
from shared.cases.texts import clean_line
from shared.errors import AppError, FieldError, Invalid
from shared.sla.policy import (
    Basis,
    ChainLevel,
    ClockPolicy,
    FirstContactBy,
    Match,
    Metric,
    PauseRules,
    Target,
)
from shared.sla.policy_checks import CHAIN_ROLES, LONGEST_NAME, MOST_DESK_ROLES, MOST_LEVELS
from shared.sla.policy_edits import Said

LISTS: Final = {"kinds": "kind", "categories": "category", "urgencies": "urgency", "channels": "channel"}
"""What a rule asks of a case, and the group that names its values."""

PROMISE: Final = "promise"
NO_CLOCK: Final = "no_clock"
SILENT: Final = "silent"
_DAYS: Final = "working_days"
_UNITS: Final = {"minutes": 1, "hours": 60, "days": 1_440}
_MOST: Final = 1_000_000


def typed_match(match: Match) -> dict[str, str]:
    """Whom a rule is for as its form holds it."""
    values = {f"{name}.{value}": "true" for name in LISTS for value in getattr(match, name)}
    return values | {"major": {True: "yes", False: "no", None: ""}[match.major]}


def read_match(fields: Fields) -> Match:
    """Whom the rule of the form is for."""
    chosen = {
        name: tuple(
            key.removeprefix(f"{name}.")
            for key, value in fields.items()
            if key.startswith(f"{name}.") and value == "true"
        )
        for name in LISTS
    }
    return Match(**chosen, major={"yes": True, "no": False}.get(fields.get("major", "")))


def read_name(fields: Fields) -> str:
    """The name of a new rule; raises `Invalid`."""
    name = clean_line(fields.get("name", ""))
    if not name:
        raise Invalid.field("name", "required")
    if len(name) > LONGEST_NAME:
        raise Invalid.field("name", "too_long", limit=LONGEST_NAME)
    return name


def typed_target(said: Said | None) -> dict[str, str]:
    """What a rule says of a metric as its form holds it."""
    if said is None:
        return {"says": SILENT, **_typed_time(Target()), "warn_percent": "50, 75, 90"}
    if said.target is None:
        return {"says": NO_CLOCK, **_typed_time(Target()), "warn_percent": "50, 75, 90"}
    target = said.target
    values = {
        "says": PROMISE,
        **_typed_time(target),
        "warn_percent": ", ".join(str(mark) for mark in target.warn_percent),
    }
    for place, level in enumerate(target.chain, 1):
        amount, unit = _in_units(level.after_minutes)
        values |= {
            f"role_{place}": level.role,
            f"after_{place}": amount,
            f"after_unit_{place}": unit,
            f"basis_{place}": level.basis.value,
            f"on_duty_{place}": "true" if level.on_duty else "",
        }
    return values


def read_target(fields: Fields) -> Said | None:
    """What the form says of a metric; raises `Invalid` naming each field that cannot be read."""
    says = fields.get("says", PROMISE)
    if says == SILENT:
        return None
    if says == NO_CLOCK:
        return Said(None)
    problems: list[FieldError] = []
    amount = _number(fields, "amount", problems)
    unit = fields.get("unit", "")
    marks = _marks(fields, problems)
    chain = _chain(fields, problems)
    if unit != _DAYS and unit not in _UNITS:
        problems.append(FieldError("unit", "unknown_value", {"value": unit[:20]}))
    basis = _basis(fields.get("basis", ""), "basis", problems)
    if problems or amount is None:
        raise Invalid("invalid_input", fields=problems)
    days = unit == _DAYS
    return Said(
        Target(
            duration_minutes=None if days else amount * _UNITS[unit],
            working_days=amount if days else None,
            basis=Basis.BUSINESS if days else basis,
            warn_percent=marks,
            chain=chain,
        )
    )


DESK_PLACES: Final = tuple(f"desk_role_{place}" for place in range(1, MOST_DESK_ROLES + 1))
"""The fields of the roles told of cases of the OEM desk."""


def typed_whole(policy: ClockPolicy) -> dict[str, str]:
    """Pauses, grace and reopening as their form holds them."""
    pauses = policy.pauses
    longest, longest_unit = _in_units(pauses.longest_minutes)
    cap, cap_unit = _in_units(pauses.cap_minutes)
    return {
        **{f"metrics.{metric.value}": "true" for metric in pauses.metrics},
        "longest": longest,
        "longest_unit": longest_unit,
        "cap": cap,
        "cap_unit": cap_unit,
        "grace": str(policy.grace_minutes),
        "reopen_days": str(policy.reopen_days),
        "first_contact_by": policy.first_contact_by.value,
        **{f"desk_role_{place}": role for place, role in enumerate(policy.desk_roles, 1)},
    }


class WholeRead(NamedTuple):
    """What the form of the whole says; None where it does not name the roles of the desk or the contact."""

    pauses: PauseRules
    grace_minutes: int
    reopen_days: int
    desk_roles: tuple[str, ...] | None
    first_contact_by: FirstContactBy | None


def read_whole(fields: Fields) -> WholeRead:
    """Pauses, grace, reopening, the roles of the OEM desk, what a first contact is; raises `Invalid`."""
    problems: list[FieldError] = []
    lengths = {
        name: (_number(fields, name, problems) or 0) * _UNITS.get(fields.get(f"{name}_unit", ""), 1)
        for name in ("longest", "cap")
    }
    grace = _number(fields, "grace", problems)
    reopen_days = _number(fields, "reopen_days", problems)
    if problems or grace is None or reopen_days is None:
        raise Invalid("invalid_input", fields=problems)
    metrics = tuple(metric for metric in Metric if fields.get(f"metrics.{metric.value}") == "true")
    rules = PauseRules(metrics=metrics, longest_minutes=lengths["longest"], cap_minutes=lengths["cap"])
    desk = [fields[name] for name in DESK_PLACES if fields.get(name)]
    by = fields.get("first_contact_by")
    return WholeRead(
        pauses=rules,
        grace_minutes=grace,
        reopen_days=reopen_days,
        desk_roles=tuple(desk) if any(name in fields for name in DESK_PLACES) else None,
        first_contact_by=FirstContactBy(by) if by in set(FirstContactBy) else None,
    )


_PLACES: Final = {
    "duration_minutes": "amount",
    "working_days": "amount",
    "basis": "basis",
    "warn_percent": "warn_percent",
    "chain": "role_1",
    "": "amount",
    "longest_minutes": "longest",
    "cap_minutes": "cap",
    "grace_minutes": "grace",
    "desk_roles": "desk_role_1",
}


def by_name(error: AppError) -> AppError:
    """The fields of a policy (`rules[2].targets.resolve.chain[1].role`) by their names in the forms."""
    error.fields = tuple(
        FieldError(_name(problem.field), problem.code, problem.params) for problem in error.fields
    )
    return error


def _name(path: str) -> str:
    for marker in (".targets.", ".target"):
        if marker in path:
            _, _, rest = path.partition(marker)
            inner = rest.partition(".")[2]
            if marker == ".target":
                inner = rest.removeprefix(".")
            return _inner(inner, rest)
    if path.startswith("pauses."):
        path = path.removeprefix("pauses.")
    if ".match." in path:
        return path.partition(".match.")[2]
    return _PLACES.get(path, path)


def _inner(inner: str, rest: str) -> str:
    if not inner and rest.endswith("chain"):
        return "role_1"
    if inner.startswith("chain["):
        place, _, part = inner.removeprefix("chain[").partition("]")
        return f"{'after' if part.endswith('after_minutes') else 'role'}_{int(place) + 1}"
    return _PLACES.get(inner, inner)


def _typed_time(target: Target) -> dict[str, str]:
    if target.working_days is not None:
        return {"amount": str(target.working_days), "unit": _DAYS, "basis": target.basis.value}
    if target.duration_minutes is None:
        return {"amount": "", "unit": "hours", "basis": target.basis.value}
    amount, unit = _in_units(target.duration_minutes)
    return {"amount": amount, "unit": unit, "basis": target.basis.value}


def _in_units(minutes: int) -> tuple[str, str]:
    """The amount in the largest unit that leaves nothing over; days from three on, for 24 h says more."""
    for unit, least in (("days", 3 * _UNITS["days"]), ("hours", 1)):
        if minutes and minutes >= least and minutes % _UNITS[unit] == 0:
            return str(minutes // _UNITS[unit]), unit
    return str(minutes), "minutes"


def _number(fields: Fields, name: str, problems: list[FieldError]) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        problems.append(FieldError(name, "required"))
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= _MOST and len(text) < 9):
        problems.append(FieldError(name, "not_a_number", {"value": text[:20]}))
        return None
    return int(text)


def _marks(fields: Fields, problems: list[FieldError]) -> tuple[int, ...]:
    texts = fields.get("warn_percent", "").replace("，", ",").replace("、", ",").replace("%", "").split(",")
    marks = [text.strip() for text in texts if text.strip()]
    if not all(mark.isascii() and mark.isdecimal() and len(mark) < 4 for mark in marks):
        problems.append(FieldError("warn_percent", "invalid_warn_marks"))
        return ()
    return tuple(int(mark) for mark in marks)


def _chain(fields: Fields, problems: list[FieldError]) -> tuple[ChainLevel, ...]:
    levels: list[ChainLevel] = []
    for place in range(1, MOST_LEVELS + 1):
        role = fields.get(f"role_{place}", "")
        if not role:
            continue
        if role not in CHAIN_ROLES:
            problems.append(FieldError(f"role_{place}", "unknown_role", {"role": role[:40]}))
        basis = _basis(fields.get(f"basis_{place}", ""), f"basis_{place}", problems)
        after = 0
        if levels:
            unit = _UNITS.get(fields.get(f"after_unit_{place}", ""), 1)
            after = (_number(fields, f"after_{place}", problems) or 0) * unit
        on_duty = fields.get(f"on_duty_{place}") == "true"
        basis = basis if levels else Basis.BUSINESS
        levels.append(ChainLevel(len(levels) + 1, role, after, basis, on_duty))
    return tuple(levels)


def _basis(text: str, name: str, problems: list[FieldError]) -> Basis:
    if text in set(Basis):
        return Basis(text)
    if text:
        problems.append(FieldError(name, "unknown_value", {"value": text[:20]}))
    return Basis.BUSINESS
