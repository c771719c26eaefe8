"""The README's table of settings, made from the settings themselves.

`python -m infra.lint.readme` writes it; the tests fail while it is not current.
"""

import re
import sys
from pathlib import Path

from shared.settings import rows

README = Path(__file__).resolve().parents[2] / "README.md"
_BLOCK = re.compile(r"(<!-- settings: [^>]*-->\n).*?(<!-- end of settings -->)", re.DOTALL)


def with_settings(text: str) -> str:
    """The README's text with the table of settings as it has to be."""
    table = ["| Variable | Default | Meaning |", "|---|---|---|"]
    table += [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in rows()]
    return _BLOCK.sub(lambda found: found[1] + "\n".join(table) + "\n" + found[2], text)


def main() -> int:
    """Write the table into the README."""
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
