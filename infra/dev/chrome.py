"""The Chrome on this machine that the browser tests drive."""

import os
import shutil
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def find_chrome() -> Path | None:
    """The Chrome that `HUIYIN_CHROME` names, else the first one found; None when there is none."""
    if chosen := os.environ.get("HUIYIN_CHROME"):
        found = shutil.which(chosen)
        return Path(found) if found else None
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    return next((place for place in _APPLICATIONS if place.is_file()), None)
