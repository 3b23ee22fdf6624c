"""A plan of the ground as a drawing: shapes, names, legend, scale and north; nothing is fetched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import shapely
from shapely.geometry.base import BaseGeometry

from sandan.printing.fonts import FAMILY, printable
from sandan.words import Language, Text

WIDTH = 176.0
"""Millimetres: between the margins of an A4 sheet."""
TALLEST = 125.0
LETTER = 2.5
LINE = 4.4
INK, HALO = "#1d242b", "#ffffff"
STEPS = (1.0, 2.0, 5.0)
NORTH = Text("북", "N")


@dataclass(frozen=True, slots=True)
class Style:
    """Colours as #rrggbb or "none"; widths and dashes in millimetres."""

    fill: str = "none"
    edge: str = "none"
    width: float = 0.25
    opacity: float = 1.0
    dash: str = ""
    dot: float = 0.0
    """Radius of a point [mm]."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes of one kind, in metres east and north; `name` stands in the legend unless empty."""

    shapes: Sequence[BaseGeometry]
    style: Style
    name: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A word at a place [m]; the first ones given win where two would overlap."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """From metres on the ground to millimetres on paper, north up."""

    west: float
    north: float
    per_metre: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.west) * self.per_metre, (self.north - y) * self.per_metre


def draw_plan(
    layers: Sequence[Layer],
    names: Sequence[Name],
    box: tuple[float, float, float, float],
    language: Language,
) -> str:
    """The plan as SVG, its layers from the lowest up.

    `box` is west, south, east, north [m]; it is widened to the shape of the paper, never cut. Millimetres
    are the units of the drawing. The same plan gives the same bytes.
    """
    frame, box = _frame(box)
    legend = [layer for layer in layers if layer.name]
    rows = _legend_rows(legend)
    whole = frame.height + (LINE * (len(rows) + 0.5) if rows else 0.0)
    parts = [
        _opening(whole),
        f'<clipPath id="plan"><rect width="{WIDTH:g}" height="{frame.height:.2f}"/></clipPath>',
        '<g clip-path="url(#plan)">',
        f'<rect width="{WIDTH:g}" height="{frame.height:.2f}" fill="#f6f7f8"/>',
        *(_shapes(layer, frame, box) for layer in layers),
        *_names(names, frame),
        "</g>",
        _border(frame),
        _scale_bar(frame),
        _north(language),
        *_legend(rows, frame.height),
        "</svg>",
    ]
    return "".join(parts)


def _opening(whole: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{whole:.1f}mm" '
        f'viewBox="0 0 {WIDTH:g} {whole:.1f}" font-family="{FAMILY}" font-size="{LETTER:g}" fill="{INK}">'
    )


def _border(frame: _Frame) -> str:
    return (
        f'<rect x="0.15" y="0.15" width="{WIDTH - 0.3:g}" height="{frame.height - 0.3:.2f}" fill="none" '
        'stroke="#8a949e" stroke-width="0.3"/>'
    )


def _frame(box: tuple[float, float, float, float]) -> tuple[_Frame, tuple[float, float, float, float]]:
    west, south, east, north = box
    per_metre = min(WIDTH / (east - west), TALLEST / (north - south))
    height = min(TALLEST, max((north - south) * per_metre, WIDTH / 2))
    wide, tall = WIDTH / per_metre, height / per_metre
    west, south = (west + east - wide) / 2, (south + north - tall) / 2
    found = (west, south, west + wide, south + tall)
    return _Frame(west, found[3], per_metre, height), found


def _shapes(layer: Layer, frame: _Frame, box: tuple[float, float, float, float]) -> str:
    style = layer.style
    dots, path = [], []
    for shape in layer.shapes:
        for part in shapely.get_parts(shapely.clip_by_rect(shape, *box)):
            if part.geom_type == "Point":
                x, y = frame.at(part.x, part.y)
                dots.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{style.dot:g}"/>')
            elif part.geom_type == "Polygon":
                path += [_line(ring.coords, frame) + "Z" for ring in (part.exterior, *part.interiors)]
            elif not part.is_empty:
                path.append(_line(part.coords, frame))
    drawn = f'<path fill-rule="evenodd" d="{"".join(path)}"/>' if path else ""
    return f"<g {_look(style)}>{drawn}{''.join(dots)}</g>" if drawn or dots else ""


def _line(coordinates: Sequence[tuple[float, ...]], frame: _Frame) -> str:
    points = [frame.at(one[0], one[1]) for one in coordinates]
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _look(style: Style) -> str:
    dash = f' stroke-dasharray="{style.dash}"' if style.dash else ""
    return (
        f'fill="{style.fill}" fill-opacity="{style.opacity:g}" stroke="{style.edge}" '
        f'stroke-width="{style.width:g}" stroke-linejoin="round"{dash}'
    )


def _words(x: float, y: float, text: str, size: float = LETTER) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:g}">{escape(printable(text))}</text>'


def _wide(text: str, size: float = LETTER) -> float:
    """Roughly how wide words are [mm]: Hangul is as wide as high."""
    return size * sum(0.92 if ord(char) > 0x2E80 else 0.58 for char in text)


def _names(names: Sequence[Name], frame: _Frame) -> list[str]:
    taken: list[tuple[float, float, float, float]] = []
    drawn = []
    for name in names:
        x, y = frame.at(name.x, name.y)
        wide = _wide(name.text)
        for left, base in ((x + 1.4, y + 0.9), (x - 1.4 - wide, y + 0.9), (x - wide / 2, y - 1.8)):
            room = (left, base - LETTER, left + wide, base + 0.6)
            inside = room[0] >= 1 and room[1] >= 1 and room[2] <= WIDTH - 1 and room[3] <= frame.height - 1
            if inside and not any(_meet(room, other) for other in taken):
                taken.append(room)
                halo = f'<g stroke="{HALO}" stroke-width="0.7" stroke-linejoin="round">'
                words = _words(left, base, name.text)
                drawn.append(f"{halo}{words}</g>{words}")
                break
    return drawn


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _pane(x: float, y: float, wide: float, tall: float) -> str:
    """Something pale for words to stand on."""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{tall:.2f}" fill="{HALO}" '
        'fill-opacity="0.85"/>'
    )


def _scale_bar(frame: _Frame) -> str:
    longest = WIDTH / 4 / frame.per_metre
    power = 10.0 ** math.floor(math.log10(longest))
    metres = max(step * power for step in STEPS if step * power <= longest)
    length = metres * frame.per_metre
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    x, y = 4.0, frame.height - 4.0
    back = _pane(x - 2, y - 5.2, length + 4, 7.2)
    bar = (
        f'<path d="M{x:g} {y - 1.2:.2f}V{y:.2f}H{x + length:.2f}V{y - 1.2:.2f}" fill="none" stroke="{INK}" '
        'stroke-width="0.4"/>'
    )
    return back + bar + _words(x, y - 2.0, words)


def _north(language: Language) -> str:
    x, y = WIDTH - 6.5, 4.0
    arrow = f'<path d="M{x:g} {y:g}l2.2 7l-2.2 -1.6l-2.2 1.6Z" fill="{INK}"/>'
    back = _pane(x - 4, 1.5, 8, 14)
    word = NORTH.in_(language)
    return back + arrow + _words(x - _wide(word) / 2, y + 10, word)


def _legend_rows(layers: Sequence[Layer]) -> list[list[Layer]]:
    rows: list[list[Layer]] = []
    used = WIDTH
    for layer in layers:
        wide = 9.5 + _wide(layer.name)
        if used + wide > WIDTH:
            rows.append([])
            used = 0.0
        rows[-1].append(layer)
        used += wide
    return rows


def _legend(rows: Sequence[Sequence[Layer]], below: float) -> list[str]:
    drawn = []
    for number, row in enumerate(rows):
        x, y = 0.0, below + LINE * (number + 1)
        for layer in row:
            look = _look(layer.style)
            if layer.style.dot:
                drawn.append(
                    f'<g {look}><circle cx="{x + 2.5:.2f}" cy="{y - 0.9:.2f}" r="{layer.style.dot:g}"/></g>'
                )
            elif layer.style.fill == "none":
                drawn.append(f'<g {look}><path d="M{x:.2f} {y - 0.9:.2f}h5"/></g>')
            else:
                drawn.append(f'<g {look}><rect x="{x:.2f}" y="{y - 2.3:.2f}" width="5" height="2.8"/></g>')
            drawn.append(_words(x + 6.2, y, layer.name))
            x += 9.5 + _wide(layer.name)
    return drawn
