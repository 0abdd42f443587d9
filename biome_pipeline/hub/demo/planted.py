"""The probabilities that the demo Hub is drawn with: what an analysis should find again.

What does not belong here: the drawing itself (`families`, `traits`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["DEEPEST_GENERATION", "PLANTED", "PLANTED_MEANINGS"]

DEEPEST_GENERATION = 12
"""Edges on the longest path from a root, in the graph of all relations."""

# "Reporting" edges are those whose two ends both state the trait. The rates of
# traits hold on finetune and adapter edges; a merge takes its traits from its
# first parent by the same rates, a quantized copy takes them as they are.
_TABLE: tuple[tuple[str, float, str], ...] = (
    ("share_unrelated", 0.38, "Share of the models outside the anomalies without relatives."),
    ("share_roots", 0.03, "Share of the related models without parents."),
    ("share_adapter", 0.43, "Share of the children that are adapters."),
    ("share_finetune", 0.36, "Share of the children that are finetunes."),
    ("share_quantized", 0.19, "Share of the children that are quantized copies."),
    ("share_merge", 0.02, "Share of the children that are merges."),
    ("fertile_adapter", 0.003, "Probability that an adapter gets children."),
    ("fertile_finetune", 0.08, "Probability that a finetune gets children."),
    ("fertile_quantized", 0.01, "Probability that a quantized copy gets children."),
    ("fertile_merge", 0.15, "Probability that a merge gets children."),
    ("largest_family_floor", 0.07, "Least probability that a child joins the largest family."),
    ("merge_across_families", 0.08, "Probability that a merge has its parents from any families."),
    ("license_reported", 0.855, "Probability that a model with a card states its license."),
    ("license_relaxed", 0.30, "From a restrictive or community license to an open one."),
    ("license_tightened", 0.05, "From an open license to a restrictive or community one."),
    ("license_sidestepped", 0.06, "To another license of the same kind; kinds as above."),
    ("license_to_other", 0.02, "From any named license to `other`."),
    ("license_from_other", 0.10, "From `other` to an open license."),
    ("language_reported", 0.50, "Probability that a model with a card states its languages."),
    ("languages_narrowed", 0.35, "Of parents with several: the child keeps a proper subset."),
    ("english_kept", 0.85, "Of narrowed children of a parent with English: English is kept."),
    ("languages_widened", 0.04, "The child adds one language and keeps all."),
    ("language_to_english", 0.20, "Of parents with one, not English: the child has English only."),
    ("language_from_english", 0.03, "Of parents with English only: the child has another only."),
    ("task_reported", 0.84, "Probability that a model has a task."),
    ("task_mutated", 0.12, "The child has another task of the same modality."),
    ("task_forward", 0.85, "Of mutations with tasks on both sides: to one further downstream."),
    ("card_at_root", 0.90, "Probability that a root has a card."),
    ("card_factor", 0.94, "Factor of that probability with each generation."),
    ("card_characters_at_root", 9000.0, "Mean length of a root's card in characters."),
    ("card_characters_factor", 0.62, "Factor of that mean with each generation."),
    ("share_without_downloads", 0.64, "Share of models without recent downloads."),
    # Of cards whose text has room for everything (`cards.ROOM_FOR_ALL`).
    ("card_auto_root", 0.05, "Probability that a root's card says it was generated."),
    ("card_auto_finetune", 0.35, "The same of finetunes."),
    ("card_auto_adapter", 0.55, "The same of adapters."),
    ("card_auto_quantized", 0.08, "The same of quantized copies."),
    ("card_auto_merge", 0.30, "The same of merges."),
    ("card_auto_unrelated", 0.20, "The same of models without relatives."),
    ("section_intended_use", 0.55, "Probability of the section, times the kind's factor."),
    ("section_limits", 0.40, "The same of limits."),
    ("section_training_data", 0.45, "The same of training data."),
    ("section_evaluation", 0.35, "The same of evaluation."),
    ("section_license", 0.30, "The same of license."),
    ("section_citation", 0.25, "The same of citation."),
    ("section_environmental_impact", 0.10, "The same of environmental impact."),
    ("sections_factor_root", 1.5, "Factor of the sections of roots."),
    ("sections_factor_finetune", 1.0, "Factor of the sections of finetunes."),
    ("sections_factor_adapter", 0.6, "Factor of the sections of adapters."),
    ("sections_factor_quantized", 0.4, "Factor of the sections of quantized copies."),
    ("sections_factor_merge", 0.5, "Factor of the sections of merges."),
    ("sections_factor_unrelated", 0.8, "Factor of the sections of models without relatives."),
    ("card_mentions_parent", 0.60, "Probability that the text of a child names its parent."),
    ("card_bulk_quantized", 0.40, "Of quantized copies: the card is a bulk uploader's template."),
    ("card_bulk_adapter", 0.15, "Of adapters: the card is a bulk uploader's template."),
    ("card_theme_share", 0.60, "Share of a card's paragraphs that are on its family's theme."),
    ("config_fork", 0.12, "Of decoder families: the config has the names of a fork."),
    ("config_vocabulary_resized", 0.15, "Of finetunes with a vocabulary: its size changes."),
    ("config_context_extended", 0.10, "Of finetunes with rotary positions: the context grows."),
    ("config_layers_duplicated", 0.30, "Of merges of decoders: half of the layers stand twice."),
    ("config_experts_added", 0.10, "Of merges of decoders: each layer becomes four experts."),
    ("config_states_float32", 0.06, "Of finetunes in half precision: the config says float32."),
    ("config_new_names", 0.25, "The config says `dtype`, `rope_parameters`, as newer ones do."),
    ("config_dtype_omitted", 0.08, "The config has no data type, or null."),
    ("config_kv_heads_omitted", 0.30, "Of decoders with as many key/value heads: not stated."),
)

PLANTED: Mapping[str, float] = MappingProxyType({name: value for name, value, _ in _TABLE})
"""Name and value of every planted parameter."""

PLANTED_MEANINGS: Mapping[str, str] = MappingProxyType(
    {name: meaning for name, _, meaning in _TABLE}
)
"""What each planted parameter is."""
