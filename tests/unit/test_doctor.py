"""What the doctor says where no server is needed to know it."""

import pytest
from click.testing import CliRunner

from services.cli import doctor
from services.cli.checks import Check, Verdict
from services.cli.checks.services import check_redis, check_sms
from shared.notifications.receipts import receipt_key

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


async def test_an_address_of_redis_that_is_not_understood_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_REDIS_URL", "redis://127.0.0.1:1/0?socket_timeout=soon")
    (check,) = await check_redis()
    assert check.verdict is Verdict.FAILED
    assert "HUIYIN_REDIS_URL" in check.fix


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
