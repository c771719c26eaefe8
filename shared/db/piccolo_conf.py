"""What Piccolo's migration runner looks for: the owner's engine and the one app."""

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine


class OwnerEngine(PostgresEngine):
    """The owner's connection for migrations; constructing it connects to nothing."""

    def __init__(self) -> None:
        super().__init__(config={"database": "huiyin"})

    async def check_version(self) -> None:
        """Piccolo would open a connection here."""

    async def prep_database(self) -> None:
        """Huiyin needs no extension."""


DB = OwnerEngine()
APP_REGISTRY = AppRegistry(apps=["shared.db.piccolo_app"])
