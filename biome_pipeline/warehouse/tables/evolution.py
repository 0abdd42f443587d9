"""Tables of the schema ``evolution``: what the architecture search did, sweep by sweep."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = [
    "ABLATION",
    "ALL",
    "CANDIDATES",
    "FRONTIER",
    "LINEAGE",
    "METRICS",
    "MUTATIONS",
    "OPERATOR_RATES",
    "REJECTIONS",
    "SWEEPS",
]

_SEARCH = ("sweep_id", "arm", "seed")
_CANDIDATE = (*_SEARCH, "candidate_id")
_OF_SEARCH = ForeignKey(_SEARCH, "evolution.sweeps", _SEARCH)
_OF_CANDIDATE = ForeignKey(_CANDIDATE, "evolution.candidates", _CANDIDATE)


def _table(
    table: str,
    meaning: str,
    grain: tuple[str, ...],
    rest: tuple[str, ...],
    *,
    optional: tuple[str, ...] = (),
    requirements: tuple[str, ...] = (),
    foreign_keys: tuple[ForeignKey, ...] = (),
    may_be_empty: bool = False,
) -> TableSpec:
    return TableSpec(
        schema="evolution",
        table=table,
        subject="evolution",
        meaning=meaning,
        grain=grain,
        columns=("sweep_id", *grain, *rest),
        required=tuple(name for name in rest if name not in optional),
        requirements=requirements,
        foreign_keys=foreign_keys,
        may_be_empty=may_be_empty,
        partition="sweep_id",
    )


SWEEPS = _table(
    "sweeps",
    "One search: one arm of a sweep with one seed.",
    ("arm", "seed"),
    (
        "evaluator",
        "selection",
        "config",
        "config_hash",
        "gates",
        "budget",
        "population",
        "n_attempts",
        "n_candidates",
        "n_rejected",
        "n_duplicates",
        "n_no_ops",
        "prior_snapshot",
        "code_version",
        "status",
    ),
    optional=("prior_snapshot",),
    requirements=(
        "The attempts are the candidates, the rejected, the duplicates and the no-ops.",
        "The same config_hash, seed and code_version give the same rows everywhere.",
    ),
)

CANDIDATES = _table(
    "candidates",
    "One genome that was born in a search and evaluated.",
    ("arm", "seed", "candidate_id"),
    (
        "genome_hash",
        "genome",
        "birth",
        "generation",
        "origin",
        "status",
        "rung",
        "layers",
        "moe_blocks",
        "selector_blocks",
        "memory_blocks",
        "recurrences",
        "graph_entropy",
        "novelty",
        "is_elite",
    ),
    optional=("rung", "novelty"),
    requirements=(
        "No two candidates of a search have one genome.",
        "Every candidate passed the gates.",
    ),
    foreign_keys=(_OF_SEARCH,),
)

METRICS = _table(
    "metrics",
    "One metric of a candidate; a metric that could not be measured has no row.",
    ("arm", "seed", "candidate_id", "rung", "train_seed", "metric"),
    ("value", "kind"),
    foreign_keys=(_OF_CANDIDATE,),
)

MUTATIONS = _table(
    "mutations",
    "One operator that changed a candidate before it was born.",
    ("arm", "seed", "candidate_id", "step"),
    ("operator", "target", "before", "after"),
    optional=("before", "after"),
    foreign_keys=(_OF_CANDIDATE,),
    may_be_empty=True,
)

LINEAGE = _table(
    "lineage",
    "One parent of a candidate.",
    ("arm", "seed", "child_id", "parent_id"),
    ("role",),
    requirements=("A parent was born before its child, and lived when the child was born.",),
    foreign_keys=(
        ForeignKey((*_SEARCH, "child_id"), "evolution.candidates", _CANDIDATE),
        ForeignKey((*_SEARCH, "parent_id"), "evolution.candidates", _CANDIDATE),
    ),
    may_be_empty=True,
)

REJECTIONS = _table(
    "rejections",
    "One gate that a child did not pass; it is no candidate and never a parent.",
    ("arm", "seed", "attempt", "gate"),
    ("parent_id", "genome_hash", "value", "bound"),
    foreign_keys=(ForeignKey((*_SEARCH, "parent_id"), "evolution.candidates", _CANDIDATE),),
    may_be_empty=True,
)

FRONTIER = _table(
    "frontier",
    "One candidate alive at the end of a search, and its front.",
    ("arm", "seed", "candidate_id"),
    ("front", "crowding"),
    optional=("crowding",),
    foreign_keys=(_OF_CANDIDATE,),
)

OPERATOR_RATES = _table(
    "operator_rates",
    "How one operator fared in a search.",
    ("arm", "seed", "operator"),
    ("n_tried", "n_no_ops", "n_applied", "n_rejected", "n_born", "n_survived"),
    requirements=(
        "A child of several steps counts for each operator that changed it, once.",
        "What was tried was a no-op, or it was applied.",
    ),
    foreign_keys=(_OF_SEARCH,),
    may_be_empty=True,
)

ABLATION = _table(
    "ablation",
    "One measure of an arm, over its seeds, and against the baseline with the same seeds.",
    ("arm", "measure"),
    (
        "n_seeds",
        "n_missing",
        "mean",
        "ci_low",
        "ci_high",
        "baseline",
        "n_pairs",
        "difference",
        "difference_low",
        "difference_high",
    ),
    optional=("mean", "ci_low", "ci_high", "difference", "difference_low", "difference_high"),
    requirements=(
        "Intervals are of Student's t over seeds; there is none for fewer than two.",
        "The baseline's own difference is NULL.",
    ),
)

ALL = (
    SWEEPS,
    CANDIDATES,
    METRICS,
    MUTATIONS,
    LINEAGE,
    REJECTIONS,
    FRONTIER,
    OPERATOR_RATES,
    ABLATION,
)
