"""What the doctor says of who sends SMS, from the environment alone."""

import pytest

from services.cli.checks import Verdict
from services.cli.checks.services import check_sms
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
