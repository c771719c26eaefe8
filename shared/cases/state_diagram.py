"""The table of `shared/cases/states.py` as a page for people.

`python -m shared.cases.state_diagram > docs/case-states.md` writes it; a test checks that it is current.
"""

import sys
from collections.abc import Iterator

from shared.cases.states import REPORT_STATUSES, RULES, Command, Rule
from shared.permissions import Role, may

_HEAD = """# The states of a case

Made from the table in `shared/cases/states.py`. Make it again after a change of the table:

```
python -m shared.cases.state_diagram > docs/case-states.md
```

```mermaid
stateDiagram-v2
    [*] --> registered : registered by staff
    [*] --> received : came in by itself"""

_COMMANDS = """
Commands that lead back to the same state are left out of the picture; the table has them all.

| command | in states | may be given by | must be filled | meets the clocks | the customer sees it |
|---|---|---|---|---|---|"""

_STATUSES = """
Promises still open when a case is closed are cancelled.

## What is reported to the OEM (R3.3)

| state | status |
|---|---|"""


def document() -> str:
    """The page, in Markdown."""
    lines = [_HEAD, *_arrows(), "    closed --> [*]", "```", _COMMANDS]
    lines += [_line(rule) for rule in RULES]
    lines += [_STATUSES, *(f"| {state} | {status} |" for state, status in REPORT_STATUSES.items())]
    return "\n".join(lines) + "\n"


def _arrows() -> Iterator[str]:
    arrows: dict[tuple[str, str], list[Command]] = {}
    for rule in RULES:
        for source, target in rule.moves.items():
            if source is not target:
                arrows.setdefault((source.value, target.value), []).append(rule.command)
    for (source, target), commands in arrows.items():
        yield f"    {source} --> {target} : {', '.join(commands)}"


def _line(rule: Rule) -> str:
    cells = (
        rule.command,
        ", ".join(rule.moves),
        ", ".join(role for role in Role if all(may(role, each) for each in rule.permissions)),
        ", ".join(rule.required) or "–",
        ", ".join(sorted(rule.meets)) or "–",
        "yes" if rule.customer_sees else "no",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(document())
