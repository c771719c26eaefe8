"""Every value of a closed list has a label, and every error code a sentence."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from services.admin import errors as admin_errors
from services.api import errors as api_errors
from shared.cases import (
    command_rules,
    filters,
    intake,
    risk_periods,
    rule_edits,
    rule_set,
    states,
    vocabulary,
    work_vocabulary,
)
from shared.cases.reveals import RevealReason
from shared.cases.tables import Cases
from shared.file_jobs.repository import JobState
from shared.follow_up import vocabulary as after_vocabulary
from shared.inbound.calls import CallOutcome
from shared.onboarding.settings import SettingsWanted
from shared.permissions import Role
from shared.reports import case_form
from shared.web.labels import LABELS, label, values_of
from shared.web.locale import Locale, translator
from shared.web.sentences import SENTENCES, sentence

CHECKOUT = Path(__file__).parents[3]
LISTS: dict[str, type[Enum]] = {
    "channel": vocabulary.Channel,
    "report_code": vocabulary.ReportCode,
    "category": vocabulary.Category,
    "problem_side": vocabulary.ProblemSide,
    "kind": vocabulary.Kind,
    "phone_kind": intake.PhoneKind,
    "subject": vocabulary.Subject,
    "urgency": vocabulary.Urgency,
    "nature": vocabulary.Nature,
    "major_sign": vocabulary.MajorSign,
    "major_criterion": vocabulary.MajorCriterion,
    "major_finding": vocabulary.MajorFindingCode,
    "form_kind": case_form.FormKind,
    "form_locale": Locale,
    "risk_kind": risk_periods.RiskKind,
    "decides": rule_set.Decides,
    "text_field": rule_set.TextField,
    "difference": rule_edits.DifferenceKind,
    "major_verdict": vocabulary.MajorVerdict,
    "department": vocabulary.Department,
    "state": vocabulary.CaseState,
    "report_status": vocabulary.ReportStatus,
    "clock_state": filters.ClockState,
    "major_state": filters.MajorState,
    "sort": filters.Sort,
    "call_outcome": CallOutcome,
    "job_state": JobState,
    "role": Role,
    "reveal_reason": RevealReason,
    "plan_type": work_vocabulary.PlanType,
    "payer": work_vocabulary.Payer,
    "agreement_way": work_vocabulary.AgreementWay,
    "choice_way": work_vocabulary.ChoiceWay,
    "check_result": work_vocabulary.CheckResult,
    "compensation_kind": work_vocabulary.CompensationKind,
    "compensation_state": work_vocabulary.CompensationState,
    "task_state": work_vocabulary.TaskState,
    "verdict": work_vocabulary.Verdict,
    "survey_moment": after_vocabulary.Moment,
    "question_kind": after_vocabulary.QuestionKind,
    "measure": after_vocabulary.Measure,
    "call_kind": after_vocabulary.CallKind,
    "call_state": after_vocabulary.CallState,
    "call_result": after_vocabulary.CallResult,
    "survey_state": after_vocabulary.SurveyState,
    "answer_way": after_vocabulary.AnswerWay,
}


@pytest.mark.parametrize("group", LISTS)
def test_groups_hold_exactly_the_values_of_their_list(group: str) -> None:
    assert set(LABELS[group]) == {str(member.value) for member in LISTS[group]}


def test_labels_are_translated() -> None:
    assert label(translator(Locale.ZH_CN), "urgency", "urgent") == "紧急"
    assert label(translator(Locale.EN), "report_code", 3) == "Letter or e-mail"


def test_an_unknown_value_shows_itself() -> None:
    assert label(translator(Locale.EN), "urgency", "unheard-of") == "unheard-of"


def test_values_come_in_their_usual_order() -> None:
    assert values_of("urgency") == ["urgent", "high", "medium", "low"]


def test_every_error_code_raised_has_a_sentence() -> None:
    missing = sorted({f"{code} ({where})" for code, where in _codes() if code not in SENTENCES})
    assert not missing, "add a sentence to shared/web/sentences.py for: " + ", ".join(missing)


def test_sentences_are_filled_in() -> None:
    english = translator(Locale.EN)
    shown = sentence(english, "too_many_attempts", {"seconds": 30})
    assert shown == "Too many attempts. Please try again in 30 seconds."
    assert "made_up" in sentence(english, "made_up", {})


_ERRORS = {
    "AppError",
    "Unauthenticated",
    "Forbidden",
    "NotFound",
    "Conflict",
    "Invalid",
    "TooManyRequests",
    "Unavailable",
    "BadIdentifier",
}


def _codes() -> Iterator[tuple[str, str]]:
    for code in [code for rule in states.RULES for code in rule.refused.values()]:
        yield code, "states.py"
    for code in (*command_rules.Condition, "not_for_this_kind"):
        yield code, "command_rules.py"
    for module in (admin_errors, api_errors):
        yield from ((code, module.__name__) for code in module.CODES_OF_STATUSES.values())
    for folder in ("shared", "services"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if not any(name in source for name in (*_ERRORS, "FieldError")):
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call):
                    yield from ((code, path.name) for code in _codes_of(node))


def _codes_of(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    owner = call.func.value.id if _is_method_of_a_name(call) else ""
    position = 1 if name == "FieldError" or (owner == "Invalid" and name == "field") else 0
    if name not in _ERRORS | {"FieldError"} and not (owner == "Invalid" and name == "field"):
        return
    if len(call.args) > position:
        yield from _texts(call.args[position])


def _is_method_of_a_name(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)


def test_every_thing_the_audit_log_holds_has_its_words() -> None:
    """R9.3: an action that is written somewhere and has no label would be read as a code."""
    found = {f"case.{command}" for command in states.Command}
    kinds: set[str] = set()
    demo = CHECKOUT / "infra" / "dev" / "demo"
    for path in (*(CHECKOUT / "shared").rglob("*.py"), *demo.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "audit.log" not in source and "accounts" not in path.parts:
            continue
        for text in re.findall(r'"([a-z_]+\.[a-z_]+)"', source):
            entity = text.partition(".")[0]
            if entity in LABELS["audit_entity"] or entity in {"password", "profile"}:
                found.add(text)
        kinds |= set(re.findall(r'entity="([a-z_]+)"', source))
    assert kinds <= set(LABELS["audit_entity"])
    assert found - set(LABELS["audit_action"]) == set()
    assert set(LABELS["audit_action"]) - found == set()


def test_every_field_of_a_case_has_its_words_in_the_audit_log() -> None:
    """R9.3: what a command or a registration has changed is read by its name."""
    set_once = {"oem_id", "id", "number", "version", "source", "created_by", "historical", "registered_at"}
    kept_by_itself = {"updated_at", "due_or_never", "customer_id", "vehicle_id"}
    columns = {column._meta.db_column_name for column in Cases._meta.columns} - set_once - kept_by_itself
    told = {*intake.Intake.__struct_fields__, *SettingsWanted.__struct_fields__, "attachments"}
    assert columns | told <= set(LABELS["audit_field"])


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
