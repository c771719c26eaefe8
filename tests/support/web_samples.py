"""Invented models for every page of the console, for looking at templates and testing them in a browser."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.admin.account.models import AbsenceRow, AccountPage, SessionRow, ToldRow
from services.admin.cases.chips import clock_chip
from services.admin.cases.counted_by import CountedBy, VersionLine
from services.admin.cases.models import (
    MAIN_PATH,
    Action,
    CaseList,
    CasePage,
    CaseRow,
    ClockLine,
    EscalationLine,
    FileLine,
    FilterChoices,
    HistoryPage,
    QueuePage,
)
from services.admin.messages.models import FailedPage, MessageRow, MessagesPage
from services.admin.region.models import (
    ConspicuousRow,
    DueRow,
    DueTable,
    LeagueRow,
    NextBreachRow,
    RegionPage,
    ReportProgress,
    WaitingRow,
)
from services.admin.reports.models import ReportRow, ReportsPage
from services.admin.shell import MembershipChoice, NavigationCounts, Shell
from shared.cases.linking import LinkedCase
from shared.cases.queries import QueueFilter
from shared.cases.vocabulary import CaseState, Category, Channel, Department, Kind, Party, Urgency
from shared.cases.work_commands import CheckItem
from shared.cases.work_views import (
    CaseWork,
    CompensationView,
    DiagnosisView,
    PlanView,
    PointView,
    TaskView,
)
from shared.cases.work_vocabulary import (
    AgreementWay,
    CheckResult,
    CompensationKind,
    CompensationState,
    Payer,
    PlanType,
    TaskState,
)
from shared.permissions import Role
from shared.sla.chip import ClockFacts
from shared.web.components import (
    EMPTY_FORM,
    Choice,
    ClockChip,
    FormState,
    Kpi,
    KpiKind,
    Tab,
    TimelineEntry,
    Toast,
)
from shared.web.locale import Locale

NOW = datetime(2026, 11, 21, 2, 41, 30, tzinfo=UTC)
TARGET = 0.92

_DEALERS = [
    ("苏州金鸡湖店", "Suzhou Jinji Lake"),
    ("杭州滨江店", "Hangzhou Binjiang"),
    ("南京河西店", "Nanjing Hexi"),
    ("上海虹桥店", "Shanghai Hongqiao"),
    ("上海浦东金桥店", "Shanghai Jinqiao"),
    ("宁波鄞州店", "Ningbo Yinzhou"),
    ("无锡滨湖店", "Wuxi Binhu"),
    ("常州新北店", "Changzhou Xinbei"),
    ("嘉兴南湖店", "Jiaxing Nanhu"),
    ("温州瓯海店", "Wenzhou Ouhai"),
    ("绍兴越城店", "Shaoxing Yuecheng"),
    ("合肥滨湖店", "Hefei Binhu"),
]
_COMPLAINTS = [
    "快充到 62% 自动中断，连续三次",
    "Gearbox jerks between 2nd and 3rd when warm",
    "等待配件 26 天，要求提供代步车",
    "保养收费与报价不符，多收 680 元",
    "Airbag warning light on, dealer said keep driving",
    "高速制动方向盘抖动，要求更换制动盘",
    "左前门漏水，地毯发霉",
    "CarLink disconnects every few minutes",
    "行驶中动力中断，已停驶，要求 24 小时内答复",
    "预约到店等待 2 小时无人接待",
    "维修后车内遗留工具，内饰被刮伤",
    "Paint bubbling on tailgate, car is 9 months old",
    "空调异味，保养后仍未解决",
    "续航一个月内下降 90 km，要求检测电池健康度",
]
_CUSTOMERS = ["陈思*", "王嘉*", "Daniel F.", "李明*", "Priya N.", "周子*", "吴佩*", "Helen B."]
_OWNERS = ["张磊", "刘娜", "", "杨帆", "程曦", "Grace Mo", "秦薇"]
_MODELS = ["L7 2.0T", "L7 PHEV", "E5 EV", "Tourer X", "City S 1.5"]


def identifier(number: int) -> UUID:
    """A recognisable id."""
    return UUID(f"019a0000-0000-7000-8000-{number:012x}")


def dealer(index: int, locale: Locale) -> str:
    """A dealer's name in the reader's language."""
    return _DEALERS[index % len(_DEALERS)][0 if locale is Locale.ZH_CN else 1]


def shell(locale: Locale, page: str, theme: str, path: str, toasts: Sequence[Toast] = ()) -> Shell:
    """A regional manager's frame."""
    chinese = locale is Locale.ZH_CN
    return Shell(
        path=path,
        theme=theme,
        toasts=list(toasts),
        page=page,
        person="刘娜",
        role=Role.REGIONAL_MANAGER,
        organisation="星途汽车" if chinese else "Xingtu Motors",
        memberships=[
            MembershipChoice(
                id=identifier(1),
                organisation="星途汽车 · 华东区" if chinese else "Xingtu Motors · East",
                role=Role.REGIONAL_MANAGER,
                is_current=True,
            ),
            MembershipChoice(
                id=identifier(2),
                organisation="星途汽车 · 总部" if chinese else "Xingtu Motors · Head office",
                role=Role.READER,
                is_current=False,
            ),
        ],
        counts=NavigationCounts(200, 14, 3),
        sees_overview=True,
        sees_messages=True,
        sees_reports=True,
    )


def chip(metric: str, left: timedelta, length: timedelta, *, is_paused: bool = False) -> ClockChip:
    """A running clock with so much time left (negative: late)."""
    due_at = NOW + left
    facts = ClockFacts(started_at=due_at - length, due_at=due_at, is_paused=is_paused)
    return clock_chip(metric, facts, NOW)


_CLOCKS = [
    ("resolve", timedelta(days=-3, hours=-1), timedelta(days=7)),
    ("first_response", timedelta(hours=-16, minutes=-12), timedelta(hours=24)),
    ("first_contact", timedelta(minutes=-7), timedelta(hours=2)),
    ("first_contact", timedelta(seconds=48), timedelta(hours=2)),
    ("first_contact", timedelta(minutes=14), timedelta(hours=2)),
    ("first_response", timedelta(hours=1, minutes=20), timedelta(hours=24)),
    ("first_response", timedelta(hours=6, minutes=55), timedelta(hours=24)),
    ("resolve", timedelta(hours=30), timedelta(days=5)),
    ("resolve", timedelta(days=3, hours=4), timedelta(days=5)),
]
_WAITS = {1: [Party.OEM], 2: [Party.PARTS], 3: [Party.CUSTOMER], 5: [Party.CUSTOMER, Party.OEM]}
_STATES = [*MAIN_PATH[:-1], CaseState.ON_HOLD, CaseState.WITHDRAWN]


def case_row(index: int, locale: Locale) -> CaseRow:
    """One line of the queue."""
    metric, left, length = _CLOCKS[min(index, len(_CLOCKS) - 1)]
    return CaseRow(
        id=identifier(100 + index),
        number=f"AF20261119{index + 1:03d}",
        title=_COMPLAINTS[index % len(_COMPLAINTS)],
        customer=_CUSTOMERS[index % len(_CUSTOMERS)],
        vehicle=_MODELS[index % len(_MODELS)],
        plate=f"测A·{10000 + index * 37}",
        dealer=dealer(index, locale),
        state=_STATES[index % len(_STATES)],
        urgency=list(Urgency)[index % 4],
        is_major=index % 9 == 4,
        may_be_major=index % 9 == 5,
        owner=_OWNERS[index % len(_OWNERS)],
        clock=chip(metric, left, length, is_paused=index == 9) if index != 11 else None,
        received_at=NOW - timedelta(minutes=3 + index * 47),
        waits=_WAITS.get(index, []),
        paused_until=NOW + timedelta(days=2) if Party.CUSTOMER in _WAITS.get(index, []) else None,
    )


def case_list(locale: Locale, *, start: int = 0, count: int = 18, total: int = 200) -> CaseList:
    """A slice of the queue; there is always a next one up to 40."""
    more = f"/cases?cursor={start + count}" if start + count < 40 else None
    rows = [case_row(index, locale) for index in range(start, start + count)]
    return CaseList(rows=rows, more_url=more, count=total)


def timeline(locale: Locale) -> list[TimelineEntry]:
    """What happened to the sample case, newest first."""
    chinese = locale is Locale.ZH_CN

    def at(hours: float) -> datetime:
        return NOW - timedelta(hours=hours)

    def said(zh: str, en: str) -> str:
        return zh if chinese else en

    return [
        TimelineEntry(
            kind="escalated",
            at=at(0.3),
            headline=said("升级到第 2 级，已通知 刘娜", "Escalated to level 2, told 刘娜"),
            body=said("「解决」时限已过 30 分钟。", "Resolution was due 30 minutes ago."),
        ),
        TimelineEntry(kind="breached", at=at(0.8), headline=said("「解决」超时", "Resolution is late")),
        TimelineEntry(
            kind="planned",
            at=at(5),
            actor="杨帆",
            headline=said("处理方案", "Plan"),
            body="更换阀体总成（质保），预计 3 个工作日；提供代步车；赠送一次保养。",
        ),
        TimelineEntry(
            kind="noted",
            at=at(9),
            actor="秦薇",
            headline=said("内部备注", "Internal note"),
            body="@杨帆 请确认机电组明早 10 点能空出 3 号工位；若需更换阀体，走质保并通知区域。",
            is_internal=True,
        ),
        TimelineEntry(
            kind="contacted",
            at=at(26),
            actor="杨帆",
            headline=said("电话联系客户 · 已接通", "Called the customer · reached"),
            body="已接通 4 分 12 秒。致歉并预约明日 10:00 到店检测，客户同意，要求安排代步车。",
        ),
        TimelineEntry(
            kind="warned",
            at=at(27),
            headline=said("「首次联系」已用 75%", "First contact: 75 % of the time used"),
        ),
        TimelineEntry(
            kind="assigned",
            at=at(28),
            headline=said("按规则分派给 杨帆", "Assigned to 杨帆 by rule"),
        ),
        TimelineEntry(
            kind="registered",
            at=at(28.1),
            actor="张磊",
            headline=said("登记投诉 · 电话", "Registered · phone"),
        ),
    ]


def case_work(locale: Locale) -> CaseWork:
    """Every kind of work once."""
    chinese = locale is Locale.ZH_CN
    at = NOW - timedelta(hours=4)

    def point(number: int, text: str, confirmed_by: str | None) -> PointView:
        return PointView(
            id=identifier(930 + number),
            position=number,
            text=text,
            created_at=at,
            created_by="程曦",
            confirmed_at=NOW if confirmed_by else None,
            confirmed_by=confirmed_by,
        )

    return CaseWork(
        points=[
            point(1, "快充中断" if chinese else "Charging stops", "高远"),
            point(2, "仪表报故障" if chinese else "Warning in the dashboard", None),
        ],
        diagnoses=[
            DiagnosisView(
                id=identifier(940),
                cycle=2,
                findings="车载充电机温度传感器漂移" if chinese else "The charger's sensor drifts",
                checklist=[CheckItem(item="P0D26", result=CheckResult.NOT_OK, value="62 %")],
                repair_history="",
                remote_guidance="",
                temporary_measure="慢充" if chinese else "Charge slowly",
                created_at=at,
                created_by="高远",
            )
        ],
        plans=[
            PlanView(
                id=identifier(950),
                cycle=2,
                plan="更换车载充电机",
                type=PlanType.ON_SITE,
                alternative="更换整个高压箱" if chinese else "Replace the whole box",
                parts="OBC 11 kW",
                promised_at=NOW + timedelta(days=2),
                cost_minor=120_000,
                currency="CNY",
                payer=Payer.WARRANTY,
                window_from=NOW + timedelta(days=1),
                window_until=NOW + timedelta(days=1, hours=2),
                visit_confirmed_at=None,
                agreed_at=NOW - timedelta(hours=1),
                agreed_by="陈思远",
                agreed_via=AgreementWay.PHONE,
                created_at=at,
                created_by="程曦",
            )
        ],
        tasks=[
            TaskView(
                id=identifier(910),
                department=Department.TECHNICAL_SUPPORT,
                assignee_id=None,
                assignee_name="",
                title="分析拆下的充电机" if chinese else "Analyse the old charger",
                due_at=NOW + timedelta(days=3),
                state=TaskState.OPEN,
                outcome="",
                created_at=at,
                created_by="程曦",
                ended_at=None,
                ended_by=None,
            )
        ],
        compensations=[
            compensation(921, 900_000, CompensationState.ASKED),
            compensation(922, 30_000, CompensationState.GIVEN),
        ],
    )


def compensation(number: int, amount_minor: int, state: CompensationState) -> CompensationView:
    """Something the customer is given."""
    is_given = state is CompensationState.GIVEN
    return CompensationView(
        id=identifier(number),
        kind=CompensationKind.VOUCHER,
        amount_minor=amount_minor,
        currency="CNY",
        reason="多次往返",
        state=state,
        created_at=NOW,
        created_by="程曦",
        approver="程曦" if is_given else None,
        given_at=NOW if is_given else None,
        wanted_role=None if is_given else Role.STATION_HEAD,
        asked_by=None,
        decided_at=None,
        decided_name=None,
        decision_reason=None,
    )


def case_page(
    locale: Locale,
    *,
    index: int = 3,
    actions: frozenset[Action] = frozenset(Action),
    refused: Action | None = None,
    refused_form: FormState = EMPTY_FORM,
) -> CasePage:
    """One case with everything on it."""
    row = case_row(index, locale)
    chinese = locale is Locale.ZH_CN
    start = NOW - timedelta(hours=28)
    met = clock_chip(
        "first_contact",
        ClockFacts(started_at=start, due_at=start + timedelta(hours=2), met_at=start + timedelta(hours=1)),
        NOW,
    )
    late = clock_chip(
        "first_response",
        ClockFacts(started_at=start, due_at=start + timedelta(hours=24), met_at=start + timedelta(hours=25)),
        NOW,
    )
    resolve = chip("resolve", timedelta(minutes=-48), timedelta(days=1))
    follow_up = chip("progress", timedelta(hours=6, minutes=5), timedelta(hours=24))
    return CasePage(
        id=row.id,
        version=7,
        number=row.number,
        title=row.title,
        words=(
            "快充到 62% 自动中断，这个月已经第三次了。\n"
            "前两次到店都说没问题，要求这次给个说法，并安排代步车。"
        ),
        description="直流快充在 62% 电量时中断，故障码 P0D26" if chinese else "DC charging stops at 62 %",
        demand="彻底解决并提供代步车" if chinese else "A lasting repair and a courtesy car",
        state=CaseState.PLANNED,
        category=Category.PRODUCT_QUALITY,
        kind=Kind.FAULT,
        urgency=Urgency.URGENT,
        is_major=True,
        may_be_major=False,
        escalation_level=2,
        times_reopened=1,
        channel=Channel.PHONE,
        received_at=NOW - timedelta(hours=28, minutes=12),
        registered_at=NOW - timedelta(hours=28),
        dealer=row.dealer,
        owner="杨帆",
        customer="陈思远",
        phone="+8613800001234",
        phone_link="+8613800001234",
        email="chen@example.com",
        vehicle="L7 PHEV",
        plate="测A·88888",
        vin="LTEST000000012345",
        mileage_km=18204,
        plan="更换车载充电机（质保），提供代步车" if chinese else "Replace the charger, courtesy car",
        promised_at=NOW + timedelta(days=2),
        found="",
        result="",
        advice="",
        root_cause="",
        preventive_measure="",
        reasons=(
            ["「三次」→ 同一故障三次及以上：紧急", "「快充」→ 产品质量类"]
            if chinese
            else ["‘third’ → same fault three times: urgent", "‘charging’ → product quality"]
        ),
        clocks=[
            ClockLine(chip=resolve, started_at=NOW - timedelta(hours=25)),
            ClockLine(chip=follow_up, started_at=NOW - timedelta(hours=18)),
            ClockLine(chip=late, started_at=NOW - timedelta(hours=28), met_at=NOW - timedelta(hours=3)),
            ClockLine(chip=met, started_at=NOW - timedelta(hours=28), met_at=NOW - timedelta(hours=27)),
        ],
        counted_by=[CountedBy([], VersionLine("oem", 3), VersionLine("dealer", 2))],
        escalations=[
            EscalationLine(
                id=identifier(901),
                metric="resolve",
                level=2,
                reason="",
                raised_at=NOW - timedelta(minutes=18),
                told=["刘娜", "Grace Mo"],
                may_acknowledge=True,
            ),
            EscalationLine(
                id=identifier(900),
                metric="resolve",
                level=None,
                reason="客户要求上级答复" if chinese else "Customer asks for the manager",
                raised_at=NOW - timedelta(minutes=48),
                told=["程曦"],
                acknowledged_by="程曦",
                acknowledged_at=NOW - timedelta(minutes=40),
            ),
        ],
        work=case_work(locale),
        plan_in_force=case_work(locale).plans[0],
        currency="CNY",
        dealers=[Choice("12", "苏州测试店 · E1")],
        waiting_for="请提供充电桩照片" if chinese else "A picture of the charging point",
        waiting_since=NOW - timedelta(hours=3),
        answer_by=NOW + timedelta(days=1),
        may_decide=frozenset({identifier(921)}),
        linked=[
            LinkedCase(
                id=identifier(73),
                number="AF20261018004",
                title="充电口盖打不开" if chinese else "The charging flap is stuck",
                state=CaseState.CLOSED,
                received_at=NOW - timedelta(days=33),
                customer_name="陈*",
                reason="同一车辆" if chinese else "The same car",
                linked_at=NOW - timedelta(hours=20),
                linked_by="杨帆",
            )
        ],
        history=HistoryPage(entries=timeline(locale), more_url=f"/cases/{identifier(0)}/history?cursor=x"),
        actions=actions,
        staff=[Choice(str(identifier(50 + at)), name) for at, name in enumerate(_OWNERS) if name],
        files=[
            FileLine(
                id=identifier(70),
                name="仪表盘 故障灯.jpg",
                size_bytes=482_113,
                added_by="陈测试",
                added_at=NOW - timedelta(hours=20),
                is_visible_to_customer=True,
                is_recording=False,
            ),
            FileLine(
                id=identifier(71),
                name="通话录音.mp3",
                size_bytes=1_204_000,
                added_by="程曦",
                added_at=NOW - timedelta(hours=3),
                is_visible_to_customer=False,
                is_recording=True,
            ),
        ],
        may_attach=True,
        contacts=[Choice(str(identifier(72)), "11-20 09:58 · 已约明天到店")],
        refused=refused,
        refused_form=refused_form,
    )


def queue_page(
    locale: Locale, filters: QueueFilter, *, opened: bool = False, is_empty: bool = False
) -> QueuePage:
    """The queue with its tabs."""
    chinese = locale is Locale.ZH_CN
    names = [
        ("open", "全部未结", "All open", 200, ""),
        ("mine", "我的", "Mine", 33, ""),
        ("unassigned", "未分派", "Unassigned", 18, ""),
        ("due_soon", "8 小时内超时", "Due in 8 h", 58, "warn"),
        ("late", "已超时", "Late", 17, "bad"),
        ("major", "重大投诉", "Major", 24, ""),
        ("waiting", "等我处理", "Waiting on me", 14, ""),
    ]
    tabs = [
        Tab(
            text=zh if chinese else en,
            href=f"/cases?view={key}",
            count=count,
            tone=tone,
            is_current=filters.tab == key,
        )
        for key, zh, en, count, tone in names
    ]
    cases = CaseList(rows=[], more_url=None, count=0) if is_empty else case_list(locale)
    case = case_page(locale) if opened else None
    return QueuePage(
        filters=filters,
        query="",
        tabs=tabs,
        offered=FilterChoices(
            dealers=[Choice(str(index + 1), dealer(index, locale)) for index in range(len(_DEALERS))],
            regions=[
                Choice("1", "东区" if chinese else "East"),
                Choice("2", "· 一区" if chinese else "· First"),
            ],
            owners=[Choice(str(identifier(50 + at)), name) for at, name in enumerate(_OWNERS) if name],
            tags=[Choice("VIP", "VIP")],
        ),
        cases=CaseList(
            rows=cases.rows, more_url=cases.more_url, count=cases.count, selected_id=case.id if case else None
        ),
        opened=case,
    )


def region_page(locale: Locale) -> RegionPage:
    """The overview across twelve dealers."""
    chance = random.Random(4)
    chinese = locale is Locale.ZH_CN

    def trend(first: float, last: float, spread: float) -> list[float | None]:
        return [first + (last - first) * week / 11 + chance.uniform(-spread, spread) for week in range(12)]

    def kpi(zh: str, en: str, value: float, change: float, values: list[float | None], **more: object) -> Kpi:
        return Kpi(label=zh if chinese else en, value=value, change=change, trend=values, **more)  # type: ignore[arg-type]

    shares = sorted(chance.uniform(0.8, 0.995) for _ in _DEALERS)
    league = [
        LeagueRow(
            dealer=dealer(index * 5, locale),
            href=f"/cases?dealer={index + 1}",
            share_met=share if index != 11 else None,
            change=(-6.8, -6.0, -0.4)[index] if index < 3 else 0.6,
            trend=trend(share + (0.07 if index < 2 else 0), share, 0.012) if index != 11 else [None] * 12,
            open_cases=chance.randrange(5, 28),
            breached=chance.choice((0, 0, 1, 2, 3)),
            major=chance.choice((0, 0, 1, 3)),
            due_soon=chance.randrange(6),
        )
        for index, share in enumerate(shares)
    ]
    due_days = [date(2026, 11, 21) + timedelta(days=offset) for offset in range(7)]
    return RegionPage(
        name="华东区" if chinese else "East",
        dealer_count=len(_DEALERS),
        updated_at=NOW,
        target=TARGET,
        kpis=[
            kpi("未结投诉", "Open cases", 200, 6, trend(178, 200, 6), href="/cases"),
            kpi("8 小时内超时", "Due in 8 h", 58, 4, trend(14, 58, 3), href="/cases?view=due_soon"),
            kpi("已超时", "Late", 17, -3, trend(19, 17, 2), href="/cases?view=late", is_alarming=True),
            kpi("重大投诉", "Major complaints", 24, 1, trend(8, 24, 1.5), href="/cases?view=major"),
            kpi(
                "时限达成率（本月）",
                "Kept this month",
                0.912,
                -0.014,
                trend(0.94, 0.912, 0.008),
                kind=KpiKind.SHARE,
                more_is_better=True,
            ),
            kpi(
                "首次联系中位数",
                "Median first contact",
                3_240,
                -360,
                trend(4_000, 3_240, 150),
                kind=KpiKind.SECONDS,
            ),
        ],
        league=league,
        conspicuous=[
            ConspicuousRow(
                dealer=dealer(index, locale),
                href=f"/cases?dealer={index + 1}",
                just_in_time=7 - index,
                held=index,
                left_quality=(3, 0, 1)[index],
            )
            for index in range(3)
        ],
        waiting=[
            WaitingRow(
                case_id=identifier(100 + index),
                number=f"AF20261119{index + 1:03d}",
                title=_COMPLAINTS[index + 2],
                dealer=dealer(index, locale),
                reason=("" if index != 3 else "客户要求区域经理出面" if chinese else "Asks for the manager"),
                level=3 if index != 3 else None,
                raised_at=NOW - timedelta(minutes=12 + index * 31),
                clock=chip(*_CLOCKS[(1, 2, 5, 6)[index]]) if index != 3 else None,
            )
            for index in range(4)
        ],
        waiting_count=14,
        next_breach=[
            NextBreachRow(
                case_id=identifier(100 + index),
                title=_COMPLAINTS[index],
                dealer=dealer(index, locale),
                owner=_OWNERS[index],
                urgency=Urgency.HIGH,
                clock=chip(*_CLOCKS[min(3 + index, 8)]),
            )
            for index in range(6)
        ],
        due=DueTable(
            days=due_days,
            rows=[
                DueRow(
                    dealer=dealer(index, locale),
                    href=f"/cases?dealer={index + 1}",
                    late=max(0, 3 - index),
                    counts=[max(0, chance.randrange(-2, 7 - offset)) for offset in range(7)],
                )
                for index in range(10)
            ],
        ),
        reports=ReportProgress(date(2026, 10, 1), 9, 1, 12),
    )


def messages_page(locale: Locale, view: str = "all") -> MessagesPage:
    """The outbox in every state."""
    chinese = locale is Locale.ZH_CN
    states = ["queued", "sent", "sent", "queued", "unknown", "dead", "historical", "sent", "dead"]
    purposes = [
        ("升级通知", "Escalation"),
        ("受理确认", "Acknowledgement"),
        ("处理结果告知", "Result"),
        ("超时提醒", "Warning"),
    ]
    rows = [
        MessageRow(
            id=identifier(300 + index),
            created_at=NOW - timedelta(minutes=4 + 31 * index),
            channel="sms" if index % 2 else "email",
            purpose=purposes[index % 4][0 if chinese else 1],
            recipient=("刘娜", "陈思*", "杨帆")[index % 3],
            address="138****1234" if index % 2 else "l***@example.com",
            state=state,
            attempts=3 if state == "dead" or index == 3 else 1,
            next_attempt_at=NOW + timedelta(minutes=6) if index == 3 else None,
            sent_at=NOW - timedelta(minutes=3 + 31 * index) if state == "sent" else None,
            error="smtp 550" if state == "dead" else "",
            case_id=identifier(100 + index) if index != 6 else None,
            case_number=f"AF20261119{index + 1:03d}" if index != 6 else "",
            may_requeue=state == "dead",
        )
        for index, state in enumerate(states)
    ]
    tabs = [
        Tab(
            text="全部" if chinese else "All",
            href="/messages",
            count=1204,
            is_current=view == "all",
        ),
        Tab(
            text="待发送" if chinese else "Waiting",
            href="/messages?view=waiting",
            count=6,
            is_current=view == "waiting",
        ),
        Tab(
            text="发送失败" if chinese else "Failed",
            href="/messages?view=failed",
            count=3,
            tone="bad",
            is_current=view == "failed",
        ),
    ]
    again_url = "/messages/failed?view=failed" if view == "failed" else ""
    return MessagesPage(
        tabs=tabs, view=view, channel="", again_url=again_url, rows=rows, more_url="/messages?cursor=9"
    )


def failed_page() -> FailedPage:
    """An outage: some that may arrive twice, and one that its customer does without."""
    return FailedPage(
        certain=1_240,
        unknown=3,
        unwanted=1,
        oldest=NOW - timedelta(hours=5),
        newest=NOW - timedelta(minutes=4),
        most=500,
        chosen={"view": "failed", "channel": "sms"},
        back_url="/messages?view=failed&channel=sms",
    )


def reports_page(locale: Locale, *, is_working: bool = False, is_empty: bool = False) -> ReportsPage:
    """The reports of October in every state."""
    states = ["ready", "ready", "running", "failed", "queued", "ready"]
    chinese = locale is Locale.ZH_CN
    rows = [
        ReportRow(
            id=identifier(400 + index),
            dealer=dealer(index, locale),
            month=date(2026, 10, 1),
            locale_name="中文" if index % 2 == 0 else "English",
            state=state,
            requested_at=NOW - timedelta(hours=index + 1),
            finished_at=NOW - timedelta(hours=index) if state == "ready" else None,
            size=184_000 + index * 900_000 if state == "ready" else None,
            error=("字体缺失，已通知管理员。" if chinese else "A font is missing.")
            if state == "failed"
            else "",
        )
        for index, state in enumerate(states)
    ]
    months = [
        Choice("2026-10", "2026年10月" if chinese else "October 2026"),
        Choice("2026-09", "2026年9月" if chinese else "September 2026"),
    ]
    return ReportsPage(
        month="2026-10",
        wanted_month="2026-10",
        months=months,
        dealers=[Choice(str(index + 1), dealer(index, locale)) for index in range(len(_DEALERS))],
        rows=[] if is_empty else rows,
        may_request=True,
        is_working=is_working,
    )


def account_page(locale: Locale) -> AccountPage:
    """The sample person's account with three sessions."""
    return AccountPage(
        name="刘娜",
        email="liu.na@example.com",
        phone="+8613800001234",
        has_place=True,
        told=[ToldRow(value="assignment/email", template="assignment", channel="email", is_wanted=True)],
        absences=[
            AbsenceRow(id=identifier(600), starts_at=NOW, last_at=NOW + timedelta(days=3), substitute="秦薇")
        ],
        substitutes=[Choice("1", "秦薇")],
        locale=locale.value,
        time_zone="Asia/Shanghai",
        time_zones=[Choice(zone, zone) for zone in ("Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "UTC")],
        has_shortcuts=True,
        sessions=[
            SessionRow(
                id=identifier(500 + index),
                address=f"192.0.2.{7 + index}",
                started_at=NOW - timedelta(days=index, hours=3),
                seen_at=NOW - timedelta(hours=index * 7),
                is_current=index == 0,
            )
            for index in range(3)
        ],
    )
