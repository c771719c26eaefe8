"""The line of percentages in reports."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.trends import rate_line

RATES = st.lists(st.none() | st.floats(0, 100), min_size=1, max_size=24)


def drawn(values: list[float | None], target: float = 90) -> str:
    return str(rate_line([f"M{i}" for i in range(len(values))], values, target, title="Rate <1>"))


@given(RATES, st.floats(0, 100))
def test_every_point_lies_inside_the_picture(values: list[float | None], target: float):
    chart = drawn(values, target)
    places = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)"', chart)]
    assert len(places) == sum(value is not None for value in values)
    assert all(0 <= x <= 172 and 0 <= y <= 112 for x, y in places)


def test_a_month_without_a_rate_breaks_the_line():
    assert drawn([90, 91, 92, 93]).count("<polyline") == 1
    assert drawn([90, 91, None, 92, 93]).count("<polyline") == 2
    assert drawn([90, None, 92]).count("<polyline") == 0


def test_without_any_rate_the_target_stands_alone():
    chart = drawn([None, None])
    assert "<circle" not in chart
    assert "stroke-dasharray" in chart


def test_the_axis_stays_between_nothing_and_all():
    assert set(re.findall(r">(-?[\d.]+)%</text>", drawn([100, 100]))) == {"88", "94", "100"}
    assert "-" not in "".join(re.findall(r">(-?[\d.]+)%</text>", drawn([0, 1], target=2)))


def test_names_are_escaped_and_every_label_needs_a_value():
    assert "Rate &lt;1&gt;" in drawn([90])
    with pytest.raises(ValueError, match="every label"):
        rate_line(["a"], [1, 2], 90, title="x")
