"""What the page of an invitation shows."""

import msgspec

from shared.permissions import Role
from shared.web.components import EMPTY_FORM, FormState


class InvitationPage(msgspec.Struct, frozen=True, kw_only=True):
    """The place offered; with `has_account` the person gives the password known already."""

    token: str
    email: str
    name: str
    role: Role
    organisation: str
    dealer: str
    has_account: bool
    form: FormState = EMPTY_FORM
