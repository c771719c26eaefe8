"""The published versions of the policies that are replaced whole: who published them, and when."""

from typing import Any, Final

from litestar import get
from litestar.di import NamedDependency

from services.api.clocks.schemas import PolicyVersions
from shared.tenancy import Actor
from shared.tenants.policies import PolicyName
from shared.tenants.policy_versions import published

_LISTED: Final = (
    ("/oem/major-criteria", PolicyName.MAJOR, "Versions of the criteria", "listMajorCriteriaVersions"),
    ("/oem/major-persons", PolicyName.MAJOR_PERSONS, "Versions of the list", "listMajorPersonsVersions"),
    ("/oem/risk-periods", PolicyName.RISK_PERIODS, "Versions of the periods", "listRiskPeriodVersions"),
    ("/oem/assignment-rules", PolicyName.ASSIGNMENT, "Versions of the rules", "listAssignmentRuleVersions"),
    ("/oem/authority-limits", PolicyName.AUTHORITY, "Versions of the limits", "listAuthorityLimitVersions"),
    ("/oem/report-codes", PolicyName.CHANNELS, "Versions of the codes", "listReportCodeVersions"),
    ("/oem/message-policy", PolicyName.MESSAGES, "Versions of the policy", "listMessagePolicyVersions"),
    ("/follow-up-policy", PolicyName.FOLLOW_UP, "Versions of the policy", "listFollowUpPolicyVersions"),
)
"""Where each policy is read and replaced, and what the route is called."""


def _route(path: str, name: PolicyName, summary: str, operation_id: str) -> Any:
    tag = {PolicyName.MESSAGES: "Messages", PolicyName.FOLLOW_UP: "Surveys"}.get(name, "Rules")

    @get(f"{path}/versions", tags=[tag], summary=summary, operation_id=operation_id)
    async def list_versions(actor: NamedDependency[Actor]) -> PolicyVersions:
        """Who published versions, and when. To go back, read an earlier one and send it as the next."""
        return PolicyVersions(await published(actor, name))

    return list_versions


HANDLERS = [_route(*each) for each in _LISTED]
"""The routes of this module."""
