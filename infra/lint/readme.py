"""The README's tables of settings, made from the settings themselves and from what the tools read.

`python -m infra.lint.readme` writes them; the tests fail while they are not current.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from infra.lint.tools import TOOLS
from shared.settings import rows

README = Path(__file__).resolve().parents[2] / "README.md"


def with_settings(text: str) -> str:
    """The README's text with both tables as they have to be."""
    return _with_table(_with_table(text, "settings", rows()), "tools", TOOLS)


def _with_table(text: str, name: str, lines: Iterable[tuple[str, str, str]]) -> str:
    block = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    table = ["| Variable | Default | Meaning |", "|---|---|---|"]
    table += [f"| `{variable}` | {default} | {meaning} |" for variable, default, meaning in lines]
    return block.sub(lambda found: found[1] + "\n".join(table) + "\n" + found[2], text)


def main() -> int:
    """Write the tables into the README."""
    README.write_text(with_settings(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
