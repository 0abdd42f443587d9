"""``biome evolve``: simulated evolution of architectures."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from biome_pipeline.cli.terminal import DATA_OPTION, StepProgress, rows_table, say
from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.evaluators import EvaluatorName
from biome_pipeline.settings import load_settings

if TYPE_CHECKING:
    from biome_pipeline.evolution.plan import Sweep
    from biome_pipeline.settings import Settings

__all__ = ["command"]


@click.command(
    "evolve",
    epilog="""\b
Examples:
  biome evolve                               the built-in sweep 'quick', in seconds
  biome evolve ablation                      imposed against selected depth, 10 seeds an arm
  biome evolve mine.yaml --arm both --seed 7 --mutation-weight dense_to_moe=3
  biome evolve mine.yaml --resume            go on after a break, to the identical result
""",
)
@click.argument("sweep", default="quick", metavar="[SWEEP]")
@click.option("--arm", "arms", multiple=True, metavar="NAME", help="This arm alone; repeatable.")
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.IntRange(0, 2**63 - 1),
    help="This seed instead of the file's; repeatable.",
)
@click.option(
    "--evaluator",
    type=click.Choice(get_args(EvaluatorName)),
    help="'surrogate' trains candidates, and needs the extra 'evolve' [default: the file's].",
)
@click.option("--budget", type=click.IntRange(1), help="Candidates evaluated in each search.")
@click.option(
    "--mutation-weight",
    "weights",
    multiple=True,
    metavar="NAME=WEIGHT",
    help="How often an operator is tried, relative to the others; repeatable.",
)
@click.option("--mutation-steps", type=click.IntRange(1, 64), help="Operators applied to a child.")
@click.option("--snapshot", metavar="DATE", help="What the Hub teaches [default: the latest].")
@click.option("--resume", is_flag=True, help="Go on where the sweep was broken off.")
@click.option("--restart", is_flag=True, help="Forget what was done, and begin anew.")
@click.option(
    "--pause-after",
    type=click.IntRange(1),
    metavar="N",
    help="Stop each search after N candidates; --resume goes on.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 1_024),
    help="Searches at a time; changes no result [default: BIOME_THREADS, or every core].",
)
@DATA_OPTION
def command(
    sweep: str,
    arms: tuple[str, ...],
    seeds: tuple[int, ...],
    weights: tuple[str, ...],
    data: str | None,
    *,
    evaluator: EvaluatorName | None,
    budget: int | None,
    mutation_steps: int | None,
    snapshot: str | None,
    resume: bool,
    restart: bool,
    pause_after: int | None,
    processes: int | None,
) -> None:
    """Let architectures evolve under the rules of a sweep.

    SWEEP is a YAML file, or a built-in one: quick, ablation, hub, surrogate. Options that
    change its rules give the sweep a name of its own, so that nothing is replaced. The
    same rules and seeds give the same result on every machine, after every break.
    """
    from biome_pipeline.cli.execution import execute_sweep
    from biome_pipeline.evolution.orders import Order, has_begun, sweep_folder, write_order
    from biome_pipeline.warehouse.keys import check_snapshot_key
    from biome_pipeline.warehouse.lake import Lake

    started = time.monotonic()
    if resume and restart:
        raise click.UsageError("--resume and --restart exclude each other")
    settings = load_settings(data=data)
    if snapshot is not None:
        check_snapshot_key(snapshot)
    changes: dict[str, object] = {
        name: value
        for name, value in (
            ("budget", budget),
            ("mutation_steps", mutation_steps),
            ("mutation_weights", _weights(weights)),
        )
        if value
    }
    plan = _plan(sweep, arms, seeds, evaluator, changes)
    key = plan.sweep_id
    order = Order(
        sweep=plan,
        snapshot=snapshot,
        pauses_after=pause_after,
        n_processes=processes or settings.threads or os.cpu_count() or 1,
    )
    lake = Lake(settings.data)
    with lake.hold(key):
        lake.clear_incoming()
        if restart:
            shutil.rmtree(sweep_folder(settings.data, key), ignore_errors=True)
        elif not resume and has_begun(settings.data, key):
            raise SweepError(
                "the sweep was begun already",
                place=key,
                remedy="go on with --resume, or begin anew with --restart",
            )
        write_order(lake, order)
        n_searches = len(plan.arms) * len(plan.seeds)
        say(f"Sweep {key}: {len(plan.arms)} arms, {len(plan.seeds)} seeds each")
        with StepProgress(n_searches) as progress:
            execute_sweep(settings, key, progress)
    say(f"Done in {time.monotonic() - started:.0f} s.")
    _show(settings, plan)


def _weights(texts: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise click.BadParameter(
                f"{text!r} is not NAME=WEIGHT, for instance dense_to_moe=3",
                param_hint="--mutation-weight",
            )
    return found


def _plan(
    sweep: str,
    arms: tuple[str, ...],
    seeds: tuple[int, ...],
    evaluator: EvaluatorName | None,
    changes: dict[str, object],
) -> Sweep:
    """Read the sweep, change what the options say, and see that it can be evaluated."""
    from biome_pipeline.evolution.evaluators import evaluator_of
    from biome_pipeline.evolution.sweep_files import changed_sweep, read_sweep
    from biome_pipeline.vocabulary.reference import shipped_folder

    built_in = shipped_folder("reference") / "sweeps" / f"{sweep}.yaml"
    is_name = "/" not in sweep and "." not in sweep and built_in.is_file()
    plan = read_sweep(built_in if is_name else Path(sweep))
    own = changed_sweep(plan, arms=arms, seeds=seeds, evaluator=evaluator, changes=changes)
    evaluator_of(own.evaluator, own.training)
    if own == plan:
        return plan
    mark = hashlib.sha256(own.model_dump_json().encode()).hexdigest()[:6]
    return own.changed(sweep_id=f"{plan.sweep_id[:56]}-{mark}")


_COLUMNS = ("arm", "layers", "95 % interval", "floor", "against chance", "rejected", "n")


def _show(settings: Settings, plan: Sweep) -> None:
    from biome_pipeline.evolution.depth import depth_sentences
    from biome_pipeline.evolution.losses import loss_sentences
    from biome_pipeline.warehouse.published import database_path, open_database

    with open_database(settings.data) as connection:
        cursor = connection.execute(
            "SELECT * FROM evolution.ablation WHERE sweep_id = ?", [plan.sweep_id]
        )
        rows = cursor.to_arrow_table().to_pylist()
    found = {(row["arm"], row["measure"]): row for row in rows}
    shown = []
    for name in plan.arms:
        layers, rejected = found[name, "layers"], found[name, "rejection_rate"]
        shown.append(
            (
                name,
                _number(layers["mean"]),
                _range(layers["ci_low"], layers["ci_high"]),
                plan.arms[name].gates.min_layers or "",
                f"{_number(layers['difference'], '+.1f')} "
                f"{_range(layers['difference_low'], layers['difference_high'], '+.1f')}",
                "" if rejected["mean"] is None else f"{rejected['mean']:.0%}",
                layers["n_seeds"],
            )
        )
    rows_table(_COLUMNS, shown)
    for name, sentence in depth_sentences(rows, plan.arms).items():
        say(f"{name}: {sentence}")
    for name, sentence in loss_sentences(rows).items():
        say(f"{name}: {sentence}")
    data = "" if str(settings.data) == "data" else f" --data {settings.data}"
    say(
        f"  database  {database_path(settings.data)}",
        "Try next:",
        f'  biome sql "SELECT * FROM evolution.ablation"{data}',
        "  biome dictionary evolution.candidates",
    )


def _number(value: float | None, form: str = ".1f") -> str:
    return "" if value is None else format(value, form)


def _range(low: float | None, high: float | None, form: str = ".1f") -> str:
    return "" if low is None or high is None else f"[{low:{form}}, {high:{form}}]"
