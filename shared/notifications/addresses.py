"""The links of messages as this installation is configured."""

from shared.cases.customer_links import CustomerLinks
from shared.notifications.links import Links
from shared.settings import WebSettings


def configured_links(web: WebSettings) -> Links:
    """Pages of the console and of the customer at their configured addresses."""
    return Links(web.public_url, CustomerLinks(web.portal_url, web.secret))
