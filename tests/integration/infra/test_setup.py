"""The set-up behind `make`: what it does when, and what it says when it cannot."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.dev import assets, chrome, environment, preparation, setup, steps, system_packages
from infra.dev.steps import SetupError
from infra.dev.system_packages import CHROME, PANGO, VENV, Need

ROOT = Path(__file__).resolve().parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


class Version(NamedTuple):
    major: int
    minor: int
    micro: int


class Checkout:
    """A made-up checkout in which programs are only noted, not run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ran: list[str] = []
        self.fails_at = ""
        (folder / "requirements").mkdir()
        for name in ("demo", "dev"):
            self.write(f"requirements/{name}.txt", f"{name}==1")
        self.write(
            "pyproject.toml", '[project]\nname = "x"\n[build-system]\nrequires = []\n[tool.a]\nb = 1\n'
        )

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, what: str, argv: list[str | Path], **_: Any) -> None:
        self.ran.append(Path(argv[-1]).name if "-r" in argv else what.split(maxsplit=1)[0])
        if self.fails_at in argv:
            raise SetupError("stopped on request")
        if "venv" in argv:
            (self.folder / ".venv/bin").mkdir()
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            (self.folder / ".venv/lib" / version / "site-packages").mkdir(parents=True)
            (self.folder / ".venv/bin/python").symlink_to(sys.executable)

    def prepare(self, extra: environment.Extra) -> list[str]:
        """What a run of the set-up did."""
        self.ran = []
        environment.prepare(extra)
        return self.ran


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path)
    monkeypatch.setattr(environment, "CHECKOUT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "run", made.run)
    return made


def test_the_first_run_installs_and_the_second_does_nothing(checkout: Checkout) -> None:
    assert checkout.prepare("demo") == ["Making", "demo.txt", "Installing"]
    assert checkout.prepare("demo") == []


def test_an_environment_for_development_serves_the_demo_but_not_the_other_way_round(
    checkout: Checkout,
) -> None:
    checkout.prepare("dev")
    assert checkout.prepare("demo") == []
    (checkout.folder / ".venv/installed-dev").unlink()
    checkout.prepare("demo")
    assert checkout.prepare("dev") == ["dev.txt", "Installing"]


def test_a_changed_lock_is_installed_over_the_environment(checkout: Checkout) -> None:
    checkout.prepare("dev")
    checkout.write("requirements/dev.txt", "dev==2")
    assert checkout.prepare("dev") == ["dev.txt", "Installing"]


def test_settings_of_linters_install_nothing(checkout: Checkout) -> None:
    checkout.prepare("dev")
    checkout.write(
        "pyproject.toml", '[project]\nname = "x"\n[build-system]\nrequires = []\n[tool.a]\nb = 2\n'
    )
    assert checkout.prepare("dev") == []


@pytest.mark.parametrize("fails_at", ["-r", "--no-build-isolation"])
def test_an_interrupted_installation_begins_anew(checkout: Checkout, fails_at: str) -> None:
    checkout.fails_at = fails_at
    with pytest.raises(SetupError):
        checkout.prepare("dev")
    (checkout.folder / ".venv/half_installed").touch()
    checkout.fails_at = ""
    assert checkout.prepare("dev") == ["Making", "dev.txt", "Installing"]
    assert not (checkout.folder / ".venv/half_installed").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.prepare("dev")
    (checkout.folder / ".venv/bin/python").unlink()
    assert checkout.prepare("dev") == ["Making", "dev.txt", "Installing"]


def test_missing_packages_are_named_exactly_for_debian_and_homebrew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    needs = tuple(Need(need.what, lambda: False, need.debian, need.homebrew) for need in (PANGO, CHROME))
    with pytest.raises(SetupError) as refused:
        system_packages.prepare(needs)
    told = str(refused.value)
    assert (
        "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in told
    )
    assert "libharfbuzz-subset0 chromium\n" in told
    assert "brew install pango" in told
    assert "brew install --cask chromium" in told


def test_root_on_debian_installs_what_is_missing_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str | Path]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "_is_debian", lambda: True)
    monkeypatch.setattr(system_packages, "run", lambda _what, argv, **_: ran.append(argv))
    missing = Need("Pango", lambda: bool(ran), PANGO.debian, PANGO.homebrew)
    there = Need("Chrome", lambda: True, CHROME.debian, CHROME.homebrew)
    system_packages.prepare((missing, there))
    assert [argv[1] for argv in ran] == ["update", "install"]
    assert set(ran[1]) >= set(PANGO.debian)
    assert "chromium" not in ran[1]


def test_a_package_that_does_not_help_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "_is_debian", lambda: True)
    monkeypatch.setattr(system_packages, "run", lambda *_, **__: None)
    with pytest.raises(SetupError, match="Missing on this system"):
        system_packages.prepare((Need("Pango", lambda: False, PANGO.debian, PANGO.homebrew),))


def test_the_package_for_virtual_environments_is_that_of_the_running_python() -> None:
    assert VENV.debian == (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",)


def test_a_chrome_of_ones_own_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "my-chrome"
    mine.touch(0o755)
    monkeypatch.setenv("HUIYIN_CHROME", str(mine))
    assert chrome.find_chrome() == mine
    monkeypatch.setenv("HUIYIN_CHROME", str(tmp_path / "missing"))
    assert chrome.find_chrome() is None


def test_an_old_python_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(SystemExit, match=r"3\.11 or newer; this is 3\.9 .*\n.*make PYTHON="):
        setup.main()


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["setup.py", "demo"])
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name == "python3.12" else None)
    handed: list[list[str]] = []

    def execv(_path: str, argv: list[str]) -> None:
        handed.append(argv)
        raise SystemExit

    monkeypatch.setattr(os, "execv", execv)
    with pytest.raises(SystemExit):
        setup.main()
    assert handed == [["/usr/bin/python3.12", "-m", "infra.dev.setup", "demo"]]


def test_the_set_up_imports_nothing_that_has_to_be_installed() -> None:
    code = "import sys, infra.dev.preparation; print([name for name in sys.modules if 'site-packages' in "
    code += "str(getattr(sys.modules[name], '__file__', ''))])"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_an_unknown_task_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert preparation.run(["everything"]) == 2
    assert preparation.USAGE in capsys.readouterr().out


def test_a_failing_program_shows_the_end_of_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SetupError, match="the reason"):
        steps.run("Trying", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])
    assert "failed" in capsys.readouterr().out


def test_the_lock_of_the_assets_holds_hashes_and_no_address() -> None:
    text = (assets.SOURCE / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert len(packages) == 3
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "://" not in text
    wanted = json.loads((assets.SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {packages[f"node_modules/{name}"]["version"] for name in wanted} == set(wanted.values())


def test_icons_are_listed_once_and_in_order() -> None:
    names = (assets.SOURCE / "icons.txt").read_text(encoding="ascii").split()
    assert names == sorted(set(names))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_on_every_version() -> None:
    dev = set(
        re.findall(
            r"^([\w.-]+==\S+)", (ROOT / "requirements/dev.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    for lock in LOCKS:
        pins = set(re.findall(r"^([\w.-]+==\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        assert pins <= dev, lock.name


def test_make_help_lists_every_command() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    told = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[1] for line in told.splitlines()] == phony[1].split()
