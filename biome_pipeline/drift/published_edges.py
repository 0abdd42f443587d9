"""Figures of edges that were published: cards, languages, automatic generation.

Source: ``numerical_drifts.ipynb`` of the public code of "Anatomy of a Machine
Learning Ecosystem" (arXiv 2508.06811), on the graph of all relations; revision
9d172b3 unless said otherwise. What was printed is exact; what was read off a figure
is within 1 % of its axis.

What does not belong here: rates and orderings of traits (``published``).
"""

from __future__ import annotations

__all__ = ["EARLIER", "LABELLED", "MEASURED", "PRINTED"]

PRINTED: dict[str, float] = {
    "edge.child_has_card.true": 571_227,
    "edge.child_has_card.false": 2_426,
    "edge.both_lengths_known": 558_385,
    "edge.both_have_card": 558_942,
    "edge.delta_p_card": 0.017376358181688145,
    "edge.delta_p_auto_given_cards": 0.24868054288280356,
    "edge.delta_p_auto": 0.2531983620760285,
    "edge.card_len.parent_mean": 9773.375631103048,
    "edge.card_len.child_mean": 4401.633665031434,
    "edge.card_len.change_mean": -5371.741966071614,
    "edge.languages.parent_mean": 4.177246523595275,
    "edge.languages.child_mean": 0.4520014712727032,
    "edge.languages.parent_mean_reporting": 6.604478644302265,
    "edge.languages.child_mean_reporting": 1.81028877745115,
    "edge.languages.n.adapter": 23_728,
    "edge.languages.n.finetune": 47_369,
    "edge.languages.n.merge": 3_299,
    "edge.languages.n.quantized": 41_222,
}
"""Printed by the code, by key."""

EARLIER: dict[str, float] = {
    "edge.card_len.mean_of_pct_change_bespoke": 0.9325761509667044,
    "edge.card_words.mean_of_pct_change": 0.6478000865822037,
    "edge.languages.mean_of_pct_change": -0.03584345502478219,
    "edge.missing_languages": 457_993,
}
"""Printed by the earlier revision 53e0e7f, by key.

They are means of the change of each edge. The cell that computed that of languages
was edited out, so that what it counted is not known.
"""

MEASURED: dict[str, float] = {
    "edge.card_length_chars.finetune.parent": 12175.325,
    "edge.card_length_chars.finetune.child": 4724.026,
    "edge.card_length_chars.merge.parent": 5892.857,
    "edge.card_length_chars.merge.child": 3311.688,
    "edge.card_length_chars.quantized.parent": 8522.727,
    "edge.card_length_chars.quantized.child": 4967.533,
    "edge.card_length_chars.adapter.parent": 9058.442,
    "edge.card_length_chars.adapter.child": 3969.156,
    "edge.auto_generated_share.finetune.parent": 0.057,
    "edge.auto_generated_share.finetune.child": 0.5,
    "edge.auto_generated_share.quantized.parent": 0.078,
    "edge.auto_generated_share.quantized.child": 0.009,
    "edge.auto_generated_share.adapter.parent": 0.014,
    "edge.n_languages_reporting.finetune.parent": 12.321,
    "edge.n_languages_reporting.finetune.child": 1.437,
    "edge.n_languages_reporting.merge.parent": 1.656,
    "edge.n_languages_reporting.merge.child": 2.07,
    "edge.n_languages_reporting.quantized.parent": 2.922,
    "edge.n_languages_reporting.quantized.child": 2.533,
    "edge.n_languages_reporting.adapter.parent": 2.192,
    "edge.n_languages_reporting.adapter.child": 1.023,
    "edge.has_card_share.finetune.parent": 0.986,
    "edge.has_card_share.finetune.child": 0.994,
    "edge.has_card_share.merge.parent": 0.978,
    "edge.has_card_share.quantized.parent": 0.97,
    "edge.has_card_share.quantized.child": 0.995,
    "edge.has_card_share.adapter.parent": 0.976,
    "edge.has_card_share.adapter.child": 0.998,
}
"""Read off the figures, by key: attribute, relation, end of the edge.

Where a mark could not be told from its neighbours there is none.
"""

LABELLED: dict[str, float] = {
    "edge.card_len.n.adapter": 235_040,
    "edge.card_len.n.finetune": 185_532,
    "edge.card_len.n.merge": 39_308,
    "edge.card_len.n.quantized": 98_505,
}
"""Edges behind the figures of card lengths, from their labels, by key."""
