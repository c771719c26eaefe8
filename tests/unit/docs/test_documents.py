"""What the documents say is so."""

import re
from pathlib import Path

import pytest

from infra.lint.readme import README, with_settings
from infra.lint.tools import TOOLS
from shared.settings import rows

ROOT = README.parent
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_readme_lists_every_setting_and_every_variable_of_the_tools() -> None:
    text = README.read_text(encoding="utf-8")
    assert "| `HUIYIN_DATABASE_URL` |" in text
    assert "| `HUIYIN_CHROME` |" in text
    assert with_settings(text) == text, "run `python -m infra.lint.readme`"


def test_every_variable_that_the_tree_names_stands_in_the_readme() -> None:
    documented = {name for name, _, _ in [*rows(), *TOOLS]}
    named = _variables_of_the_tree()
    assert named - documented == set()
    assert documented - named == set(), "nothing reads these any more"


def _variables_of_the_tree() -> set[str]:
    own = {Path(__file__), ROOT / "infra" / "lint" / "tools.py"}
    files = [ROOT / "Makefile", ROOT / "infra" / "Dockerfile", *ROOT.glob("infra/*.*")]
    for folder in ("services", "shared", "infra", "tests"):
        files += (ROOT / folder).rglob("*.py")
    texts = [
        file.read_text(encoding="utf-8")
        for file in files
        if file not in own and "node_modules" not in file.parts
    ]
    # The settings name themselves without the prefix.
    return {name for text in texts for name in re.findall(r"\bHUIYIN_[A-Z_]*[A-Z]\b(?!_)", text)} | {
        name for name, _, _ in rows()
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_proof_that_is_named_exists() -> None:
    """A test that was renamed or taken away is missed in `proofs.md`, and every line names one."""
    usual = "tests/unit/sla/test_working_time.py"
    text = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and "proved by" not in line]
    assert lines
    for line in lines:
        named = re.findall(r"`(?:(tests/[^`:]+)::)?(test_\w+)`", line.split(" | ")[-1])
        assert named, line
        for file, test in named:
            source = (ROOT / (file or usual)).read_text(encoding="utf-8")
            assert f"def {test}(" in source, f"{file}::{test}"
