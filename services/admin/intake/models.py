"""What the form for a new complaint shows."""

import msgspec

from shared.cases.look_alikes import LookAlike
from shared.web.components import EMPTY_FORM, Choice, FormState


class KnownLine(msgspec.Struct, frozen=True, kw_only=True):
    """A customer and vehicle known already; `value` fills them in. `dealer` is empty for its own staff."""

    value: str
    name: str
    phone: str
    plate: str
    vehicle: str
    dealer: str
    cases: int


class Suggestion(msgspec.Struct, frozen=True):
    """What the rules would decide: the group and value of a label, and the sentences behind it."""

    group: str
    value: str
    reasons: list[str]


class Hints(msgspec.Struct, frozen=True, kw_only=True):
    """What is said beside the form while it is being filled in; `warnings` as of `FirstLook`."""

    suggestions: list[Suggestion] = []
    symptom_needed: bool = False
    warnings: list[str] = []
    look_alikes: list[LookAlike] = []
    shows_dealer: bool = False


class IntakePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form. `key` names this create, so that sending it twice makes one case.

    `dealers` is empty for the staff of a dealer; `needs_dealer` for who cannot register for the OEM itself.
    `owners` is empty for who may not hand cases to others. `known` is None before anything was looked up.
    `asked`: the form has asked for the concrete symptom once.
    """

    key: str
    form: FormState = EMPTY_FORM
    dealers: list[Choice] = []
    needs_dealer: bool = False
    owners: list[Choice] = []
    known: list[KnownLine] | None = None
    hints: Hints = Hints()
    asked: bool = False
    zone: str = ""
