"""Which code of the monthly report a channel counts as (R1.1)."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency

from services.api.cases.schemas import example
from services.api.openapi import ALSO
from services.api.parameters import EarlierVersion, KnownVersion
from shared.cases import report_codes
from shared.cases.policy_data import ChannelPolicy
from shared.cases.report_codes import ReportCodes
from shared.cases.vocabulary import DEFAULT_REPORT_CODES
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import policy_at

_TAGS = ["Rules"]


class ReportCodesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The codes as they shall be, one for each channel; `version` is the one they were read with."""

    version: KnownVersion
    policy: ChannelPolicy


@get(
    "/oem/report-codes",
    tags=_TAGS,
    summary="Report codes of channels",
    operation_id="getReportCodes",
    opt={ALSO: (404,)},
)
async def get_codes(actor: NamedDependency[Actor], version: EarlierVersion = None) -> ReportCodes:
    """What each channel counts as in the monthly report: 1 in store to 5 other organisation."""
    if version is not None:
        earlier = await policy_at(actor, PolicyName.CHANNELS, ChannelPolicy, version)
        return ReportCodes(version=version, policy=earlier)
    return await report_codes.report_codes(actor)


@put("/oem/report-codes", tags=_TAGS, summary="Change the report codes", operation_id="changeReportCodes")
async def put_codes(
    actor: NamedDependency[Actor],
    data: Annotated[
        ReportCodesWanted,
        example(
            "Letters and e-mail, forms and feeds count as 3",
            version=1,
            policy={"report_codes": {each.value: code.value for each, code in DEFAULT_REPORT_CODES.items()}},
        ),
    ],
) -> ReportCodes:
    """Let channels count otherwise from now on; cases that are registered keep their code."""
    return await report_codes.publish(actor, data.policy, version=data.version)


HANDLERS = [get_codes, put_codes]
