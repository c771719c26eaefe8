"""How a call goes from planned to its end (R5.2). Pure."""

from collections.abc import Mapping
from typing import Final

from shared.errors import Conflict, Invalid
from shared.follow_up.vocabulary import EFFECTIVE, CallKind, CallResult, CallState

_ASKING: Final = frozenset({CallResult.INQUIRY, CallResult.SUGGESTION})
_POSSIBLE: Final[Mapping[CallKind, frozenset[CallResult]]] = {
    **dict.fromkeys(CallKind, frozenset(CallResult)),
    CallKind.FEEDBACK: frozenset(CallResult) - _ASKING,
}


def after_try(
    kind: CallKind, state: CallState, attempts: int, result: CallResult, most_attempts: int
) -> CallState:
    """Where a call stands after one more try; `attempts` are those before it.

    Having spoken ends it; so does the last try in vain, unless the customer himself has named another time.
    Raises `Conflict` (`call_ended`), and `Invalid` for a result that such a call cannot have.
    """
    if state is not CallState.PLANNED:
        raise Conflict("call_ended")
    if result not in _POSSIBLE[kind]:
        raise Invalid.field("result", "not_for_this_call")
    if result in EFFECTIVE:
        return CallState.DONE
    if result is CallResult.CALL_LATER or attempts + 1 < most_attempts:
        return CallState.PLANNED
    return CallState.NOT_REACHED


def asks_something(result: CallResult) -> bool:
    """Whether the customer waits for a feedback call."""
    return result in _ASKING
