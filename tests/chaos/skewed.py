"""`huiyin`, whose own clock runs a minute ahead of the world's: argument by argument the same command."""

import sys
from datetime import datetime, timedelta

from services.cli.main import main
from shared import clock

_AHEAD = timedelta(minutes=1)
_right = clock.utc_now


def _wrong() -> datetime:
    return _right() + _AHEAD


if __name__ == "__main__":
    for name, module in list(sys.modules.items()):
        if name.startswith(("shared", "services")) and getattr(module, "utc_now", None) is _right:
            module.utc_now = _wrong  # type: ignore[attr-defined]
    main()
