import csv
import io

import pytest

from shared.imports.outcomes import Problem, RowOutcome, Status, Summary
from shared.imports.result_file import ResultFile, neutral
from shared.web.locale import Locale, translator

REJECTED = RowOutcome(
    line=7,
    reference="=1+2",
    status=Status.REJECTED,
    problems=(Problem("受理时间", "required"), Problem("", "nul_character")),
)


def written(locale: Locale, *rows: RowOutcome) -> list[list[str]]:
    file = io.StringIO(newline="")
    ResultFile(file, translator(locale)).write(rows)
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


def test_the_result_is_in_the_readers_language() -> None:
    """Issue 2: a reason per rejected row."""
    assert written(Locale.ZH_CN, REJECTED) == [
        ["行号", "外部编号", "结果", "投诉编号", "说明"],
        ["7", "'=1+2", "已拒绝", "", "受理时间：请填写此项。 含有无法保存的字符。"],
    ]
    assert written(Locale.EN, REJECTED)[1][2:] == [
        "rejected",
        "",
        "受理时间: Please fill this in. This holds a character that cannot be stored.",
    ]


def test_a_complaint_that_nobody_can_answer_is_flagged() -> None:
    row = RowOutcome(line=2, reference="A1", status=Status.ACCEPTED, number="AF1", contactable=False)
    assert written(Locale.EN, row)[1] == [
        "2",
        "A1",
        "accepted",
        "AF1",
        "Neither phone nor e-mail: the customer cannot be reached.",
    ]


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@SUM", "\tx", "\rx", "＝A1", "＋1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "A-1", "1+1", "a@b.example.com"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_a_summary_counts_and_keeps_an_example_of_each_reason() -> None:
    summary = Summary()
    summary.add([REJECTED, REJECTED])
    summary.add([RowOutcome(line=1, reference="", status=Status.ACCEPTED, category="SQ", contactable=False)])
    assert (summary.rows, summary.statuses[Status.REJECTED], summary.without_contact) == (3, 2, 1)
    assert summary.reasons["受理时间", "required"] == 2
    assert summary.examples["", "nul_character"] == REJECTED.problems[1]
    assert summary.categories == {"SQ": 1}
