"""Invented months for the report's tests: recognisable people, phones and plates, reproducible by seed."""

import random
from datetime import UTC, datetime, timedelta

from shared.cases.vocabulary import Category, ReportCode
from shared.reports.figures import (
    TREND_MONTHS,
    Attainment,
    CaseRow,
    CategoryCounts,
    ClockOutcome,
    DealerMonth,
    EscalationLevel,
    Kpi,
    MonthFigures,
    Name,
    PeerRate,
    Peers,
    PhoneKind,
    Signature,
    SignOff,
)
from shared.reports.month import Month

MONTH = Month(2026, 10)
TIME_ZONE = "Asia/Shanghai"
START, END = MONTH.bounds(TIME_ZONE)
GENERATED_AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)

_WORDS = [
    (
        Category.PRODUCT_QUALITY,
        "高速行驶踩刹车方向盘严重抖动，维修站光盘后问题未解决",
        "更换前制动盘及摩擦片，路试确认正常",
        "制动盘端面跳动超差",
        "加强交车前路试",
    ),
    (
        Category.SERVICE,
        "预约保养到店后等待超过2小时，无人告知进度",
        "致歉并赠送一次基础保养",
        "高峰时段工位不足",
        "推行预约分时与进度短信",
    ),
    (
        Category.PARTS,
        "右前大灯总成订货25天未到，车辆无法上路",
        "协调跨区调件，提供代步车5天",
        "安全库存设置偏低",
        "调整A类件补货点",
    ),
    (
        Category.SALES,
        "Delivery 18 days after the contract date, evasive replies from the sales consultant",
        "Two free services, firm date kept",
        "Build slot not synced with the dealer",
        "Weekly order status push to every waiting customer",
    ),
    (
        Category.OTHER,
        "休息区设施陈旧，停车位不足",
        "已列入改造计划并回复客户",
        "硬件条件有限",
        "三季度完成改造",
    ),
]
_WEIGHTS = [34, 40, 14, 9, 3]
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙"
_HANDLERS = ["陈晓", "林涛", "周敏", "黄磊", "Wu Qian"]
_SERIES = ["回声 X5", "回声 X3", "远山 S7"]


def case_row(**changes: object) -> CaseRow:
    """One ordinary case, resolved on the day after."""
    values: dict[str, object] = {
        "number": "AF20261008001",
        "received_at": datetime(2026, 10, 8, 2, 0, tzinfo=UTC),
        "customer": "张*",
        "plate": "测A·1***5",
        "phone_kind": PhoneKind.MOBILE,
        "phone": "138****0012",
        "channel": ReportCode.PHONE,
        "category": Category.SERVICE,
        "content": "等待时间过长",
        "result": "致歉并说明",
        "result_at": datetime(2026, 10, 9, 2, 0, tzinfo=UTC),
        "handler": "陈晓",
        "cause": "工位不足",
        "measure": "预约分时",
        "first_contact": ClockOutcome.MET,
        "first_contact_seconds": 1800,
    }
    return CaseRow(**(values | changes))  # type: ignore[arg-type]  # the values above and a test's changes


def quiet_months() -> tuple[MonthFigures, ...]:
    """Twelve months without a case."""
    return tuple(MonthFigures(month=month) for month in MONTH.back(TREND_MONTHS))


def dealer_month(**changes: object) -> DealerMonth:
    """A month without cases, to be changed by the test."""
    values: dict[str, object] = {
        "oem": Name("远声汽车", "Farsound Motors"),
        "dealer": Name("测试城东旗舰服务中心", "Testville East Flagship Service"),
        "dealer_code": "TC-0137",
        "city": "测试市",
        "region_path": (Name("华南大区", "South China"), Name("东部片区", "Eastern district")),
        "time_zone": TIME_ZONE,
        "month": MONTH,
        "generated_at": GENERATED_AT,
        "cases": (),
        "months": quiet_months(),
    }
    return DealerMonth(**(values | changes))  # type: ignore[arg-type]  # as in case_row


def busy_month(cases: int, *, seed: int = 7, carried_over: int = 6) -> DealerMonth:
    """A believable month with that many cases, some late, some open, with peers and escalations."""
    chance = random.Random(seed)
    rows = [_random_row(chance, index, cases) for index in range(cases)]
    rows += [
        case_row(
            number=f"AF202608{20 + index}001",
            received_at=START - timedelta(days=10 + 9 * index),
            found="" if index % 2 else "总成内部磨损",
            result="" if index % 2 else "更换总成，客户认可",
            advice="" if index % 2 else "五千公里后复查一次",
            result_at=None if index % 2 else START + timedelta(days=3 + index),
        )
        for index in range(carried_over)
    ]
    return dealer_month(
        cases=tuple(rows),
        months=_trend(chance, rows),
        repeat_vehicles=3,
        escalations=(
            EscalationLevel(level=1, raised=9, acknowledged=9, median_acknowledge_seconds=1500),
            EscalationLevel(level=2, raised=4, acknowledged=4, median_acknowledge_seconds=3300),
            EscalationLevel(level=3, raised=2, acknowledged=1, median_acknowledge_seconds=5400),
        ),
        peers=Peers(
            group=Name("华南大区", "South China"),
            dealers=7,
            rates={
                Kpi.TIMELINESS: PeerRate(average=862, upper_quartile=955),
                Kpi.HANDLING: PeerRate(average=969, upper_quartile=992),
                Kpi.RESPONSE: PeerRate(average=941, upper_quartile=981),
                Kpi.CLOSED_LOOP: PeerRate(average=884, upper_quartile=951),
            },
        ),
        sign_off=SignOff(prepared=Signature("陈晓", GENERATED_AT.date())),
    )


def _random_row(chance: random.Random, index: int, cases: int) -> CaseRow:
    category, content, result, cause, measure = chance.choices(_WORDS, _WEIGHTS)[0]
    received_at = START + (END - START) * index / cases + timedelta(minutes=chance.randrange(5))
    days = chance.choices([1, 2, 5, 10, 20, 29], [40, 78, 42, 21, 12, 5])[0]
    result_at = received_at + timedelta(days=days, hours=chance.randrange(-4, 5))
    is_open = result_at > GENERATED_AT
    is_late = chance.random() < (0.55 if received_at.astimezone(UTC).weekday() >= 5 else 0.04)
    local = received_at + timedelta(hours=8)
    return case_row(
        number=f"AF{local:%Y%m%d}{index % 900 + 1:03d}",
        received_at=received_at,
        customer=chance.choice(_SURNAMES) + "*",
        plate=f"测A·{chance.randrange(10)}***{chance.randrange(10)}",
        phone=f"138****{chance.randrange(10_000):04d}" if index % 9 else "",
        phone_kind=PhoneKind.MOBILE if index % 7 else PhoneKind.LANDLINE,
        channel=chance.choices(list(ReportCode), [44, 82, 38, 27, 9])[0],
        category=category,
        is_major=index % 50 == 10,
        series=chance.choices(_SERIES, [6, 2, 2])[0],
        content=content,
        result="" if is_open else result,
        result_at=None if is_open else result_at,
        handler=chance.choice(_HANDLERS),
        cause="" if is_open else cause,
        measure="" if is_open else measure,
        first_contact=ClockOutcome.MISSED if is_late else ClockOutcome.MET,
        first_contact_seconds=chance.randrange(8000, 40000) if is_late else chance.randrange(300, 7200),
    )


def _trend(chance: random.Random, rows: list[CaseRow]) -> tuple[MonthFigures, ...]:
    months = [_past_month(chance, month, len(rows)) for month in MONTH.back(TREND_MONTHS)[:-1]]
    received = [row for row in rows if START <= row.received_at < END]
    late = sum(row.first_contact is ClockOutcome.MISSED for row in received)
    open_cases = sum(row.result_at is None for row in received)
    counts = {
        category.name.lower(): sum(row.category is category for row in received) for category in Category
    }
    months.append(
        MonthFigures(
            month=MONTH,
            categories=CategoryCounts(**counts),
            timeliness=Attainment(met=len(received) - late, missed=late),
            handling=Attainment(met=len(received) - open_cases // 2, running=open_cases // 2),
            response=Attainment(met=len(received) - late // 8, missed=late // 8),
            closed_loop=Attainment(met=len(received) - open_cases, running=open_cases),
        )
    )
    return tuple(months)


def _past_month(chance: random.Random, month: Month, around: int) -> MonthFigures:
    total = max(int(around * chance.uniform(0.75, 1.15)), 0)
    shares = [0.14, 0.4, 0.32, 0.1]
    counts = [int(total * share * chance.uniform(0.85, 1.1)) for share in shares]
    categories = CategoryCounts(
        sales=counts[0],
        service=counts[1],
        product_quality=counts[2],
        parts=counts[3],
        other=max(total - sum(counts), 0),
    )

    def attained(low: float, high: float) -> Attainment:
        met = round(categories.total * chance.uniform(low, high))
        return Attainment(met=met, missed=categories.total - met)

    return MonthFigures(
        month=month,
        categories=categories,
        timeliness=attained(0.83, 0.93),
        handling=attained(0.95, 1),
        response=attained(0.955, 1),
        closed_loop=attained(0.87, 0.97),
    )
