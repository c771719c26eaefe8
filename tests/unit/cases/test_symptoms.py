"""Words that name no concrete symptom."""

import pytest

from shared.cases.symptoms import is_vague


@pytest.mark.parametrize(
    "words",
    [
        "车不好用",
        "空调坏了",
        "质量太差了！",
        "我的车有问题。",
        "不行",
        "It does not work well.",
        "broken",
        "Bad quality!",
    ],
)
def test_these_leave_open_what_is_wrong(words: str) -> None:
    """R1.2: "doesn't work well" is turned into a concrete symptom."""
    assert is_vague(words)


@pytest.mark.parametrize(
    "words",
    [
        "高速行驶踩刹车时方向盘严重抖动。",
        "空调开制冷十分钟后出热风，更换滤芯后依旧。",
        "预约到店后等了两个小时，没有人接待。",
        "保养收费与报价不符，多收 680 元。",
        "Gearbox jerks between 2nd and 3rd gear when it is warm.",
        "The air conditioning blows hot air after ten minutes of driving.",
    ],
)
def test_these_say_what_happens(words: str) -> None:
    assert not is_vague(words)
