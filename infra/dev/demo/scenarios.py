"""What invented owners complain about, and how the invented dealers solve it.

`{km}`, `{n}` and `{model}` are filled in. Chinese and English scenarios are separate lists: an owner's words
stay in the language they were said in.
"""

from typing import Final, NamedTuple


class Scenario(NamedTuple):
    """One kind of complaint with its course.

    `weight` is how often it comes, `days` how many working days it takes, `label` what the reception ticks.
    """

    weight: int
    days: float
    label: str
    words: str
    demand: str
    plan: str
    result: str
    cause: str
    measure: str


CHINESE: Final = (
    Scenario(
        9,
        1.6,
        "底盘悬挂 异响",
        "{model} 开了 {km} 公里，低速转弯时前部有咯吱异响，已经第 {n} 次来店还没找到原因。",
        "彻底查清异响原因",
        "预约举升检查前悬挂与转向机，备好稳定杆衬套",
        "更换稳定杆衬套，路试二十公里无异响，已向车主演示",
        "衬套橡胶老化，首次检查未做路试复现",
        "异响类工单必须与车主同车路试后再派工",
    ),
    Scenario(
        7,
        2.2,
        "制动系 抖动",
        "高速上踩刹车方向盘抖得厉害，上次光过一次盘，跑了不到 {km} 公里又开始抖。",
        "要求更换刹车盘并说明原因",
        "测量制动盘端面跳动，准备前轮制动盘与摩擦片",
        "前轮制动盘与摩擦片已更换，路试正常，车主签字确认",
        "制动盘端面跳动超差",
        "交车前增加一次高速制动路试",
    ),
    Scenario(
        8,
        0.8,
        "服务流程",
        "预约了上午十点保养，到店等了 {n} 个多小时没人告诉我进度。",
        "要一个说法，下次不要再等",
        "致电致歉，安排专人接待并赠送一次基础保养",
        "已当面致歉，送基础保养一次，车主表示接受",
        "高峰时段工位不足，进度无人告知",
        "推行分时预约，超过四十分钟主动发进度短信",
    ),
    Scenario(
        7,
        1.2,
        "车机 黑屏",
        "中控屏导航用着用着就黑屏重启，一周至少 {n} 次，倒车影像也跟着没了。",
        "尽快修好，否则换主机",
        "升级车机系统并连续复测四十八小时",
        "系统已升级，复测期间未再黑屏",
        "旧版软件内存泄漏",
        "同批次车辆推送升级并逐一回访",
    ),
    Scenario(
        6,
        1.0,
        "服务收费",
        "结算单比当初说的多出 {km} 元，增项没有人事先问过我。",
        "退还没有确认过的费用",
        "核对工单与增项授权记录",
        "未经确认的增项费用已退还，并书面说明",
        "服务顾问未取得增项授权即派工",
        "增项必须短信确认后才能开工，系统拦截",
    ),
    Scenario(
        6,
        4.5,
        "备件 缺件",
        "右前大灯进水，订货已经 {n} 周了还没到，晚上不敢开。",
        "给个准确到货时间，提供代步车",
        "向周边门店调件，提供代步车",
        "大灯总成已从邻近门店调入并更换，代步车归还",
        "备件安全库存设置过低",
        "上调该备件补货点，缺件超过三天自动上报",
    ),
    Scenario(
        5,
        1.4,
        "销售承诺",
        "提车的时候销售答应送的脚垫和行车记录仪到现在都没有，问了 {n} 次都说在申请。",
        "兑现承诺",
        "核对销售合同与聊天记录，申请补发",
        "赠品已补发并安装，销售顾问致歉",
        "口头承诺未写入合同",
        "禁止合同外口头承诺，交车时逐项勾选确认",
    ),
    Scenario(
        4,
        2.0,
        "动力电池 续航",
        "续航掉得太快，标 {km} 公里的车冬天只能跑一半，和宣传差太多。",
        "检测电池并解释",
        "读取电池健康度，做一次完整充放电测试",
        "电池健康度正常，已讲解冬季用车与预热方法，车主理解",
        "低温能耗与用车习惯所致，交车时未说明",
        "交车讲解增加冬季续航一节",
    ),
    Scenario(
        3,
        1.1,
        "电驱 动力中断",
        "行驶中突然失去动力，仪表报警，差点被后车追尾，现在不敢开了！",
        "立即检修，给出书面结论",
        "拖车回店，读取故障码，技术支持远程会诊",
        "更换高压接触器，试车正常，出具书面检测报告",
        "高压接触器触点烧蚀",
        "同批次车辆安排专项检查",
    ),
    Scenario(
        2,
        1.2,
        "制动系 助力失效",
        "刹车踏板突然变硬，踩不动，停在路口差一点撞上，太危险了。",
        "停驶检查，保证安全",
        "上门拖车，检查制动助力与真空泵",
        "更换电子真空泵，制动测试合格",
        "真空泵内部卡滞",
        "向质量部门提交样件分析",
    ),
    Scenario(
        4,
        0.7,
        "服务态度",
        "电话打了 {n} 次都没人接，接了又转来转去，最后说会回电，等到现在也没有。",
        "有人负责到底",
        "由客服经理直接对接，当日回电",
        "已由专人对接并解决诉求，车主满意",
        "前台无人值守时来电未转接",
        "来电超过六十秒自动转客服专线",
    ),
    Scenario(
        4,
        1.8,
        "维修技术",
        "做完钣喷左后门色差明显，太阳底下一看就看出来了。",
        "重新喷漆",
        "复检漆膜厚度与色差，安排返工",
        "已重新喷涂并抛光，色差仪检测合格",
        "调漆配方版本过旧",
        "每次钣喷交车前使用色差仪复核",
    ),
    Scenario(
        3,
        0.6,
        "其他原因",
        "建议在手机应用里能看到维修进度，每次都要打电话问。",
        "希望改进",
        "转产品规划评估",
        "已列入应用改进计划，向车主致谢并告知时间",
        "应用暂无进度展示功能",
        "列入下一季度迭代",
    ),
    Scenario(
        3,
        0.5,
        "其他原因",
        "想咨询一下电池质保到底是几年，说明书和销售说的不一样。",
        "明确答复",
        "查询车型质保政策并书面答复",
        "已书面答复质保年限与条件",
        "销售话术与政策不一致",
        "更新质保话术卡",
    ),
    Scenario(
        3,
        5.0,
        "变速箱 顿挫",
        "同一个变速箱顿挫问题修了 {n} 次，每次都说正常，一到堵车就一冲一冲的。",
        "换变速箱或者退车",
        "厂家技术支持到店会诊，采集行车数据",
        "更换阀体并重新匹配，跟踪七日无顿挫",
        "阀体磨损，前两次仅做软件学习",
        "同一故障三次以上必须升级厂家技术支持",
    ),
    Scenario(
        2,
        3.0,
        "价格变动",
        "买车一个月就降价，问销售一开始说不会降，感觉被骗了。",
        "补偿差价",
        "区域经理介入，按政策给予权益",
        "已赠送两次保养与充电权益，车主接受",
        "价格政策沟通不一致",
        "调价前统一口径并主动告知近期车主",
    ),
    Scenario(
        2,
        1.5,
        "维修技术",
        "保养后机油尺看油位超过上限，闻到焦味，师傅说没事。",
        "重新检查并保证",
        "重新检查油位与渗漏",
        "已放至标准油位，检查无渗漏，免费复检一次",
        "加注后未复核",
        "保养完工单增加油位照片",
    ),
    Scenario(
        1,
        6.0,
        "动力电池 冒烟",
        "停在小区里充电时电池包冒烟，消防都来了，要求厂家给书面说明，不然联系媒体。",
        "书面说明与赔偿",
        "厂家质量与公关联合处理，封存车辆",
        "已出具联合调查结论并达成一致",
        "充电接口密封失效进水",
        "同批次召回检查密封件",
    ),
)

ENGLISH: Final = (
    Scenario(
        6,
        1.5,
        "electronics",
        "The head unit keeps rebooting while navigating, at least {n} times a week, and the rear camera goes"
        " black with it.",
        "Fix it for good",
        "Update the software and retest for two days",
        "Software updated; no reboot in 48 hours of testing",
        "Memory leak in the old software",
        "Roll the update out to the same batch and call the owners back",
    ),
    Scenario(
        5,
        0.8,
        "service process",
        "I had a booking at ten and waited more than {n} hours without anybody telling me a thing.",
        "An apology and a proper appointment",
        "Call to apologise, offer a free basic service",
        "Apologised in person, free service booked",
        "Bays overbooked, nobody told the owner",
        "Time-slot booking, a progress text after forty minutes",
    ),
    Scenario(
        4,
        2.0,
        "brakes",
        "The steering wheel shakes badly when I brake on the motorway, again after {km} km.",
        "New discs",
        "Measure disc run-out, order front discs and pads",
        "Front discs and pads replaced, road test fine",
        "Disc run-out beyond limit",
        "Add a high-speed brake test before delivery",
    ),
    Scenario(
        4,
        1.0,
        "service charges",
        "The invoice was {km} yuan above the estimate and nobody had asked me about the extra work.",
        "A refund of what I did not agree to",
        "Check the authorisation of the extra work",
        "Unauthorised items refunded with a written explanation",
        "Extra work started without authorisation",
        "Extra work needs a confirmed text message",
    ),
    Scenario(
        2,
        1.2,
        "electric drive",
        "The car suddenly lost power on the ring road with my children inside. I will not drive it again"
        " until I know why!",
        "A written finding",
        "Tow it in, read the fault codes, ask technical support",
        "High-voltage contactor replaced, written report handed over",
        "Burnt contactor",
        "Check the same batch",
    ),
    Scenario(
        3,
        4.0,
        "spare parts",
        "The right headlamp has been on order for {n} weeks. I cannot drive at night.",
        "A date, and a loan car",
        "Ask neighbouring dealers for the part, offer a loan car",
        "Lamp transferred from another dealer and fitted",
        "Safety stock too low",
        "Raise the reorder point; report any part missing for three days",
    ),
    Scenario(
        2,
        0.6,
        "other reasons",
        "It would help to see the repair's progress in the app instead of calling every day.",
        "A suggestion",
        "Hand it to product planning",
        "On the app's roadmap; thanked the owner",
        "The app shows no progress",
        "Next quarter's release",
    ),
)

ATTEMPT: Final = {
    "zh-CN": "两次拨打无人接听，已发短信说明来意",
    "en": "Called twice, no answer; left a message",
}
CONTACT: Final = {
    "zh-CN": (
        "已接通，致歉并了解经过，约定下一步",
        "车主情绪激动，耐心听完并承诺当天给方案",
        "电话核实车况，预约到店检测",
    ),
    "en": (
        "Spoke to the owner, apologised, agreed the next step",
        "Owner upset; listened and promised a plan today",
    ),
}
CONTENT: Final = {
    "zh-CN": ("车辆使用正常，对处理满意", "问题未再出现，感谢跟进", "满意，提醒了下次保养时间"),
    "en": ("Car runs well, happy with the work", "The fault has not come back; thanked us"),
}
ACKNOWLEDGED: Final = {"zh-CN": "已知悉，我来跟进", "en": "Seen, I am on it"}

SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
)
GIVEN: Final = (
    "测一",
    "测二",
    "测三",
    "测安",
    "测宁",
    "测平",
    "试之",
    "试远",
    "试文",
    "样明",
    "样晨",
    "样佳",
)
ENGLISH_NAMES: Final = (
    "Alex Sample",
    "Billie Example",
    "Chris Tester",
    "Dana Demo",
    "Eli Sample",
    "Fran Example",
    "Gale Tester",
)
