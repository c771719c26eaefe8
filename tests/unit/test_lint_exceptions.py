"""Every exception from a lint rule says why, and SQL is put together of the code's own words only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for part in ("shared", "services", "infra") for path in ROOT.glob(f"{part}/**/*.py"))
_BARE = re.compile(r"# noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?\s*$")
_SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\b")
_CONSTANT = re.compile(r"_?[A-Z]\w*|range|len")
PUT_TOGETHER = {
    ("shared/cases/conditions.py", "reader"): "the number of the reader's parameter",
    (
        "shared/cases/listing.py",
        "conditions",
    ): "made by conditions.py of its own words and numbered parameters",
    ("shared/cases/overview.py", "is_breached"): "a condition of conditions.py at a numbered parameter",
    ("shared/cases/overview.py", "is_due_soon"): "a condition of conditions.py at a numbered parameter",
    ("shared/cases/repository.py", "assignments"): "columns named by commands, never by input",
    ("shared/cases/transfer_rows.py", "table"): "one of the module's own tables",
    ("shared/db/drift.py", "column"): "no SQL: a sentence about it",
    ("shared/db/drift.py", "name"): "no SQL: a sentence about it",
    ("shared/db/drift.py", "role"): "no SQL: a sentence about it",
    ("shared/db/joining.py", "named"): "statements of the modules, told apart by number",
    ("shared/outbox/messages.py", "order"): "one of two constants of the package",
    ("shared/outbox/messages.py", "which"): "one of two constants of the package",
    ("shared/tenants/renewed_secrets.py", "table"): "a literal, by its type",
    ("shared/tenants/settings.py", "lock"): "chooses between two constants",
}


def test_no_exception_from_a_rule_stands_without_its_reason() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _BARE.search(line)
    ]
    assert bare == []


def test_no_rule_is_left_out_without_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rules = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.pydocstyle]")]
    bare = [
        line
        for line in rules.splitlines()
        if re.search(r'"[A-Z]+\d*",?\s*\]?$', line) and "select" not in line
    ]
    assert bare == []


def test_sql_is_put_together_of_constants() -> None:
    """Why S608 may be silent in `shared`: what is no constant is named here, with its reason."""
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in SOURCES
        if path.is_relative_to(ROOT / "shared") and _SQL.search(source := path.read_text(encoding="utf-8"))
        for name in _put_into_sql(ast.parse(source))
    }
    assert found == set(PUT_TOGETHER)


def _put_into_sql(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        texts, values = _put_together(node)
        if not _SQL.search("".join(each.value for each in texts if isinstance(each.value, str))):
            continue
        for value in values:
            names = [each for each in ast.walk(value) if isinstance(each, ast.Name)]
            own = {each.id for each in names if isinstance(each.ctx, ast.Store)}
            yield from (each.id for each in names if each.id not in own and not _CONSTANT.fullmatch(each.id))


def _put_together(node: ast.AST) -> tuple[list[ast.Constant], list[ast.expr]]:
    """What a text is made of by an f-string, `+`, `%` or `format`: what is written there, and all of it."""
    match node:
        case ast.JoinedStr(values=values):
            return [each for each in values if isinstance(each, ast.Constant)], values
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            parts = [left, right]
        case ast.Call(func=ast.Attribute(attr="format" | "join", value=value)):
            parts = [value, *node.args, *(each.value for each in node.keywords)]
        case _:
            return [], []
    return [each for part in parts for each in ast.walk(part) if isinstance(each, ast.Constant)], parts
