"""Values for every message: usual ones, none of what may be missing, and far too long ones."""

from datetime import UTC, date, datetime

from shared.notifications.render import Bilingual, Value
from shared.notifications.rules import RULES, Template

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

USUAL: dict[str, Value] = {
    "number": "AF20260302001",
    "title": "变速箱异响",
    "other_number": "AF20260302002",
    "urgency": "urgent",
    "dealer_name": Bilingual("测试市第一服务店", "First Test Dealer"),
    "dealer_phone": "+8613800001234",
    "oem_name": Bilingual("测试车厂", "Test Motors"),
    "customer_name": "张测试",
    "owner_name": "王测试",
    "metric": "first_contact",
    "due_at": AT,
    "received_at": AT,
    "level": 2,
    "reason": "",
    "result": "已更换变速箱阀体，路试正常。\n一年内免费复检。",
    "advice": "请在5000公里后来店检查变速箱油。",
    "plan": "更换变速箱阀体，路试确认。",
    "promised_at": AT,
    "month": date(2026, 3, 1),
    "file_name": "cases.csv",
    "cases": 40,
    "open_cases": 3,
    "overdue": 7,
    "name": "王测试",
    "inviter": "李测试",
    "role": "advisor",
    "expires_at": AT,
    "person_name": "李测试",
    "amount": "CNY 5000.00",
    "compensation": "voucher",
    "decision": "approved",
    "task_title": "分析变速箱油样",
    "signs": Bilingual("自燃、公众关注", "Fire, Public attention"),
    "task_due_at": AT,
    "questions": 6,
    "score": "2.5",
    "nature": "potential_media",
    "instead": False,
    "state": "agreed",
    "found": "阀体磨损。",
    "about": Bilingual("处理结果", "Result"),
    "reasons": Bilingual(
        "短信：该号码不存在。\n邮件：该邮箱不存在。", "SMS: No such number.\nE-mail: No such mailbox."
    ),
    "count": 30,
    "late": 12,
    "warnings": 18,
    "entries": "- 已超时：AF20260302001 首次联系\n- 预警：AF20260302002 处理完成",
}
MISSING: dict[str, Value] = USUAL | {
    "customer_name": "",
    "dealer_phone": "",
    "metric": None,
    "due_at": None,
    "promised_at": None,
    "found": "",
    "advice": "",
    "reason": "客户要求见站长",
    "level": None,
    "instead": True,
    "dealer_name": None,
    "person_name": "",
    "task_due_at": None,
    "score": "",
}
LONG = "测😀" * 200
EXTREME: dict[str, Value] = USUAL | {
    "number": "AF20260302" + "9" * 12,
    "other_number": "AF20260302" + "9" * 12,
    "title": f"<script>alert('{LONG}')</script>",
    "dealer_name": Bilingual(LONG, "D" * 400),
    "dealer_phone": "+" + "1" * 40,
    "oem_name": Bilingual(LONG, LONG),
    "customer_name": f"a\r\nBcc: {LONG}",
    "owner_name": LONG,
    "reason": LONG,
    "result": LONG,
    "found": LONG,
    "advice": LONG,
    "plan": LONG,
    "file_name": LONG,
    "name": LONG,
    "inviter": LONG,
    "cases": 10**9,
    "person_name": LONG,
    "amount": "CNY " + "9" * 60,
    "task_title": LONG,
    "signs": Bilingual(LONG, LONG),
}
NEEDS_CLOCK = {Template.WARNING, Template.BREACH, Template.KEPT_LATE}
NEEDS_DEALER = set(Template) - {Template.INVITATION}
NEEDS_LEVEL = {Template.ESCALATION}


def values(template: Template, source: dict[str, Value]) -> dict[str, Value]:
    """What the message's templates need, from one of the three."""
    chosen = {name: source[name] for name in RULES[template].variables}
    if template in NEEDS_CLOCK:
        chosen |= {name: USUAL[name] for name in ("metric", "due_at")}
    if template in NEEDS_DEALER and chosen.get("dealer_name", "") is None:
        chosen["dealer_name"] = USUAL["dealer_name"]
    if template in NEEDS_LEVEL:
        chosen["level"] = USUAL["level"]
    return chosen
