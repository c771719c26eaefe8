"""What providers want to hear when their receipts were taken."""

import msgspec


class AliyunAnswer(msgspec.Struct, frozen=True):
    """Zero: taken."""

    code: int = 0
    msg: str = "OK"


class TencentAnswer(msgspec.Struct, frozen=True):
    """Zero: taken."""

    result: int = 0
    errmsg: str = "OK"
