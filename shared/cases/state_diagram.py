"""The table of `shared/cases/command_table.py` as a page for people.

`python -m shared.cases.state_diagram > docs/case-states.md` writes it; a test checks that it is current.
"""

import sys
from collections.abc import Iterator

from shared.cases.states import FINAL, ONWARDS, REPORT_STATUSES, RULES, Command, Rule
from shared.permissions import Role, may

_HEAD = """# The states of a case

Made from the table in `shared/cases/command_table.py`. Make it again after a change of the table:

```
python -m shared.cases.state_diagram > docs/case-states.md
```

```mermaid
stateDiagram-v2
    [*] --> registered : registered by staff
    [*] --> received : came in by itself"""

_COMMANDS = """
Commands that lead back to the same state are left out of the picture, and so is `withdraw`, which leads from
every open state to withdrawn; the table has them all. `resume` leads back to the state the case was held in.

The short path stays possible: registered, contacted, planned, result told, closed. What is forced, and why,
stands in [ADR 0006](adr/0006-the-life-of-a-case.md).

| command | in states | may be given by | must hold | must be filled | meets the clocks | customer sees it |
|---|---|---|---|---|---|---|"""

_STATUSES = """
Promises still open when a case is closed or withdrawn are cancelled. Reopening begins a new cycle with
promises of its own. Holding pauses none.

What must hold is named by the code of its refusal: `not_the_owner`, the actor owns the case;
`transfer_not_asked`, the dealer has asked for it; `visit_not_confirmed`, a planned visit is confirmed;
`no_points` and `points_not_confirmed`, complained points are known and all of them confirmed; `not_verified`,
work that was begun has been verified; `tasks_open`, no task is open; `compensation_open`, no compensation
waits to be approved or given; `not_judged`, a verdict was given. Of a merged case: `case_merged`, its
customer has been told the result of the one it is handled in; `result_already_told`, he waits for it.
Commands for suggestions or experiences only (R3.7) name the kind.

## What is reported to the OEM (R3.3)

| state | status |
|---|---|"""


def document() -> str:
    """The page, in Markdown."""
    lines = [
        _HEAD,
        *_arrows(),
        *(f"    {state} --> [*]" for state in ONWARDS if state in FINAL),
        "```",
        _COMMANDS,
    ]
    lines += [_line(rule) for rule in RULES]
    lines += [_STATUSES, *(f"| {state} | {status} |" for state, status in REPORT_STATUSES.items())]
    return "\n".join(lines) + "\n"


def _arrows() -> Iterator[str]:
    arrows: dict[tuple[str, str], list[Command]] = {}
    for rule in RULES:
        for source, target in rule.moves.items():
            if source is not target and rule.command is not Command.WITHDRAW:
                arrows.setdefault((source.value, target.value), []).append(rule.command)
    for (source, target), commands in arrows.items():
        yield f"    {source} --> {target} : {', '.join(commands)}"


def _line(rule: Rule) -> str:
    cells = (
        rule.command,
        ", ".join(rule.moves),
        ", ".join(role for role in Role if all(may(role, each) for each in rule.permissions)),
        ", ".join((*(f"not {each}" for each in rule.needs), *sorted(rule.kinds))) or "–",
        ", ".join(rule.required) or "–",
        ", ".join(sorted(rule.meets)) or "–",
        "yes" if rule.customer_sees else "no",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(document())
