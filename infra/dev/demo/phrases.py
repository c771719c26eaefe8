"""What the demo's people say on the telephone and in notes, and what they are called."""

from typing import Final

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
