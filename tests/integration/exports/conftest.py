from tests.integration.api_cases.conftest import api

__all__ = ["api"]
