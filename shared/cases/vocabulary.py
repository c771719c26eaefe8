"""The words of a case: every closed list that a case's columns, rules, clocks and reports choose from.

Each member's value is what the database, the API and the rule files hold; it never changes once released.
What people read is translated at the doors from that value. The Chinese term stands beside each member,
and `docs/domain.md` gives the meaning of each term.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class Channel(StrEnum):
    """The way a complaint reached us, 受理渠道 (R1.1). Every channel fills the same case."""

    IN_STORE = "in_store"  # 到店
    PHONE = "phone"  # 电话 / 热线
    WEB_FORM = "web_form"  # 网页表单
    APP = "app"  # 手机应用
    EMAIL = "email"  # 电子邮件
    LETTER = "letter"  # 信函 / 纸质表单
    CHAT = "chat"  # 在线客服
    SOCIAL_MEDIA = "social_media"  # 社交媒体
    PLATFORM = "platform"  # 第三方平台
    OEM_FORWARDED = "oem_forwarded"  # 主机厂转办
    OTHER_ORGANISATION = "other_organisation"  # 其他机构转办


class ReportCode(IntEnum):
    """The monthly report's code of the channel, 受理方式代码 (R1.1, R6.1)."""

    IN_STORE = 1  # 到店
    PHONE = 2  # 电话
    LETTER_OR_EMAIL = 3  # 信函或电子邮件
    OEM_FORWARDED = 4  # 主机厂转办
    OTHER_ORGANISATION = 5  # 其他机构


DEFAULT_REPORT_CODES: Final[Mapping[Channel, ReportCode]] = MappingProxyType(
    {
        Channel.IN_STORE: ReportCode.IN_STORE,
        Channel.PHONE: ReportCode.PHONE,
        Channel.WEB_FORM: ReportCode.LETTER_OR_EMAIL,
        Channel.APP: ReportCode.LETTER_OR_EMAIL,
        Channel.EMAIL: ReportCode.LETTER_OR_EMAIL,
        Channel.LETTER: ReportCode.LETTER_OR_EMAIL,
        Channel.CHAT: ReportCode.LETTER_OR_EMAIL,
        Channel.SOCIAL_MEDIA: ReportCode.LETTER_OR_EMAIL,
        Channel.PLATFORM: ReportCode.LETTER_OR_EMAIL,
        Channel.OEM_FORWARDED: ReportCode.OEM_FORWARDED,
        Channel.OTHER_ORGANISATION: ReportCode.OTHER_ORGANISATION,
    }
)
"""The report code of each channel in a new OEM's policy (R1.1). An OEM's own policy may differ."""


class Category(StrEnum):
    """The report category, 投诉类别 (R2.1). Exactly one per case."""

    SALES = "S"  # 销售类
    SERVICE = "SA"  # 服务类
    PRODUCT_QUALITY = "SQ"  # 产品质量类
    PARTS = "SP"  # 备件类
    OTHER = "OT"  # 其他


class ProblemSide(StrEnum):
    """Whether a category is a problem of the product or of a service; figures never mix the two (R2.5)."""

    PRODUCT = "product"  # 产品问题
    SERVICE = "service"  # 服务问题
    NEITHER = "neither"  # 其他


PROBLEM_SIDES: Final[Mapping[Category, ProblemSide]] = MappingProxyType(
    {
        Category.SALES: ProblemSide.SERVICE,
        Category.SERVICE: ProblemSide.SERVICE,
        Category.PRODUCT_QUALITY: ProblemSide.PRODUCT,
        Category.PARTS: ProblemSide.PRODUCT,
        Category.OTHER: ProblemSide.NEITHER,
    }
)
"""The side of each category (R2.5): a sale is a service given, a part is a product sold."""


class Kind(StrEnum):
    """What the customer brings, 反馈类型 (R2.2)."""

    FAULT = "fault"  # 故障
    USAGE_EXPERIENCE = "usage_experience"  # 使用体验
    COMPLAINT = "complaint"  # 投诉
    TECHNICAL_SUPPORT = "technical_support"  # 技术支持
    RETURN_OR_EXCHANGE = "return_or_exchange"  # 退换货
    INQUIRY = "inquiry"  # 咨询
    SUGGESTION = "suggestion"  # 建议


class Subject(StrEnum):
    """What the complaint is about, 投诉对象 (R2.2)."""

    SERVICE_QUALITY = "service_quality"  # 服务质量
    REPAIR_QUALITY = "repair_quality"  # 维修质量
    PARTS = "parts"  # 配件
    OTHER = "other"  # 其他


class Urgency(StrEnum):
    """How soon the case must move, 紧急程度 (R2.3). Compares by urgency: `LOW < MEDIUM < HIGH < URGENT`."""

    URGENT = "urgent"  # 紧急
    HIGH = "high"  # 高
    MEDIUM = "medium"  # 中
    LOW = "low"  # 低

    @property
    def rank(self) -> int:
        """0 for low up to 3 for urgent; for sorting in SQL and in lists."""
        return _URGENCY_RANKS[self.value]

    def __lt__(self, other: str, /) -> bool:
        return self.rank < Urgency(other).rank

    def __le__(self, other: str, /) -> bool:
        return self.rank <= Urgency(other).rank

    def __gt__(self, other: str, /) -> bool:
        return self.rank > Urgency(other).rank

    def __ge__(self, other: str, /) -> bool:
        return self.rank >= Urgency(other).rank


_URGENCY_RANKS: Final[Mapping[str, int]] = MappingProxyType({"low": 0, "medium": 1, "high": 2, "urgent": 3})


class Nature(StrEnum):
    """Who outside may take up the case, 投诉性质 (R2.6)."""

    ORDINARY = "ordinary"  # 一般
    POTENTIAL_MEDIA = "potential_media"  # 潜在媒体
    CONSUMER_ASSOCIATION = "consumer_association"  # 消协
    AUTHORITY = "authority"  # 政府部门
    LEGAL = "legal"  # 法律


class MajorSign(StrEnum):
    """What makes a case a candidate for a major complaint, 重大投诉征兆 (R2.6): events, then processes."""

    FIRE = "fire"  # 自燃、起火
    SEVERE_ACCIDENT = "severe_accident"  # 事故且车辆严重损坏
    AIRBAG_CRASH = "airbag_crash"  # 涉及安全气囊的碰撞
    BROKEN_POWERTRAIN_ACCIDENT = "broken_powertrain_accident"  # 发动机、变速箱、车轴断裂并发生事故
    PUBLIC_ATTENTION = "public_attention"  # 公众关注
    REPEATED_REPAIR = "repeated_repair"  # 同一故障维修三次及以上
    UNEXPLAINED_PHENOMENON = "unexplained_phenomenon"  # 抖动、异响等现象始终未获满意解释
    STAFF_CONDUCT = "staff_conduct"  # 员工言行或措施不当


class MajorCriterion(StrEnum):
    """Why a case counts as a major complaint, 重大投诉判定标准 (R2.6)."""

    PROCEDURE = "procedure"  # 程序: station, dealer and field manager handled it without agreement
    MEANS = "means"  # 手段: after-sales policy or repair cannot solve it
    EXPECTATION = "expectation"  # 期望: beyond the vehicle's own compensation
    AMOUNT = "amount"  # 金额: goodwill above the limit (CNY 10,000 by default)
    RISK = "risk"  # 风险: public relations, media, legal


class MajorFindingCode(StrEnum):
    """Everything that may speak for a major complaint: the signs, the criteria, and a person (R2.6)."""

    FIRE = "fire"
    SEVERE_ACCIDENT = "severe_accident"
    AIRBAG_CRASH = "airbag_crash"
    BROKEN_POWERTRAIN_ACCIDENT = "broken_powertrain_accident"
    PUBLIC_ATTENTION = "public_attention"
    REPEATED_REPAIR = "repeated_repair"
    UNEXPLAINED_PHENOMENON = "unexplained_phenomenon"
    STAFF_CONDUCT = "staff_conduct"
    PROCEDURE = "procedure"
    MEANS = "means"
    EXPECTATION = "expectation"
    AMOUNT = "amount"
    RISK = "risk"
    BY_HAND = "by_hand"


class MajorVerdict(StrEnum):
    """What a person made of a candidate (R2.6)."""

    CONFIRMED = "confirmed"  # 确认为重大投诉
    DISMISSED = "dismissed"  # 不是重大投诉


class Department(StrEnum):
    """The department that answers for a case or one of its tasks, 责任部门 (R3.1)."""

    TECHNICAL_SUPPORT = "technical_support"  # 技术支持
    SERVICE = "service"  # 售后服务
    SALES = "sales"  # 销售
    PARTS = "parts"  # 备件
    CUSTOMER_RELATIONS = "customer_relations"  # 客户关系
    QUALITY = "quality"  # 质量
    LEGAL_PR = "legal_pr"  # 法务公关
    PRODUCT_PLANNING = "product_planning"  # 产品规划


class Party(StrEnum):
    """Whom a case waits for; where it waits for none of them the dealer has to act."""

    CUSTOMER = "customer"  # 客户
    OEM = "oem"  # 主机厂
    PARTS = "parts"  # 配件
    STALEMATE = "stalemate"  # 僵持


class CaseState(StrEnum):
    """The step a case stands at, 处理步骤 (R3.3). The permitted moves are in `shared/cases/states.py`."""

    RECEIVED = "received"  # 已接收
    REGISTERED = "registered"  # 已登记
    CONTACTED = "contacted"  # 已联系
    DIAGNOSED = "diagnosed"  # 已诊断
    PLANNED = "planned"  # 已定方案
    AGREED = "agreed"  # 客户已同意
    EXECUTING = "executing"  # 执行中
    VERIFIED = "verified"  # 已验证
    RESULT_TOLD = "result_told"  # 已告知结果
    SURVEYED = "surveyed"  # 已回访
    CLOSED = "closed"  # 已关闭
    ON_HOLD = "on_hold"  # 僵持
    WITHDRAWN = "withdrawn"  # 已撤回
    MERGED = "merged"  # 已合并


class ReportStatus(StrEnum):
    """The status a dealer reports to the OEM, 上报状态, derived from the state (R3.3)."""

    ON_GOING = "on_going"  # 处理中: no conclusion yet
    IN_PROCESS = "in_process"  # 执行中: concluded, being carried out
    HOLD = "hold"  # 冷处理 / 僵持
    CLOSED = "closed"  # 关闭
