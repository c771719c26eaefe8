"""The console's static files and how its style sheet is put together."""

from functools import cache
from typing import Final

from shared.web.assets import Assets
from shared.web.environment import STATIC

STYLE_SHEETS: Final = (
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/components/icon.css",
    "css/components/button.css",
    "css/components/badge.css",
    "css/components/clock.css",
    "css/components/stage.css",
    "css/components/tabs.css",
    "css/components/card.css",
    "css/components/table.css",
    "css/components/form.css",
    "css/components/filters.css",
    "css/components/dialog.css",
    "css/components/menu.css",
    "css/components/toast.css",
    "css/components/empty.css",
    "css/components/chart.css",
    "css/components/kpi.css",
    "css/components/timeline.css",
    "css/components/facts.css",
    "css/components/caution.css",
    "css/components/pager.css",
    "css/components/composer.css",
    "css/pages/sign_in.css",
    "css/pages/region.css",
    "css/pages/queue.css",
    "css/pages/case.css",
    "css/pages/follow_up.css",
    "css/pages/lists.css",
    "css/pages/intake.css",
    "css/pages/calendar.css",
    "css/pages/rules.css",
    "css/pages/policy.css",
    "css/print.css",
)
"""Joined in this order; the cascade layers named in tokens.css decide which rule wins."""


@cache
def console_assets() -> Assets:
    """The console's files; `AssetMissing` says what to do when the fetched ones are not there."""
    return Assets(
        [STATIC],
        bundles={"css/console.css": STYLE_SHEETS},
        required=["vendor/htmx.min.js", "vendor/icons.svg", *STYLE_SHEETS],
    )
