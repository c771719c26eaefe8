"""Which code of the monthly report a channel counts as, as the OEM's administrator sets it (R1.1, R6.1)."""

import msgspec

from shared.cases.policy_data import ChannelPolicy, channel_policy
from shared.cases.vocabulary import Channel
from shared.db.engine import transaction
from shared.errors import FieldError
from shared.permissions import Permission
from shared.tenancy import Actor, Scope
from shared.tenants import policies
from shared.tenants.policies import PolicyName


class ReportCodes(msgspec.Struct, frozen=True, kw_only=True):
    """The codes in force."""

    version: int
    policy: ChannelPolicy


async def report_codes(actor: Actor) -> ReportCodes:
    """The codes in force and their version; raises `Forbidden`."""
    actor.require(Permission.TENANT_MANAGE)
    async with transaction(Scope.oem(actor.oem_id), read_only=True) as tx:
        version, policy = await channel_policy(tx, actor.oem_id)
    return ReportCodes(version=version, policy=policy)


async def publish(actor: Actor, wanted: ChannelPolicy, *, version: int) -> ReportCodes:
    """Let channels count otherwise from now on; cases that are registered keep their code.

    Raises `Forbidden`, `Invalid` naming each channel without a code, `Conflict` (`stale_version`) when the
    codes have changed since `version`.
    """
    problems = [
        FieldError(f"report_codes.{channel.value}", "required")
        for channel in Channel
        if channel not in wanted.report_codes
    ]
    new = await policies.replace(actor, PolicyName.CHANNELS, wanted, problems, version=version)
    return ReportCodes(version=new, policy=wanted)
