"""The static files of the customer's pages."""

from functools import cache
from typing import Final

from shared.web.assets import Assets
from shared.web.environment import STATIC

STYLE_SHEETS: Final = (
    "css/tokens.css",
    "css/base.css",
    "css/components/icon.css",
    "css/components/button.css",
    "css/components/card.css",
    "css/components/form.css",
    "css/components/facts.css",
    "css/components/timeline.css",
    "css/pages/portal.css",
)
"""Joined in this order; the cascade layers named in tokens.css decide which rule wins."""


@cache
def portal_assets() -> Assets:
    """The files of the pages; `AssetMissing` says what to do when the fetched ones are not there."""
    return Assets(
        [STATIC],
        bundles={"css/portal.css": STYLE_SHEETS},
        required=["vendor/icons.svg", *STYLE_SHEETS],
    )
