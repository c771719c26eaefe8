"""What the pages about webhooks show."""

import msgspec

from shared.notifications.webhooks.deliveries import WebhookDelivery
from shared.notifications.webhooks.endpoints import Endpoint, EndpointWithSecret
from shared.web.components import EMPTY_FORM, Choice, FormState, Tab


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint, and the name of the dealer whose events it is told (empty: of all)."""

    endpoint: Endpoint
    dealer: str


class WebhooksPage(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoints newest first, the form for one more, and the one whose secret is shown just now."""

    tabs: list[Tab]
    rows: list[EndpointRow]
    dealers: list[Choice]
    kinds: list[Choice]
    chosen: list[str]
    made: EndpointWithSecret | None = None
    form: FormState = EMPTY_FORM


class DeliveriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The log of one endpoint, newest first, and the form that changes what it is told."""

    endpoint: Endpoint
    rows: list[WebhookDelivery]
    more_url: str | None
    kinds: list[Choice]
    chosen: list[str]
    form: FormState = EMPTY_FORM
