"""`make clean`: what was made goes, what was cloned stays."""

from pathlib import Path

import pytest

from infra.dev import clean

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """The folders of servers that were told to stop; the checkout is an empty one."""
    told: list[Path] = []
    checkout = tmp_path / "checkout"
    monkeypatch.setattr(clean, "CHECKOUT", checkout)
    monkeypatch.setattr(clean, "STATE", checkout / ".huiyin")
    monkeypatch.setattr(clean, "DEMO_LOCK", checkout / ".huiyin" / "demo.lock")
    monkeypatch.setattr(clean, "system_folders", lambda: [tmp_path / "system", tmp_path / "never-made"])
    monkeypatch.setattr(clean.sharing, "stop", told.append)
    return told


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    return path


def test_everything_git_ignores_is_removed_and_nothing_else(stopped: list[Path], tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split():
        name = line.strip("/").replace("*", "huiyin")
        _file(checkout / ("shared/web/__pycache__" if name == "__pycache__" else name) / "made")
    kept = {
        _file(checkout / "README.md"),
        _file(checkout / "shared/web/locale.py"),
        _file(checkout / "shared/web/static/css/tokens.css"),
        _file(checkout / "infra/assets/package-lock.json"),
        _file(tmp_path / "beside"),
    }

    clean.clean()

    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept
    assert not (checkout / ".huiyin").exists()


def test_servers_are_stopped_before_their_data_goes(stopped: list[Path], tmp_path: Path) -> None:
    inside = _file(tmp_path / "checkout/.huiyin/demo/valkey/keeper.lock").parent
    outside = _file(tmp_path / "system/test/postgres-18/keeper.lock").parent

    clean.clean()

    assert stopped == [inside, outside]
    assert not inside.exists()
    assert not (tmp_path / "system").exists()


def test_a_clone_that_was_never_set_up_can_be_cleaned_twice(stopped: list[Path]) -> None:
    clean.clean()
    clean.clean()

    assert stopped == []
