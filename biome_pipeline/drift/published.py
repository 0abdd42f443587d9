"""Rates and orderings of traits that were published, to stand beside ours.

Source: cells printed by the public code of "Anatomy of a Machine Learning
Ecosystem" (arXiv 2508.06811), ``orderings_analysis.ipynb``: the ``finetune`` graph at
revision 9d172b3, which is the last one, and the graph of all relations at 53e0e7f,
from which the figures of the paper's section 4 come. The snapshot behind them, of
the summer of 2025, is not public. Languages are published by English name, and
stand here by code.

What does not belong here: figures of cards and other numbers along edges, but for
how many edges they rest on, and figures of similarity (``similarity.published``).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["N_EDGES", "ORDERINGS", "RATES", "STATED", "PublishedOrdering", "PublishedRate"]


@dataclass(frozen=True)
class PublishedRate:
    """A mutation rate.

    Attributes
    ----------
    mutations : float
        Sum of one less the overlap of the two sets (Jaccard) over reporting edges.
    n_reporting : int
        Edges with a value on both ends.
    rate : float
        The first by the second.
    """

    mutations: float
    n_reporting: int
    rate: float


@dataclass(frozen=True)
class PublishedOrdering:
    """An ordering that maximises traffic, and what it explains.

    Attributes
    ----------
    order : tuple of str
        The values, upstream first.
    traffic : int
        Sum over the drifts of transitions one way less those back.
    transitions : int
        All transitions among the values, both ways; one of a single-valued trait
        counts twice.
    n_drifts, n_drifts_explained : int
        Drifts, and those that run along the order.
    drift_share : float
        The second by the first.
    mutation_share : float
        Share of the transitions that run along the order.
    objective : int or None
        Traffic along the order as the solver gives it; ``None`` where not printed.
    """

    order: tuple[str, ...]
    traffic: int
    transitions: int
    n_drifts: int
    n_drifts_explained: int
    drift_share: float
    mutation_share: float
    objective: int | None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


RATES: dict[tuple[str, str], PublishedRate] = {
    ("finetune", "license"): PublishedRate(27409.5, 138_694, 0.1976257083940185),
    ("finetune", "language"): PublishedRate(11458.436364615904, 47_369, 0.24189736672963127),
    ("finetune", "task"): PublishedRate(55307.0, 134_711, 0.410560384823808),
    ("all", "license"): PublishedRate(47956.416666666664, 320_065, 0.14983336718062476),
    ("all", "language"): PublishedRate(14809.58572353135, 115_660, 0.12804414424633712),
    ("all", "task"): PublishedRate(58091.0, 251_060, 0.23138293634987653),
}
"""By graph and trait; keys ``mutation.<graph>.<trait>.*``. None was printed for libraries."""

ORDERINGS: dict[tuple[str, str], PublishedOrdering] = {
    ("finetune", "license"): PublishedOrdering(
        _words(
            "gemma llama3.1 llama3.3 llama3.2 llama3 openrail++ llama2 apache-2.0 "
            "creativeml-openrail-m cc-by-nc-4.0 mit openrail cc-by-nc-sa-4.0 cc-by-sa-4.0 "
            "cc-by-4.0 cc bigscience-bloom-rail-1.0 afl-3.0 artistic-2.0 gpl-3.0"
        ),
        traffic=30_729,
        transitions=44_249,
        n_drifts=121,
        n_drifts_explained=113,
        drift_share=0.9338842975206612,
        mutation_share=0.8460878401264537,
        objective=30_691,
    ),
    ("finetune", "language"): PublishedOrdering(
        _words("pl sv th it pt ja ro nl de fr id vi tr ru es zh ar hi ko en"),
        traffic=59_400,
        transitions=118_568,
        n_drifts=189,
        n_drifts_explained=186,
        drift_share=0.9841269841269841,
        mutation_share=0.749911555113799,
        objective=59_369,
    ),
    ("finetune", "task"): PublishedOrdering(
        _words(
            "fill-mask feature-extraction automatic-speech-recognition question-answering "
            "text-generation text-to-image image-classification text-classification "
            "reinforcement-learning token-classification"
        ),
        traffic=75_232,
        transitions=78_012,
        n_drifts=32,
        n_drifts_explained=30,
        drift_share=0.9375,
        mutation_share=0.9819267842493847,
        objective=75_214,
    ),
    ("finetune", "library"): PublishedOrdering(
        _words(
            "peft adapter-transformers timm transformers diffusers mlx ml-agents tf-keras "
            "sentence-transformers keras"
        ),
        traffic=4_218,
        transitions=6_266,
        n_drifts=17,
        n_drifts_explained=17,
        drift_share=1.0,
        mutation_share=0.8365783593999362,
        objective=None,
    ),
    ("all", "license"): PublishedOrdering(
        _words(
            "gemma llama3.1 llama3.2 openrail++ creativeml-openrail-m cc-by-nc-4.0 llama3 "
            "llama2 mit afl-3.0 bigscience-bloom-rail-1.0 llama3.3 apache-2.0 "
            "cc-by-nc-sa-4.0 cc-by-4.0 openrail artistic-2.0 cc-by-sa-4.0 gpl-3.0 cc"
        ),
        traffic=47_416,
        transitions=68_872,
        n_drifts=140,
        n_drifts_explained=132,
        drift_share=0.9428571428571428,
        mutation_share=0.8425635667014978,
        objective=47_312,
    ),
    ("all", "language"): PublishedOrdering(
        _words("pl sv th it pt ro nl de fr ja id vi tr ru es zh ar hi ko en"),
        traffic=71_772,
        transitions=144_898,
        n_drifts=190,
        n_drifts_explained=186,
        drift_share=0.9789473684210527,
        mutation_share=0.747084155750942,
        objective=71_688,
    ),
    ("all", "task"): PublishedOrdering(
        _words(
            "image-text-to-text fill-mask feature-extraction automatic-speech-recognition "
            "text-to-speech translation summarization text-generation text-to-image "
            "object-detection image-classification image-to-text any-to-any "
            "sentence-similarity question-answering text-classification "
            "reinforcement-learning audio-to-audio token-classification "
            "audio-classification"
        ),
        traffic=94_652,
        transitions=104_604,
        n_drifts=121,
        n_drifts_explained=111,
        drift_share=0.9173553719008265,
        mutation_share=0.9515635751968805,
        objective=94_574,
    ),
    ("all", "library"): PublishedOrdering(
        _words(
            "timm transformers spacy sentence-transformers mlc-llm pytorch lerobot "
            "diffusers adapter-transformers peft mlx ml-agents transformers.js espnet "
            "tf-keras fastai keras setfit flair bertopic"
        ),
        traffic=399_982,
        transitions=405_954,
        n_drifts=43,
        n_drifts_explained=43,
        drift_share=1.0,
        mutation_share=0.9926444868137769,
        objective=None,
    ),
}
"""By graph and trait; keys ``ordering.<graph>.<trait>.*``, ``weighted`` and the rest.

Of the ``finetune`` graph the values of task and library are ten, of ``all`` twenty.
"""

STATED: dict[str, float] = {
    "paper.license.unique": 162,
    "paper.license.standardized": 98,
    "paper.license.apache_mit_share_of_reported_min": 0.6,
    "paper.license.drifts": 140,
    "paper.license.drift_directions_explained": 0.94,
    "paper.license.mutations_explained": 0.84,
    "paper.license.n_traits": 20,
    "paper.language.english_share_min": 0.75,
    "paper.language.chinese_share": 0.044,
    "paper.task.mutation_rate": 0.23,
    "paper.task.mutations_explained": 0.95,
    "paper.card.autogenerated_children": 0.3,
    "paper.card.length_ratio_parent_child": 2.0,
}
"""What the text of the paper says of drift, by key; it words them with finetunes.

The drifts, the shares and the task rate come out of the graph of all relations only.
"""

N_EDGES: dict[str, int] = {
    "graph.all.edges": 573_653,
    "graph.finetune.edges": 189_391,
    "edge.child_has_card.true": 571_227,
    "edge.child_has_card.false": 2_426,
    "edge.both_have_card": 558_942,
    "edge.both_lengths_known": 558_385,
    "edge.card_len.n.finetune": 185_532,
    "edge.card_len.n.adapter": 235_040,
    "edge.card_len.n.quantized": 98_505,
    "edge.card_len.n.merge": 39_308,
    "edge.missing_languages": 457_993,
    "edge.languages.n.finetune": 47_369,
    "edge.languages.n.adapter": 23_728,
    "edge.languages.n.quantized": 41_222,
    "edge.languages.n.merge": 3_299,
}
"""Edges that published figures rest on, by key; all but one of the graph of all relations."""
