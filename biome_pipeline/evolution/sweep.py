"""A whole sweep: every arm with every seed, side by side, each in its journal.

What does not belong here: what one search does (``search``), where tables go (``lake``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.ablation import ablation_rows, search_measures
from biome_pipeline.evolution.evaluators import evaluator_of
from biome_pipeline.evolution.founders import FOUNDERS, conditioned
from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.journal import Journal
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.evolution.plan import MIXES, Arm
from biome_pipeline.evolution.records import search_rows
from biome_pipeline.evolution.search import Search
from biome_pipeline.provenance import code_version
from biome_pipeline.warehouse.tables import SWEEP_TABLES
from biome_pipeline.warehouse.tables import evolution as tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from biome_pipeline.evolution.effort import TrainingPlan
    from biome_pipeline.evolution.evaluators import EvaluatorName
    from biome_pipeline.evolution.plan import Sweep

__all__ = ["HubLessons", "SearchResult", "SearchTask", "run_search", "run_sweep", "tasks_of"]


@dataclass(frozen=True)
class HubLessons:
    """What a snapshot of the Hub teaches a sweep.

    Parameters
    ----------
    snapshot : str
        Its key.
    weights : dict of str to float
        How often each operator is tried.
    founders : tuple of str
        Genomes as JSON, imported from configs.
    """

    snapshot: str
    weights: dict[str, float] = field(default_factory=dict)
    founders: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchTask:
    """One search to be done, in whichever process.

    Parameters
    ----------
    sweep_id, arm_name : str
    arm : Arm
    seed : int
    evaluator : str
    training : TrainingPlan
        Effort of an evaluator that trains.
    founders : tuple of str
        Genomes as JSON.
    weights : dict of str to float
        By operator.
    prior_snapshot : str, optional
        Snapshot that founders or weights are from.
    journal : Path
        Where its events are kept.
    pauses_after : int, optional
        Candidates after which it stops for now.
    """

    sweep_id: str
    arm_name: str
    arm: Arm
    seed: int
    evaluator: EvaluatorName
    training: TrainingPlan
    founders: tuple[str, ...]
    weights: dict[str, float]
    prior_snapshot: str | None
    journal: Path
    pauses_after: int | None = None

    def config_hash(self) -> str:
        """Name all that decides the outcome, but the seed.

        Returns
        -------
        str
            The first 16 hexadecimal digits of SHA-256 over rules, evaluator, founders
            and weights.
        """
        content: list[object] = [self.arm.model_dump_json(), self.evaluator]
        content += [self.founders, self.weights]
        if self.evaluator == "surrogate":
            content.append(self.training.model_dump_json())
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SearchResult:
    """What a search came to.

    Parameters
    ----------
    arm : str
    seed : int
    rows : dict of str to pyarrow.Table
        By table name, without the partition's column.
    measures : dict of str to float
        As in `ablation.search_measures`; empty if it was paused.
    has_ended : bool
    """

    arm: str
    seed: int
    rows: dict[str, pa.Table]
    measures: dict[str, float]
    has_ended: bool


def tasks_of(
    sweep: Sweep,
    folder: Path,
    *,
    lessons: HubLessons | None = None,
    pauses_after: int | None = None,
) -> list[SearchTask]:
    """Spell a sweep out.

    Parameters
    ----------
    sweep : Sweep
        Arms and seeds.
    folder : Path
        Where journals are kept.
    lessons : HubLessons, optional
        For arms that ask for founders or a mix of the Hub.
    pauses_after : int, optional
        Candidates after which each search stops for now.

    Returns
    -------
    list of SearchTask
        Seeds of the first arm, then of the next.

    Raises
    ------
    SweepError
        If an arm asks for what the Hub teaches, and nothing was given.
    """
    tasks = []
    for name, arm in sweep.arms.items():
        asks = arm.mix == "hub" or (arm.founders == "hub" and not arm.genomes)
        if asks and lessons is None:
            raise SweepError(
                "it asks for founders or a mix of the Hub, and no snapshot is there",
                place=f"arms.{name}",
                remedy="run 'biome run' first, or name one with --snapshot",
            )
        founders = _founders(arm, lessons)
        if not founders:
            raise SweepError(
                "no config of the snapshot could be made a founder",
                place=f"arms.{name}",
                remedy="choose another snapshot or set of founders",
            )
        tasks += [
            SearchTask(
                sweep_id=sweep.sweep_id,
                arm_name=name,
                arm=arm,
                seed=seed,
                evaluator=sweep.evaluator,
                training=sweep.training,
                founders=founders,
                weights=_weights(arm, lessons),
                prior_snapshot=lessons.snapshot if asks and lessons else None,
                journal=folder / f"{name}.{seed}.jsonl",
                pauses_after=pauses_after,
            )
            for seed in sweep.seeds
        ]
    return tasks


def _founders(arm: Arm, lessons: HubLessons | None) -> tuple[str, ...]:
    """Give the founders of an arm: its own, the Hub's, or those of a set."""
    own = arm.genomes
    if not own and arm.founders == "hub":
        texts = lessons.founders if lessons is not None else ()
        own = tuple(Genome.from_json(text, place="founder of the Hub") for text in texts)
    elif not own:
        own = FOUNDERS[arm.founders](arm.vocabulary, arm.sequence)
    made = [conditioned(genome, vocabulary=arm.vocabulary, sequence=arm.sequence) for genome in own]
    return tuple(dict.fromkeys(genome.to_json() for genome in made))


def _weights(arm: Arm, lessons: HubLessons | None) -> dict[str, float]:
    """Give each operator its weight: its own, the mix's over it, the arm's over both.

    What a sweep holds fixed has weight 0 of its own, whatever the mix says.
    """
    if arm.mix == "hub":
        assert lessons is not None
        mix = lessons.weights
    else:
        mix = MIXES[arm.mix]
    own = {name: operator.weight for name, operator in OPERATORS.items()}
    mixed = {name: mix.get(name, weight) if weight else 0.0 for name, weight in own.items()}
    return {**mixed, **arm.mutation_weights}


def run_search(task: SearchTask) -> SearchResult:
    """Do one search, or go on with it where its journal ends.

    Parameters
    ----------
    task : SearchTask
        What to do.

    Returns
    -------
    SearchResult
        The same, bit for bit, however often it was broken off.

    Raises
    ------
    SweepError
        If the journal is another search's, or the search cannot go on.
    """
    search = Search(
        task.arm,
        task.seed,
        founders=[Genome.from_json(text, place="founder") for text in task.founders],
        weights=task.weights,
        evaluator=evaluator_of(task.evaluator, task.training),
    )
    header = {
        "sweep_id": task.sweep_id,
        "arm": task.arm_name,
        "seed": str(task.seed),
        "config_hash": task.config_hash(),
        "code_version": code_version(),
    }
    has_ended = False
    with Journal(task.journal, header) as journal:
        for event in journal.events():
            search.apply(event)
        while task.pauses_after is None or search.n_evaluated < task.pauses_after:
            upcoming = search.next_event()
            has_ended = upcoming is None
            if upcoming is None:
                break
            journal.append(upcoming)
            search.apply(upcoming)
    facts = {
        "arm": task.arm_name,
        "seed": task.seed,
        "evaluator": task.evaluator,
        "config_hash": task.config_hash(),
        "prior_snapshot": _date(task.prior_snapshot),
        "code_version": code_version(),
        "status": "ended" if has_ended else "paused",
    }
    rows = search_rows(search, facts)
    return SearchResult(
        arm=task.arm_name,
        seed=task.seed,
        rows={name: SWEEP_TABLES[name].from_rows(made) for name, made in rows.items()},
        measures=search_measures(search) if has_ended else {},
        has_ended=has_ended,
    )


def _date(key: str | None) -> dt.date | None:
    return None if key is None else dt.date.fromisoformat(key)


def run_sweep(
    sweep: Sweep,
    tasks: Sequence[SearchTask],
    *,
    n_processes: int = 1,
    tell: Callable[[str], None] = lambda _line: None,
) -> dict[str, pa.Table]:
    """Do all searches of a sweep.

    Parameters
    ----------
    sweep : Sweep
        The plan.
    tasks : sequence of SearchTask
        Its searches.
    n_processes : int
        Searches at a time; changes nothing in the results.
    tell : callable
        Hears of each search that ends.

    Returns
    -------
    dict of str to pyarrow.Table
        Rows by table name, without the partition's column.

    Raises
    ------
    SweepError
        As `run_search`.
    """
    import pyarrow as pa

    results = []
    for result in _results(tasks, n_processes):
        results.append(result)
        state = "ended" if result.has_ended else "paused"
        tell(f"{result.arm}, seed {result.seed}: {state} ({len(results)} of {len(tasks)})")
    measured: dict[str, dict[int, Mapping[str, float]]] = {name: {} for name in sweep.arms}
    for result in results:
        measured[result.arm][result.seed] = result.measures
    rows: list[dict[str, Any]] = ablation_rows(measured, sweep.compared_with)
    made = {
        spec.name: pa.concat_tables([result.rows[spec.name] for result in results])
        for spec in tables.ALL
        if spec is not tables.ABLATION
    }
    return {**made, tables.ABLATION.name: tables.ABLATION.from_rows(rows)}


def _results(tasks: Sequence[SearchTask], n_processes: int) -> Iterator[SearchResult]:
    if n_processes <= 1 or len(tasks) <= 1:
        yield from map(run_search, tasks)
        return
    # A forked child would hold copies of the threads' locks of the engine.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(n_processes, len(tasks)), mp_context=context)
    try:
        yield from pool.map(run_search, tasks)
    finally:
        pool.shutdown(cancel_futures=True)
