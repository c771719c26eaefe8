"""What of a customer is shown to whom (R9.2, pure)."""

import msgspec

from shared.cases.views import CaseView
from shared.permissions import Permission
from shared.tenancy import Actor
from shared.web.formatting import masked_phone


def seen_by(actor: Actor, case: CaseView) -> CaseView:
    """The case as the actor may read it: only who speaks to customers sees how to reach them."""
    if actor.may(Permission.CASE_CONTACT):
        return case
    phone = masked_phone(case.customer_phone) if case.customer_phone else ""
    return msgspec.structs.replace(case, customer_phone=phone, customer_email="")
