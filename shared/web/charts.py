"""Small charts as SVG strings for pages and PDF reports. Pure.

Every function takes plain numbers and finished, translated texts. `title` says in words what the chart
shows; it is what a screen reader reads. A chart whose figures stand beside it as text takes no title and is
decoration. Counts must be finite and not negative, otherwise ValueError.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from shared.web import svg
from shared.web.svg import Tone


class Part(NamedTuple):
    """One value with its name: a slice, a bar or a column. `note` is small print such as a share."""

    label: str
    value: float
    tone: Tone = Tone.ACCENT
    note: str = ""


class Series(NamedTuple):
    """One name and one value per label of the axis."""

    name: str
    values: Sequence[float]
    tone: Tone = Tone.ACCENT


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
    _check_finite(shown)
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
    _check_finite([*known, target])
    left, right, top, bottom = 28.0, 8.0, 8.0, 18.0
    low, high = _rate_range([*known, target])
    base = height - bottom
    step = (width - left - right - 8) / max(len(labels) - 1, 1)

    def y_of(value: float) -> float:
        return base - (base - top) * (value - low) / (high - low)

    body: list[str] = []
    for value in (low, (low + high) / 2, high):
        body.append(svg.line(left, y_of(value), width - right, y_of(value), Tone.GRID))
        body.append(svg.text(left - 4, y_of(value) + 2.8, f"{_plain(value)}%", size=8, anchor="end"))
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
            body.append(svg.titled(svg.circle(*point, radius, tone), f"{label}: {_plain(value)}%"))
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
    _check_finite([value, target, low, high])
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
    _check_finite([share])
    body = [svg.rectangle(0, 0, width, height, Tone.TRACK, height / 2)]
    filled = min(max(share, 0), 1) * width
    if filled > 0:
        body.append(svg.rectangle(0, 0, max(filled, height), height, tone, height / 2))
    if target is not None:
        x = min(max(target, 0), 1) * (width - 1.5)
        body.append(svg.rectangle(x, 0, 1.5, height, Tone.INK))
    return svg.document(width, height, body, title, "chart-progress")


def columns(values: Sequence[Part], *, title: str, width: float = 280, height: float = 168) -> Markup:
    """Upright columns with their value (and note) above and their label below."""
    _check_counts([part.value for part in values])
    left, top, bottom = 8.0, 28.0, 24.0
    plot_height = height - top - bottom
    highest = max((part.value for part in values), default=0) or 1
    slot = (width - 2 * left) / max(len(values), 1)
    base = top + plot_height
    body = [svg.line(left, base, width - left, base, Tone.NEUTRAL)]
    for index, part in enumerate(values):
        centre = left + slot * (index + 0.5)
        tall = plot_height * part.value / highest
        value_y = base - tall - (14 if part.note else 5)
        if part.value > 0:
            shape = svg.column(centre - slot * 0.3, base - tall, slot * 0.6, max(tall, 1), part.tone)
            body.append(svg.titled(shape, _tooltip(part)))
        body.append(svg.text(centre, value_y, _plain(part.value), size=11, tone=Tone.INK, bold=True))
        if part.note:
            body.append(svg.text(centre, base - tall - 4, part.note, size=8))
        body.append(svg.text(centre, height - 9, part.label, size=_fitting_size(part.label, slot * 0.94)))
    return svg.document(width, height, body, title, "chart-columns")


def stacked_columns(
    labels: Sequence[str],
    series: Sequence[Series],
    line: Series | None = None,
    *,
    title: str,
    width: float = 600,
    height: float = 236,
) -> Markup:
    """Columns stacked by series over a common axis, total on top, with an optional dashed line to compare."""
    for row in [*series, *([line] if line else [])]:
        _check_counts(row.values)
        if len(row.values) != len(labels):
            raise ValueError("every series needs one value per label")
    left, right, top, bottom = 30.0, 4.0, 30.0, 22.0
    plot_height = height - top - bottom
    totals = [sum(row.values[index] for row in series) for index in range(len(labels))]
    compared: Sequence[float] = line.values if line else []
    step, highest = svg.round_scale(max([*totals, *compared], default=0) * 1.04)
    base = top + plot_height

    def y_of(value: float) -> float:
        return base - plot_height * value / highest

    body = _grid(step, highest, left, width - right, y_of(0), y_of(highest))
    slot = (width - left - right) / max(len(labels), 1)
    bar = min(slot * 0.52, 40)
    for index, label in enumerate(labels):
        centre = left + slot * (index + 0.5)
        body.extend(_stack(label, series, index, centre - bar / 2, bar, y_of))
    if line and len(labels) > 1:
        points = [(left + slot * (index + 0.5), y_of(value)) for index, value in enumerate(line.values)]
        body.append(svg.polyline(points, Tone.PAPER, 3.6))
        body.append(svg.polyline(points, line.tone, 1.6, more='stroke-dasharray="4 3"'))
    for index, label in enumerate(labels):
        above = max(totals[index], compared[index] if compared else 0)
        place = (left + slot * (index + 0.5), y_of(above) - 6)
        body.extend(_column_texts(label, totals[index], place, height, is_last=index == len(labels) - 1))
    body.extend(_legend(series, line, left))
    return svg.document(width, height, body, title, "chart-stacked")


def donut(parts: Sequence[Part], centre: str, *, caption: str = "", title: str, size: float = 170) -> Markup:
    """Shares of a whole as a ring, from twelve o'clock clockwise, with a figure in the middle."""
    _check_counts([part.value for part in parts])
    total = sum(part.value for part in parts)
    middle = size / 2
    radius, thickness = size * 0.395, size * 0.15
    body = [_ring_part(middle, radius, thickness, 0, 1, Tone.TRACK)]
    start = 0.0
    for part in parts:
        if part.value <= 0:
            continue
        share = part.value / total
        arc = _ring_part(middle, radius, thickness, start, start + share, part.tone)
        body.append(svg.titled(arc, _tooltip(part)))
        start += share
    body.append(svg.text(middle, middle + size * 0.035, centre, size=size * 0.17, tone=Tone.INK, bold=True))
    if caption:
        body.append(svg.text(middle, middle + size * 0.13, caption, size=9.5))
    return svg.document(size, size, body, title, "chart-donut")


def bars(
    rows: Sequence[Part], *, title: str, width: float = 280, row_height: float = 28, label_width: float = 96
) -> Markup:
    """Lying bars: label at the left, value and note at the right."""
    _check_counts([row.value for row in rows])
    highest = max((row.value for row in rows), default=0) or 1
    right = 64.0
    track = width - label_width - right
    body: list[str] = []
    for index, row in enumerate(rows):
        middle = row_height * (index + 0.5)
        size = _fitting_size(row.label, label_width - 6, largest=9.5)
        body.append(svg.text(0, middle + 3.3, row.label, size=size, tone=Tone.INK, anchor="start"))
        body.append(svg.rectangle(label_width, middle - 6, track, 12, Tone.TRACK, 3))
        if row.value > 0:
            shape = svg.rectangle(
                label_width, middle - 6, max(track * row.value / highest, 3), 12, row.tone, 3
            )
            body.append(svg.titled(shape, _tooltip(row)))
        value_x = width - right + 8
        value = _plain(row.value)
        body.append(
            svg.text(value_x, middle + 3.4, value, size=9.6, tone=Tone.INK, anchor="start", bold=True)
        )
        if row.note:
            body.append(svg.text(width, middle + 3.4, row.note, size=8.6, anchor="end"))
    return svg.document(width, max(row_height * len(rows), 1), body, title, "chart-bars")


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


def _grid(step: float, highest: float, left: float, right: float, y_low: float, y_high: float) -> list[str]:
    lines: list[str] = []
    for index in range(round(highest / step) + 1):
        value = index * step
        y = y_low + (y_high - y_low) * value / highest
        lines.append(svg.line(left, y, right, y, Tone.GRID, 1 if index else 1.4))
        lines.append(svg.text(left - 6, y + 3, _plain(value), size=8.5, anchor="end"))
    return lines


def _stack(
    label: str,
    series: Sequence[Series],
    index: int,
    x: float,
    width: float,
    y_of: Callable[[float], float],
) -> list[str]:
    filled = [row for row in series if row.values[index] > 0]
    shapes: list[str] = []
    below = 0.0
    for row in filled:
        value = row.values[index]
        y = y_of(below + value)
        tall = y_of(below) - y
        is_top = row is filled[-1]
        draw = svg.column if is_top else svg.rectangle
        shapes.append(svg.titled(draw(x, y, width, tall, row.tone), f"{label} · {row.name}: {_plain(value)}"))
        below += value
    return shapes


def _column_texts(
    label: str, total: float, place: tuple[float, float], height: float, *, is_last: bool
) -> list[str]:
    x, y = place
    tone = Tone.INK if is_last else Tone.MUTED
    shown = _plain(total)
    room = svg.text_width(shown, 9) + 2
    return [
        svg.rectangle(x - room / 2, y - 7.5, room, 9, Tone.PAPER),
        svg.text(x, y, shown, tone=tone, bold=is_last),
        svg.text(x, height - 7, label, tone=tone, bold=is_last),
    ]


def _legend(series: Sequence[Series], line: Series | None, left: float) -> list[str]:
    shapes: list[str] = []
    x = left
    for row in series:
        shapes.append(svg.rectangle(x, 3, 9, 9, row.tone, 2))
        shapes.append(svg.text(x + 13, 11, row.name, anchor="start"))
        x += 27 + svg.text_width(row.name, 9)
    if line:
        shapes.append(svg.line(x, 7.5, x + 16, 7.5, line.tone, 1.6, more='stroke-dasharray="4 3"'))
        shapes.append(svg.text(x + 20, 11, line.name, anchor="start"))
    return shapes


def _ring_part(middle: float, radius: float, thickness: float, start: float, end: float, tone: Tone) -> str:
    if end - start > 0.9999:
        place = f'cx="{svg.number(middle)}" cy="{svg.number(middle)}" r="{svg.number(radius)}"'
        return f"<circle {place} {svg.stroke(tone, thickness)}/>"
    gap = min(0.003, (end - start) / 4)
    first, last = _on_ring(middle, radius, start + gap), _on_ring(middle, radius, end - gap)
    large = 1 if end - start - 2 * gap > 0.5 else 0
    arc = f"M{first}A{svg.number(radius)} {svg.number(radius)} 0 {large} 1 {last}"
    return f'<path d="{arc}" {svg.stroke(tone, thickness)}/>'


def _on_ring(middle: float, radius: float, turn: float) -> str:
    angle = 2 * math.pi * turn - math.pi / 2
    return f"{middle + radius * math.cos(angle):.2f} {middle + radius * math.sin(angle):.2f}"


def _fitting_size(label: str, room: float, *, largest: float = 9, smallest: float = 6) -> float:
    natural = svg.text_width(label, largest)
    return largest if natural <= room else max(smallest, largest * room / natural)


def _tooltip(part: Part) -> str:
    return f"{part.label}: {_plain(part.value)}" + (f" ({part.note})" if part.note else "")


def _plain(value: float) -> str:
    return f"{value:g}"


def _check_counts(values: Sequence[float]) -> None:
    _check_finite(values)
    if any(value < 0 for value in values):
        raise ValueError("a count cannot be negative")


def _check_finite(values: Sequence[float]) -> None:
    if not all(math.isfinite(value) for value in values):
        raise ValueError("a chart needs finite numbers")
