"""The OEM's own rules and codes, as published (R1.1, R2)."""

from collections.abc import Mapping

import msgspec

from shared.cases.majors import MajorPolicy, default_major_policy
from shared.cases.rule_set import RuleSet, decode_rule_set
from shared.cases.vocabulary import Channel, ReportCode
from shared.db.engine import Transaction
from shared.tenants import policies
from shared.tenants.policies import PolicyName


class ChannelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The report code of each channel."""

    report_codes: dict[Channel, ReportCode]


async def rule_set(tx: Transaction, oem_id: int) -> RuleSet:
    """The classification rules in force."""
    _, rules = await policies.decoded(tx, oem_id, PolicyName.CLASSIFICATION, decode_rule_set)
    return rules


async def report_code(tx: Transaction, oem_id: int, channel: Channel) -> ReportCode:
    """The monthly report's code of a channel."""
    return (await report_codes(tx, oem_id))[channel]


async def report_codes(tx: Transaction, oem_id: int) -> Mapping[Channel, ReportCode]:
    """The monthly report's code of each channel."""
    return (await channel_policy(tx, oem_id))[1].report_codes


async def channel_policy(tx: Transaction, oem_id: int) -> tuple[int, ChannelPolicy]:
    """The version, and the codes of the channels."""
    return await policies.decoded(tx, oem_id, PolicyName.CHANNELS, _channels)


async def major_policy(tx: Transaction, oem_id: int) -> tuple[int, MajorPolicy]:
    """The version, and what makes a case a candidate (R2.6); the defaults where nothing is published."""
    return await policies.decoded_or(tx, oem_id, PolicyName.MAJOR, _major, default_major_policy)


def _major(body: bytes) -> MajorPolicy:
    return msgspec.json.decode(body, type=MajorPolicy)


def _channels(body: bytes) -> ChannelPolicy:
    return msgspec.json.decode(body, type=ChannelPolicy)
