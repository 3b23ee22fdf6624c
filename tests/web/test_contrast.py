"""The colours of `tokens.css`, measured as WCAG 2 measures them, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "frontend" / "src" / "css" / "tokens.css"
TEXT, SHAPE = 4.5, 3.0

TEXTS = [
    *(
        (text, ground)
        for text in ("text", "mute", "link", "bad", "warn", "good", "simulated")
        for ground in ("page", "surface", "raised", "sunken", "hover")
    ),
    *(
        (f"state-{state}-text", ground)
        for state in range(1, 6)
        for ground in ("surface", "raised", "page", "sunken")
    ),
    ("on-primary", "primary"),
    ("on-primary", "primary-hover"),
    ("text", "chosen"),
    ("top-text", "top"),
    ("top-mute", "top"),
    ("text", "good-soft"),
    ("text", "warn-soft"),
    ("text", "bad-soft"),
    ("mute", "bad-soft"),
    ("warn", "warn-soft"),
    ("bad", "bad-soft"),
    ("text", "map-halo"),
    ("map-symbol", "map-halo"),
]
SHAPES = [
    *(("edge", ground) for ground in ("surface", "raised", "page")),
    *(("focus", ground) for ground in ("surface", "raised", "page")),
    *((f"series-{i}", "surface") for i in range(1, 5)),
    ("limit", "surface"),
    ("top-line", "top"),
]


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r"(:root[^{]*)\{([^}]*)\}", TOKENS.read_text(encoding="utf-8"))
    light, dark = (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", body)) for _, body in blocks)
    return {"light": light, "dark": light | dark}


THEMES = _themes()


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_the_published_one() -> None:
    """Black on white is 21, and the grey #767676 on white is the well-known limit of 4.54."""
    assert _ratio("#000000", "#ffffff") == pytest.approx(21)
    assert _ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    """Every text colour stands out 4.5:1 from every ground it is used on (WCAG 1.4.3)."""
    colours = THEMES[theme]
    weak = {
        f"{text} on {ground}": round(_ratio(colours[text], colours[ground]), 2)
        for text, ground in TEXTS
        if _ratio(colours[text], colours[ground]) < TEXT
    }
    assert weak == {}


@pytest.mark.parametrize("theme", THEMES)
def test_shapes_can_be_seen(theme: str) -> None:
    """Every edge, focus ring and curve stands out 3:1 from its ground (WCAG 1.4.11)."""
    colours = THEMES[theme]
    weak = {
        f"{shape} on {ground}": round(_ratio(colours[shape], colours[ground]), 2)
        for shape, ground in SHAPES
        if shape != ground and _ratio(colours[shape], colours[ground]) < SHAPE
    }
    assert weak == {}


def test_a_state_can_be_told_from_its_rim_or_fill() -> None:
    """Fill or rim stands 3:1 from a light and a dark surface, and the number 4.5:1 from the fill."""
    css = (TOKENS.parent / "state.css").read_text(encoding="utf-8")
    numbers = {"1": "#ffffff", "2": "#1c1400", "3": "#1c1400", "4": "#ffffff"}
    for state, number in numbers.items():
        drawn = re.search(rf"--shape-{state}: url\(([^;]*)\);", css)
        assert drawn is not None
        fill = re.search(r"fill='%23([0-9a-f]{6})'", drawn[1])
        stroke = re.search(r"stroke='%23([0-9a-f]{6})'", drawn[1])
        assert fill is not None
        assert stroke is not None
        colours = [f"#{fill[1]}", f"#{stroke[1]}"]
        for theme in THEMES.values():
            assert max(_ratio(colour, theme["surface"]) for colour in colours) >= SHAPE, state
        assert _ratio(number, colours[0]) >= TEXT, state
