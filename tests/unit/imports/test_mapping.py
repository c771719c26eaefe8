from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from shared.cases.vocabulary import Channel
from shared.errors import Invalid
from shared.imports.mapping import FIELDS, Joined, Mapping, read_mapping
from shared.imports.rows import BoundMapping, bind
from shared.tenants.dealers import Dealer

FOUNDED = datetime(2025, 1, 2, tzinfo=UTC)
DESK = Dealer(
    id=1,
    region_id=2,
    code="desk",
    name="主机厂受理台",
    name_en="OEM desk",
    province="",
    city="",
    phone="",
    is_desk=True,
    active=True,
    created_at=FOUNDED,
)
NEAR = msgspec.structs.replace(DESK, id=2, code="D-01", name="近店", name_en="Near", is_desk=False)
FAR = msgspec.structs.replace(NEAR, id=3, code="D-02", name="远店", name_en="Far")
GONE = msgspec.structs.replace(NEAR, id=4, code="D-03", name="旧店", name_en="Old", active=False)

CHINESE = """
[columns]
external_ref = "编号"
received_at = "受理时间"
channel = "受理方式"
dealer = "经销商"
words = "内容"
fault_label = ["大类", "小类"]
mileage_km = "里程"
vehicle_purchased_on = "购车日期"

[constants]
customer_locale = "zh-CN"
channel = "phone"

[values.channel]
"到店" = "in_store"

[dates]
formats = ["%Y.%m.%d %H:%M", "%Y.%m.%d"]
"""
HEADER = ("编号", "受理时间", "受理方式", "经销商", "内容", "大类", "小类", "里程", "购车日期")
ROW = ("A1", "2026.03.02 09:00", "到店", "d-01", "刹车异响", "制动", "异响", "12,500 km", "2024.05.06")


def bound(mapping: Mapping, header: tuple[str, ...] = HEADER, zone: str = "Asia/Shanghai") -> BoundMapping:
    return bind(
        mapping, header, dealers=[DESK, NEAR, FAR, GONE], time_zone=zone, backdating_reason="由文件导入"
    )


def codes(caught: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in caught.value.fields}


def changed(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(column, cell) for column, cell in zip(HEADER, ROW, strict=True))


def problems(mapping: BoundMapping, row: tuple[str, ...]) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in mapping.draft(row).problems}


def test_a_row_becomes_an_intake() -> None:
    """R1.2, R1.8."""
    intake = bound(read_mapping(CHINESE)).draft(ROW).intake
    assert intake is not None
    assert intake.received_at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert (intake.channel, intake.dealer_id, intake.external_ref) == (Channel.IN_STORE, NEAR.id, "A1")
    assert (intake.words, intake.fault_label) == ("刹车异响", "制动/异响")
    assert (intake.mileage_km, intake.vehicle_purchased_on) == (12_500, date(2024, 5, 6))
    assert intake.customer_locale == "zh-CN"
    assert intake.backdating_reason == "由文件导入"


def test_without_a_mapping_columns_are_named_like_the_fields() -> None:
    header = ("Received_At", "channel", "dealer", "words", "something else")
    intake = bound(Mapping(), header).draft(("2026-03-02 09:00:00", "PHONE", "D-02", "雨刮异响", "")).intake
    assert intake is not None
    assert (intake.channel, intake.dealer_id, intake.words) == (Channel.PHONE, FAR.id, "雨刮异响")


def test_a_constant_fills_an_empty_cell() -> None:
    intake = bound(read_mapping(CHINESE)).draft(changed(受理方式="")).intake
    assert intake is not None
    assert intake.channel is Channel.PHONE


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"受理时间": ""}, ("received_at", "required")),
        ({"经销商": " "}, ("dealer", "required")),
        ({"经销商": "D-99"}, ("dealer", "unknown_dealer_of_file")),
        ({"受理方式": "飞鸽"}, ("channel", "unknown_channel")),
        ({"受理时间": "2026-03-02"}, ("received_at", "date_not_understood")),
        ({"受理时间": "2026.02.30"}, ("received_at", "date_not_understood")),
        ({"里程": "很多"}, ("mileage_km", "not_a_number")),
        ({"里程": "9" * 5000}, ("mileage_km", "not_a_number")),
    ],
)
def test_a_cell_that_cannot_be_understood_is_told(cells: dict[str, str], problem: tuple[str, str]) -> None:
    mapping = bound(read_mapping(CHINESE))
    assert problems(mapping, changed(**cells)) == {problem}


def test_all_problems_of_a_row_are_told_at_once_by_the_names_of_the_file() -> None:
    mapping = bound(read_mapping(CHINESE))
    row = changed(受理时间="", 里程="x")
    assert problems(mapping, row) == {("received_at", "required"), ("mileage_km", "not_a_number")}
    assert mapping.shown("received_at") == "受理时间"
    assert mapping.shown("fault_label") == "大类 + 小类"
    assert mapping.shown("dealer_id") == "经销商"


@pytest.mark.parametrize(
    ("zone", "text", "instant"),
    [
        ("Europe/Berlin", "2026-07-01 08:00", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        ("Asia/Shanghai", "2026/3/2 9:05", datetime(2026, 3, 2, 1, 5, tzinfo=UTC)),
        ("Asia/Shanghai", "2026年3月2日 09:05", datetime(2026, 3, 2, 1, 5, tzinfo=UTC)),
        ("Asia/Shanghai", "2026-03-02T09:05:00Z", datetime(2026, 3, 2, 9, 5, tzinfo=UTC)),
        ("Asia/Shanghai", "2026-03-02", datetime(2026, 3, 1, 16, 0, tzinfo=UTC)),
    ],
)
def test_usual_ways_to_write_a_time_are_understood(zone: str, text: str, instant: datetime) -> None:
    header = ("received_at", "channel", "dealer", "words")
    intake = bound(Mapping(), header, zone).draft((text, "phone", "D-01", "异响")).intake
    assert intake is not None
    assert intake.received_at == instant


def test_the_mapping_names_another_time_zone() -> None:
    mapping = read_mapping(CHINESE + 'time_zone = "UTC"\n')
    intake = bound(mapping).draft(ROW).intake
    assert intake is not None
    assert intake.received_at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestReference:
    HEADER = ("received_at", "channel", "dealer", "words")
    ROW = ("2026-03-02", "phone", "D-01", "异响")

    def test_without_one_the_row_itself_is_the_reference_whatever_the_order_of_its_columns(self) -> None:
        """R1.8: nothing twice on repetition."""
        one = bound(Mapping(), self.HEADER).draft(self.ROW).reference
        turned = bound(Mapping(), self.HEADER[::-1]).draft(self.ROW[::-1]).reference
        assert one == turned
        assert one.startswith("sha256:")

    def test_different_rows_have_different_references(self) -> None:
        mapping = bound(Mapping(), self.HEADER)
        other = (*self.ROW[:3], "异响!")
        assert mapping.draft(self.ROW).reference != mapping.draft(other).reference

    def test_a_rejected_row_has_one_too(self) -> None:
        draft = bound(read_mapping(CHINESE)).draft(changed(受理时间=""))
        assert (draft.intake, draft.reference) == (None, "A1")


class TestDealers:
    MAPPING = 'dealer_by = "name"\n' + CHINESE

    @pytest.mark.parametrize("name", ["近店", "NEAR"])
    def test_a_dealer_is_found_by_either_name(self, name: str) -> None:
        intake = bound(read_mapping(self.MAPPING)).draft(changed(经销商=name)).intake
        assert intake is not None
        assert intake.dealer_id == NEAR.id

    def test_a_name_that_two_dealers_bear_stands_for_none(self) -> None:
        twin = msgspec.structs.replace(FAR, name="近店")
        mapping = bind(
            read_mapping(self.MAPPING),
            HEADER,
            dealers=[NEAR, twin],
            time_zone="Asia/Shanghai",
            backdating_reason="x",
        )
        assert problems(mapping, changed(经销商="近店")) == {("dealer", "unknown_dealer_of_file")}

    def test_spreading_gives_each_row_always_the_same_active_dealer(self) -> None:
        text = CHINESE.replace('dealer = "经销商"\n', "") + '[spread]\ndealer = { columns = ["编号"] }\n'
        rows = [changed(编号=f"A{number}") for number in range(60)]
        mapping = bound(read_mapping(text))
        first = [draft.intake.dealer_id for row in rows if (draft := mapping.draft(row)).intake]
        again = [draft.intake.dealer_id for row in rows if (draft := mapping.draft(row)).intake]
        assert first == again
        assert set(first) == {NEAR.id, FAR.id}
        assert min(first.count(NEAR.id), first.count(FAR.id)) > 15


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[columns", ("mapping", "mapping_not_understood")),
        ("columns = " + "[" * 5000, ("mapping", "mapping_not_understood")),
        ("columns = " + "9" * 5000, ("mapping", "mapping_not_understood")),
        ("[column]\nwords = 'x'", ("mapping", "mapping_not_understood")),
        ("[columns]\nwords = 3", ("mapping", "mapping_not_understood")),
        ("[columns]\nwrods = 'x'", ("columns.wrods", "mapping_field_unknown")),
        ("[constants]\ncolour = 'red'", ("constants.colour", "mapping_field_unknown")),
        ("[values.channel]\n'来电' = 'telephone'", ("values.channel.来电", "unknown_channel")),
        ("[spread.words]\ncolumns = ['a']", ("spread.words", "not_spreadable")),
        ("[spread.channel]\ncolumns = ['a']", ("spread.channel.over", "required")),
        ("[spread.channel]\ncolumns = ['a']\nover = ['drum']", ("spread.channel", "unknown_channel")),
        ("[columns]\ndealer = 'b'\n[spread.dealer]\ncolumns = ['a']", ("spread.dealer", "mapped_twice")),
    ],
)
def test_a_mapping_that_makes_no_sense_says_where(text: str, problem: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        read_mapping(text)
    assert codes(caught) == {problem}


def test_a_mapping_that_does_not_fit_the_file_says_all_that_is_missing() -> None:
    text = '[columns]\nwords = "内容"\nchannel = "方式"\n[dates]\ntime_zone = "Mars/Base"\n'
    with pytest.raises(Invalid) as caught:
        bound(read_mapping(text), ("内容", "内容"))
    assert codes(caught) == {
        ("received_at", "nothing_mapped"),
        ("dealer", "nothing_mapped"),
        ("columns.words", "column_twice"),
        ("columns.channel", "column_missing"),
        ("dates.time_zone", "unknown_time_zone"),
    }


def test_something_has_to_say_what_the_complaint_is() -> None:
    with pytest.raises(Invalid) as caught:
        bound(Mapping(), ("received_at", "channel", "dealer"))
    assert codes(caught) == {("words / fault_label", "nothing_mapped")}


def test_the_mapping_of_the_how_to_page_is_understood() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/import-complaints.md").read_text(encoding="utf-8")
    mapping, spread = (block.split("```")[0] for block in page.split("```toml\n")[1:])
    assert read_mapping(mapping).column_of("fault_label") == Joined(
        columns=["故障大类", "故障小类"], join="/"
    )
    assert read_mapping(spread).fills("dealer")
    assert all(f"`{field}`" in page for field in FIELDS)
    assert all(f"`{channel.value}`" in page for channel in Channel)
