"""Addresses that messages lead to. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of the console; `public_url` is its address as people reach it."""

    public_url: str

    def case(self, case_id: UUID) -> str:
        """The page of a case."""
        return f"{self.public_url.rstrip('/')}/cases/{case_id}"

    def cases(self) -> str:
        """The list of cases."""
        return f"{self.public_url.rstrip('/')}/cases"

    def reports(self) -> str:
        """The list of reports."""
        return f"{self.public_url.rstrip('/')}/reports"
