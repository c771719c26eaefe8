"""What browsers and reports get from npm packages: htmx, the icons in use as one SVG file, and the fonts.

The packages come by `npm ci` from `infra/assets` (versions and integrity locked); the few files in use are
copied to `shared/web/static/vendor`, which the repository does not hold.
"""

import os
import re
import shutil
from pathlib import Path

from infra.dev.environment import program
from infra.dev.places import CHECKOUT
from infra.dev.steps import SetupError, digest, is_done, mark_done, run, say

SOURCE = CHECKOUT / "infra" / "assets"
VENDOR = CHECKOUT / "shared" / "web" / "static" / "vendor"
_PACKAGES = SOURCE / "node_modules"
_FONT = "@expo-google-fonts/noto-sans-sc"

# File of a package -> where the product looks for it.
_COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    f"{_FONT}/400Regular/NotoSansSC_400Regular.ttf": "fonts/NotoSansSC-400.ttf",
    f"{_FONT}/500Medium/NotoSansSC_500Medium.ttf": "fonts/NotoSansSC-500.ttf",
    f"{_FONT}/700Bold/NotoSansSC_700Bold.ttf": "fonts/NotoSansSC-700.ttf",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "lucide-static/LICENSE": "licences/lucide.txt",
    f"{_FONT}/LICENSE_FONT": "licences/noto-sans-sc.txt",
}
# Colour and line ends as drawn; the width of the line is the style sheet's.
_SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)


def prepare() -> None:
    """Have all assets of the locked versions in place."""
    lock = (SOURCE / "package-lock.json").read_bytes()
    code = Path(__file__).read_bytes()
    key = digest([lock, (SOURCE / "icons.txt").read_bytes(), code])
    stamp = VENDOR / "stamp"
    if is_done(stamp, key) and all((VENDOR / target).exists() for target in (*_COPIES.values(), "icons.svg")):
        return
    _install(digest([lock]))
    for source, target in _COPIES.items():
        _place(_PACKAGES / source, VENDOR / target)
    _write_icons(VENDOR / "icons.svg")
    mark_done(stamp, key)
    say(f"Assets are in {VENDOR.relative_to(CHECKOUT)}")


def _install(key: str) -> None:
    stamp = _PACKAGES / ".stamp"
    if not is_done(stamp, key):
        run("Getting htmx, icons and fonts", [program("npm"), "ci", "--ignore-scripts"], folder=SOURCE)
        mark_done(stamp, key)


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copyfile(source, unfinished)
    unfinished.rename(target)


def _write_icons(target: Path) -> None:
    names = (SOURCE / "icons.txt").read_text(encoding="ascii").split()
    symbols = "\n".join(_SYMBOL.format(name=name, shapes=_shapes(name)) for name in sorted(set(names)))
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    unfinished.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n', encoding="utf-8")
    unfinished.rename(target)


def _shapes(name: str) -> str:
    file = _PACKAGES / "lucide-static" / "icons" / f"{name}.svg"
    if not file.is_file():
        raise SetupError(f"infra/assets/icons.txt names '{name}', which is no icon of lucide")
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(encoding="utf-8"), re.DOTALL)
    if drawing is None:
        raise SetupError(f"{file} is no SVG drawing")
    return " ".join(drawing[1].split())
