"""Fixture: a post office of one test's own, with an SMTP server and an SMS gateway on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.dev.postoffice.office import PostOffice, opened

SMS_SECRET = "the gateway and the channel know it"


@pytest.fixture
async def post_office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    """An empty post office whose SMS gateway expects signatures under `SMS_SECRET`."""
    async with opened(tmp_path / "post-office.sqlite", SMS_SECRET) as office:
        yield office
