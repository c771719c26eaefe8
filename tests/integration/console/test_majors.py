"""Major complaints in the console (R2.6)."""

from shared.cases.views import CaseView
from shared.permissions import Role
from tests.support.console import Browsers, Maker, found_maker, register, send

FIRE = "昨晚车辆停在车库里自燃了"


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


async def test_the_administrator_names_who_is_told_of_which_nature(browsers: Browsers) -> None:
    """R3.10: named OEM persons are policy data."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    reader = maker.person(Role.READER).membership_id
    saved = await send(admin, "/oem/major-persons", version=1, report_natures="legal", told=f"{reader}.legal")
    assert (saved.status_code, saved.headers["location"]) == (303, "/oem/major-persons")
    page = (await admin.get("/oem/major-persons")).text
    assert f'value="{reader}.legal" checked' in page
    assert f'value="{reader}.authority" checked' not in page
    assert (await send(admin, "/oem/major-persons", version=1)).status_code == 409
    head = await browsers.of(maker.person(Role.HEAD_OFFICE))
    assert (await head.get("/oem/major-persons")).status_code == 403
