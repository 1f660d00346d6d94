"""The pages' colours can be told apart, in light and in dark.

WCAG 2.2: contrast at least 4.5 for text (1.4.3), 3 for what is drawn (1.4.11).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CSS = (ROOT / "plugins/cloudledger_airflow/views/static/ledger.css").read_text(encoding="utf-8")
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--(\w+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)", CSS
    )
}


def luminance(colour: str) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: int) -> float:
    lights = sorted(luminance(COLOURS[name][theme]) for name in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "shade"])
@pytest.mark.parametrize("text", ["ink", "quiet", "link", "right", "wrong", "warn"])
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(text, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "shade"])
@pytest.mark.parametrize("part", ["spent", "foretold", "track", "limit"])
def test_a_bar_can_be_seen(part: str, ground: str, theme: int) -> None:
    drawn = re.search(rf"\.gauge \.{part} {{[^}}]*(?:fill|stroke): var\(--(\w+)\)", CSS)
    assert drawn is not None
    assert contrast(drawn[1], ground, theme) >= 3
