"""Pictures in the metadata of assets, where a person would look.

What does not belong here: how a picture is drawn (``report.figures``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from biome_pipeline.definitions.io import picture
from biome_pipeline.genealogy.selection import largest_trees
from biome_pipeline.warehouse.tables import SWEEP_TABLES
from biome_pipeline.warehouse.tables.drift import ORDERINGS, TRANSITIONS
from biome_pipeline.warehouse.tables.drift_numeric import NUMERIC
from biome_pipeline.warehouse.tables.evolution import ABLATION
from biome_pipeline.warehouse.tables.fitness import BY_SIZE, CURVES, REGRESSIONS
from biome_pipeline.warehouse.tables.genealogy import CREATIONS, EDGES, FAMILIES, GROWTH, MEMBERS
from biome_pipeline.warehouse.tables.similarity import SUMMARY

if TYPE_CHECKING:
    from biome_pipeline.definitions.resources import Step

__all__ = [
    "coefficient_pictures",
    "creation_picture",
    "curve_pictures",
    "drift_pictures",
    "family_pictures",
    "growth_picture",
    "number_pictures",
    "similarity_pictures",
    "size_pictures",
    "sweep_figures",
]

_GRAPH = "all"

# The UI shows a picture in a dialog four fifths as wide as its window, and cuts
# off the rest: at 7.2 inches these are 922 pixels, for a window of 1,200.
_DPI = 128
_MOST_DRAWN = 20_000


def family_pictures(step: Step) -> dict[str, Any]:
    """Draw the largest families and their sizes.

    Parameters
    ----------
    step : Step
        The step that made ``genealogy.families``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.figures.genealogy import family_sizes, largest_families
    from biome_pipeline.report.style import to_png

    rows = step.read(FAMILIES)
    trees = largest_trees(
        step.engine,
        rows,
        step.read(MEMBERS),
        step.read(EDGES),
        graph=_GRAPH,
        n=3,
        max_models=_MOST_DRAWN,
        snapshot=step.key,
    )
    sizes = step.engine.to_arrow(rows.filter(rows.graph == _GRAPH).select("n_models", "depth"))
    return {
        "largest families": picture(
            to_png(largest_families(trees), _DPI),
            "The largest families of the snapshot as layered trees",
        ),
        "family sizes": picture(
            to_png(family_sizes(sizes), _DPI), "Sizes and depths of all families of the snapshot"
        ),
    }


def growth_picture(step: Step) -> dict[str, Any]:
    """Draw the growth of the largest families.

    Parameters
    ----------
    step : Step
        The step that made ``genealogy.growth``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.figures.genealogy import growth_curves
    from biome_pipeline.report.style import to_png

    rows = step.read(GROWTH)
    curves = step.engine.to_arrow(
        rows.filter(rows.graph == _GRAPH)
        .select("family_id", "month", "n_models_cumulative")
        .order_by("family_id", "month")
    )
    people = step.read(MEMBERS)
    roots = step.engine.to_arrow(
        people.filter((people.graph == _GRAPH) & (people.model_id == people.root_id))
        .filter(people.family_id <= step.settings.growth_families)
        .select("family_id", "root_id")
    )
    labels = dict(zip(roots["family_id"].to_pylist(), roots["root_id"].to_pylist(), strict=True))
    return {
        "growth": picture(
            to_png(growth_curves(curves, labels), _DPI), "Members of the largest families by month"
        )
    }


def creation_picture(step: Step) -> dict[str, Any]:
    """Draw the histogram of creation dates.

    Parameters
    ----------
    step : Step
        The step that made ``genealogy.creations``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.figures.genealogy import creation_histogram
    from biome_pipeline.report.style import to_png

    rows = step.engine.to_arrow(step.read(CREATIONS).order_by("month"))
    return {
        "creations": picture(to_png(creation_histogram(rows), _DPI), "Models created in each month")
    }


def similarity_pictures(step: Step) -> dict[str, Any]:
    """Draw the similarity of fine-tuned relatives at every position.

    Parameters
    ----------
    step : Step
        The step that made ``similarity.summary``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.figures.similarity import similarity_panel
    from biome_pipeline.report.style import to_png

    rows = step.read(SUMMARY)
    own = step.engine.to_arrow(
        rows.filter(
            (rows.graph == "finetune")
            & (rows.text == "metadata")
            & (rows.measure == "tfidf")
            & (rows.ablation == "all")
            & (rows.weighting == "pair")
        )
    )
    note = "Fine-tuned relatives; every pair weighs the same"
    panel = similarity_panel(own, "Metadata by tf-idf", note)
    return {
        "similarity": picture(
            to_png(panel, _DPI), "Mean similarity of the positions of eight topologies"
        )
    }


def drift_pictures(step: Step) -> dict[str, Any]:
    """Draw the drift graph of licenses and that of tasks.

    Parameters
    ----------
    step : Step
        The step that made ``drift.orderings``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset; of a trait without an order there is none.
    """
    from biome_pipeline.report.figures.drift_graph import drift_graph
    from biome_pipeline.report.style import to_png

    orders, transitions = step.read(ORDERINGS), step.read(TRANSITIONS)
    drawn = {}
    for trait, words in (("license", "licenses"), ("task", "tasks")):
        own = orders.filter(
            (orders.graph == _GRAPH) & (orders.trait == trait) & (orders.objective == "traffic")
        )
        rows = step.engine.to_arrow(own.filter(own.top_n == own.top_n.max()).order_by("position"))
        flows = step.engine.to_arrow(
            transitions.filter((transitions.graph == _GRAPH) & (transitions.trait == trait))
        )
        if rows.num_rows:
            note = "Arrows run from parent to child; numbers of models in brackets"
            made = drift_graph(rows, flows, trait, f"Drift of {words} among all relations", note)
            drawn[f"drift of {words}"] = picture(
                to_png(made, _DPI), f"The {words} in their best order, with the drifts between them"
            )
    return drawn


def number_pictures(step: Step) -> dict[str, Any]:
    """Draw how the length of cards changes from parent to child.

    Parameters
    ----------
    step : Step
        The step that made ``drift.numeric``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.figures.numeric import parent_child_means
    from biome_pipeline.report.style import to_png

    rows = step.read(NUMERIC)
    own = step.engine.to_arrow(
        rows.filter((rows.graph == _GRAPH) & (rows.attribute == "card_characters"))
    )
    made = parent_child_means(
        own,
        "Length of cards from parent to child",
        "Mean number of characters",
        empty="No model cards in this snapshot",
    )
    return {"card lengths": picture(to_png(made, _DPI), "Mean length of cards, parent to child")}


def size_pictures(step: Step) -> dict[str, Any]:
    """Draw mean descendants and downloads of size classes.

    Parameters
    ----------
    step : Step
        The step that made ``fitness.by_size``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.site.fitness_spots import size_picture
    from biome_pipeline.report.style import WIDTH, to_png

    rows = step.engine.to_arrow(step.read(BY_SIZE).order_by("rule", "bin_low")).to_pylist()
    made = size_picture(rows, "The number of parameters of no model is known").draw(
        theme="light", width=WIDTH
    )
    return {
        "size classes": picture(to_png(made, _DPI), "Mean descendants and downloads by size class")
    }


def coefficient_pictures(step: Step) -> dict[str, Any]:
    """Draw what goes with more descendants, and with more downloads.

    Parameters
    ----------
    step : Step
        The step that made ``fitness.regressions``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.site.fitness_coefficients import coefficients_picture
    from biome_pipeline.report.style import WIDTH, to_png

    rows = step.engine.to_arrow(step.read(REGRESSIONS)).to_pylist()
    terms = {(row["outcome"], row["model"], row["term"]): row for row in rows}
    drawn = {}
    for outcome in ("descendants", "downloads"):
        made = coefficients_picture(terms, outcome, "No regression was made").draw(
            theme="light", width=WIDTH
        )
        drawn[f"coefficients of {outcome}"] = picture(
            to_png(made, _DPI), f"Ratios of rates of {outcome} by trait"
        )
    return drawn


def curve_pictures(step: Step) -> dict[str, Any]:
    """Draw the curves over the number of parameters.

    Parameters
    ----------
    step : Step
        The step that made ``fitness.curves``.

    Returns
    -------
    dict of str to Any
        Metadata of the asset.
    """
    from biome_pipeline.report.site.fitness_spots import curves_picture
    from biome_pipeline.report.style import WIDTH, to_png

    rows = step.engine.to_arrow(step.read(CURVES)).to_pylist()
    made = curves_picture(rows, "parameters", "No curve could be fitted").draw(
        theme="light", width=WIDTH
    )
    return {"curves": picture(to_png(made, _DPI), "Descendants and downloads over size")}


def sweep_figures(step: Step) -> dict[str, dict[str, Any]]:
    """Draw a sweep: depth of its arms, cost of the living, a lineage.

    Parameters
    ----------
    step : Step
        The step that made the tables of the sweep.

    Returns
    -------
    dict of str to dict of str to Any
        Metadata by table.
    """
    from biome_pipeline.report.site.evolution_pictures import sweep_pictures
    from biome_pipeline.report.style import WIDTH, to_png

    tables = {name: step.read(spec) for name, spec in SWEEP_TABLES.items()}
    found = {}
    for name, shown in sweep_pictures(step.engine, tables, step.key).items():
        made = shown.draw(theme="light", width=WIDTH)
        found[name] = {"picture": picture(to_png(made, _DPI), str(made.get_label()))}
    found[ABLATION.name]["depth"] = dg.MetadataValue.md(_depth_table(step))
    return found


def _depth_table(step: Step) -> str:
    """Write the layers of every arm as a table."""
    rows = step.read(ABLATION)
    layers = step.engine.to_arrow(rows.filter(rows.measure == "layers").order_by("arm"))
    lines = ["| arm | layers | 95 % interval | against chance | seeds |", "|---|---|---|---|---|"]
    for row in layers.to_pylist():
        ends = "" if row["ci_low"] is None else f"{row['ci_low']:.1f} to {row['ci_high']:.1f}"
        mean, apart = (
            "" if row[name] is None else format(row[name], form)
            for name, form in (("mean", ".1f"), ("difference", "+.1f"))
        )
        lines.append(f"| {row['arm']} | {mean} | {ends} | {apart} | {row['n_seeds']} |")
    return "\n".join(lines)
