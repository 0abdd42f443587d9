"""Which model types mix tokens by something else than full attention, by their class.

A config names such a mechanism by its model type alone: no key says "has a state
space". Gathered by hand from the modelling classes of transformers 5.24 and from
models with code of their own; not complete. What does not belong here: what the
layers consist of (``model_layouts``) and families (``model_families``).
"""

from __future__ import annotations

__all__ = [
    "ALIBI_TYPES",
    "LINEAR_ATTENTION_TYPES",
    "OPTIONAL_ALIBI_TYPES",
    "STATE_SPACE_TYPES",
    "WINDOWLESS_TYPES",
]

_STATE_SPACE = (
    "mamba mamba2 falcon_mamba jamba bamba zamba zamba2 plamo2 nemotron_h nemotron_h_omni "
    "falcon_h1 granitemoehybrid"
)
_LINEAR = (
    "rwkv rwkv5 rwkv6 rwkv7 qwen3_next qwen3_5 qwen3_5_text qwen3_5_moe qwen3_5_moe_text "
    "kimi_linear minimax minimax_text_01 olmo_hybrid"
)
_WINDOWLESS = (
    "llama Yi gemma olmo olmo2 gpt2 gptj gpt_neox gpt_bigcode opt bloom falcon codegen phi "
    "stablelm cohere granite nemotron deepseek_v2 deepseek_v3 kimi_k2 olmoe"
)

STATE_SPACE_TYPES = frozenset(_STATE_SPACE.split())
"""Types with state-space layers, alone or beside attention."""

LINEAR_ATTENTION_TYPES = frozenset(_LINEAR.split())
"""Types with layers of linear attention, delta rules among them."""

ALIBI_TYPES = frozenset({"bloom"})
"""Types whose positions are always linear biases (Press et al. 2022)."""

OPTIONAL_ALIBI_TYPES = frozenset({"falcon", "RefinedWeb", "RefinedWebModel", "mpt", "baichuan"})
"""Types of which some models have such biases, so that the type does not tell."""

WINDOWLESS_TYPES = frozenset(_WINDOWLESS.split())
"""Types whose classes know no sliding window: without the key there is none."""
