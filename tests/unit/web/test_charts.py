"""Charts are well-formed SVG that any renderer understands, and draw what the numbers say."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web import charts, trends
from shared.web.charts import Part, Series
from shared.web.svg import Tone, round_scale, text_width

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314 - our own drawing


PARTS = [
    Part("销售类", 39, Tone.SALES, "19.5%"),
    Part("服务类", 74, Tone.SERVICE),
    Part("其他", 0, Tone.OTHER),
]
ALL = {
    "sparkline": trends.sparkline([90, 91, None, 86], target=92, title="达成率"),
    "sparkline of one": trends.sparkline([90], title="x"),
    "sparkline of nothing": trends.sparkline([], title="x"),
    "dot": trends.dot_target(86, 92, 70, 100, title="x"),
    "progress": trends.progress_bar(0.4, target=0.9, title="x"),
    "columns": charts.columns(PARTS, title="x"),
    "stacked": charts.stacked_columns(
        ["9月", "10月"],
        [Series("销售类", [1, 2], Tone.SALES), Series("其他", [0, 3], Tone.OTHER)],
        Series("上年同期", [2, 2], Tone.BAD),
        title="x",
    ),
    "stacked of nothing": charts.stacked_columns([], [], title="x"),
    "donut": charts.donut(PARTS, "113", caption="数量", title="x"),
    "donut of one": charts.donut(PARTS[:1], "39", title="x"),
    "donut of nothing": charts.donut([], "0", title="x"),
    "bars": charts.bars(PARTS, title="x"),
}


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_charts_are_well_formed_and_say_what_they_show(chart: str) -> None:
    picture = parsed(chart)
    assert picture.tag == f"{SVG}svg"
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == picture.findtext(f"{SVG}title")


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_charts_use_presentation_attributes_only(chart: str) -> None:
    """WeasyPrint draws no variables, filters or masks; the CSP allows no inline style."""
    assert not re.search(r"style=|var\(|<(style|filter|mask|foreignObject|script)|href=|nan|inf", chart)


@pytest.mark.parametrize("chart", ALL.values(), ids=ALL.keys())
def test_every_painted_mark_can_be_repainted_by_the_theme(chart: str) -> None:
    for element in parsed(chart).iter():
        if element.get("fill") not in {None, "none"} or element.get("stroke"):
            assert (element.get("class") or "").startswith(("tone-", "line-")), ET.tostring(element)


def test_a_chart_without_title_is_hidden_decoration() -> None:
    picture = parsed(trends.sparkline([1, 2]))
    assert picture.get("aria-hidden") == "true"
    assert picture.get("role") is None


def test_texts_are_escaped() -> None:
    chart = charts.bars([Part('<b>"&', 3)], title='<script>"')
    assert "<b>" not in chart
    assert "<script>" not in chart
    assert parsed(chart).get("aria-label") == '<script>"'


def test_a_gap_in_the_data_leaves_no_point() -> None:
    line = parsed(trends.sparkline([1, None, 3])).find(f"{SVG}polyline")
    assert line is not None
    assert len(line.get("points", "").split()) == 2


def test_the_part_that_is_all_closes_the_ring() -> None:
    picture = parsed(charts.donut([Part("a", 5, Tone.SALES), Part("b", 0)], "5", title="x"))
    rings = [e for e in picture.iter(f"{SVG}circle") if e.get("class") == "line-sales"]
    assert len(rings) == 1


@given(st.lists(st.floats(0, 1_000_000), min_size=1, max_size=12))
def test_columns_never_leave_the_picture(values: list[float]) -> None:
    picture = parsed(charts.columns([Part("x", value) for value in values], title="x", height=168))
    for path in picture.iter(f"{SVG}path"):
        heights = [float(y) for y in re.findall(r"[V ](-?\d+\.?\d*)(?=[QHVZ])", path.get("d", ""))]
        assert all(-0.1 <= y <= 168 for y in heights)


@given(st.floats(0, 1e9))
def test_axes_have_round_steps_that_cover_the_values(maximum: float) -> None:
    step, top = round_scale(maximum)
    assert top >= maximum * 0.999
    assert 1 <= round(top / step) <= 10


def test_a_dot_outside_the_scale_stays_at_its_end() -> None:
    dots = [
        float(circle.get("cx", "0"))
        for value in (-50, 70)
        for circle in parsed(trends.dot_target(value, 92, 70, 100)).iter(f"{SVG}circle")
    ]
    assert dots[0] == dots[1]


@pytest.mark.parametrize("share", [-1, 0, 0.001, 0.5, 1, 7])
def test_progress_stays_within_the_bar(share: float) -> None:
    widths = [
        float(e.get("width", "0")) for e in parsed(trends.progress_bar(share, width=64)).iter(f"{SVG}rect")
    ]
    assert max(widths) == 64


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        trends.sparkline([1, value])
    with pytest.raises(ValueError, match="finite"):
        charts.bars([Part("x", value)], title="x")


def test_negative_counts_and_uneven_series_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        charts.donut([Part("x", -1)], "x", title="x")
    with pytest.raises(ValueError, match="one value per label"):
        charts.stacked_columns(["a", "b"], [Series("x", [1])], title="x")
    with pytest.raises(ValueError, match="above"):
        trends.dot_target(1, 1, 5, 5)


def test_chinese_is_twice_as_wide_as_latin() -> None:
    assert text_width("投诉", 10) == 20
    assert 10 < text_width("ab", 10) < 12
