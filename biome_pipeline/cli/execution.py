"""Running the Dagster job in this process, with a history that lasts.

What does not belong here: what the job does (``definitions``).
"""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from biome_pipeline.errors import CheckFailedError, RunError, StepFailedError
from biome_pipeline.warehouse.engine.faults import fault_of, translate_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import dagster as dg

    from biome_pipeline.definitions.resources import Reporter
    from biome_pipeline.hub.intake import Intake
    from biome_pipeline.settings import Settings
    from biome_pipeline.warehouse.spec import TableSpec

__all__ = ["execute", "execute_sweep", "open_instance", "prepare_home", "shipped"]

_PROCESS_TAG = "biome/process"

# Where a checkout has them; the package has them beside the definitions.
_PLACES = {"dagster.yaml": "dagster_home/dagster.yaml", "workspace.yaml": "workspace.yaml"}


def prepare_home(data: Path) -> Path:
    """Make the Dagster home of a data directory.

    Parameters
    ----------
    data : Path
        The data directory.

    Returns
    -------
    Path
        Absolute path of the home, with the project's ``dagster.yaml`` in it.
    """
    home = (data / "dagster_home").resolve()
    with translate_faults(place=str(home)):
        home.mkdir(parents=True, exist_ok=True)
        wanted = shipped("dagster.yaml").read_bytes()
        target = home / "dagster.yaml"
        if not target.is_file() or target.read_bytes() != wanted:
            incoming = home / f"dagster.yaml.{os.getpid()}"
            incoming.write_bytes(wanted)
            incoming.replace(target)
    return home


def shipped(name: str) -> Path:
    """Find a settings file of Dagster: in the checkout, or in the installed package.

    Parameters
    ----------
    name : str
        ``dagster.yaml`` or ``workspace.yaml``.

    Returns
    -------
    Path
        The file.
    """
    package = Path(__file__).parents[1]
    checkout = package.parent / _PLACES[name]
    return checkout if checkout.is_file() else package / "definitions" / name


@contextmanager
def open_instance(data: Path) -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance of a data directory.

    Parameters
    ----------
    data : Path
        The data directory.

    Yields
    ------
    DagsterInstance
        With runs of killed processes marked as failed.
    """
    import dagster as dg

    home = prepare_home(data)
    with (
        translate_faults(place=str(home)),
        dg.DagsterInstance.from_config(str(home)) as instance,
    ):
        _bury_the_dead(instance)
        yield instance


def execute(
    settings: Settings,
    key: str,
    intake: Intake,
    tables: Sequence[TableSpec],
    reporter: Reporter,
) -> None:
    """Materialise tables of one snapshot, publish the database, and mostly build the report.

    Parameters
    ----------
    settings : Settings
        Settings of the run.
    key : str
        Partition key.
    intake : Intake
        What to take in.
    tables : sequence of TableSpec
        Tables to make, with all that they need.
    reporter : Reporter
        Who is told of each step.

    Raises
    ------
    BiomeError
        If a step fails or a blocking check does.
    """
    from biome_pipeline.definitions.assets.database import DATABASE
    from biome_pipeline.definitions.assets.report import REPORT
    from biome_pipeline.definitions.build import build
    from biome_pipeline.definitions.io import asset_key
    from biome_pipeline.definitions.jobs import TAKE_SNAPSHOT
    from biome_pipeline.definitions.partitions import HUB_SNAPSHOT
    from biome_pipeline.definitions.resources import Warehouse

    definitions = build(resources={"warehouse": Warehouse(settings, reporter, is_attended=True)})
    job = definitions.resolve_job_def(TAKE_SNAPSHOT.name)
    given = {name: value for name, value in asdict(intake).items() if value is not None}
    config = {"source": given.pop("name"), **given}
    _run_job(
        settings,
        job,
        str(HUB_SNAPSHOT.name),
        key,
        asset_selection=[
            *(asset_key(spec) for spec in tables),
            DATABASE,
            *([REPORT] if settings.makes_report else []),
        ],
        ops={"hub__raw_models": {"config": config}},
        place=f"snapshot {key}",
    )


def execute_sweep(settings: Settings, key: str, reporter: Reporter) -> None:
    """Do what was ordered for a sweep, write its tables and publish them.

    Parameters
    ----------
    settings : Settings
        Settings of the run.
    key : str
        Name of the sweep.
    reporter : Reporter
        Who is told of each search.

    Raises
    ------
    BiomeError
        If a search cannot go on, or a blocking check fails.
    """
    from biome_pipeline.definitions.build import build
    from biome_pipeline.definitions.jobs import RUN_SWEEP
    from biome_pipeline.definitions.partitions import EVOLUTION_SWEEP
    from biome_pipeline.definitions.resources import Warehouse

    definitions = build(resources={"warehouse": Warehouse(settings, reporter, is_attended=True)})
    job = definitions.resolve_job_def(RUN_SWEEP.name)
    _run_job(settings, job, str(EVOLUTION_SWEEP.name), key, place=f"sweep {key}")


def _run_job(
    settings: Settings,
    job: dg.JobDefinition,
    partitions: str,
    key: str,
    *,
    place: str,
    asset_selection: Sequence[dg.AssetKey] | None = None,
    ops: dict[str, object] | None = None,
) -> None:
    """Run a job for one partition, and say in one line what went wrong."""
    with open_instance(settings.data) as instance, _loaded_objects_kept():
        instance.add_dynamic_partitions(partitions, [key])
        run_id = str(uuid4())
        try:
            job.execute_in_process(
                run_id=run_id,
                instance=instance,
                partition_key=key,
                asset_selection=asset_selection,
                run_config={
                    "ops": ops or {},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                tags={_PROCESS_TAG: _process_mark()},
                raise_on_error=True,
            )
        except Exception as error:
            found = fault_of(error, place=place)
            raise (found or _failure(error, _broken_checks(instance, run_id), place)) from error


@contextmanager
def _loaded_objects_kept() -> Iterator[None]:
    """Spare what was loaded so far the search for garbage: it lasts as long as the run.

    Looking through it time and again takes a tenth of the CPU time of a small run.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _broken_checks(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Say which blocking checks of a run failed, and what they found."""
    import dagster as dg

    records = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    broken = []
    for record in records:
        event = record.event_log_entry.dagster_event
        found = event.asset_check_evaluation_data if event is not None else None
        if found and not found.passed and found.severity == dg.AssetCheckSeverity.ERROR:
            name = ".".join(found.asset_key.path)
            broken.append(f"{found.check_name} of {name} ({found.description or 'see its page'})")
    return broken


def _failure(error: Exception, broken: Sequence[str], place: str) -> RunError:
    untouched = "what was published is untouched"
    if broken:
        return CheckFailedError(
            f"checks failed: {'; '.join(broken)}",
            place=place,
            remedy=f"nothing downstream was made and {untouched}; 'biome ui' shows the check",
        )
    # A step wraps what it did not foresee, so that Dagster does not try it again.
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    return StepFailedError(
        f"{type(cause).__name__}: {cause}",
        place=place,
        remedy=f"{untouched}; 'biome ui' shows the details of the run",
    )


def _process_mark() -> str:
    """Name this process so that no later one with its number is taken for it."""
    return f"{os.getpid()}:{_start_of(os.getpid())}"


def _start_of(process: int) -> str:
    try:
        # The 22nd field is the start time; the second may hold blanks.
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        return text.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "unknown"


def _bury_the_dead(instance: dg.DagsterInstance) -> None:
    """Mark runs of killed processes as failed, and give their slots back."""
    import dagster as dg

    unfinished = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        mark = run.tags.get(_PROCESS_TAG)
        if mark is None:
            # Runs of the UI are watched by its daemon.
            continue
        process = mark.partition(":")[0]
        if not process.isdigit() or f"{process}:{_start_of(int(process))}" != mark:
            instance.report_run_failed(run, "the process of this run was killed")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
