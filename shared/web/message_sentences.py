"""The sentences about messages, their wording and when they wait; part of `sentences`."""

from collections.abc import Mapping
from typing import Final

from shared.web.locale import msgid

MESSAGE_SENTENCES: Final[Mapping[str, str]] = {
    "text_variable_unknown": msgid("Line %(line)s: {%(name)s} is no variable of this message."),
    "text_variable_missing": msgid("{%(name)s} has to be in the text."),
    "text_brace": msgid("Line %(line)s: a brace stands alone. Variables are written like {number}."),
    "text_bracket": msgid("Line %(line)s: [[ and ]] belong together."),
    "text_too_long": msgid("The usual words need more than two SMS already. Please shorten the text."),
    "text_too_long_in_china": msgid(
        "To numbers of mainland China the usual words need more than two SMS already: their signature in 【】"
        " leaves 67 characters in each. Please shorten the text."
    ),
    "text_too_long_abroad": msgid(
        "To numbers outside mainland China the usual words need more than two SMS already."
        " Please shorten the text."
    ),
    "bad_time": msgid("Please give a time of day, such as 22:00."),
    "quiet_hours_incomplete": msgid(
        "Quiet hours need a beginning and another time as their end, or neither."
    ),
    "quiet_channel_without_effect": msgid("Quiet hours can hold back SMS and e-mail only."),
    "digest_not_found": msgid("There is no such list, or it is not yours."),
}
