"""Major complaints in the console (R2.6)."""

import re
from datetime import timedelta

from shared.cases.views import CaseView
from shared.db.engine import ENGINE
from shared.permissions import Role
from shared.reports import case_forms
from shared.reports.case_form_rows import MOST_ATTEMPTS
from shared.reports.case_forms import Printing
from tests.support.background import LINKS, open_engine
from tests.support.console import Browsers, Maker, found_maker, register, send
from tests.support.happening import settle
from tests.support.servers import Database

FIRE = "昨晚车辆停在车库里自燃了"


async def _small_pdf(*_: object) -> bytes:
    return b"%PDF-1.7 a dossier"


async def _broken_pdf(*_: object) -> bytes:
    raise OSError


async def print_all(database: Database, print_pdf: Printing) -> None:
    """As the reports worker, by its own login."""
    await ENGINE.close()
    try:
        async with open_engine(database.worker_url):
            for _ in range(MOST_ATTEMPTS):
                await case_forms.print_waiting(print_pdf)
    finally:
        patience = timedelta(seconds=5)
        await ENGINE.open(database.app_url, pool_size=6, acquire_timeout=patience, application="huiyin-tests")


async def candidate(maker: Maker) -> CaseView:
    return await register(maker.actor(Role.ADVISOR), FIRE)


async def test_the_regional_manager_sees_the_signs_and_confirms(browsers: Browsers, maker: Maker) -> None:
    """R2.6: with reason and words; criteria and nature are recorded."""
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.REGIONAL_MANAGER))
    page = (await client.get(f"/cases/{case.id}")).text
    assert f'href="/cases/{case.id}/major"' in page
    assert "caution-warn" in page
    major = (await client.get(f"/cases/{case.id}/major")).text
    assert "<q>自燃</q>" in major
    answer = await send(
        client,
        f"/cases/{case.id}/major/confirm",
        version=case.version,
        criteria="risk",
        nature="legal",
        reason="The owner has a lawyer.",
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}")
    page = (await client.get(f"/cases/{case.id}")).text
    assert "caution-bad" in page
    decided = (await client.get(f"/cases/{case.id}/major")).text
    assert "The owner has a lawyer." in decided


async def test_a_refused_decision_comes_back_as_it_was_typed(browsers: Browsers, maker: Maker) -> None:
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.HEAD_OFFICE))
    path = f"/cases/{case.id}/major/confirm"
    answer = await send(client, path, version=case.version, criteria="risk", nature="legal", reason="")
    assert answer.status_code == 422
    assert 'value="risk" checked' in answer.text
    assert 'aria-invalid="true"' in answer.text
    answer = await send(client, path, version=case.version, criteria="made-up", reason="x")
    assert answer.status_code == 422


async def test_dismissing_takes_the_mark_away(browsers: Browsers, maker: Maker) -> None:
    """R2.6."""
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.CAC_AGENT))
    answer = await send(
        client, f"/cases/{case.id}/major/dismiss", version=case.version, reason="Only a film scene."
    )
    assert answer.status_code == 303
    assert "caution" not in (await client.get(f"/cases/{case.id}")).text


async def test_a_dealer_sees_the_signs_and_does_not_decide(browsers: Browsers, maker: Maker) -> None:
    """R2.6: the OEM decides."""
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.STATION_HEAD))
    page = await client.get(f"/cases/{case.id}/major")
    assert page.status_code == 200
    assert "/major/confirm" not in page.text
    assert "/major/dismiss" not in page.text
    answer = await send(client, f"/cases/{case.id}/major/dismiss", version=case.version, reason="x")
    assert answer.status_code == 403


async def test_the_dealer_files_the_written_report_and_has_the_dossier_printed(
    browsers: Browsers, maker: Maker
) -> None:
    """R3.10: written report with the proposed handling; the dossier is one click."""
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    path = f"/cases/{case.id}/major/report"
    empty = await send(client, path, version=case.version, proposal="")
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text
    answer = await send(client, path, version=case.version, proposal="Replace the battery, apologise.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}/major")
    page = (await client.get(f"/cases/{case.id}/major")).text
    assert "Replace the battery, apologise." in page
    assert (await send(client, f"/cases/{case.id}/major/dossier")).status_code == 303
    ordinary = await register(maker.actor(Role.ADVISOR))
    assert (await send(client, f"/cases/{ordinary.id}/major/dossier")).status_code == 409


async def test_a_dossier_that_is_being_printed_anew_says_so_and_appears_by_itself(
    browsers: Browsers, maker: Maker, database: Database
) -> None:
    """R3.10: a link clicked meanwhile leads to the page on which the new one appears."""
    case = await candidate(maker)
    client = await browsers.of(maker.person(Role.SERVICE_MANAGER))
    place, file = f"/cases/{case.id}/major", f"/cases/{case.id}/forms/dossier/en"
    assert (await client.get(file)).status_code == 409, "nobody has asked for it"
    assert (await send(client, f"{place}/dossier")).status_code == 303
    await settle(maker.oem_id, case.id, LINKS)
    answer = await client.get(file)
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    page = (await client.get(place)).text
    assert "This form is being printed just now." in page
    assert f'hx-get="/cases/{case.id}/forms?kind=dossier"' in page
    again = (await client.get(f"/cases/{case.id}/forms?kind=dossier", headers={"hx-request": "true"})).text
    assert 'hx-trigger="every' in again
    await print_all(database, _small_pdf)
    ready = (await client.get(f"/cases/{case.id}/forms?kind=dossier", headers={"hx-request": "true"})).text
    assert 'hx-trigger="every' not in ready
    assert f'href="{file}"' in ready
    assert "forms/handling" not in ready
    assert (await client.get(file)).headers["content-type"] == "application/pdf"
    await send(client, f"{place}/dossier")
    await settle(maker.oem_id, case.id, LINKS)
    await print_all(database, _broken_pdf)
    assert (await client.get(file)).status_code == 303
    failed = (await client.get(place)).text
    assert "toast-bad" in failed
    assert "This form could not be printed." in failed
    assert 'hx-trigger="every' not in failed


async def test_the_administrator_names_who_is_told_of_which_nature(browsers: Browsers) -> None:
    """R3.10: named OEM persons are policy data."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    reader = maker.person(Role.READER).membership_id
    assert "<b>Nobody is named</b>" in (await admin.get("/oem/major-persons")).text
    saved = await send(admin, "/oem/major-persons", version=1, report_natures="legal", told=f"{reader}.legal")
    assert (saved.status_code, saved.headers["location"]) == (303, "/oem/major-persons")
    page = (await admin.get("/oem/major-persons")).text
    assert f'value="{reader}.legal" checked' in page
    assert f'value="{reader}.authority" checked' not in page
    [warned] = re.findall(r"<b>Nobody is named for: (.*)</b>", page)
    assert warned == "Potential media, Consumer association, Authority"
    assert (await send(admin, "/oem/major-persons", version=1)).status_code == 409
    head = await browsers.of(maker.person(Role.HEAD_OFFICE))
    assert (await head.get("/oem/major-persons")).status_code == 403
