"""Both doors and a worker over one database, for the walks that need them all."""

from tests.e2e.test_portal import browse, places

__all__ = ["browse", "places"]
