"""Children that do not outlive their parent."""

import ctypes
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_parent(number: int) -> Callable[[], None]:
    """A `preexec_fn`: the child gets signal `number` when its parent dies (on Linux; elsewhere nothing)."""

    def ask() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)

    return ask
