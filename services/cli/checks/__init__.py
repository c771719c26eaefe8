"""The doctor's checks: each looks at one thing and says what it found and how to fix it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is: a warning is something Huiyin can do without."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found and, unless it is well, how to fix it."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""

    @classmethod
    def ok(cls, name: str, found: str) -> "Check":
        """It is well."""
        return cls(name, Verdict.OK, found)

    @classmethod
    def warning(cls, name: str, found: str, fix: str) -> "Check":
        """Something works less well."""
        return cls(name, Verdict.WARNING, found, fix)

    @classmethod
    def failed(cls, name: str, found: str, fix: str) -> "Check":
        """Something does not work."""
        return cls(name, Verdict.FAILED, found, fix)
