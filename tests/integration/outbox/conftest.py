"""The OEM these tests work in."""

from tests.support.background import company, engine

__all__ = ["company", "engine"]
