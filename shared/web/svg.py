"""Parts every chart is drawn from: tones, text, scales and shapes as SVG strings. Pure.

Only presentation attributes are written, so that the same string shows alike in a page and in a PDF
(WeasyPrint knows no CSS variables, filters or masks inside an SVG). Every mark also carries a class
`tone-…`: in the console the style sheet repaints these classes with the theme's colours.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from markupsafe import Markup, escape

FONT_FAMILY: Final = "Huiyin Sans, Noto Sans SC, Noto Sans CJK SC, sans-serif"


class Tone(StrEnum):
    """What a colour means; the style sheet and `PALETTE` give the colour itself."""

    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    NEUTRAL = "neutral"
    INK = "ink"
    MUTED = "muted"
    GRID = "grid"
    TRACK = "track"
    PAPER = "paper"
    SALES = "sales"
    SERVICE = "service"
    QUALITY = "quality"
    PARTS = "parts"
    OTHER = "other"


PALETTE: Final[dict[Tone, str]] = {
    Tone.ACCENT: "#0b5f73",
    Tone.GOOD: "#2a9a5e",
    Tone.WARN: "#d97a00",
    Tone.BAD: "#c62633",
    Tone.NEUTRAL: "#a7b1c2",
    Tone.INK: "#15202b",
    Tone.MUTED: "#5f6c79",
    Tone.GRID: "#e1e6ea",
    Tone.TRACK: "#eceff2",
    Tone.PAPER: "#ffffff",
    Tone.SALES: "#2f6fde",
    Tone.SERVICE: "#12a594",
    Tone.QUALITY: "#0b2545",
    Tone.PARTS: "#f5a623",
    Tone.OTHER: "#a7b1c2",
}


def number(value: float) -> str:
    """A coordinate with at most one decimal, without a trailing zero."""
    return f"{value:.1f}".removesuffix(".0")


def fill(tone: Tone) -> str:
    """Attributes that fill a shape with a tone."""
    return f'class="tone-{tone}" fill="{PALETTE[tone]}"'


def stroke(tone: Tone, width: float) -> str:
    """Attributes that draw the outline of a shape in a tone."""
    return f'class="line-{tone}" fill="none" stroke="{PALETTE[tone]}" stroke-width="{number(width)}"'


def document(width: float, height: float, body: Iterable[str], title: str | None, css_class: str) -> Markup:
    """The finished picture. Without a title it is decoration: hidden from assistive technology."""
    size = f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
    if title is None:
        naming, heading = 'aria-hidden="true"', ""
    else:
        naming, heading = f'role="img" aria-label="{escape(title)}"', f"<title>{escape(title)}</title>"
    return Markup(  # noqa: S704 - every caller's text is escaped by `text` and `escape`
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart {css_class}" {size} {naming}'
        f' font-family="{FONT_FAMILY}">{heading}{"".join(body)}</svg>'
    )


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 9,
    tone: Tone = Tone.MUTED,
    anchor: str = "middle",
    bold: bool = False,
) -> str:
    """One line of text; `anchor` is start, middle or end."""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"'
        f"{weight} {fill(tone)}>{escape(content)}</text>"
    )


def titled(shape: str, tooltip: str) -> str:
    """A shape with the text a pointer shows; `shape` ends with `/>`."""
    name = shape[1:].split(" ", 1)[0]
    return f"{shape.removesuffix('/>')}><title>{escape(tooltip)}</title></{name}>"


def line(x1: float, y1: float, x2: float, y2: float, tone: Tone, width: float = 1, more: str = "") -> str:
    """A straight line; `more` are further attributes."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f"<line {ends} {stroke(tone, width)} {more}/>"


def rectangle(x: float, y: float, width: float, height: float, tone: Tone, radius: float = 0) -> str:
    """A filled rectangle with equally rounded corners."""
    round_corners = f' rx="{number(min(radius, width / 2, height / 2))}"' if radius else ""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    return f"<rect {place}{round_corners} {fill(tone)}/>"


def column(x: float, y: float, width: float, height: float, tone: Tone, radius: float = 3) -> str:
    """A filled rectangle standing on its base: only the upper corners are rounded."""
    bend = min(radius, height, width / 2)
    outline = (
        f"M{number(x)} {number(y + height)}V{number(y + bend)}"
        f"Q{number(x)} {number(y)} {number(x + bend)} {number(y)}H{number(x + width - bend)}"
        f"Q{number(x + width)} {number(y)} {number(x + width)} {number(y + bend)}V{number(y + height)}Z"
    )
    return f'<path d="{outline}" {fill(tone)}/>'


def circle(x: float, y: float, radius: float, tone: Tone) -> str:
    """A filled circle."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {fill(tone)}/>'


def polyline(points: Sequence[tuple[float, float]], tone: Tone, width: float = 1.6, more: str = "") -> str:
    """A line through points, corners rounded; `more` are further attributes."""
    places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    joins = 'stroke-linejoin="round" stroke-linecap="round"'
    return f'<polyline points="{places}" {stroke(tone, width)} {joins} {more}/>'


def area(points: Sequence[tuple[float, float]], base: float, tone: Tone) -> str:
    """The light shade between a line and its base."""
    places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    corners = f"{number(points[0][0])},{number(base)} {places} {number(points[-1][0])},{number(base)}"
    return f'<polygon points="{corners}" {fill(tone)} fill-opacity="0.09"/>'


def text_width(content: str, size: float) -> float:
    """An estimate of a text's width: a Chinese character is one em, a Latin one about 0.56 em."""
    first_wide_character = 0x2E80
    return sum(size if ord(character) >= first_wide_character else size * 0.56 for character in content)


def round_scale(maximum: float, steps: int = 4) -> tuple[float, float]:
    """(step, top) of an axis from 0 with about `steps` round steps that covers `maximum`."""
    if maximum < 1e-9:
        return 1, 1
    rough = maximum / steps
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * 0.999)
    step = math.ceil(step) if maximum >= 1 else step
    return step, step * math.ceil(maximum / step - 1e-9)


def plain(value: float) -> str:
    """A count as text, without a trailing zero."""
    return f"{value:g}"


def check_counts(values: Sequence[float]) -> None:
    """Raise ValueError unless all are finite and none is negative."""
    check_finite(values)
    if any(value < 0 for value in values):
        raise ValueError("a count cannot be negative")


def check_finite(values: Sequence[float]) -> None:
    """Raise ValueError unless all are finite."""
    if not all(math.isfinite(value) for value in values):
        raise ValueError("a chart needs finite numbers")
