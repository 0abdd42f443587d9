"""What a ``model_type`` alone says of a model, whatever else its config says.

A type stands in a set only if its class leaves no choice: it always rotates, it has
no key for experts, it has a key and value for every head. So a config of which
only the type is known says it, too. Gathered by hand from the configuration and
modelling classes of transformers 5.24 and of models with code of their own. What
does not belong here: how parameters are counted (``model_layouts``).
"""

from __future__ import annotations

__all__ = [
    "CONFIG_DEFAULTS",
    "DENSE_TYPES",
    "FLAT_TYPES",
    "MULTI_HEAD_TYPES",
    "NO_ROPE_TYPES",
    "ROPE_TYPES",
    "SPARSE_TYPES",
]


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROTATING_DENSE = (
    "llama mistral ministral qwen qwen2 qwen3 gemma gemma2 gemma3_text phi phi3 phi3_v stablelm "
    "starcoder2 cohere cohere2 olmo olmo2 olmo3 granite glm glm4 chatglm internlm internlm2 "
    "internlm3 gptj gpt_neox codegen smollm3 nemotron xverse Yi exaone mistral3 persimmon arcee "
    "modernbert deepseek_vl qwen2_vl qwen2_vl_text qwen2_5_vl qwen2_5_vl_text qwen3_vl "
    "qwen3_vl_text qwen3_5 qwen3_5_text gemma3 paligemma mllama mllama_text_model"
)
_OTHER_DENSE = (
    "bert roberta xlm-roberta xlm-roberta-xl distilbert albert camembert electra deberta "
    "deberta-v2 mpnet mobilebert megatron-bert roberta-prelayernorm squeezebert big_bird gpt2 "
    "gpt_neo gpt_bigcode openai-gpt opt bloom xglm t5 mt5 umt5 longt5 bart mbart plbart pegasus "
    "marian m2m_100 blenderbot blenderbot-small led longformer fsmt whisper vit deit beit dinov2 "
    "wav2vec2 hubert wavlm layoutlm layoutlmv3 clip clip_text_model clip_vision_model siglip "
    "siglip_text_model siglip_vision_model xlnet mamba"
)
_ROTATING_SPARSE = (
    "mixtral qwen2_moe qwen3_moe phimoe olmoe gpt_oss granitemoe dbrx minimax_m2 deepseek_v2 "
    "deepseek_v3 deepseek_v32 glm4_moe glm_moe_dsa kimi_k2 qwen3_vl_moe qwen3_vl_moe_text llama4 "
    "llama4_text qwen3_5_moe qwen3_5_moe_text"
)

ROPE_TYPES: frozenset[str] = _set(_ROTATING_DENSE) | _set(_ROTATING_SPARSE)
"""Their positions are always rotated into queries and keys."""

# Configs of the hybrids may write rope_theta; their attention does not use it.
NO_ROPE_TYPES: frozenset[str] = _set(_OTHER_DENSE) | {"nemotron_h", "jamba"}
"""Their positions are learned, added, biases of attention, or there are none."""

DENSE_TYPES: frozenset[str] = (
    _set(_ROTATING_DENSE) | _set(_OTHER_DENSE) | {"falcon", "baichuan", "mpt"}
)
"""Their class has no experts; a key that says so is no key of theirs."""

SPARSE_TYPES: frozenset[str] = _set(_ROTATING_SPARSE) - {"granitemoe"}
"""Their class always routes tokens to experts, were there but one."""

MULTI_HEAD_TYPES: frozenset[str] = (
    _set(_OTHER_DENSE)
    | {"qwen", "gptj", "gpt_neox", "codegen", "phi-msft", "internlm", "baichuan", "xverse"}
) - {"gpt_bigcode", "mamba"}
"""Their class has no key for shared key and value heads, so every head has its own."""

FLAT_TYPES: frozenset[str] = (ROPE_TYPES | NO_ROPE_TYPES | DENSE_TYPES) - _set(
    "mistral3 deepseek_vl clip siglip qwen2_vl qwen2_5_vl qwen3_vl qwen3_vl_moe gemma3 paligemma "
    "mllama llama4 qwen3_5 qwen3_5_moe"
)
"""They are one model: an object inside that looks like a text model's is none of theirs."""

CONFIG_DEFAULTS: dict[str, dict[str, int]] = {
    "llama": {
        "hidden_size": 4096,
        "num_layers": 32,
        "num_heads": 32,
        "intermediate_size": 11008,
        "vocab_size": 32000,
        "context_length": 2048,
    },
    "mistral": {
        "hidden_size": 4096,
        "num_layers": 32,
        "num_heads": 32,
        "num_kv_heads": 8,
        "intermediate_size": 14336,
        "vocab_size": 32000,
        "context_length": 4096 * 32,
    },
    "qwen2": {
        "hidden_size": 4096,
        "num_layers": 32,
        "num_heads": 32,
        "num_kv_heads": 32,
        "intermediate_size": 22016,
        "vocab_size": 151936,
        "context_length": 32768,
    },
    "gemma": {
        "hidden_size": 3072,
        "num_layers": 28,
        "num_heads": 16,
        "num_kv_heads": 16,
        "head_dim": 256,
        "intermediate_size": 24576,
        "vocab_size": 256000,
        "context_length": 8192,
    },
    "gemma3_text": {
        "hidden_size": 2304,
        "num_layers": 26,
        "num_heads": 8,
        "num_kv_heads": 4,
        "head_dim": 256,
        "intermediate_size": 9216,
        "vocab_size": 262208,
        "context_length": 131072,
    },
    "opt": {
        "hidden_size": 768,
        "num_layers": 12,
        "num_heads": 12,
        "intermediate_size": 3072,
        "vocab_size": 50272,
        "context_length": 2048,
    },
    "bert": {
        "hidden_size": 768,
        "num_layers": 12,
        "num_heads": 12,
        "intermediate_size": 3072,
        "vocab_size": 30522,
        "context_length": 512,
    },
    "clip_text_model": {
        "hidden_size": 512,
        "num_layers": 12,
        "num_heads": 8,
        "intermediate_size": 2048,
        "vocab_size": 49408,
        "context_length": 77,
    },
}
"""What a nested config leaves out because it equals the default of its class.

Only nested ones: a class writes its own keys at the top in any case.
"""
