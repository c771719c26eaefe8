"""The words of the work on a case: closed lists of plans, compensation, tasks, verdicts (R3.4, R3.5, R3.7).

As in `shared/cases/vocabulary.py`, a member's value is what the database and the API hold.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.cases.vocabulary import Department, Kind


class PlanType(StrEnum):
    """Where the solution is carried out, 方案类型 (R3.4)."""

    REMOTE = "remote"  # 远程指导
    ON_SITE = "on_site"  # 上门服务
    WORKSHOP = "workshop"  # 进店维修
    PARTS = "parts"  # 更换配件


class Payer(StrEnum):
    """Who pays for it, 费用承担方 (R3.4)."""

    CUSTOMER = "customer"  # 客户
    WARRANTY = "warranty"  # 保修 / 三包
    DEALER = "dealer"  # 经销商
    OEM = "oem"  # 主机厂
    INSURANCE = "insurance"  # 保险公司


class AgreementWay(StrEnum):
    """How the customer agreed, 同意方式 (R3.4)."""

    PHONE = "phone"  # 电话
    IN_PERSON = "in_person"  # 面谈
    ON_SITE = "on_site"  # 上门
    CHAT = "chat"  # 在线沟通
    SMS = "sms"  # 短信
    EMAIL = "email"  # 电子邮件
    LETTER = "letter"  # 信函
    LINK = "link"  # 链接确认: the customer by himself


class ChoiceWay(StrEnum):
    """How the customer said which messages he wants (R3.7)."""

    PHONE = "phone"  # 电话
    IN_PERSON = "in_person"  # 面谈
    ON_SITE = "on_site"  # 上门
    CHAT = "chat"  # 在线沟通
    SMS = "sms"  # 短信
    EMAIL = "email"  # 电子邮件
    LETTER = "letter"  # 信函
    LINK = "link"  # 消息中的链接: known from a message that reached him
    PAGE = "page"  # 进度页面: whoever has the address of the case's page


class CheckResult(StrEnum):
    """What became of an item of a checklist, 检查结果 (R3.4)."""

    OK = "ok"  # 正常
    NOT_OK = "not_ok"  # 异常
    NOT_CHECKED = "not_checked"  # 未检查


class CompensationKind(StrEnum):
    """What the customer is given, 补偿类型 (R3.5)."""

    CASH = "cash"  # 现金
    VOUCHER = "voucher"  # 代金券
    FREE_SERVICE = "free_service"  # 免费保养或工时
    FREE_PARTS = "free_parts"  # 免费配件
    EXTENDED_WARRANTY = "extended_warranty"  # 延长保修
    COURTESY_CAR = "courtesy_car"  # 代步车
    OTHER = "other"  # 其他


class CompensationState(StrEnum):
    """Where a compensation stands, 补偿状态 (R3.2)."""

    ASKED = "asked"  # 待审批
    APPROVED = "approved"  # 已批准
    DECLINED = "declined"  # 未批准
    GIVEN = "given"  # 已给予
    DROPPED = "dropped"  # 已取消


class TaskState(StrEnum):
    """Where a task stands, 任务状态 (R3.1)."""

    OPEN = "open"  # 进行中
    DONE = "done"  # 已完成
    CANCELLED = "cancelled"  # 已取消


class Verdict(StrEnum):
    """What becomes of a suggestion or an experience, 评估结论 (R3.7)."""

    ROADMAP = "roadmap"  # 纳入产品规划
    DECLINED = "declined"  # 不采纳
    ITERATION_LIST = "iteration_list"  # 纳入产品迭代清单
    SERVICE_MEASURE = "service_measure"  # 转为服务改进措施
    TRAINING_MEASURE = "training_measure"  # 转为培训措施


DEPARTMENTS_OF_OEM: Final = frozenset(
    {Department.TECHNICAL_SUPPORT, Department.PRODUCT_PLANNING, Department.LEGAL_PR}
)
"""The departments that no dealer has: what is theirs to do, the OEM has to do (R3.1, R3.4)."""

VERDICTS: Final[Mapping[Kind, tuple[Verdict, ...]]] = {
    Kind.SUGGESTION: (Verdict.ROADMAP, Verdict.DECLINED),
    Kind.USAGE_EXPERIENCE: (Verdict.ITERATION_LIST, Verdict.SERVICE_MEASURE, Verdict.TRAINING_MEASURE),
}
"""The verdicts on each kind that has a short path of its own (R3.7)."""
