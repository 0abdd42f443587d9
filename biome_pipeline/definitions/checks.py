"""Checks of every table: generated from its schema, and some by hand.

Broken rules of the schema block what is downstream; a drop in rows warns.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from biome_pipeline.definitions.io import asset_key, fail_clearly
from biome_pipeline.definitions.partitions import partitions_of, snapshot_of
from biome_pipeline.definitions.resources import Warehouse
from biome_pipeline.genealogy.edges import count_edges_in_cycles
from biome_pipeline.snapshot.outcomes import count_unaccounted
from biome_pipeline.warehouse.integrity import RULES, check_partition, row_change, rules_of
from biome_pipeline.warehouse.spec import TableSpec
from biome_pipeline.warehouse.tables.genealogy import EDGES
from biome_pipeline.warehouse.tables.hub import MODELS, RAW_MODELS, REJECTS
from biome_pipeline.warehouse.tables.papers import OUTCOMES
from biome_pipeline.warehouse.tables.report import SCORECARD

__all__ = ["accounting", "acyclic", "checks_of", "outcome_accounting", "reproduction"]

_ROW_CHANGE = "row_drop"


def checks_of(spec: TableSpec) -> dg.AssetChecksDefinition:
    """Make the checks that follow from a table's schema.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    AssetChecksDefinition
        One check per rule, computed together.
    """
    key = asset_key(spec)
    specs = [
        dg.AssetCheckSpec(
            rule,
            asset=key,
            description=f"In {spec.name}, {RULES[rule]}.",
            blocking=True,
            additional_deps=_referenced(spec) if rule == "references" else None,
        )
        for rule in rules_of(spec)
    ]
    # Sweeps are not alike in size.
    compares = spec.partition == "snapshot"
    if compares:
        specs.append(
            dg.AssetCheckSpec(
                _ROW_CHANGE,
                asset=key,
                description=f"{spec.name} has not far fewer rows than in the snapshot before.",
            )
        )

    # Each can be run alone from the UI only if the step can be cut to it.
    @dg.multi_asset_check(name=f"{spec.schema}__{spec.table}__schema", specs=specs, can_subset=True)
    def _checks(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        partition = snapshot_of(context, partitions_of(spec))
        wanted = {check.name for check in context.selected_asset_check_keys}
        with fail_clearly(), warehouse.step(spec, partition) as step:
            verdicts = {
                verdict.rule: verdict
                for verdict in check_partition(step.engine, step.lake, spec, partition)
            }
            change = row_change(step.lake, spec, partition)
        for rule in rules_of(spec):
            if rule not in wanted:
                continue
            verdict = verdicts.get(rule)
            # A rule that could not be looked at, because the types are wrong, does not hold.
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=rule,
                passed=verdict is not None and verdict.holds,
                description=(verdict.detail if verdict else "the types are wrong") or None,
                metadata={
                    spec.partition: partition,
                    "violations": verdict.n_broken if verdict else -1,
                },
            )
        if _ROW_CHANGE in wanted:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=_ROW_CHANGE,
                passed=change.share >= warehouse.settings.min_row_share,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "snapshot": partition,
                    "rows": change.n_rows,
                    "rows before": change.n_before,
                    "compared with": change.before or "no earlier snapshot of the source",
                },
            )

    return _checks


def _referenced(spec: TableSpec) -> Sequence[dg.AssetKey]:
    return sorted(
        {dg.AssetKey(foreign.table.split(".")) for foreign in spec.foreign_keys} - {asset_key(spec)}
    )


@dg.multi_asset_check(
    name="genealogy__edges__acyclic",
    specs=[
        dg.AssetCheckSpec(
            "acyclic",
            asset=asset_key(EDGES),
            description="The edges that are not excluded have no cycle.",
            blocking=True,
        )
    ],
)
def acyclic(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Look for cycles among the edges that are in some graph."""
    key = snapshot_of(context)
    with fail_clearly(), warehouse.step(EDGES, key) as step:
        n_broken = count_edges_in_cycles(step.engine, step.read(EDGES))
    return dg.AssetCheckResult(
        asset_key=asset_key(EDGES),
        check_name="acyclic",
        passed=n_broken == 0,
        metadata={"snapshot": key, "edges in cycles": n_broken},
    )


@dg.multi_asset_check(
    name="hub__models__accounting",
    specs=[
        dg.AssetCheckSpec(
            "accounting",
            asset=asset_key(MODELS),
            description="Models and rejects together are all rows of the source.",
            blocking=True,
            additional_deps=[asset_key(RAW_MODELS), asset_key(REJECTS)],
        )
    ],
)
def accounting(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Compare the rows that came with those that were taken and rejected."""
    key = snapshot_of(context)
    with fail_clearly():
        n_raw, n_models, n_rejected = (
            warehouse.lake.n_rows(spec, key) for spec in (RAW_MODELS, MODELS, REJECTS)
        )
    return dg.AssetCheckResult(
        asset_key=asset_key(MODELS),
        check_name="accounting",
        passed=n_raw == n_models + n_rejected,
        metadata={
            "snapshot": key,
            "rows": n_raw,
            "models": n_models,
            "rejects": n_rejected,
        },
    )


@dg.multi_asset_check(
    name="hub__outcomes__accounting",
    specs=[
        dg.AssetCheckSpec(
            "accounting",
            asset=asset_key(OUTCOMES),
            description="Every model has exactly one outcome of each kind that was taken up.",
            blocking=True,
            additional_deps=[asset_key(MODELS)],
        )
    ],
)
def outcome_accounting(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Compare the outcomes of each kind with the models."""
    key = snapshot_of(context)
    with fail_clearly(), warehouse.step(OUTCOMES, key) as step:
        n_models = step.lake.n_rows(MODELS, key)
        n_off = count_unaccounted(step.engine, n_models, step.read(OUTCOMES))
    return dg.AssetCheckResult(
        asset_key=asset_key(OUTCOMES),
        check_name="accounting",
        passed=n_off == 0,
        metadata={"snapshot": key, "models": n_models, "unaccounted": n_off},
    )


@dg.multi_asset_check(
    name="report__scorecard__reproduction",
    specs=[
        dg.AssetCheckSpec(
            "reproduction",
            asset=asset_key(SCORECARD),
            description="Every published figure is scored once, and what follows from published "
            "figures is reproduced.",
            blocking=True,
        )
    ],
)
def reproduction(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Look for figures that were left out, and for formulas that no longer give them."""
    from biome_pipeline.report.scorecard.score import count_unsettled

    key = snapshot_of(context)
    with fail_clearly(), warehouse.step(SCORECARD, key) as step:
        n_off = count_unsettled(step.engine, step.read(SCORECARD))
    return dg.AssetCheckResult(
        asset_key=asset_key(SCORECARD),
        check_name="reproduction",
        passed=n_off == 0,
        metadata={"snapshot": key, "figures left out or no longer reproduced": n_off},
    )
