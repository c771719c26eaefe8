"""The conformance runner, and the expected values of other systems where they are at hand."""

import os
from pathlib import Path

import msgspec
import pytest

from shared.sla.conformance import disagreement, main

CASE = {
    "id": "one",
    "tz": "Asia/Shanghai",
    "week": {"fri": [["09:00", "18:00"]]},
    "holidays": ["2026-06-19"],
    "kind": "due",
    "start": "2026-06-12T17:00:00+08:00",
    "minutes": 120,
    "expected": "2026-06-26T02:00:00Z",
}


def encoded(**changes: object) -> bytes:
    return msgspec.json.encode({**CASE, **changes})


def test_a_case_that_agrees_passes():
    assert disagreement(encoded()) is None


def test_an_instant_that_differs_is_told_with_both_values():
    told = disagreement(encoded(minutes=121))
    assert told == "one: expected 2026-06-26 02:00:00+00:00, got 2026-06-26 02:01:00+00:00"


def test_make_up_days_are_read():
    extra = {"2026-06-19": [["09:00", "09:30"]], "2026-06-20": [["22:00", "02:00"]]}
    assert disagreement(encoded(extra=extra, expected="2026-06-20T14:30:00Z")) is None


def test_pauses_are_left_out():
    pauses = [["2026-06-12T17:00:00+08:00", "2026-06-26T10:00:00+08:00"]]
    assert disagreement(encoded(pauses=pauses, expected="2026-06-26T04:00:00Z")) is None


def test_elapsed_time_is_compared_in_minutes_or_seconds():
    span = {"kind": "elapsed", "end": "2026-06-12T17:00:30.5+08:00"}
    assert disagreement(encoded(**span, expected=None, expected_seconds=30.5)) is None
    assert disagreement(encoded(**span, expected=0.5)) == "one: expected 0:00:30, got 0:00:30.500000"


@pytest.mark.parametrize(
    "changes",
    [
        {"week": {}},
        {"week": {"fri": [["18:00", "18:00"]]}},
        {"week": {"fri": "09:00-18:00"}},
        {"week": {"friday": [["09:00", "18:00"]]}},
        {"tz": "Asia/Beijing"},
        {"start": "2026-06-12T17:00:00"},
        {"start": "yesterday"},
        {"minutes": -1},
        {"minutes": None},
        {"kind": "elapsed"},
        {"kind": "guess"},
        {"pauses": [["2026-06-12T18:00:00+08:00", "2026-06-12T17:00:00+08:00"]]},
        {"holidays": ["2026-02-30"]},
        {"extra": {"2026-02-30": [["09:00", "18:00"]]}},
        {"minutes": 1e300},
        {"start": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_input_that_must_be_refused_is_refused(changes: dict[str, object]):
    assert disagreement(encoded(**changes, expected=None, expected_error=True)) is None
    assert "one: refused: " in (disagreement(encoded(**changes)) or "")


def test_input_that_should_have_been_refused_but_was_not_fails():
    told = disagreement(encoded(expected_error=True))
    assert told == "one: expected an error, got 2026-06-26 02:00:00+00:00"


def test_what_is_null_is_taken_as_left_out():
    assert (
        disagreement(encoded(holidays=None, extra=None, pauses=None, expected="2026-06-19T02:00:00Z")) is None
    )


def test_a_case_may_be_numbered():
    assert disagreement(encoded(id=7, minutes=60)) == (
        "7: expected 2026-06-26 02:00:00+00:00, got 2026-06-12 10:00:00+00:00"
    )


def test_a_case_without_anything_expected_fails_in_words():
    assert disagreement(encoded(expected=None)) == "one: refused: the case names nothing expected"
    told = disagreement(encoded(expected="2026-06-26T10:00:00"))
    assert told == "one: refused: the expected instant needs a time zone"


def test_a_case_that_is_no_object_fails_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "cases.json"
    path.write_bytes(msgspec.json.encode({"cases": [CASE, 7, None, {"id": "bare"}]}))
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 3 failed"


def test_the_runner_prints_each_disagreement_and_the_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "cases.json"
    path.write_bytes(
        msgspec.json.encode({"about": "…", "cases": [CASE, {**CASE, "id": "two", "minutes": 60}]})
    )
    assert main([str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "two: expected 2026-06-26 02:00:00+00:00, got 2026-06-12 10:00:00+00:00",
        "1 passed, 1 failed",
    ]


def test_a_disagreement_is_one_line_whatever_the_id_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "cases.json"
    path.write_bytes(msgspec.json.encode({"cases": [{**CASE, "id": "two\nlines", "minutes": 60}]}))
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[0].startswith("two lines: expected ")


def test_a_byte_order_mark_is_read_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "cases.json"
    path.write_bytes(b"\xef\xbb\xbf" + msgspec.json.encode({"cases": [CASE]}))
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_the_runner_ends_well_when_all_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "cases.json"
    path.write_bytes(msgspec.json.encode({"cases": [CASE]}))
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


def test_the_runner_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert main([str(broken)]) == 2
    assert main([str(tmp_path / "absent.json")]) == 2
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err


def test_every_expected_value_of_the_trial_data_is_met(capsys: pytest.CaptureFixture[str]):
    """R4.3: facts of other systems' tests and of a slow calculator; runs where HUIYIN_TRIAL_DATA is set."""
    folder = os.environ.get("HUIYIN_TRIAL_DATA")
    files = (
        [path for path in Path(folder).glob("*.json") if b'"about"' in path.read_bytes()] if folder else []
    )
    if not files:
        pytest.skip("HUIYIN_TRIAL_DATA names no folder with expected values")
    for path in files:
        assert main([str(path)]) == 0, capsys.readouterr().out
