"""The OEM these tests work in."""

from tests.integration.cases.conftest import app_engine, tenant

__all__ = ["app_engine", "tenant"]
