"""Texts of the Hub fit where they stand in a figure, and say as much as fits."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from biome_pipeline.report.labels import fitted_label, label, model_label, text_width
from biome_pipeline.report.style import FONT
from biome_pipeline_tests.worlds.families import HOSTILE


def test_labels_lose_their_middle_and_what_the_font_lacks() -> None:
    assert label("short/id") == "short/id"
    assert label("0123456789", 5) == "01…89"
    assert label("0123456789", 6) == "012…89"
    assert label("a\U0001f917b\u202e") == "a□b\\u202e"
    for name in HOSTILE:
        assert len(label(name, 20)) <= 20
        assert len(model_label(name, 20)) <= 20
    assert model_label("owner/name", 10) == "owner/name"
    assert model_label("owner/long-name", 11) == "…/long-name"
    assert model_label("owner/a-very-long-name", 9) == "…/a-…name"


def drawn_width(text: str, size: float) -> float:
    """Width of the outlines of a line: what its letters cover, without the ends."""
    path = TextPath((0, 0), text, prop=FontProperties(family=FONT, size=size))
    return float(path.get_extents().width)


@pytest.mark.parametrize("size", [7.0, 9.2, 12.0])
def test_the_width_of_a_line_is_that_of_its_letters(size: float) -> None:
    for text in ("W" * 30, "i" * 30, "Qwen/Qwen3-0.6B", "1,234 (5.6 %)"):
        assert text_width(text, size) == pytest.approx(drawn_width(text, size), abs=0.3 * size)
    assert text_width("W" * 30, size) > 3 * text_width("i" * 30, size)


def test_a_fitted_label_is_the_longest_that_has_room() -> None:
    rng = np.random.default_rng(7)
    letters = list("Wil.-_mQ1tB")
    for _ in range(200):
        owner, name = ("".join(rng.choice(letters, int(rng.integers(1, 40)))) for _ in "ab")
        room = float(rng.integers(60, 300))
        text = f"{owner}/{name}"
        found = fitted_label(text, room, 9.2)
        fitting = [
            model_label(text, n)
            for n in range(9, 45)
            if text_width(model_label(text, n), 9.2) <= room
        ]
        assert found == (fitting[-1] if fitting else model_label(text, 8))
    assert fitted_label("a/b", 1, 9.2) == "a/b"
    assert fitted_label("owner/name", 500, 9.2) == "owner/name"
    assert len(fitted_label("W" * 300, 10_000, 9.2)) == 44
