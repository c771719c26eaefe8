"""Static files: one version for all, bundles, and a clear word about what is missing."""

from pathlib import Path

import pytest

from services.admin.assets import STYLE_SHEETS
from services.api.portal.assets import STYLE_SHEETS as PORTAL_SHEETS
from shared.web.assets import AssetMissing, Assets
from shared.web.environment import STATIC


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "a.css").write_text("a{}", encoding="utf-8")
    (tmp_path / "css" / "b.css").write_text("b{}", encoding="utf-8")
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "big.ttf").write_bytes(b"\0" * 100)
    return tmp_path


def test_addresses_carry_the_version(folder: Path) -> None:
    assets = Assets([folder])
    assert assets.url("css/a.css") == f"/static/{assets.version}/css/a.css"


def test_any_change_makes_a_new_version(folder: Path) -> None:
    before = Assets([folder]).version
    assert Assets([folder]).version == before
    (folder / "css" / "b.css").write_text("b{color:red}", encoding="utf-8")
    assert Assets([folder]).version != before


def test_bundles_join_files_in_order(folder: Path) -> None:
    assets = Assets([folder], bundles={"css/all.css": ["css/b.css", "css/a.css"]})
    assert assets.text("css/all.css") == "b{}\na{}"


def test_a_later_folder_replaces_files(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "css").mkdir()
    (other / "css" / "a.css").write_text("other{}", encoding="utf-8")
    assert Assets([folder, other]).text("css/a.css") == "other{}"


def test_fonts_for_reports_are_not_held_in_memory(folder: Path) -> None:
    assert Assets([folder]).get("fonts/big.ttf") is None


def test_what_is_missing_is_named_with_its_remedy(folder: Path) -> None:
    with pytest.raises(AssetMissing, match=r"htmx\.min\.js is missing: run `make assets`"):
        Assets([folder], required=["vendor/htmx.min.js"])
    with pytest.raises(AssetMissing, match=r"nothing\.css"):
        Assets([folder]).url("nothing.css")


def test_nothing_outside_the_folders_can_be_asked_for(folder: Path) -> None:
    assets = Assets([folder / "css"])
    assert assets.get("../fonts/big.ttf") is None
    assert assets.get("/etc/passwd") is None


def test_every_style_sheet_is_part_of_a_bundle() -> None:
    there = {path.relative_to(STATIC).as_posix() for path in (STATIC / "css").rglob("*.css")}
    assert there == {*STYLE_SHEETS, *PORTAL_SHEETS}
