"""Names of the operators of the search, in the order of their registry.

What does not belong here: what an operator does.
"""

from __future__ import annotations

__all__ = ["OPERATOR_NAMES"]

_NAMES = (
    # depth
    "duplicate_block_span remove_block_span shuffle_block_span graph_jitter template_mutation",
    # experts
    "dense_to_moe moe_to_dense shift_moe mutate_topk tune_experts tune_router tune_router_coeffs",
    # attention and feed-forward
    "make_gqa tune_kv tune_attn_shape tune_rope tune_attn_gating tune_attn_sparsity "
    "toggle_selector toggle_qk_norm toggle_alibi toggle_linear_attention toggle_mla_attention "
    "tune_ffn_width_activation",
    # memory
    "insert_retro_module remove_retro_module tune_retro_module insert_associative_memory "
    "remove_associative_memory tune_associative_memory insert_memory_tokens remove_memory_tokens "
    "tune_memory_tokens insert_chunk_memory remove_chunk_memory tune_chunk_memory",
    # recurrence
    "add_recurrence add_additional_recurrence tune_recurrence remove_recurrence",
    # the rest of a block, and the model
    "toggle_gated_mix add_extra_combo toggle_branch_router tune_branch_router insert_layer_scale "
    "remove_layer_scale tune_layer_scale toggle_ssm toggle_kv_policy tune_kv_policy "
    "insert_custom_module remove_custom_module tune_width tune_vocabulary toggle_tied_head "
    "toggle_norm",
)

OPERATOR_NAMES: tuple[str, ...] = tuple(" ".join(_NAMES).split())
"""Every operator once."""
