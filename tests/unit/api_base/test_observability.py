"""What logs may hold."""

import json
import logging

import asyncpg
import pytest
import structlog

from shared.observability import configure_logging, exception_facts
from shared.settings import LogSettings


@pytest.fixture
def restored_logging():
    root = logging.getLogger()
    before = (root.level, list(root.handlers), structlog.get_config())
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.configure(**before[2])


def test_what_the_database_says_about_values_is_not_logged() -> None:
    error = asyncpg.UniqueViolationError("Key (phone)=(+8613800001234) already exists")
    error.constraint_name = "customers_by_phone"

    facts = exception_facts(error)

    assert "13800001234" not in json.dumps(facts)
    assert facts["constraint_name"] == "customers_by_phone"
    assert facts["sqlstate"] == "23505"


def _fail() -> None:
    try:
        {}["missing"]
    except KeyError as cause:
        raise RuntimeError("no luck") from cause


def test_an_error_is_logged_with_its_frames_and_cause() -> None:
    with pytest.raises(RuntimeError) as caught:
        _fail()
    facts = exception_facts(caught.value)

    assert facts["error"] == "builtins.RuntimeError"
    assert facts["message"] == "no luck"
    assert facts["frames"][-1].endswith("_fail")
    assert facts["cause"]["error"] == "builtins.KeyError"


def test_logs_of_ours_and_of_libraries_are_one_json_object_per_line(
    capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    configure_logging(LogSettings())
    structlog.contextvars.clear_contextvars()
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.stdlib.get_logger("ours").info("case_registered", oem_id=3)
        try:
            int("wrong")
        except ValueError:
            logging.getLogger("theirs").exception("it %s", "failed")

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["event"], first["oem_id"], first["request_id"]) == ("case_registered", 3, "r-1")
    assert (second["event"], second["level"], second["request_id"]) == ("it failed", "error", "r-1")
    assert second["exception"]["message"].endswith("'wrong'")
    assert first["at"].endswith("+00:00")


def test_an_exception_is_readable_on_a_console(
    capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    configure_logging(LogSettings(format="console"))
    try:
        int("no number")
    except ValueError:
        structlog.stdlib.get_logger("ours").exception("report_failed")
    told = capsys.readouterr().out
    assert "builtins.ValueError: invalid literal" in told
    assert "test_observability.py" in told
