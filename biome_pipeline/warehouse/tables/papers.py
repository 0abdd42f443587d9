"""Tables of papers, and of what became of everything that was to be had."""

from __future__ import annotations

from biome_pipeline.warehouse.spec import ForeignKey, TableSpec

__all__ = ["OUTCOMES", "PAPERS"]

PAPERS = TableSpec(
    schema="hub",
    table="papers",
    subject="snapshot",
    meaning="One arXiv paper that models name.",
    grain=("arxiv_id",),
    columns=(
        "snapshot",
        "arxiv_id",
        "outcome",
        "title",
        "abstract",
        "primary_category",
        "categories",
    ),
    required=("outcome", "categories"),
    requirements=(
        "A paper is asked for once and kept for ever; the database has each once, without a "
        "snapshot, and the lake the papers that a snapshot names.",
        "The outcome is ok, missing (arXiv does not have it) or invalid_id.",
    ),
    lineage={"arxiv_id": ("hub.model_traits.value",)},
    is_shared=True,
    may_be_empty=True,
)

OUTCOMES = TableSpec(
    schema="hub",
    table="outcomes",
    subject="snapshot",
    meaning="What became of the card or config of one model.",
    grain=("model_id", "kind"),
    columns=("snapshot", "model_id", "kind", "outcome", "attempts", "bytes", "detail"),
    required=("outcome", "attempts"),
    requirements=(
        "Of a source whose models are asked about, every model has exactly one row for each "
        "kind; a file is read without the network, and its models have none.",
    ),
    foreign_keys=(ForeignKey(("model_id",), "hub.models", ("model_id",)),),
    lineage={
        "outcome": ("hub.cards.outcome", "hub.configs.outcome"),
        "attempts": ("hub.raw_cards.attempts", "hub.raw_configs.attempts"),
        "bytes": ("hub.raw_cards.bytes", "hub.raw_configs.bytes"),
    },
    is_model_grain=True,
    may_be_empty=True,
    is_sorted=False,
)
