"""What the pages about other systems share: the tabs between them."""

from services.admin.session import Reader
from shared.web.components import Tab
from shared.web.locale import translator


def other_system_tabs(reader: Reader, current: str) -> list[Tab]:
    """Who sends here, who is told of events, and which groups hear of what is late."""
    speak = translator(reader.locale)
    texts = {
        "/sources": speak.gettext("Sources"),
        "/webhooks": speak.gettext("Webhooks"),
        "/robots": speak.gettext("Chat groups"),
    }
    return [Tab(text=text, href=href, is_current=href == current) for href, text in texts.items()]
