"""No route answers 5xx, or in a way its description does not tell, whatever it is sent.

The number of examples per operation and caller is small in `make test`; `make fuzz` takes many, and new ones
each time. Signing out is left out: it would end the session that the others call with.
"""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from litestar.serialization import decode_json, encode_json
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.api.main import create_app
from shared.settings import DatabaseSettings, WebSettings
from tests.fuzz.conftest import Target

EXAMPLES = int(os.environ.get("HUIYIN_FUZZ_EXAMPLES", "0"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

# Lists in lists: putting together every edge of their bodies takes up to a minute each, and every process of
# a test run does it anew. `make fuzz` takes that time; here they have the random examples all the same.
DEEP = [
    "/api/v1/cases/{case_id}/diagnoses",
    "/api/v1/cases/{case_id}/survey-answers",
    "/api/v1/oem/assignment-rules",
    "/api/v1/oem/dealer-clock-policies",
    "/api/v1/oem/dealer-clock-policies/effect",
    "/api/v1/oem/major-persons",
    "/api/v1/oem/risk-periods",
    "/api/v1/oem/rules",
    "/api/v1/oem/rules/draft",
    "/api/v1/oem/rules/trial",
    "/api/v1/staff/{membership_id}/abilities",
]
config = schemathesis.Config.from_dict(
    {
        "operations": []
        if EXAMPLES
        else [{"include-path": path, "phases": {"coverage": {"enabled": False}}} for path in DEEP]
    }
)

_app = create_app(WebSettings(secret="x" * 32), DatabaseSettings("postgresql://nowhere/none"))
# As callers get it: defaults that are objects of ours are objects of JSON there.
api = schemathesis.openapi.from_dict(decode_json(encode_json(_app.openapi_schema.to_schema())), config=config)
bounded = settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(3600 if EXAMPLES else 120)
@pytest.mark.parametrize("caller", ["manager", "integration"])
@api.exclude(method="DELETE", path="/api/v1/session").parametrize()
@bounded
def test_every_operation_answers_as_described(case: schemathesis.Case, target: Target, caller: str) -> None:
    answer = case.call(base_url=target.url, headers=target.headers(caller))
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.timeout(3600 if EXAMPLES else 120)
@pytest.mark.parametrize("caller", ["manager"])
@api.exclude(lambda asked: "/cases/{case_id}" not in asked.operation.path).parametrize()
@bounded
def test_every_command_on_a_case_that_is_there_answers_as_described(
    case: schemathesis.Case, target: Target, caller: str
) -> None:
    case.path_parameters["case_id"] = target.case_id
    if isinstance(case.body, dict) and "version" in case.body:
        case.body["version"] = target.case_version()
    answer = case.call(base_url=target.url, headers=target.headers(caller))
    case.validate_response(answer, checks=CHECKS)
