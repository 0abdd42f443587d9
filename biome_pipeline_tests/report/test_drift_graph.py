"""Drift graphs and precedence: every drift is an arrow, every pair a cell."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch, Rectangle

from biome_pipeline.report.figures.drift_graph import drift_graph
from biome_pipeline.report.figures.marks import PUBLISHED
from biome_pipeline.report.figures.precedence import precedence_map
from biome_pipeline.report.figures.trait_classes import CLASSES, TRAIT_WORDS, class_of, value_name
from biome_pipeline.report.style import NARROW, THEMES, WIDTH, to_svg
from biome_pipeline_tests.report import drifting as rows
from biome_pipeline_tests.report.drawn import texts_of

BOTH_WIDTHS = pytest.mark.parametrize("width", [WIDTH, NARROW])


def graph_of(trait: str = "license", **size):
    return drift_graph(
        rows.table("drift.orderings", rows.order(trait)),
        rows.table("drift.transitions", rows.transitions(trait)),
        trait,
        f"Drift of {TRAIT_WORDS[trait]}",
        **size,
    )


def net_of(trait: str) -> dict[tuple[str, str], int]:
    """Net transitions that run from one value to another, counted once more."""
    count = {(r["source"], r["target"]): r["transitions"] for r in rows.transitions(trait)}
    return {
        (source, target): n - count.get((target, source), 0)
        for (source, target), n in count.items()
        if n > count.get((target, source), 0)
    }


@BOTH_WIDTHS
@pytest.mark.parametrize("trait", TRAIT_WORDS)
def test_every_drift_is_an_arrow_as_wide_as_its_traffic(trait: str, width: float) -> None:
    net = net_of(trait)
    made = graph_of(trait, width=width)
    arrows = [patch for patch in made.axes[0].patches if isinstance(patch, PathPatch)]
    place = {value: k for k, value in enumerate(rows.VALUES[trait])}
    ends = {tuple(int(y) for y in arrow.get_path().vertices[[0, -1], 1]): arrow for arrow in arrows}
    assert len(ends) == len(arrows)
    assert ends.keys() == {(place[source], place[target]) for source, target in net}
    most = max(net.values())
    for (source, target), n in net.items():
        arrow = ends[place[source], place[target]]
        is_forward = place[source] < place[target]
        assert arrow.get_gid() == ("forward" if is_forward else "against")
        assert (arrow.get_path().vertices[:, 0].max() > 0) == is_forward
        assert arrow.get_linewidth() == pytest.approx(max(7.0 * n / most, 0.5))
        if is_forward:
            name = CLASSES[trait][class_of(trait, source)]
            look = THEMES["light"]
            colour = look.series[int(name)] if name.isdigit() else getattr(look, name)
            assert to_hex(arrow.get_edgecolor()) == colour
    assert f"n = {sum(net.values()):,} net transitions" in made.get_suptitle().replace("\n", " ")


@BOTH_WIDTHS
def test_values_stand_in_their_order_with_models_places_and_published_ones(width: float) -> None:
    order = rows.order()
    made = graph_of(width=width)
    left, places = made.axes
    names = [text.get_text() for text in left.get_yticklabels()]
    # A long name may lose its middle; the number of models never goes.
    assert [name.rpartition(" ")[2] for name in names] == [f"({r['n_models']:,})" for r in order]
    greys = [text.get_color() == THEMES["light"].muted for text in left.get_yticklabels()]
    assert greys == [not row["is_linked"] for row in order]
    dots = [line for line in places.lines if line.get_marker() == "o"]
    found = sorted((y, x) for line in dots for x, y in line.get_xydata().tolist())
    assert found == [(place, row["position"]) for place, row in enumerate(order)]
    ends = sorted(
        (segment[0][1], segment[0][0], segment[1][0])
        for collection in places.collections
        for segment in collection.get_segments()
    )
    assert ends == [(k, r["rank_low"], r["rank_high"]) for k, r in enumerate(order)]
    (theirs,) = (line for line in places.lines if line.get_marker() == PUBLISHED.marker)
    known = [r["published_position"] for r in order if r["published_position"] is not None]
    assert theirs.get_xdata().tolist() == known
    assert to_hex(theirs.get_markerfacecolor()) == THEMES["light"].background
    texts = texts_of(to_svg(made))
    for words in (
        "commercial",
        "restrictive",
        "permissive",
        "copyleft",
        "other or unknown class",
        f"as wide: {max(net_of('license').values()):,} net transitions",
        "against the order, to the left",
        "place, 95 % interval over families",
        PUBLISHED.words,
    ):
        assert words in texts


def test_one_family_has_no_intervals_and_the_legend_does_not_promise_them() -> None:
    alone = {"rank_low": None, "rank_high": None, "published_position": None}
    made = drift_graph(
        rows.table("drift.orderings", rows.order(**alone)),
        rows.table("drift.transitions", rows.transitions()),
        "license",
        "Drift of licenses",
    )
    texts = texts_of(to_svg(made))
    assert "place, 95 % interval over families" not in texts
    assert PUBLISHED.words not in texts
    assert not [s for c in made.axes[1].collections for s in c.get_segments()]


@BOTH_WIDTHS
def test_values_that_are_never_exchanged_are_drawn_without_arrows(width: float) -> None:
    still = {"is_linked": False, "rank_low": None, "rank_high": None, "published_position": None}
    made = drift_graph(
        rows.table("drift.orderings", rows.order("library", **still)),
        rows.table("drift.transitions", []),
        "library",
        "Drift of libraries",
        width=width,
    )
    texts = texts_of(to_svg(made))
    assert "n = 0 net transitions" in made.get_suptitle().replace("\n", " ")
    assert not [patch for patch in made.axes[0].patches if isinstance(patch, PathPatch)]
    assert not any(text.startswith("as wide") for text in texts)
    assert "transformers (10,000)" in texts


def test_the_description_tells_the_order_and_the_largest_drifts() -> None:
    told = graph_of("language").get_label()
    assert "From above: German (1 to 3), Chinese (1 to 4), French" in told
    assert "several languages" in told
    net = net_of("language")
    back = net["en", "de"]
    assert f"English to German {back}" in told
    share = 1 - back / sum(net.values())
    assert f"Along the order {100 * share:.1f} % of them" in told


@pytest.mark.parametrize(
    ("trait", "value", "group", "name"),
    [
        ("license", "gemma", "commercial", "gemma"),
        ("license", "cc-by-nc-4.0", "restrictive", "cc-by-nc-4.0"),
        ("license", "mit", "permissive", "mit"),
        ("license", "gpl-3.0", "copyleft", "gpl-3.0"),
        ("license", "never-heard", "other or unknown class", "never-heard"),
        ("task", "fill-mask", "representation", "fill-mask"),
        ("task", "never-heard", "other", "never-heard"),
        ("language", "en", "English", "English"),
        ("language", "zh", "Chinese", "Chinese"),
        ("language", "nds", "other languages", "Low German"),
        ("language", "el", "other languages", "Modern Greek"),
        ("language", "xx", "other languages", "xx"),
        ("library", "peft", "library", "peft"),
    ],
)
def test_values_have_a_class_and_a_name(trait: str, value: str, group: str, name: str) -> None:
    assert class_of(trait, value) == group
    assert value_name(trait, value) == name
    assert group in CLASSES[trait]


@BOTH_WIDTHS
@pytest.mark.parametrize("trait", TRAIT_WORDS)
def test_every_pair_has_a_cell_of_its_step(trait: str, width: float) -> None:
    values = rows.VALUES[trait]
    made = precedence_map(
        values,
        rows.table("drift.precedence", rows.precedence(trait)),
        trait,
        "How sure",
        width=width,
    )
    ahead = {(r["first"], r["second"]): r["probability"] for r in rows.precedence(trait)}
    cells = [patch for patch in made.axes[0].patches if isinstance(patch, Rectangle)]
    found = {
        (round(c.get_y() + 0.46), round(c.get_x() + 0.47)): (
            to_hex(c.get_facecolor()),
            c.get_alpha(),
        )
        for c in cells
    }
    n = len(values)
    assert found.keys() == {(i, j) for i in range(n) for j in range(i + 1, n)}
    look = THEMES["light"]
    for (i, j), (colour, strength) in found.items():
        probability = ahead[values[i], values[j]]
        assert colour == (look.second if probability < 0.5 else look.main)
        expected = next(
            (
                alpha
                for least, alpha in ((0.975, 1), (0.9, 0.62), (0.75, 0.36), (0.5, 0.18))
                if probability >= least
            ),
            0.75,
        )
        assert strength == expected
    n_sure = sum(
        p >= 0.975 for pair, p in ahead.items() if values.index(pair[0]) < values.index(pair[1])
    )
    assert f"n = {len(cells)} pairs" in made.get_suptitle()
    assert f"n = {len(cells)} pairs, {n_sure} of them sure" in made.get_label()
    names = [value_name(trait, v) for v in values]
    assert f"Below 50 %: {names[0]} before {names[1]} 40 %." in made.get_label()
