"""Charts of counts as SVG strings for pages and PDF reports; `trends.py` has those of rates. Pure.

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


def columns(values: Sequence[Part], *, title: str, width: float = 280, height: float = 168) -> Markup:
    """Upright columns with their value (and note) above and their label below."""
    svg.check_counts([part.value for part in values])
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
        body.append(svg.text(centre, value_y, svg.plain(part.value), size=11, tone=Tone.INK, bold=True))
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
        svg.check_counts(row.values)
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
    svg.check_counts([part.value for part in parts])
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
    svg.check_counts([row.value for row in rows])
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
        value = svg.plain(row.value)
        body.append(
            svg.text(value_x, middle + 3.4, value, size=9.6, tone=Tone.INK, anchor="start", bold=True)
        )
        if row.note:
            body.append(svg.text(width, middle + 3.4, row.note, size=8.6, anchor="end"))
    return svg.document(width, max(row_height * len(rows), 1), body, title, "chart-bars")


def _grid(step: float, highest: float, left: float, right: float, y_low: float, y_high: float) -> list[str]:
    lines: list[str] = []
    for index in range(round(highest / step) + 1):
        value = index * step
        y = y_low + (y_high - y_low) * value / highest
        lines.append(svg.line(left, y, right, y, Tone.GRID, 1 if index else 1.4))
        lines.append(svg.text(left - 6, y + 3, svg.plain(value), size=8.5, anchor="end"))
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
        shapes.append(
            svg.titled(draw(x, y, width, tall, row.tone), f"{label} · {row.name}: {svg.plain(value)}")
        )
        below += value
    return shapes


def _column_texts(
    label: str, total: float, place: tuple[float, float], height: float, *, is_last: bool
) -> list[str]:
    x, y = place
    tone = Tone.INK if is_last else Tone.MUTED
    shown = svg.plain(total)
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
    return f"{part.label}: {svg.plain(part.value)}" + (f" ({part.note})" if part.note else "")
