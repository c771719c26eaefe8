"""What a case says of its waiting for the customer."""

from typing import Final

ANSWERED: Final[dict[str, object]] = {"waiting_for": "", "waiting_since": None, "answer_by": None}
"""The columns of a case that waits for its customer no more."""
