"""The addresses of this installation that others are told, as it is configured."""

from shared.cases.customer_links import CustomerLinks
from shared.notifications.links import Links
from shared.settings import WebSettings


def configured_links(web: WebSettings) -> Links:
    """Pages of the console and of the customer at their configured addresses."""
    return Links(web.public_url, CustomerLinks(web.portal_url, web.secret))


def configured_receipts(web: WebSettings) -> str:
    """Where providers tell of deliveries: the API as the world reaches it, without the provider's name."""
    return f"{web.portal_url.rstrip('/')}/api/v1/receipts"
