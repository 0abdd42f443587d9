"""Columns of the schema ``similarity``."""

from __future__ import annotations

from biome_pipeline.warehouse.fields.field import Field

__all__ = ["ALL"]

_SUMMARY = "similarity.summary"
_MATCHED = "similarity.matched"
_VOCABULARY = "similarity.vocabulary"
_TEXT = "What is compared: metadata is the model's listing record, card its model card."

ALL = (
    # which relatives
    Field(
        "topology",
        "VARCHAR",
        "Small shape of related models: pair is any two models, chain4 is four in line.",
        source="computed",
        values=("pair", "edge", "siblings", "chain3", "star3", "fork", "uncle", "chain4"),
    ),
    Field(
        "occurrences",
        "BIGINT",
        "How often the topology occurs in the graph, each set of models once.",
        "occurrences",
        "computed",
    ),
    Field(
        "position",
        "VARCHAR",
        "The two compared models of a topology: t to u to v to w descend from one another, "
        "u-v are parent and child, v-w of siblings are siblings; random is any two models.",
        source="computed",
    ),
    Field("draw", "INTEGER", "Number of the draw, from 0.", source="computed"),
    Field(
        "first_id", "VARCHAR", "First model of the pair; the ancestor if one is.", source="drawn"
    ),
    Field("second_id", "VARCHAR", "Second model of the pair.", source="drawn"),
    Field("first_node", "INTEGER", "Node of the first model.", source="drawn"),
    Field("second_node", "INTEGER", "Node of the second model.", source="drawn"),
    Field(
        "top_node",
        "INTEGER",
        "Node of the topmost model of the drawn occurrence; NULL for pair.",
        source="drawn",
    ),
    Field(
        "generation_gap",
        "INTEGER",
        "Generations between the two models in the topology; NULL for random.",
        "generations",
        "computed",
    ),
    Field(
        "distance",
        "INTEGER",
        "Edges between the two models in the topology; NULL for random.",
        "edges",
        "computed",
    ),
    # how alike they are
    *(
        Field(
            "text",
            "VARCHAR",
            _TEXT,
            source="computed",
            values=("metadata", "card"),
            table=table,
        )
        for table in (_SUMMARY, _MATCHED, _VOCABULARY)
    ),
    Field(
        "measure",
        "VARCHAR",
        "How alike two texts are: bow and tfidf are cosines over the 512 most frequent words and "
        "pairs of words, levenshtein is 1 less the edit distance over the longer length.",
        source="computed",
        values=("bow", "tfidf", "levenshtein"),
    ),
    Field(
        "ablation",
        "VARCHAR",
        "What is left in the text. Of metadata: all (published), no_parent, no_bookkeeping (also "
        "no ids, dates, counts, region), traits. Of cards: first_512 (published), whole.",
        source="computed",
        values=("all", "no_parent", "no_bookkeeping", "traits", "first_512", "whole"),
    ),
    Field(
        "weighting",
        "VARCHAR",
        "What weighs the same: every drawn pair (published), every parent, or every family.",
        source="computed",
        values=("pair", "parent", "family"),
    ),
    Field(
        "n",
        "BIGINT",
        "Pairs with a similarity that the mean rests on.",
        "pairs",
        "computed",
        table=_SUMMARY,
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Pairs without a similarity: a text is missing, or has none of the words.",
        "pairs",
        "computed",
        table=_SUMMARY,
    ),
    Field("mean", "DOUBLE", "Mean similarity, from 0 to 1.", source="computed"),
    Field(
        "ci_low",
        "DOUBLE",
        "Lower end of the 95 % interval, from resampling pairs where pairs weigh the same "
        "(published), else families; NULL with fewer than two of them.",
        "as the estimate",
        "bootstrap",
        table=_SUMMARY,
    ),
    Field(
        "ci_high",
        "DOUBLE",
        "Upper end of the 95 % interval, from resampling pairs where pairs weigh the same "
        "(published), else families; NULL with fewer than two of them.",
        "as the estimate",
        "bootstrap",
        table=_SUMMARY,
    ),
    Field(
        "family_ci_low",
        "DOUBLE",
        "Lower end of the 95 % interval from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "family_ci_high",
        "DOUBLE",
        "Upper end of the 95 % interval from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "published",
        "DOUBLE",
        "Mean that the paper's figure shows for it, read off to 0.005; NULL if it shows none.",
        source="arXiv 2508.06811, figures of its code",
    ),
    # words
    Field("place", "INTEGER", "Rank of the term, from 0.", source="computed"),
    Field("term", "VARCHAR", "A word, or two neighbouring words.", source="computed"),
    Field(
        "occurrences",
        "BIGINT",
        "How often the term stands in all texts.",
        "occurrences",
        "computed",
        table=_VOCABULARY,
    ),
    Field("document_frequency", "BIGINT", "Texts with the term.", "texts", "computed"),
    Field("n_documents", "BIGINT", "Texts that were counted.", "texts", "computed"),
    Field("is_sampled", "BOOLEAN", "Whether a sample of the texts was counted.", source="computed"),
    # the same child beside its parent and its siblings
    Field(
        "n",
        "BIGINT",
        "Children with a parent and a sibling to compare with.",
        "models",
        "computed",
        table=_MATCHED,
    ),
    Field(
        "n_missing",
        "BIGINT",
        "Children that have a sibling, but no text to compare.",
        "models",
        "computed",
        table=_MATCHED,
    ),
    Field("parent_mean", "DOUBLE", "Mean similarity of a child to its parent.", source="computed"),
    Field(
        "sibling_mean",
        "DOUBLE",
        "Mean over the same children of the mean similarity to their siblings.",
        source="computed",
    ),
    Field(
        "difference",
        "DOUBLE",
        "Similarity to the parent less similarity to the siblings, mean over children.",
        source="computed",
    ),
    Field(
        "n_sibling_pairs",
        "BIGINT",
        "Pairs of siblings that both have a text with a term, in the whole graph.",
        "pairs",
        "computed",
    ),
    Field(
        "n_sibling_pairs_missing",
        "BIGINT",
        "Pairs of siblings of which one has no such text.",
        "pairs",
        "computed",
    ),
    Field("n_sibling_families", "BIGINT", "Families of these pairs.", "families", "computed"),
    Field(
        "mean_by_parent",
        "DOUBLE",
        "Mean similarity of all siblings, every parent weighing the same.",
        source="computed",
    ),
    Field(
        "mean_by_parent_ci_low",
        "DOUBLE",
        "Lower end of its 95 % interval, from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "mean_by_parent_ci_high",
        "DOUBLE",
        "Upper end of its 95 % interval, from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "mean_by_family",
        "DOUBLE",
        "Mean similarity of all siblings, every family weighing the same.",
        source="computed",
    ),
    Field(
        "mean_by_family_ci_low",
        "DOUBLE",
        "Lower end of its 95 % interval, from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
    Field(
        "mean_by_family_ci_high",
        "DOUBLE",
        "Upper end of its 95 % interval, from resampling families; NULL with fewer than two.",
        "as the estimate",
        "bootstrap over families",
    ),
)
