"""What the sign-in page shows."""

import msgspec

from shared.web.components import EMPTY_FORM, FormState


class SignInPage(msgspec.Struct, frozen=True):
    """The form; `next_path` is where to go afterwards. `form` never holds the password."""

    next_path: str = "/"
    form: FormState = EMPTY_FORM
