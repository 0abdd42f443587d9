"""Sweep files: reading them, and changing single rules.

What does not belong here: what the fields mean (``plan``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.plan import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from biome_pipeline.evolution.evaluators import EvaluatorName

__all__ = ["changed_sweep", "read_sweep", "sweep_of"]


def read_sweep(path: Path) -> Sweep:
    """Read a sweep file.

    Parameters
    ----------
    path : Path
        YAML: the fields of `Sweep`; under ``base`` what all arms share, and under
        ``arms`` what each has of its own.

    Returns
    -------
    Sweep
        All arms whole.

    Raises
    ------
    SweepError
        If there is no such file, or a field is wrong; it names the field.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SweepError(
            "there is no such sweep file",
            place=str(path),
            remedy="give one of your own, or the name of a built-in one",
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        line = str(error).splitlines()[0]
        raise SweepError(
            f"it cannot be read as YAML ({line})", place=str(path), remedy="mend the file"
        ) from error
    return sweep_of(content, place=str(path))


def sweep_of(content: object, *, place: str) -> Sweep:
    """Make a sweep from the content of its file.

    Parameters
    ----------
    content : object
        As parsed.
    place : str
        Where it is from, for the error.

    Returns
    -------
    Sweep
        All arms whole.

    Raises
    ------
    SweepError
        If a field is wrong; it names the field.
    """
    if not isinstance(content, dict):
        raise SweepError("no mapping of fields", place=place, remedy="begin with 'sweep_id:'")
    fields: dict[str, Any] = dict(content)
    base = _mapping(fields.pop("base", {}), "base", place)
    arms = _mapping(fields.get("arms", {"main": {}}), "arms", place)
    whole = {name: {**base, **_mapping(own, f"arms.{name}", place)} for name, own in arms.items()}
    fields["arms"] = whole
    fields.setdefault("baseline", next(iter(whole), ""))
    try:
        return Sweep.model_validate_json(json.dumps(fields, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise _fault(error, place) from None


def changed_sweep(
    sweep: Sweep,
    *,
    arms: Sequence[str] = (),
    seeds: Sequence[int] = (),
    evaluator: EvaluatorName | None = None,
    changes: Mapping[str, Any],
) -> Sweep:
    """Give a sweep with other rules.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    arms : sequence of str
        Arms that are kept, with those that they are compared with; none: all.
    seeds : sequence of int
        Seeds in place of the sweep's; none: these.
    evaluator : str, optional
        In place of the sweep's.
    changes : mapping of str to Any
        Fields of every arm.

    Returns
    -------
    Sweep
        Under the same name.

    Raises
    ------
    SweepError
        If there is no such arm, or a value is wrong.
    """
    unknown = [name for name in arms if name not in sweep.arms]
    if unknown:
        raise SweepError(
            "the sweep has no such arm",
            place=unknown[0],
            remedy=f"choose from {', '.join(sweep.arms)}",
        )
    kept = {other for name in arms for other in (name, sweep.compared_with(name))}
    chosen = [name for name in sweep.arms if not arms or name in kept]
    try:
        return sweep.changed(
            arms={name: sweep.arms[name].changed(changes) for name in chosen},
            seeds=tuple(seeds) or sweep.seeds,
            evaluator=evaluator or sweep.evaluator,
            baseline=sweep.baseline if sweep.baseline in chosen else chosen[0],
            controls={name: other for name, other in sweep.controls.items() if name in chosen},
        )
    except ValidationError as error:
        raise _fault(error, sweep.sweep_id) from None


def _mapping(value: object, name: str, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise SweepError(f"{name} is no mapping by name", place=place, remedy="mend the file")
    return value


def _fault(error: Exception, place: str) -> SweepError:
    if not isinstance(error, ValidationError):
        return SweepError(f"a value of no plain kind ({error})", place=place, remedy="mend it")
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"])
    return SweepError(
        first["msg"].removeprefix("Value error, "),
        place=f"{place}: {field}" if field else place,
        remedy="see docs/how-to/evolve.md for what a sweep file may hold",
    )
