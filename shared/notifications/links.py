"""Addresses that messages lead to. Pure."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from shared.cases.customer_links import CustomerLinks


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of the console and of the customer; `public_url` is the console's address as people reach it."""

    public_url: str
    customer: CustomerLinks

    def case(self, case_id: UUID) -> str:
        """The page of a case."""
        return f"{self.public_url.rstrip('/')}/cases/{case_id}"

    def call(self, call_id: UUID) -> str:
        """The page of a call to make."""
        return f"{self.public_url.rstrip('/')}/calls/{call_id}"

    def digest(self, digest_id: UUID) -> str:
        """The list of what a digest stands for."""
        return f"{self.public_url.rstrip('/')}/digests/{digest_id}"

    def cases(self) -> str:
        """The list of cases."""
        return f"{self.public_url.rstrip('/')}/cases"

    def invitation(self, token: str) -> str:
        """Where an invitation is accepted."""
        return f"{self.public_url.rstrip('/')}/invitation?{urlencode({'token': token})}"

    def password_reset(self, token: str) -> str:
        """Where a new password is set."""
        return f"{self.public_url.rstrip('/')}/reset-password?{urlencode({'token': token})}"

    def reports(self) -> str:
        """The list of reports."""
        return f"{self.public_url.rstrip('/')}/reports"


def moved(link: str, public_url: str) -> str:
    """The same page at the OEM's own address; without one the link as it is."""
    if not link or not public_url:
        return link
    parts = urlsplit(link)
    home = urlsplit(public_url)
    return parts._replace(scheme=home.scheme, netloc=home.netloc).geturl()
