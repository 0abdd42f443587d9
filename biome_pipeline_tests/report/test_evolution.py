"""The page of simulated evolution: sentences from tables, pictures in all forms, empty states."""

from __future__ import annotations

import pyarrow as pa
import pytest

from biome_pipeline.evolution import sweep as sweep_module
from biome_pipeline.evolution.sweep import run_sweep, tasks_of
from biome_pipeline.evolution.sweep_files import sweep_of
from biome_pipeline.report.figures.evolution import frontier_plot, lineage_picture
from biome_pipeline.report.site.contents import Contents
from biome_pipeline.report.site.evolution import EVOLUTION
from biome_pipeline.report.style import NARROW, WIDTH, to_svg
from biome_pipeline.settings import Settings
from biome_pipeline.warehouse.engine import open_engine
from biome_pipeline.warehouse.tables.evolution_priors import OPERATOR_PRIORS, PRIOR_SCORES
from biome_pipeline_tests.evolution.searches import Pretended

PLAN = sweep_of(
    {
        "sweep_id": "shown",
        "seeds": [0, 1, 2],
        "baseline": "chance",
        "base": {
            "founders": "rich",
            "budget": 60,
            "population": 8,
            "children": 8,
            "gates": {"min_layers": 12},
        },
        "arms": {"chance": {"selection": "random", "protect_frontier": False}, "cost": {}},
    },
    place="test",
)


@pytest.fixture(scope="module")
def engine():
    with open_engine(Settings()) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return run_sweep(PLAN, tasks_of(PLAN, tmp_path_factory.mktemp("sweep")))


def contents(engine, rows=None, **tables):
    sweeps = {}
    if rows is not None:
        kept = {
            name: engine.memory_table(
                table.append_column("sweep_id", pa.array(["shown"] * table.num_rows))
            )
            for name, table in rows.items()
        }
        sweeps["shown"] = kept
    return Contents(engine, "2025-06-30", tables, {}, sweeps)


def test_a_sweep_is_told_by_its_tables(engine, made):
    sections = EVOLUTION.sections(contents(engine, made))
    depth = next(section for section in sections if section.anchor == "sweep-shown")
    rows = made["evolution.ablation"].to_pylist()
    for finding in depth.findings:
        arm, _, sentence = finding.sentence.partition(": ")
        (row,) = (r for r in rows if (r["arm"], r["measure"]) == (arm, "layers"))
        assert f"Pools hold {row['mean']:.1f} layers" in sentence
        assert "over a floor of 12" in sentence
        assert finding.n == row["n_seeds"] == 3
    assert [f.sentence.partition(":")[0] for f in depth.findings] == ["chance", "cost"]
    (table,) = depth.tables
    shown = {row[0]: row for row in table.rows}
    for row in rows:
        name = f"{row['arm']}, {row['measure'].replace('_', ' ')}"
        assert (name in shown) == (row["mean"] is not None)
        if row["mean"] is not None:
            assert shown[name][1] == row["mean"]


@pytest.mark.parametrize("width", [WIDTH, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_drawn_in_every_form(engine, made, theme, width):
    sections = EVOLUTION.sections(contents(engine, made))
    pictures = [picture for section in sections for picture in section.pictures]
    assert [picture.name for picture in pictures] == [
        "evolution-ablation-shown",
        "evolution-frontier-shown",
        "evolution-lineage-shown",
    ]
    for picture in pictures:
        figure = picture.draw(theme=theme, width=width)
        svg = to_svg(figure)
        assert "mathdefault" not in svg
        assert "n = " in figure.get_label()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A sweep whose losses were measured; nothing was trained for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_module, "evaluator_of", lambda _name, _plan: Pretended())
        loss = [{"metric": "loss", "direction": "minimise"}]
        arms = {name: arm.model_dump(mode="json") for name, arm in PLAN.arms.items()}
        content = {
            "sweep_id": "shown",
            "evaluator": "surrogate",
            "seeds": [0, 1, 2],
            "baseline": "chance",
            "arms": {name: {**arm, "objectives": loss} for name, arm in arms.items()},
        }
        plan = sweep_of(content, place="test")
        return run_sweep(plan, tasks_of(plan, tmp_path_factory.mktemp("trained")))


def test_a_trained_sweep_tells_its_losses(engine, trained):
    sections = EVOLUTION.sections(contents(engine, trained))
    losses = next(section for section in sections if section.anchor == "losses-shown")
    rows = {(r["arm"], r["measure"]): r for r in trained["evolution.ablation"].to_pylist()}
    assert [f.sentence.partition(":")[0] for f in losses.findings] == ["chance", "cost"]
    for finding in losses.findings:
        arm = finding.sentence.partition(":")[0]
        assert f"a loss of {rows[arm, 'retrained_loss']['mean']:.2f} [" in finding.sentence
        assert finding.n == 3
    (picture,) = losses.pictures
    for theme in ("light", "dark"):
        for width in (WIDTH, NARROW):
            figure = picture.draw(theme=theme, width=width)
            assert "n = 3 seeds" in figure.get_label()
            assert "mathdefault" not in to_svg(figure)


def test_an_untrained_sweep_has_no_section_on_losses(engine, made):
    sections = EVOLUTION.sections(contents(engine, made))
    assert not any(section.anchor == "losses-shown" for section in sections)


def test_without_a_sweep_the_page_says_how_to_make_one(engine):
    sections = EVOLUTION.sections(contents(engine))
    (empty,) = (section for section in sections if section.heading == "Sweeps")
    assert "biome evolve ablation" in empty.paragraphs[0]
    assert not any(section.pictures for section in sections)


def test_paused_searches_are_said(engine, tmp_path):
    rows = run_sweep(PLAN, tasks_of(PLAN, tmp_path, pauses_after=20))
    sections = EVOLUTION.sections(contents(engine, rows))
    depth = next(section for section in sections if section.anchor == "sweep-shown")
    assert "6 of 6 searches are paused" in depth.paragraphs[0]
    assert {finding.sentence.partition(": ")[2] for finding in depth.findings} == {
        "No search has ended."
    }
    for picture in depth.pictures:
        assert "n = 0" in picture.draw(theme="light", width=WIDTH).get_label()


def prior(operator, families, edges):
    numbers = {
        "n_edges": 90,
        "n_successors": 2,
        "n_reporting": 80,
        "observed": edges,
        "observed_families": families,
        "observed_successors": 1,
    }
    shares = dict.fromkeys(("prior", "weight", "weight_by_edge", "search_weight"), 0.25)
    return {"operator": operator, "is_observable": True, **numbers, **shares}


def test_priors_are_ordered_by_families(engine):
    rows = [prior("tune_rope", 3, 9), prior("tune_kv", 5, 7), prior("toggle_ssm", 0, 0)]
    scores = [
        {
            "weighting": "robust",
            "bits": 2.5,
            "gain": 0.5,
            "ci_low": None,
            "ci_high": None,
            "n_operators": 4,
            "n_fitted_edges": 9,
            "n_fitted_families": 3,
            "n_edges": 4,
            "n_mutations": 6,
            "n_families": 2,
            "n_missing": 1,
        }
    ]
    tables = {
        "evolution.operator_priors": engine.memory_table(OPERATOR_PRIORS.from_rows(rows)),
        "evolution.prior_scores": engine.memory_table(PRIOR_SCORES.from_rows(scores)),
    }
    sections = EVOLUTION.sections(Contents(engine, "2025-06-30", tables))
    operators, scored = (table for section in sections for table in section.tables)
    assert [(row[0], row[1], row[2]) for row in operators.rows] == [
        ("tune_kv", 5, 7),
        ("tune_rope", 3, 9),
        ("toggle_ssm", 0, 0),
    ]
    assert scored.rows[0][:3] == ("learned, each family once", 2.5, 0.5)


def test_figures_without_rows_say_so():
    for figure in (frontier_plot([], sweep="x"), lineage_picture([], arm="a", seed=0)):
        assert "No search has ended" in to_svg(figure)
