"""How a domain call becomes an asset: read, call, write, describe.

What does not belong here: any particular table.
"""

# Dagster reads the annotations of asset functions while they are defined, so
# this module does not postpone them.
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg

from biome_pipeline.definitions.partitions import HUB_SNAPSHOT, snapshot_of
from biome_pipeline.definitions.resources import Step, Warehouse
from biome_pipeline.errors import BiomeError, HubUnreachableError
from biome_pipeline.provenance import Provenance, code_version
from biome_pipeline.warehouse.spec import TableSpec

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Compute = Callable[[Step], ir.Table | pa.Table]

__all__ = [
    "HUB_POOL",
    "HUB_RETRIES",
    "OWNERS",
    "asset_key",
    "both",
    "column_lineage",
    "column_schema",
    "fail_clearly",
    "picture",
    "static_metadata",
    "table_asset",
    "written",
]

OWNERS = ["team:biome"]

HUB_POOL = "hub"
"""Steps that ask the Hub or arXiv: one at a time, whatever runs."""

# The Hub asks for patience; what cannot get better is not tried again.
HUB_RETRIES = dg.RetryPolicy(
    max_retries=3, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""How a step that asks the Hub is tried again."""

_WIDEST_PICTURE = 900_000


def asset_key(spec: TableSpec) -> dg.AssetKey:
    """Name the asset of a table.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    AssetKey
        Schema and table.
    """
    return dg.AssetKey([spec.schema, spec.table])


def table_asset(
    spec: TableSpec,
    *,
    reads: Sequence[TableSpec],
    describe: Callable[[Step], Mapping[str, Any]] | None = None,
    freshness: dg.FreshnessPolicy | None = None,
    asks_hub: bool = False,
) -> Callable[["Compute"], dg.AssetsDefinition]:
    """Turn a function that computes a table into its asset.

    Parameters
    ----------
    spec : TableSpec
        The table.
    reads : sequence of TableSpec
        Tables that the function reads, all of them.
    describe : callable, optional
        Gives more metadata once the table is written, a picture for instance.
    freshness : FreshnessPolicy, optional
        How old the newest partition may be.
    asks_hub : bool
        Whether it may ask the Hub or arXiv: then it waits for its turn in the
        pool, and is tried again when the way there was at fault.

    Returns
    -------
    callable
        A decorator for the function.
    """

    def decorate(compute: "Compute") -> dg.AssetsDefinition:
        @dg.asset(
            key=asset_key(spec),
            deps=[asset_key(read) for read in reads],
            partitions_def=HUB_SNAPSHOT,
            group_name=spec.subject,
            owners=OWNERS,
            kinds={"parquet", "huggingface" if asks_hub else "ibis"},
            description=f"{spec.meaning}\n\n{compute.__doc__ or ''}".strip(),
            metadata=static_metadata(spec),
            code_version=code_version(),
            freshness_policy=freshness,
            retry_policy=HUB_RETRIES if asks_hub else None,
            pool=HUB_POOL if asks_hub else None,
        )
        def _asset(
            context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
        ) -> dg.MaterializeResult[None]:
            key = snapshot_of(context)
            warehouse.reporter.begins(spec.name)
            tell = both(context.log.info, warehouse.reporter.says)
            waits = not warehouse.is_attended
            with fail_clearly(waits_for_hub=waits), warehouse.step(spec, key) as opened:
                step = replace(opened, tell=tell)
                rows = compute(step)
                provenance = step.provenance(reads)
                n_rows = step.lake.write(step.engine, spec, key, rows, provenance)
                more = {**step.facts, **(describe(step) if describe is not None else {})}
            warehouse.reporter.ends(spec.name, n_rows)
            return written(spec, n_rows, provenance, more)

        return _asset

    return decorate


def both(*hearers: Callable[[str], None]) -> Callable[[str], None]:
    """Tell several hearers the same.

    Parameters
    ----------
    *hearers : callable
        Each takes a line.

    Returns
    -------
    callable
        Takes a line for all of them.
    """

    def tell(line: str) -> None:
        for hear in hearers:
            hear(line)

    return tell


def written(
    spec: TableSpec, n_rows: int, provenance: Provenance, more: Mapping[str, Any]
) -> dg.MaterializeResult[None]:
    """Describe a table that was just written.

    Parameters
    ----------
    spec : TableSpec
        The table.
    n_rows : int
        Rows of the partition.
    provenance : Provenance
        What made it.
    more : mapping of str to Any
        Further metadata.

    Returns
    -------
    MaterializeResult
        For Dagster's catalog.
    """
    return dg.MaterializeResult(
        asset_key=asset_key(spec),
        metadata={
            "dagster/row_count": n_rows,
            "dagster/partition_row_count": n_rows,
            "dagster/column_schema": column_schema(spec),
            **({"dagster/column_lineage": column_lineage(spec)} if spec.lineage else {}),
            # The page keeps this order: what is in the table, then what made it.
            **more,
            "source": provenance.source,
            "source_revision": provenance.source_revision,
            "code_version": provenance.code_version,
            "settings_hash": provenance.settings_hash,
            "seed": provenance.seed,
            "fingerprint": provenance.fingerprint,
        },
        data_version=dg.DataVersion(provenance.fingerprint),
    )


def static_metadata(spec: TableSpec) -> dict[str, Any]:
    """Describe a table before it was ever made.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    dict of str to Any
        Name in the database, columns and requirements.
    """
    requirements = "\n".join(f"- {text}" for text in spec.requirements)
    return {
        "dagster/table_name": spec.name,
        "dagster/column_schema": column_schema(spec),
        "grain": ", ".join(spec.key),
        **({"requirements": dg.MetadataValue.md(requirements)} if requirements else {}),
    }


def column_schema(spec: TableSpec) -> dg.TableSchema:
    """Describe the columns of a table for Dagster's catalog.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    TableSchema
        Name, type, meaning and unit of each column.
    """
    required = set(spec.never_null)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=field.name,
                type=field.type,
                description=f"{field.meaning} [{field.unit}]" if field.unit else field.meaning,
                constraints=dg.TableColumnConstraints(nullable=field.name not in required),
            )
            for field in spec.fields
        ]
    )


def column_lineage(spec: TableSpec) -> dg.TableColumnLineage:
    """Describe where the columns of a table come from.

    Parameters
    ----------
    spec : TableSpec
        The table.

    Returns
    -------
    TableColumnLineage
        For the columns that name their origins.
    """
    return dg.TableColumnLineage(
        {
            column: [_column_dep(origin) for origin in origins]
            for column, origins in spec.lineage.items()
        }
    )


def _column_dep(origin: str) -> dg.TableColumnDep:
    schema, table, column = origin.split(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey([schema, table]), column_name=column)


def picture(png: bytes, meaning: str) -> dg.MarkdownMetadataValue:
    """Put a picture into an asset's metadata, where a person would look.

    Parameters
    ----------
    png : bytes
        The picture.
    meaning : str
        What it shows, for who cannot see it.

    Returns
    -------
    MarkdownMetadataValue
        The picture, or its meaning alone if it is too large for the catalog.
    """
    if len(png) > _WIDEST_PICTURE:
        return dg.MetadataValue.md(meaning)
    return dg.MetadataValue.md(
        f"![{meaning}](data:image/png;base64,{base64.b64encode(png).decode()})"
    )


class fail_clearly:  # noqa: N801 - a context manager reads as a verb
    """Tell Dagster not to try again what trying again cannot mend.

    Parameters
    ----------
    waits_for_hub : bool
        Whether a Hub that does not answer is worth trying again, minutes later.
    """

    def __init__(self, *, waits_for_hub: bool = False) -> None:
        self._waits_for_hub = waits_for_hub

    def __enter__(self) -> None:
        """Guard the body."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Turn every error into a failure that is final, but for a Hub that does not answer."""
        is_passing = self._waits_for_hub and isinstance(error, HubUnreachableError)
        if isinstance(error, Exception) and not is_passing:
            foreseen = isinstance(error, BiomeError)
            description = str(error) if foreseen else f"{type(error).__name__}: {error}"
            raise dg.Failure(description=description, allow_retries=False) from error
