"""Rules of the house that a review would otherwise have to repeat."""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

import shared.settings

ROOT = Path(__file__).resolve().parents[2]
PURE = [
    "shared/cases/vocabulary.py",
    "shared/cases/rules.py",
    "shared/cases/rule_set.py",
    "shared/cases/rule_matching.py",
    "shared/cases/rule_checks.py",
    "shared/cases/normalise.py",
    "shared/cases/states.py",
    "shared/sla/working_time.py",
    "shared/sla/local_interval.py",
    "shared/sla/wall_clock.py",
    "shared/sla/policy.py",
    "shared/sla/clock.py",
    "shared/calendars/definition.py",
    "shared/escalation/chain.py",
    "shared/escalation/suppression.py",
    "shared/imports/mapping.py",
    "shared/imports/outcomes.py",
    "shared/imports/reading.py",
    "shared/notifications/links.py",
    "shared/notifications/rules.py",
    "shared/outbox/keys.py",
    "shared/outbox/outcomes.py",
    "shared/outbox/vocabulary.py",
    "shared/files/images.py",
    "shared/files/links.py",
    "shared/reports/facts.py",
    "shared/reports/figures.py",
    "shared/reports/findings.py",
    "shared/reports/judge.py",
    "shared/reports/month.py",
    "shared/reports/printable.py",
    "shared/reports/summary.py",
    "shared/web/charts.py",
    "shared/web/formatting.py",
    "shared/permissions.py",
    "shared/setting_values.py",
]
IMPURE_MODULES = {
    "aiohttp",
    "aiosmtplib",
    "argon2",
    "arq",
    "asyncio",
    "asyncpg",
    "httpx",
    "litestar",
    "obstore",
    "os",
    "piccolo",
    "random",
    "redis",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
    "weasyprint",
}
IMPURE_OURS = {"shared.clock", "shared.db", "shared.settings"}
CLOCK_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}


def _product_files() -> Iterator[Path]:
    for folder in ("shared", "services"):
        yield from (ROOT / folder).rglob("*.py")


def _nodes_where(mentioned: Collection[str], besides: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every node of the product's files that mention one of these words, outside `besides`, with its file."""
    for path in _product_files():
        source = path.read_text(encoding="utf-8")
        if not path.is_relative_to(besides) and any(word in source for word in mentioned):
            place = str(path.relative_to(ROOT))
            yield from ((place, node) for node in ast.walk(ast.parse(source)))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_or_is_in(module: str, names: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


_IS_PURE = re.compile(r"\bpure\b", re.IGNORECASE)


def _call_themselves_pure() -> set[str]:
    sources = {path: path.read_text(encoding="utf-8") for path in _product_files()}
    mentioned = {path: ast.parse(source) for path, source in sources.items() if _IS_PURE.search(source)}
    return {
        str(path.relative_to(ROOT))
        for path, tree in mentioned.items()
        if _IS_PURE.search(ast.get_docstring(tree) or "")
    }


def _file_of(module: str) -> Path | None:
    """The product's file behind a module's name; None for others' modules and for names within one."""
    place = ROOT.joinpath(*module.split("."))
    found = [each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()]
    return found[0] if found and module.startswith(("shared", "services")) else None


@cache
def _needs(path: Path) -> frozenset[str]:
    """The modules a file imports, and those that it takes from packages."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    return frozenset({*_imports(tree), *(name for name in taken if _file_of(name))})


def _ways_to_io(path: Path) -> list[str]:
    """Each import that does I/O, with the files that lead to it."""
    ways: dict[Path, str] = {path: str(path.relative_to(ROOT))}
    found, ahead = [], [path]
    while ahead:
        here = ahead.pop()
        for name in sorted(_needs(here)):
            if _is_or_is_in(name, IMPURE_MODULES | IMPURE_OURS):
                found.append(f"{ways[here]} → {name}")
            elif (there := _file_of(name)) is not None and there not in ways:
                ways[there] = f"{ways[here]} → {there.relative_to(ROOT)}"
                ahead.append(there)
    return found


@pytest.mark.parametrize("path", sorted({*PURE, *_call_themselves_pure()}))
def test_pure_modules_do_no_io(path: str) -> None:
    """By themselves and by whatever they import."""
    assert _ways_to_io(ROOT / path) == []
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    calls = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert not {"open", "print", "input", "utc_now"} & set(calls)


def test_the_clock_is_read_in_one_place() -> None:
    guilty = [
        f"{place}:{node.lineno}"
        for place, node in _nodes_where(
            [f"{owner}.{read}" for owner, read in CLOCK_READS], besides=ROOT / "shared/clock.py"
        )
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCK_READS
    ]
    assert guilty == []


def test_the_database_is_reached_through_the_engine_only() -> None:
    """`shared/db` alone opens connections; everybody else asks for a transaction with a scope."""
    guilty = [
        f"{place}:{node.lineno}"
        for place, node in _nodes_where(["asyncpg."], besides=ROOT / "shared/db")
        if isinstance(node, ast.Attribute)
        and node.attr in {"connect", "create_pool"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "asyncpg"
    ]
    assert guilty == []


def test_packages_and_files_keep_short() -> None:
    """A newcomer reads a file in one sitting."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _product_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_the_product_under_test_is_this_tree() -> None:
    assert Path(shared.settings.__file__).is_relative_to(ROOT)
