"""Starting and stopping the API's process."""

from litestar import Litestar

from tests.integration.api_base.conftest import client_of


async def test_the_app_opens_the_database_when_it_starts_and_closes_it_when_it_stops(
    application: Litestar,
) -> None:
    async with application.lifespan(), client_of(application) as client:
        assert (await client.get("/readyz")).status_code == 200

    async with client_of(application) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unreachable")
