"""Values to look at a message with: invented ones, or those of a real case."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from shared.notifications.facts import CaseFacts
from shared.notifications.render import Bilingual, Value
from shared.notifications.rules import RULES, Template
from shared.outbox.vocabulary import RecipientKind

_AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

_DECISIONS: Final = {Template.MAJOR_DECIDED: "confirmed", Template.APPROVAL_DECIDED: "approved"}

EXAMPLES: Final[Mapping[str, Value]] = MappingProxyType(
    {
        "number": "AF20260302001",
        "title": Bilingual("变速箱异响", "Noise from the gearbox"),
        "other_number": "AF20260302002",
        "urgency": "medium",
        "dealer_name": Bilingual("第一服务店", "First Dealer"),
        "dealer_phone": "+8613800001234",
        "oem_name": Bilingual("测试车厂", "Test Motors"),
        "customer_name": Bilingual("张女士", "Ms Zhang"),
        "owner_name": Bilingual("王顾问", "Wang"),
        "metric": "first_contact",
        "due_at": _AT,
        "received_at": _AT,
        "level": 2,
        "reason": Bilingual("客户要求见站长", "The customer wants to see the station head"),
        "result": Bilingual(
            "已更换阀体，路试正常。", "The valve body was replaced; the road test went well."
        ),
        "advice": Bilingual(
            "请在5000公里后来店检查变速箱油。", "Have the gearbox oil checked after 5,000 km."
        ),
        "plan": Bilingual("更换阀体后路试。", "Replace the valve body, then a road test."),
        "promised_at": _AT,
        "month": date(2026, 3, 1),
        "file_name": "cases.csv",
        "cases": 40,
        "open_cases": 3,
        "overdue": 7,
        "name": Bilingual("王顾问", "Wang"),
        "inviter": Bilingual("李经理", "Li"),
        "role": "advisor",
        "expires_at": _AT,
        "person_name": Bilingual("李经理", "Li"),
        "amount": "CNY 5,000.00",
        "compensation": "voucher",
        "task_title": Bilingual("分析油样", "Analyse the oil sample"),
        "signs": Bilingual("公众关注", "Public attention"),
        "task_due_at": _AT,
        "questions": 6,
        "score": "2.5",
        "state": "agreed",
        "found": Bilingual("阀体磨损。", "The valve body is worn."),
        "nature": "potential_media",
        "instead": False,
        "about": Bilingual("结果告知", "Result"),
        "reasons": Bilingual("短信：对方拒收该消息。", "SMS: The other side refused the message."),
        "count": 30,
        "late": 12,
        "warnings": 18,
        "entries": "- AF20260302001\n- AF20260302002",
    }
)


def example_values(template: Template, facts: CaseFacts | None = None) -> dict[str, Value]:
    """A value for every variable of a message: those a case knows are its own, the others invented."""
    rule = RULES[template]
    known: dict[str, Value] = {} if facts is None else _of_case(facts, rule.audience)
    values = {name: known.get(name, EXAMPLES.get(name)) for name in rule.variables}
    if template is Template.RESULT and facts is not None:
        values["found"] = facts.found
    if template in _DECISIONS:
        values["decision"] = _DECISIONS[template]
    return values


def _of_case(facts: CaseFacts, audience: RecipientKind) -> dict[str, Value]:
    own: dict[str, Value] = {
        "owner_name": facts.owner_name,
        "received_at": facts.received_at,
        "due_at": facts.due_at,
        "metric": facts.due_metric,
        "result": facts.result,
        "advice": facts.advice,
        "plan": facts.plan,
        "promised_at": facts.promised_at,
    }
    return own | (facts.for_customer() if audience is RecipientKind.CUSTOMER else facts.for_staff())
