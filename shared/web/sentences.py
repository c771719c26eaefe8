"""The sentence behind each error code: what happened and what to do, without blame and without jargon.

A test collects the codes that the product raises and asks for a sentence for each.
"""

from collections.abc import Mapping
from typing import Final

from shared.web.locale import Translator, msgid

SENTENCES: Final[Mapping[str, str]] = {
    # who asks
    "not_signed_in": msgid("Please sign in."),
    "session_expired": msgid("Your session has ended. Please sign in again."),
    "wrong_credentials": msgid("The e-mail address or the password is not right."),
    "too_many_attempts": msgid("Too many attempts. Please try again in %(seconds)s seconds."),
    "not_permitted": msgid("Your role does not allow this."),
    "no_tenant": msgid("Choose an organisation first."),
    "forged_request": msgid("This page was open for too long. Please reload it and try again."),
    # what is asked for
    "not_found": msgid("This does not exist, or it is not yours to see."),
    "invalid_input": msgid("Some entries need another look."),
    "required": msgid("Please fill this in."),
    "too_long": msgid("Too long: at most %(limit)s characters."),
    "too_short": msgid("Too short: at least %(limit)s characters."),
    "unknown_value": msgid("Please choose one of the values offered."),
    "not_a_date": msgid("Please enter a date."),
    "in_the_future": msgid("This time lies in the future."),
    # what the state allows
    "stale_version": msgid("Somebody changed this in the meantime. You now see the latest state."),
    # what is away
    "database_away": msgid("The database cannot be reached at the moment. Please try again soon."),
    "busy": msgid("Too much is going on at the moment. Please try again in a few seconds."),
}

UNKNOWN: Final = msgid("This could not be done (%(code)s).")


def sentence(translator: Translator, code: str, params: Mapping[str, object]) -> str:
    """The sentence for an error code, its parts filled in; without one, a general one with the code."""
    known = SENTENCES.get(code)
    return translator.fill(known, params) if known else translator.gettext(UNKNOWN, code=code)
