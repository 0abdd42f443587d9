"""A sweep as its author writes it: arms, seeds, gates, objectives, budgets.

What does not belong here: running it (``search``, ``sweep``).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from biome_pipeline.errors import SweepError
from biome_pipeline.evolution.founders import FOUNDERS
from biome_pipeline.evolution.gates import Gates
from biome_pipeline.evolution.genome import Genome
from biome_pipeline.evolution.genome.part import Count, Length, Part
from biome_pipeline.evolution.operators import OPERATORS
from biome_pipeline.warehouse.keys import is_sweep_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "MIXES",
    "Arm",
    "Elites",
    "ObjectivePlan",
    "Sweep",
    "changed_sweep",
    "read_sweep",
    "sweep_of",
]

_STRUCTURAL = (
    "duplicate_block_span",
    "template_mutation",
    "dense_to_moe",
    "toggle_selector",
    "insert_retro_module",
    "insert_associative_memory",
    "add_recurrence",
    "add_additional_recurrence",
)

MIXES: dict[str, dict[str, float]] = {
    "uniform": {},
    "structural": dict.fromkeys(_STRUCTURAL, 5.0),
}
"""How often operators are tried, by name; what is not named keeps the operator's own weight.

``hub`` is made from the priors of a snapshot.
"""

_Weight = Annotated[float, Field(ge=0, le=1e6)]
_Share = Annotated[float, Field(ge=0, le=1)]


class ObjectivePlan(Part):
    """One objective.

    Parameters
    ----------
    metric : str
        What is compared.
    direction : str
        ``maximise`` or ``minimise``.
    weight : float
        Its share in weighted ranks, relative to the others.
    """

    metric: Annotated[str, Field(min_length=1, max_length=64)]
    direction: Literal["maximise", "minimise"]
    weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class Elites(Part):
    """Candidates kept for their structure, whatever they score.

    Parameters
    ----------
    n : int
        How many.
    layers, moe_blocks, selector_blocks : float
        Weights of the counts.
    """

    n: Annotated[int, Field(ge=0, le=1_000)] = 0
    layers: _Weight = 1.0
    moe_blocks: _Weight = 1.0
    selector_blocks: _Weight = 1.0


class Arm(Part):
    """The rules of one search.

    Parameters
    ----------
    vocabulary, sequence : int
        What all genomes share.
    founders : str
        A set of `FOUNDERS`, or ``hub``: the imported configs of a snapshot.
    genomes : tuple of Genome
        Founders of one's own instead.
    gates : Gates
        Floors and caps.
    objectives : tuple of ObjectivePlan
        What is wanted.
    selection : str
        One of `selection.SCHEMES`.
    elites : Elites
        Who is protected for its structure.
    protect_frontier : bool
        Whether the first front is protected.
    population : int
        Candidates that live on from one generation to the next.
    children : int
        Candidates born in one generation.
    budget : int
        Candidates evaluated in all, founders among them.
    mix : str
        One of `MIXES`, or ``hub``.
    mutation_weights : dict of str to float
        Weights of single operators, over those of the mix.
    mutation_steps : int
        Operators applied to one child.
    crossover_rate : float
        Share of children spliced from two parents before they are mutated.
    """

    vocabulary: Annotated[int, Field(ge=2, le=16_777_216)] = 256
    sequence: Length = 128
    founders: str = "minimal"
    genomes: tuple[Genome, ...] = ()
    gates: Gates = Gates()
    objectives: Annotated[tuple[ObjectivePlan, ...], Field(min_length=1, max_length=16)] = (
        ObjectivePlan(metric="throughput", direction="maximise"),
        ObjectivePlan(metric="memory_bytes", direction="minimise"),
        ObjectivePlan(metric="graph_entropy", direction="maximise"),
    )
    selection: Literal["pareto", "lexicase", "tournament", "map_elites", "random", "single"] = (
        "pareto"
    )
    elites: Elites = Elites()
    protect_frontier: bool = True
    population: Annotated[int, Field(ge=2, le=10_000)] = 24
    children: Count = 24
    budget: Annotated[int, Field(ge=1, le=10_000_000)] = 480
    mix: str = "uniform"
    mutation_weights: dict[str, _Weight] = Field(default_factory=dict)
    mutation_steps: Annotated[int, Field(ge=1, le=64)] = 1
    crossover_rate: _Share = 0.2

    @field_validator("founders")
    @classmethod
    def _founders_are_known(cls, name: str) -> str:
        return _one_of(name, (*FOUNDERS, "hub"))

    @field_validator("mix")
    @classmethod
    def _mix_is_known(cls, name: str) -> str:
        return _one_of(name, (*MIXES, "hub"))

    @field_validator("mutation_weights")
    @classmethod
    def _operators_are_known(cls, weights: dict[str, float]) -> dict[str, float]:
        for name in weights:
            _one_of(name, tuple(OPERATORS))
        return weights

    @model_validator(mode="after")
    def _objectives_differ(self) -> Self:
        names = [objective.metric for objective in self.objectives]
        if len(set(names)) < len(names):
            raise ValueError("a metric is an objective twice")
        return self

    def config_hash(self) -> str:
        """Name the rules by their content.

        Returns
        -------
        str
            The first 16 hexadecimal digits of SHA-256 over the JSON of all fields.
        """
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _one_of(name: str, options: tuple[str, ...]) -> str:
    if name not in options:
        raise ValueError(f"{name!r} is none of {', '.join(options)}")
    return name


class Sweep(Part):
    """Several arms, each with several seeds.

    Parameters
    ----------
    sweep_id : str
        Its name: small letters, digits and hyphens.
    evaluator : str
        ``analytic``: what follows from the genome by formula.
    seeds : tuple of int
        Of random numbers; every arm is searched once with each.
    baseline : str
        Arm that the others are compared with, and which may be itself.
    controls : dict of str to str
        For single arms another one to compare with: the same gates and founders, where
        only chance selects.
    arms : dict of str to Arm
        Rules by name.
    """

    sweep_id: str
    evaluator: Literal["analytic"] = "analytic"
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**63)], ...], Field(min_length=1)] = (0,)
    baseline: str
    controls: dict[str, str] = Field(default_factory=dict)
    arms: Annotated[dict[str, Arm], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in (self.sweep_id, *self.arms):
            if not is_sweep_id(name):
                raise ValueError(
                    f"{name!r} is no name: a small letter, then small letters, digits, hyphens"
                )
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed is there twice")
        for name in (self.baseline, *self.controls, *self.controls.values()):
            _one_of(name, tuple(self.arms))
        return self

    def compared_with(self, arm: str) -> str:
        """Name the arm that another one is compared with.

        Parameters
        ----------
        arm : str
            One of the arms.

        Returns
        -------
        str
            Its control, or else the baseline.
        """
        return self.controls.get(arm, self.baseline)


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
