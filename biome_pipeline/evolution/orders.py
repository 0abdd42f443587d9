"""The order for a sweep: what is to be done, on disk before it begins.

So that a sweep that was broken off goes on with the same rules, and that the UI can
make a sweep again. What does not belong here: journals of the searches (``journal``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.genome.part import Part
from biome_pipeline.evolution.plan import Sweep
from biome_pipeline.warehouse.durable import replace_durably
from biome_pipeline.warehouse.keys import check_sweep_id

if TYPE_CHECKING:
    from pathlib import Path

    from biome_pipeline.warehouse.lake import Lake

__all__ = ["Order", "has_begun", "read_order", "sweep_folder", "write_order"]


class Order(Part):
    """What is to be done.

    Parameters
    ----------
    sweep : Sweep
        All arms whole.
    snapshot : str, optional
        That the Hub's lessons are from; none: the latest.
    pauses_after : int, optional
        Candidates after which each search stops for now.
    n_processes : int
        Searches at a time.
    """

    sweep: Sweep
    snapshot: str | None = None
    pauses_after: Annotated[int, Field(ge=0)] | None = None
    n_processes: Annotated[int, Field(ge=1, le=1_024)] = 1


def sweep_folder(data: Path, sweep_id: str) -> Path:
    """Name the folder of a sweep.

    Parameters
    ----------
    data : Path
        The data directory.
    sweep_id : str
        Name of the sweep.

    Returns
    -------
    Path
        Whether it is there or not.
    """
    return data / "sweeps" / check_sweep_id(sweep_id)


def has_begun(data: Path, sweep_id: str) -> bool:
    """Tell whether a sweep has journals.

    Parameters
    ----------
    data : Path
        The data directory.
    sweep_id : str
        Name of the sweep.

    Returns
    -------
    bool
        Whether any search of it was begun.
    """
    return any(sweep_folder(data, sweep_id).glob("*.jsonl"))


def write_order(lake: Lake, order: Order) -> None:
    """Put an order on disk, whole or not at all.

    Parameters
    ----------
    lake : Lake
        The lake, for temporary names.
    order : Order
        What is to be done.
    """
    path = _path(lake.data, order.sweep.sweep_id)
    incoming = lake.incoming(path.parent)
    try:
        incoming.write_text(order.model_dump_json(indent=1), encoding="utf-8")
        replace_durably(incoming, path)
    finally:
        incoming.unlink(missing_ok=True)


def read_order(data: Path, sweep_id: str) -> Order:
    """Read the order for a sweep.

    Parameters
    ----------
    data : Path
        The data directory.
    sweep_id : str
        Name of the sweep.

    Returns
    -------
    Order
        As it was written.

    Raises
    ------
    SweepError
        If there is none, or it cannot be read.
    """
    path = _path(data, sweep_id)
    try:
        return Order.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SweepError(
            "there is no such sweep", place=sweep_id, remedy="begin it with 'biome evolve'"
        ) from None
    except (ValidationError, OSError, UnicodeDecodeError):
        raise SweepError(
            "it cannot be read", place=str(path), remedy="begin anew with 'biome evolve --restart'"
        ) from None


def _path(data: Path, sweep_id: str) -> Path:
    return sweep_folder(data, sweep_id) / "order.json"
