"""What the documents say is so."""

import re
from pathlib import Path

import pytest

from infra.lint.readme import README, with_settings

ROOT = README.parent
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_readme_lists_every_setting() -> None:
    text = README.read_text(encoding="utf-8")
    assert "HUIYIN_DATABASE_URL" in text
    assert with_settings(text) == text, "run `python -m infra.lint.readme`"


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
