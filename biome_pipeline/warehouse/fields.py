"""Every column of every table, described once.

A column name means the same quantity in the same unit wherever it stands, so
a table lists names and this module says what they are. The few words that one
table uses in a sense of its own name that table. DDL, Arrow schemas, Dagster's
column schemas, checks and the reference pages are made from here.
What does not belong here: which table has which column (``tables``).
"""

from __future__ import annotations

from dataclasses import dataclass

from biome_pipeline.vocabulary.relations import GRAPHS, RELATIONS

__all__ = ["FIELDS", "Field", "field_of"]


@dataclass(frozen=True)
class Field:
    """One column: what it means, in which type and unit.

    Parameters
    ----------
    name : str
        Column name.
    type : str
        DuckDB type.
    meaning : str
        One sentence.
    unit : str
        Unit of a quantity; empty for names, flags and texts.
    source : str
        Where the value comes from.
    values : tuple of str
        All allowed values of a closed vocabulary; empty if open.
    table : str
        The one table, ``schema.table``, in which the name means this; empty for all others.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    source: str = ""
    values: tuple[str, ...] = ()
    table: str = ""


_ALL = (
    # snapshots
    Field("snapshot", "DATE", "UTC date of what was observed; the partition key.", source="run"),
    Field(
        "source",
        "VARCHAR",
        "Identity of what was taken in: demo, hub-stats:<repository> or file:<path>.",
        source="run",
    ),
    Field(
        "source_revision",
        "VARCHAR",
        "Commit of a dataset, SHA-256 of a file, or parameters of the demo.",
        source="run",
    ),
    Field(
        "upstream_at", "TIMESTAMP", "When the source was last changed upstream.", "UTC", "source"
    ),
    Field("started_at", "TIMESTAMP", "When the run began to take the source in.", "UTC", "run"),
    Field("finished_at", "TIMESTAMP", "When the snapshot's accounting was complete.", "UTC", "run"),
    Field("n_models", "BIGINT", "Number of models.", "models", "computed"),
    Field("n_rejected", "BIGINT", "Number of source rows that were not taken.", "rows", "computed"),
    Field(
        "manifest",
        "VARCHAR",
        "Accounting of the run as a JSON object: rows, bytes, rejects by "
        "reason, warnings, settings, code.",
        source="run",
    ),
    # one source row
    Field("row_number", "BIGINT", "Position of the row in its source, from 0.", "rows", "source"),
    Field(
        "reason",
        "VARCHAR",
        "Why the row was not taken.",
        source="snapshot",
        values=("missing_id", "malformed_id", "duplicate_id", "private"),
    ),
    Field(
        "detail",
        "VARCHAR",
        "The offending value or the row that was kept instead.",
        source="snapshot",
    ),
    # one model
    Field(
        "model_id",
        "VARCHAR",
        "Name of the model on the Hub, owner/name; case-sensitive.",
        source="id",
    ),
    Field(
        "node",
        "INTEGER",
        "Dense number of the model in its snapshot: rank of model_id in byte order, from 0.",
        source="computed",
    ),
    Field(
        "hub_id", "VARCHAR", "The Hub's own key of the repository; survives a rename.", source="_id"
    ),
    Field(
        "author",
        "VARCHAR",
        "Owner of the repository; NULL for legacy ids without one.",
        source="author, else the part of the id before the slash",
    ),
    Field(
        "created_at",
        "TIMESTAMP",
        "When the repository was created; NULL if implausible.",
        "UTC",
        "createdAt",
    ),
    Field(
        "is_created_at_backfilled",
        "BOOLEAN",
        "Whether created_at is the day on which the Hub "
        "began to record it (2022-03-02) and so only a latest date.",
        source="createdAt",
    ),
    Field(
        "last_modified",
        "TIMESTAMP",
        "When the repository was last changed; NULL if implausible.",
        "UTC",
        "lastModified",
    ),
    Field("likes", "BIGINT", "Likes.", "likes", "likes"),
    Field("downloads", "BIGINT", "Downloads of about the last 30 days.", "downloads", "downloads"),
    Field(
        "downloads_all_time", "BIGINT", "Downloads since creation.", "downloads", "downloadsAllTime"
    ),
    Field("trending_score", "DOUBLE", "The Hub's own trending score.", "score", "trendingScore"),
    Field(
        "pipeline_tag", "VARCHAR", "Task that the Hub files the model under.", source="pipeline_tag"
    ),
    Field("library_name", "VARCHAR", "Library that loads the model.", source="library_name"),
    Field(
        "license",
        "VARCHAR",
        "First declared license id, in lower case.",
        source="cardData.license, else the license: tag",
    ),
    Field(
        "licenses",
        "VARCHAR[]",
        "All declared license ids, in order.",
        source="cardData.license, else the license: tags",
    ),
    Field(
        "languages",
        "VARCHAR[]",
        "Declared languages as ISO 639 codes, sorted; two letters where there are two.",
        source="cardData.language, else tags that are language codes",
    ),
    Field("datasets", "VARCHAR[]", "Declared training datasets, sorted.", source="dataset: tags"),
    Field(
        "arxiv_ids",
        "VARCHAR[]",
        "Linked arXiv papers without version, sorted.",
        source="arxiv: tags",
    ),
    Field("doi", "VARCHAR", "DOI of the repository.", source="doi: tag"),
    Field("parameters", "BIGINT", "Number of parameters.", "parameters", "safetensors.total"),
    Field(
        "dtype_parameters",
        "MAP(VARCHAR, BIGINT)",
        "Number of parameters by number format.",
        "parameters",
        "safetensors.parameters",
    ),
    Field(
        "gated",
        "VARCHAR",
        "Gating of the repository (false, auto, manual); NULL if the source does not say.",
        source="gated",
    ),
    Field(
        "has_safetensors",
        "BOOLEAN",
        "Whether there are weights in the safetensors format.",
        source="safetensors, siblings, tags",
    ),
    Field(
        "has_weights",
        "BOOLEAN",
        "Whether there is any weight file; NULL if the files are unknown.",
        source="siblings",
    ),
    Field("tags", "VARCHAR[]", "All tags as the Hub gives them.", source="tags"),
    Field(
        "anomalies",
        "VARCHAR[]",
        "Odd values of the source row that became NULL, each named; empty if none.",
        source="snapshot",
    ),
    Field(
        "metadata",
        "VARCHAR",
        "The model's listing record as one canonical JSON object with sorted keys.",
        source="source row",
    ),
    # as it came
    Field(
        "siblings",
        "VARCHAR[]",
        "File names of the repository; NULL if unknown.",
        source="siblings.rfilename",
    ),
    Field(
        "card_data",
        "VARCHAR",
        "Front matter of the card as JSON text, as it came.",
        source="cardData",
    ),
    Field("config", "VARCHAR", "Reduced config.json as JSON text, as it came.", source="config"),
    Field("gguf", "VARCHAR", "GGUF metadata as JSON text, as it came.", source="gguf"),
    Field(
        "base_models",
        "VARCHAR[]",
        "Parents in the Hub's own structure, as they came.",
        source="baseModels.models.id",
    ),
    Field(
        "base_models_relation",
        "VARCHAR",
        "Relation in the Hub's own structure, as it came.",
        source="baseModels.relation",
    ),
    Field(
        "is_private", "BOOLEAN", "Whether the source marks the row as private.", source="private"
    ),
    # one trait
    Field(
        "trait",
        "VARCHAR",
        "Which property of the model.",
        source="computed",
        values=("license", "language", "task", "library", "dataset", "region", "arxiv"),
    ),
    Field("value", "VARCHAR", "One value of the trait.", source="computed"),
    # one edge
    Field(
        "parent_id",
        "VARCHAR",
        "Parent of the edge after resolution; as declared if it cannot be resolved.",
        source="declarations",
    ),
    Field("child_id", "VARCHAR", "Child of the edge.", source="declarations"),
    Field("parent_node", "INTEGER", "Node of the parent; NULL if absent.", source="computed"),
    Field("child_node", "INTEGER", "Node of the child.", source="computed"),
    Field(
        "relation",
        "VARCHAR",
        "How the child was made from the parent; unspecified if only the bare pair is declared.",
        source="declarations",
        values=RELATIONS,
    ),
    Field(
        "declared_by",
        "VARCHAR[]",
        "Places that declare this relation, sorted: base_models, card, tags.",
        source="declarations",
    ),
    Field(
        "pair_declared_by",
        "VARCHAR[]",
        "Places that declare the pair under any relation or none, sorted.",
        source="declarations",
    ),
    Field(
        "unknown_relations",
        "VARCHAR[]",
        "Declared words for the pair that are no known relation, sorted; empty if none.",
        source="declarations",
    ),
    Field(
        "is_parent_in_snapshot",
        "BOOLEAN",
        "Whether the parent is a model of the snapshot.",
        source="computed",
    ),
    Field("is_excluded", "BOOLEAN", "Whether the edge is in no graph.", source="computed"),
    Field(
        "excluded_reason",
        "VARCHAR",
        "Why the edge is in no graph; NULL if it is not excluded.",
        source="computed",
        values=("malformed", "self_loop", "absent", "cycle"),
    ),
    Field(
        "resolved_from",
        "VARCHAR",
        "Legacy id that was declared where parent_id is its present "
        "name; NULL if declared as it is.",
        source="declarations",
    ),
    Field(
        "is_case_mismatch",
        "BOOLEAN",
        "Whether the absent parent would match a model but for upper and lower case.",
        source="computed",
    ),
    Field(
        "is_child_older",
        "BOOLEAN",
        "Whether the child was created before its parent; NULL if a date is unknown or backfilled.",
        source="computed",
    ),
    Field(
        "is_relation_contradicted",
        "BOOLEAN",
        "Whether the child's files contradict the relation; NULL if the files are unknown.",
        source="siblings",
    ),
    # one member of one graph
    Field(
        "graph",
        "VARCHAR",
        "Which edges count: finetune only, asexual (all but merge), or all.",
        source="computed",
        values=GRAPHS,
    ),
    Field(
        "family_id",
        "BIGINT",
        "Number of the family in its graph: 1 is the largest; ties by root_id.",
        source="computed",
    ),
    Field(
        "root_id",
        "VARCHAR",
        "Root of the family: the model without parents with most "
        "descendants; ties by earliest creation, then id.",
        source="computed",
    ),
    Field(
        "generation",
        "INTEGER",
        "Longest path to the model from a model without parents.",
        "edges",
        "computed",
    ),
    Field("n_parents", "BIGINT", "Parents in the graph.", "models", "computed"),
    Field(
        "n_children",
        "BIGINT",
        "Children in the graph; with a relation, models that are a child by it.",
        "models",
        "computed",
    ),
    Field(
        "n_descendants",
        "BIGINT",
        "Models that descend from the model, each counted once.",
        "models",
        "computed",
    ),
    *(
        Field(
            f"n_children_{relation}",
            "BIGINT",
            f"Children in the graph by the relation {relation}.",
            "models",
            "computed",
        )
        for relation in RELATIONS
    ),
    # one family
    Field(
        "n_pairs",
        "BIGINT",
        "Parent-child pairs of the family, each counted once.",
        "pairs",
        "computed",
    ),
    Field("depth", "INTEGER", "Largest generation of the family.", "edges", "computed"),
    Field("n_leaves", "BIGINT", "Members without children.", "models", "computed"),
    Field("max_children", "BIGINT", "Most children of one member.", "models", "computed"),
    Field(
        "is_tree",
        "BOOLEAN",
        "Whether the family has one path between any two members.",
        source="computed",
    ),
    Field(
        "wiener_index",
        "BIGINT",
        "Sum of distances over all unordered pairs of members, "
        "undirected; a rounded estimate if sampled.",
        "edges",
        "computed",
    ),
    Field(
        "structural_virality",
        "DOUBLE",
        "Mean distance over all pairs of members (Goel et al. 2016).",
        "edges",
        "computed",
    ),
    Field(
        "is_virality_exact",
        "BOOLEAN",
        "Whether wiener_index and structural_virality are exact or estimated from sampled sources.",
        source="computed",
    ),
    Field(
        "virality_std_error",
        "DOUBLE",
        "Standard error of structural_virality; 0 if exact.",
        "edges",
        "computed",
    ),
    # fertility and growth
    Field(
        "n_fertile",
        "BIGINT",
        "Children that have children themselves in the graph.",
        "models",
        "computed",
    ),
    Field(
        "share_fertile",
        "DOUBLE",
        "n_fertile over n_children; NULL without children.",
        "share",
        "computed",
    ),
    Field(
        "ci_low",
        "DOUBLE",
        "Lower end of the 95 % interval; NULL with fewer than two families.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "ci_high",
        "DOUBLE",
        "Upper end of the 95 % interval; NULL with fewer than two families.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field("n_families", "BIGINT", "Families that the estimate rests on.", "families", "computed"),
    Field("month", "DATE", "First day of the calendar month.", "UTC", "created_at"),
    Field(
        "n_models_cumulative",
        "BIGINT",
        "Models of the family created up to the end of the month.",
        "models",
        "computed",
    ),
    Field(
        "n_backfilled", "BIGINT", "Models whose creation date is backfilled.", "models", "computed"
    ),
    Field(
        "n_related", "BIGINT", "Models with a parent or a child in graph all.", "models", "computed"
    ),
    # statistics and missing values
    Field("statistic", "VARCHAR", "What was counted or measured.", source="computed"),
    Field("item", "VARCHAR", "Which value or which measure of the statistic.", source="computed"),
    Field(
        "value",
        "DOUBLE",
        "Count or measure of the item.",
        "models, downloads, parameters, bits or share, as the statistic says",
        "computed",
        table="hub.statistics",
    ),
    Field("n", "BIGINT", "Models that the value rests on.", "models", "computed"),
    Field(
        "share_of_models",
        "DOUBLE",
        "value over all models, of most downloaded ones over all downloads; NULL where it "
        "means nothing.",
        "share",
        "computed",
    ),
    Field(
        "share_of_reporting",
        "DOUBLE",
        "value over n, the models that report the field; NULL where it means nothing.",
        "share",
        "computed",
    ),
    Field("field", "VARCHAR", "Column of hub.models.", source="computed"),
    Field("n_missing", "BIGINT", "Models without a value of the field.", "models", "computed"),
    Field(
        "share_missing",
        "DOUBLE",
        "n_missing over n_models; NULL without models.",
        "share",
        "computed",
    ),
    Field(
        "reason",
        "VARCHAR",
        "Why values are missing.",
        source="reviewed",
        table="hub.quality",
    ),
)

FIELDS: dict[str, Field] = {
    f"{field.table}.{field.name}" if field.table else field.name: field for field in _ALL
}


def field_of(table: str, column: str) -> Field:
    """Find the description of a column.

    Parameters
    ----------
    table : str
        Table, ``schema.table``.
    column : str
        Column.

    Returns
    -------
    Field
        The table's own one if it has one, else the one of all tables.
    """
    own = FIELDS.get(f"{table}.{column}")
    return FIELDS[column] if own is None else own
