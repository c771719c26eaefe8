"""What the doctor says where no server is needed to know it."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli import doctor
from services.cli.checks import Check, Verdict
from services.cli.checks.files import check_files
from services.cli.checks.machine import check_fonts, check_pango
from services.cli.checks.services import check_sms
from shared.notifications.receipts import receipt_key
from shared.reports import fonts

KEY = "0123456789" * 4
ALIYUN = {
    "HUIYIN_SMS_PROVIDER": "aliyun",
    "HUIYIN_SMS_KEY_ID": "id",
    "HUIYIN_SMS_SECRET": "never shown",
    "HUIYIN_SECRET": KEY,
    "HUIYIN_PORTAL_URL": "https://huiyin.example.com",
}


@pytest.mark.parametrize(
    ("environ", "verdict", "found"),
    [
        ({}, Verdict.WARNING, "no provider"),
        (ALIYUN, Verdict.WARNING, "no template"),
        (ALIYUN | {"HUIYIN_SMS_TEMPLATE": "SMS_1"}, Verdict.OK, receipt_key(KEY, "aliyun")),
        (
            {"HUIYIN_SMS_URL": "https://gateway.example.com", "HUIYIN_SMS_SECRET": "never shown"},
            Verdict.OK,
            "gateway.example.com",
        ),
    ],
)
async def test_the_doctor_names_the_provider_and_where_it_tells_of_deliveries(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], verdict: Verdict, found: str
) -> None:
    for name in ("PROVIDER", "URL", "SECRET", "KEY_ID", "TEMPLATE", "APP_ID", "SENDER"):
        monkeypatch.delenv(f"HUIYIN_SMS_{name}", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (check,) = await check_sms()
    assert check.verdict is verdict
    assert found in check.found
    assert "never shown" not in f"{check.found} {check.fix}"


async def test_settings_that_are_wrong_are_told_once_by_the_settings_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUIYIN_SMS_PROVIDER", "pigeon")
    assert await check_sms() == []


def test_a_check_that_breaks_down_ends_in_a_line_and_not_in_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken() -> list[Check]:
        raise RuntimeError("odd")

    async def fine() -> list[Check]:
        return [Check.ok("Fonts", "all there")]

    monkeypatch.setattr(doctor, "_CHECKS", {"Redis": broken, "Fonts": fine})
    shown = CliRunner().invoke(doctor.command)
    assert shown.exit_code == 1
    assert isinstance(shown.exception, SystemExit)
    assert "RuntimeError: odd" in shown.stdout
    assert "all there" in shown.stdout


def test_missing_typefaces_are_named_with_what_fetches_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = tmp_path / "there.ttf"
    there.touch()
    monkeypatch.setattr(fonts, "FILES", {400: there})
    assert check_fonts().verdict is Verdict.OK
    monkeypatch.setattr(fonts, "FILES", {400: there, 700: tmp_path / "bold.ttf"})
    check = check_fonts()
    assert check.verdict is Verdict.FAILED
    assert "bold.ttf" in check.found
    assert "there.ttf" not in check.found
    assert "make assets" in check.fix


class _NoPango(MetaPathFinder):
    """As on a machine without the library: WeasyPrint raises OSError while it is imported."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "weasyprint":
            raise self.error


@pytest.mark.parametrize(
    ("error", "verdict", "fix"),
    [
        (OSError("cannot load library 'libpango-1.0-0'\nAdditionally …"), Verdict.FAILED, "libpango-1.0-0"),
        (ImportError("No module named 'weasyprint'", name="weasyprint"), Verdict.WARNING, "huiyin[worker]"),
    ],
)
def test_a_machine_that_cannot_print_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, error: Exception, verdict: Verdict, fix: str
) -> None:
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_NoPango(error), *sys.meta_path])
    check = check_pango()
    assert check.verdict is verdict
    assert "\n" not in check.found
    assert fix in check.fix


@pytest.mark.slow
def test_pango_where_it_is_tells_the_version_of_weasyprint() -> None:
    assert check_pango().found == f"loads, WeasyPrint {version('weasyprint')}"


async def test_the_files_folder_is_written_to_and_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUIYIN_FILES_URL", tmp_path.as_uri())
    (check,) = await check_files()
    assert (check.verdict, check.found) == (Verdict.OK, f"{tmp_path.as_uri()} can be written and read")
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []


async def test_a_files_folder_that_is_missing_or_no_folder_is_told_and_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing, file = tmp_path / "missing", tmp_path / "file"
    file.touch()
    for folder, verdict in ((missing, Verdict.WARNING), (file, Verdict.FAILED)):
        monkeypatch.setenv("HUIYIN_FILES_URL", folder.as_uri())
        (check,) = await check_files()
        assert check.verdict is verdict
        assert check.fix
    assert not missing.exists()
