"""Ends process groups when the process that started them is gone: `python -m infra.dev.tether`.

It reads lines from standard input, `+123` for a group to end and `-123` for one that has ended. When the
input ends, whatever ended it, kill -9 included, all groups still known are told to stop, and killed when they
do not.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_S = 5.0
_POLL_S = 0.05


def main() -> None:
    """Wait for the end of the input, then end the groups."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, GRACE_S)


def end_groups(groups: set[int], grace_s: float) -> None:
    """Ask all groups to stop, wait, and kill what is left of them."""
    left = {group for group in groups if _signal(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    main()
