"""Published changes from parent to child, to stand beside ours.

Source: the public code of "Anatomy of a Machine Learning Ecosystem" (arXiv
2508.06811), ``numerical_drifts.ipynb``. What the notebook prints is carried as
printed; means by relation are read off its figures, to within 1 % of the axis.
All are of the graph of all relations, every edge weighing the same, on a
snapshot that is not public. The notebook's mean changes were printed by an
earlier state of it: that of ``card_characters_bespoke`` is over edges of which
neither card is generated; the cells that computed those of words and languages
are not kept, so that their edges are not known for certain.

The means of ``n_languages`` over all edges (6.60 and 1.81) are over the 115,660
edges of which both ends report: only on these are their sums whole numbers.
"""

from __future__ import annotations

__all__ = ["MEASURES", "PUBLISHED"]

MEASURES: tuple[str, ...] = ("mean_parent", "mean_child", "mean_difference", "mean_change")
"""Measures of which some are published."""

PUBLISHED: dict[tuple[str, str], dict[str, float]] = {
    # printed: edge.card_len.*, edge.languages.*, edge.delta_p_*
    ("all", "card_characters"): {
        "mean_parent": 9773.375631103048,
        "mean_child": 4401.633665031434,
        "mean_difference": -5371.741966071614,
    },
    ("all", "card_characters_bespoke"): {"mean_change": 0.9325761509667044},
    ("all", "card_words"): {"mean_change": 0.6478000865822037},
    ("all", "n_languages"): {
        "mean_parent": 6.604478644302265,
        "mean_child": 1.81028877745115,
        "mean_change": -0.03584345502478219,
    },
    ("all", "n_languages_or_none"): {
        "mean_parent": 4.177246523595275,
        "mean_child": 0.4520014712727032,
    },
    ("all", "has_card"): {"mean_difference": 0.017376358181688145},
    ("all", "is_auto_generated"): {"mean_difference": 0.24868054288280356},
    # read off figures: edge.card_length_chars.*
    ("finetune", "card_characters"): {"mean_parent": 12175.325, "mean_child": 4724.026},
    ("merge", "card_characters"): {"mean_parent": 5892.857, "mean_child": 3311.688},
    ("quantized", "card_characters"): {"mean_parent": 8522.727, "mean_child": 4967.533},
    ("adapter", "card_characters"): {"mean_parent": 9058.442, "mean_child": 3969.156},
    # edge.auto_generated_share.*
    ("finetune", "is_auto_generated"): {"mean_parent": 0.057, "mean_child": 0.5},
    ("quantized", "is_auto_generated"): {"mean_parent": 0.078, "mean_child": 0.009},
    ("adapter", "is_auto_generated"): {"mean_parent": 0.014},
    # edge.n_languages_reporting.*
    ("finetune", "n_languages"): {"mean_parent": 12.321, "mean_child": 1.437},
    ("merge", "n_languages"): {"mean_parent": 1.656, "mean_child": 2.07},
    ("quantized", "n_languages"): {"mean_parent": 2.922, "mean_child": 2.533},
    ("adapter", "n_languages"): {"mean_parent": 2.192, "mean_child": 1.023},
    # edge.has_card_share.*
    ("finetune", "has_card"): {"mean_parent": 0.986, "mean_child": 0.994},
    ("merge", "has_card"): {"mean_parent": 0.978},
    ("quantized", "has_card"): {"mean_parent": 0.97, "mean_child": 0.995},
    ("adapter", "has_card"): {"mean_parent": 0.976, "mean_child": 0.998},
}
"""Published measures by relation and attribute."""
