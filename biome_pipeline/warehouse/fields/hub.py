"""Columns of the schema ``hub``."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

ALL = (
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
        "What was odd: the offending value, the row that was kept instead, or the error in words.",
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
    Field(
        "sha",
        "VARCHAR",
        "Commit of the repository; NULL where the source does not tell it, as hub-stats.",
        source="sha",
    ),
    Field(
        "source_anomalies",
        "VARCHAR[]",
        "Values of the record that were of another kind than they should be, and so are NULL.",
        source="computed",
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
