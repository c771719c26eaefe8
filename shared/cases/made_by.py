"""The policy and the calendar that a clock was made by: open promises keep theirs."""

from shared.calendars import service as calendars
from shared.cases import promises
from shared.cases.recount import MadeBy
from shared.db.engine import Transaction
from shared.errors import NotFound
from shared.tenants import policy_history
from shared.tenants.policies import PolicyName


async def made_by(
    tx: Transaction, oem_id: int, dealer_id: int, policy_version: int, calendar_version: int
) -> list[MadeBy]:
    """The policies and calendars of these numbers: a clock does not say whether the dealer's or the OEM's."""
    bodies = {
        name: [
            body
            for place in (dealer_id, calendars.OF_OEM)
            if (body := await _body(tx, oem_id, name, version, place)) is not None
        ]
        for name, version in ((PolicyName.CLOCKS, policy_version), (PolicyName.CALENDAR, calendar_version))
    }
    return [
        MadeBy(promises.policy_of(policy), promises.hours_of(calendars.decode(calendar)))
        for policy in bodies[PolicyName.CLOCKS]
        for calendar in bodies[PolicyName.CALENDAR]
    ]


async def _body(tx: Transaction, oem_id: int, name: PolicyName, version: int, dealer_id: int) -> bytes | None:
    try:
        return await policy_history.body_of(tx, oem_id, name, version, dealer_id)
    except NotFound:
        return None
