"""One figure over time or against its target, as SVG strings for pages and PDF reports. Pure.

`title` says in words what the chart shows; it is what a screen reader reads. A chart whose figures stand
beside it as text takes no title and is decoration. Numbers must be finite, otherwise ValueError.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

from shared.web import svg
from shared.web.svg import Tone


def sparkline(
    values: Sequence[float | None],
    target: float | None = None,
    *,
    title: str | None = None,
    tone: Tone = Tone.ACCENT,
    width: float = 84,
    height: float = 26,
) -> Markup:
    """A trend without axes; the last point is marked. None is a time without data and leaves no point."""
    known = [value for value in values if value is not None]
    shown = known if target is None else [*known, target]
    svg.check_finite(shown)
    if not known:
        return svg.document(width, height, [], title, "chart-spark")
    low, high = min(shown), max(shown)
    steps = max(len(values) - 1, 1)

    def y_of(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return height - 3 - share * (height - 6)

    points = [(2 + i * (width - 6) / steps, y_of(v)) for i, v in enumerate(values) if v is not None]
    body = [svg.area(points, height, tone)] if len(points) > 1 else []
    if target is not None:
        body.append(
            svg.line(2, y_of(target), width - 2, y_of(target), Tone.NEUTRAL, more='stroke-dasharray="2 3"')
        )
    if len(points) > 1:
        body.append(svg.polyline(points, tone))
    body.append(svg.circle(*points[-1], 2.2, tone))
    return svg.document(width, height, body, title, "chart-spark")


def rate_line(
    labels: Sequence[str],
    values: Sequence[float | None],
    target: float,
    *,
    title: str,
    tone: Tone = Tone.ACCENT,
    width: float = 172,
    height: float = 112,
) -> Markup:
    """Percentages over time with axes and the target as a dashed line; None breaks the line.

    The axis covers the values and the target, no more, and never leaves 0 to 100.
    """
    if len(labels) != len(values):
        raise ValueError("every label needs one value")
    known = [value for value in values if value is not None]
    svg.check_finite([*known, target])
    left, right, top, bottom = 28.0, 8.0, 8.0, 18.0
    low, high = _rate_range([*known, target])
    base = height - bottom
    step = (width - left - right - 8) / max(len(labels) - 1, 1)

    def y_of(value: float) -> float:
        return base - (base - top) * (value - low) / (high - low)

    body: list[str] = []
    for value in (low, (low + high) / 2, high):
        body.append(svg.line(left, y_of(value), width - right, y_of(value), Tone.GRID))
        body.append(svg.text(left - 4, y_of(value) + 2.8, f"{svg.plain(value)}%", size=8, anchor="end"))
    dashed = 'stroke-dasharray="4 3"'
    body.append(svg.line(left, y_of(target), width - right, y_of(target), Tone.INK, 1, dashed))
    points = [
        None if value is None else (left + 4 + step * index, y_of(value))
        for index, value in enumerate(values)
    ]
    body.extend(svg.polyline(run, tone, 1.8) for run in _unbroken(points) if len(run) > 1)
    for label, value, point in zip(labels, values, points, strict=True):
        if value is not None and point is not None:
            radius = 3.2 if point == points[-1] else 1.8
            body.append(svg.titled(svg.circle(*point, radius, tone), f"{label}: {svg.plain(value)}%"))
    if labels:
        body.append(svg.text(left + 4, height - 5, labels[0], size=8, anchor="start"))
        body.append(svg.text(width - right, height - 5, labels[-1], size=8, anchor="end"))
    return svg.document(width, height, body, title, "chart-rate")


def dot_target(
    value: float,
    target: float,
    low: float,
    high: float,
    *,
    title: str | None = None,
    tone: Tone = Tone.ACCENT,
    width: float = 56,
) -> Markup:
    """A value as a dot and its target as a mark on a line from `low` to `high`; outliers stay at the ends."""
    svg.check_finite([value, target, low, high])
    if high <= low:
        raise ValueError("high must be above low")

    def x_of(position: float) -> float:
        return 5 + (min(max(position, low), high) - low) / (high - low) * (width - 10)

    middle = 7.0
    body = [
        svg.line(5, middle, width - 5, middle, Tone.TRACK, 4, more='stroke-linecap="round"'),
        svg.line(x_of(target), middle, x_of(value), middle, tone, 4, more='stroke-opacity="0.35"'),
        svg.line(x_of(target), 2, x_of(target), 12, Tone.MUTED, 1.5),
        svg.circle(x_of(value), middle, 4, tone),
    ]
    return svg.document(width, 14, body, title, "chart-dot")


def progress_bar(
    share: float,
    *,
    target: float | None = None,
    title: str | None = None,
    tone: Tone = Tone.ACCENT,
    width: float = 64,
    height: float = 8,
) -> Markup:
    """A share from 0 to 1 as a filled bar; shares outside are drawn empty or full."""
    svg.check_finite([share])
    body = [svg.rectangle(0, 0, width, height, Tone.TRACK, height / 2)]
    filled = min(max(share, 0), 1) * width
    if filled > 0:
        body.append(svg.rectangle(0, 0, max(filled, height), height, tone, height / 2))
    if target is not None:
        x = min(max(target, 0), 1) * (width - 1.5)
        body.append(svg.rectangle(x, 0, 1.5, height, Tone.INK))
    return svg.document(width, height, body, title, "chart-progress")


def _rate_range(values: Sequence[float]) -> tuple[float, float]:
    low = max(math.floor((min(values) - 1) / 2) * 2, 0)
    high = min(math.ceil((max(values) + 1) / 2) * 2, 100)
    return (low, high) if high > low else (low - 2, low)


def _unbroken(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return runs
