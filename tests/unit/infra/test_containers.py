"""The container files cannot run in the tests; what can be read in them is checked."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared import settings

ROOT = Path(__file__).resolve().parents[3]
# Passwords that compose puts into the addresses the product reads; not settings of their own.
PASSWORDS = {
    "HUIYIN_OWNER_PASSWORD",
    "HUIYIN_APP_PASSWORD",
    "HUIYIN_WORKER_PASSWORD",
    "HUIYIN_REDIS_PASSWORD",
}
SAMPLES = {
    "HUIYIN_SECRET": "x" * 32,
    "HUIYIN_PUBLIC_URL": "https://huiyin.example.com",
    "HUIYIN_PORTAL_URL": "https://answers.example.com",
    "HUIYIN_SMTP_HOST": "mail.example.com",
    "HUIYIN_SMTP_SENDER": "huiyin@example.com",
}
# What the containers settle among themselves: ports inside, and the logins that `postgres-logins.sh` makes.
SETTLED = {
    "HUIYIN_API_PORT",
    "HUIYIN_ADMIN_PORT",
    "HUIYIN_WORKER_PORT",
    "HUIYIN_REPORTS_WORKER_PORT",
    "HUIYIN_DATABASE_APP_LOGIN",
    "HUIYIN_DATABASE_WORKER_LOGIN",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "infra/compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stages() -> dict[str, list[str]]:
    """The instructions of each stage of the Dockerfile, by its name; continued lines are joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "infra/Dockerfile").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"FROM (\S+) AS (\w+)", line):
            name = match[2]
            found[name] = [line]
        elif name and line and not line.startswith("#"):
            found[name].append(line)
    return found


def test_all_processes_of_the_product_are_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", "migrate", "api", "admin", "worker", "reports"}


def _filled(variable: re.Match[str]) -> str:
    name, default = variable.groups()
    return default or SAMPLES.get(name, "secret" if "PASSWORD" in name else "")


def test_every_setting_is_one_the_product_reads(compose: dict[str, Any]) -> None:
    known = {name for name, _, _ in settings.rows()} | PASSWORDS
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    assert {name for name in given if name.startswith("HUIYIN_")} - known == set()


def test_every_setting_can_be_given_or_is_settled(compose: dict[str, Any]) -> None:
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    assert {name for name, _, _ in settings.rows()} - given == SETTLED


def test_all_that_has_to_be_given_stands_at_the_top(compose: dict[str, Any]) -> None:
    """Whatever has no default of use to anybody: secrets, addresses people follow, the mail server."""
    text = (ROOT / "infra/compose.yaml").read_text(encoding="utf-8")
    head = text[: text.index("name: huiyin")]
    told = set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", head))
    values = (
        str(value) for service in compose["services"].values() for value in service["environment"].values()
    )
    assert {name for value in values for name in re.findall(r"\$\{(\w+):\?\}", value)} == told
    without_default = {name for name, default, _ in settings.rows() if default == "required"}
    assert {name for name in without_default if "_URL" not in name} <= told


def test_required_settings_of_each_process_are_given(compose: dict[str, Any]) -> None:
    workers = (
        settings.WorkerDatabaseSettings,
        settings.RedisSettings,
        settings.WebSettings,
        settings.SmtpSettings,
    )
    reads = {
        "api": (settings.DatabaseSettings, settings.RedisSettings, settings.WebSettings),
        "admin": (settings.DatabaseSettings, settings.RedisSettings, settings.WebSettings),
        "worker": workers,
        "reports": workers,
        "migrate": (settings.OwnerDatabaseSettings,),
    }
    for service, classes in reads.items():
        # What compose fills in from its own environment.
        filled = {
            name: re.sub(r"\$\{(\w+):[?-]([^}]*)\}", _filled, value)
            for name, value in compose["services"][service]["environment"].items()
        }
        for kind in classes:
            kind.load(filled)


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH|DATABASE|REDIS", name):
                assert "${" in value, name


def test_images_are_named_plainly_and_with_a_version(
    compose: dict[str, Any], stages: dict[str, list[str]]
) -> None:
    built = {service["image"] for service in compose["services"].values() if "build" in service}
    pulled = {service["image"] for service in compose["services"].values()} - built
    pulled |= {lines[0].split()[1] for lines in stages.values()} - set(stages)
    assert pulled == {"postgres:18", "valkey/valkey:9", "python:${PYTHON}-slim"}


def test_the_products_containers_may_do_little(compose: dict[str, Any]) -> None:
    for name in ("api", "admin", "worker", "reports", "migrate"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("stage", ["api", "worker"])
def test_images_do_not_run_as_root(stages: dict[str, list[str]], stage: str) -> None:
    users = [line.split()[1] for line in stages[stage] if line.startswith("USER ")]
    assert users[-1] == "10001:10001"


def test_the_api_image_holds_no_report_renderer(stages: dict[str, list[str]]) -> None:
    assert not [line for line in stages["api"] if "worker.txt" in line or "pango" in line]
    locked = (ROOT / "requirements/api.txt").read_text(encoding="utf-8")
    assert "weasyprint" not in locked
    assert "weasyprint==" in (ROOT / "requirements/worker.txt").read_text(encoding="utf-8")


def test_packages_are_installed_from_locks_with_hashes(stages: dict[str, list[str]]) -> None:
    installs = [line for lines in stages.values() for line in lines if " install " in line and "-r /" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_every_file_the_dockerfile_copies_exists(stages: dict[str, list[str]]) -> None:
    for lines in stages.values():
        for line in lines:
            if line.startswith("COPY ") and "--from" not in line:
                assert (ROOT / line.split()[1]).exists()
