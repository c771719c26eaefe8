"""Exports in the console."""

import re
from uuid import UUID

from shared.exports import service as exports
from shared.file_jobs import running
from shared.file_jobs.repository import JobKind
from shared.files.opened import file_store
from shared.permissions import Role
from tests.support.console import Browsers, Maker, register, send


async def test_a_list_is_exported_from_its_page(browsers: Browsers, maker: Maker) -> None:
    """From the list with its filters to the file."""
    case = await register(maker.actor(Role.ADVISOR), words="导出这一条的异响")
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    listed = await manager.get("/cases?q=导出这一条")
    assert 'action="/exports"' in listed.text

    asked = await send(manager, "/exports", query="q=导出这一条", format="csv")

    assert asked.status_code == 303
    page = await manager.get("/exports")
    assert "every 2s" in page.text
    [job] = await exports.exports(maker.actor(Role.SERVICE_MANAGER))
    assert await running.run(maker.oem_id, job.id, {JobKind.EXPORT: exports.make}, file_store())
    ready = (await manager.get("/exports/list")).text
    [path] = re.findall(r'href="(/exports/[0-9a-f-]+/file)"', ready)
    assert UUID(path.split("/")[2]) == job.id
    link = await manager.get(path)
    assert link.status_code == 303
    file = await manager.get(link.headers["location"])
    assert case.number in file.content.decode("utf-8-sig")


async def test_an_empty_list_says_so(browsers: Browsers, maker: Maker) -> None:
    manager = await browsers.of(maker.person(Role.SERVICE_MANAGER))

    empty = await send(manager, "/exports", query="tag=nothing-has-this", format="xlsx")
    wrong = await send(manager, "/exports", query="", format="pdf")

    assert empty.status_code == 422
    assert "No case matches" in empty.text
    assert wrong.status_code == 422


async def test_who_may_not_export_is_not_offered_it(browsers: Browsers, maker: Maker) -> None:
    advisor = await browsers.of(maker.person(Role.ADVISOR))

    assert "/exports" not in (await advisor.get("/cases")).text
    assert (await advisor.get("/exports")).status_code == 403
    assert (await send(advisor, "/exports", query="", format="csv")).status_code == 403
