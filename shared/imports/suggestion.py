"""Which column of a file probably means what, by its name in either language; words for channels (pure)."""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from shared.cases.vocabulary import Channel
from shared.imports.mapping import FIELDS, Mapping
from shared.web.labels import label
from shared.web.locale import Locale, translator

_NAMES: Final[AnyMapping[str, tuple[str, ...]]] = {
    "external_ref": ("投诉编号", "编号", "工单号", "单号", "number", "case number", "reference", "id"),
    "received_at": ("受理时间", "投诉时间", "投诉日期", "日期", "时间", "received", "received at", "date"),
    "channel": ("受理渠道", "受理方式", "渠道", "来源", "channel"),
    "dealer": ("经销商代码", "经销商", "维修站", "门店", "dealer code", "dealer"),
    "customer_name": ("客户姓名", "车主姓名", "用户姓名", "姓名", "车主", "客户", "customer", "name"),
    "customer_phone": (
        "联系电话",
        "客户电话",
        "车主电话",
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "phone",
        "mobile",
    ),
    "customer_email": ("邮箱", "电子邮件", "email", "e-mail"),
    "vehicle_vin": ("vin", "vin码", "vin号", "车架号", "车架号码"),
    "vehicle_plate": ("车牌号", "车牌号码", "车牌", "plate"),
    "vehicle_brand": ("品牌", "brand"),
    "vehicle_series": ("车系", "series"),
    "vehicle_model": ("车型", "型号", "model"),
    "vehicle_purchased_on": ("购车日期", "购车时间", "购买日期", "purchase date"),
    "mileage_km": ("里程", "行驶里程", "里程数", "公里数", "mileage"),
    "title": ("标题", "主题", "title"),
    "words": (
        "投诉内容",
        "客户原话",
        "原话",
        "内容",
        "问题描述",
        "投诉描述",
        "反馈内容",
        "complaint",
        "words",
        "content",
    ),
    "description": ("标准化描述", "现象", "description"),
    "fault_label": ("故障标签", "故障", "fault"),
    "demand": ("客户诉求", "诉求", "demand"),
}
_NOT_NAMED: Final = re.compile(r"[\s_:：()（）*-]+")


def columns_key(header: Sequence[str]) -> bytes:
    """What a mapping is remembered by: the columns, in whatever order."""
    return sha256(msgspec.json.encode(sorted(header))).digest()


def suggested(header: Sequence[str]) -> Mapping:
    """The columns whose names say what they mean; each column once."""
    by_name = {_folded(column): column for column in reversed(header)}
    found: dict[str, str] = {}
    for field in FIELDS:
        for name in (field, *_NAMES.get(field, ())):
            column = by_name.get(_folded(name))
            if column and column not in found.values():
                found[field] = column
                break
    return Mapping(columns=dict(found), values={"channel": channel_words()})


def channel_words() -> dict[str, str]:
    """What people call the channels, in both languages."""
    words = {
        label(translator(locale), "channel", each.value): each.value for locale in Locale for each in Channel
    }
    return {
        **words,
        "电话": "phone",
        "来电": "phone",
        "热线": "phone",
        "到店": "in_store",
        "网站": "web_form",
    }


def _folded(text: str) -> str:
    return _NOT_NAMED.sub("", text).casefold()
