"""Parameters that the modules of transformers really have, for drawn configs.

Needs torch, which the project does not ask for; modules stand on the meta device,
so that nothing is allocated. The figures are kept in ``golden/module_parameters.jsonl``,
one drawn config a line. With transformers and torch installed somewhere,

    python -m biome_pipeline_tests.reference.module_parameters

writes the file anew. What does not belong here: the package's own count.
"""

from __future__ import annotations

import inspect
import json
import os
import random
from pathlib import Path
from typing import Any

from biome_pipeline.vocabulary.model_layouts import LAYOUTS

__all__ = ["GOLDEN"]

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "module_parameters.jsonl"

_DRAWS = 4
_KEPT = (int, float, bool, str, list)
_NOISE = (
    "transformers_version",
    "id2label",
    "label2id",
    "bos_",
    "eos_",
    "pad_",
    "output_",
    "use_cache",
)


def _draw(rng: random.Random, default: dict[str, Any]) -> dict[str, Any]:
    """Draw the sizes and switches of one small model, in the class's own words."""
    heads = rng.choice([2, 4, 8])
    layers = rng.randint(2, 7)
    sizes: dict[str, Any] = {
        "hidden_size": heads * rng.choice([8, 16, 24]),
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": rng.choice([1, 2, heads]),
        "num_kv_heads": rng.choice([1, 2, heads]),
        "head_dim": rng.choice([8, 12, 16]),
        "d_kv": rng.choice([8, 12, 16]),
        "intermediate_size": rng.randint(20, 90),
        "intermediate_size_mlp": rng.randint(20, 90),
        "d_ff": rng.randint(20, 90),
        "ffn_dim": rng.randint(20, 90),
        "hidden_dim": rng.randint(20, 90),
        "encoder_ffn_dim": rng.randint(20, 90),
        "decoder_ffn_dim": rng.randint(20, 90),
        "encoder_layers": layers,
        "decoder_layers": rng.randint(1, 7),
        "num_decoder_layers": rng.randint(1, 7),
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "max_source_positions": rng.randint(30, 90),
        "max_target_positions": rng.randint(30, 90),
        "num_mel_bins": rng.choice([40, 80]),
        "vocab_size": rng.randint(100, 900),
        "max_position_embeddings": rng.randint(30, 90),
        "moe_intermediate_size": rng.randint(10, 40),
        "shared_expert_intermediate_size": rng.randint(10, 40),
        "num_experts": rng.randint(4, 8),
        "num_local_experts": rng.randint(4, 8),
        "n_routed_experts": 8,
        "n_group": 1,
        "topk_group": 1,
        "num_experts_per_tok": 2,
        "n_shared_experts": rng.randint(1, 2),
        "first_k_dense_replace": rng.randint(0, 2),
        "decoder_sparse_step": rng.randint(1, 3),
        "interleave_moe_layer_step": rng.randint(1, 2),
        "mlp_only_layers": rng.choice([[], [0], [1]]),
        "q_lora_rank": rng.choice([None, 12]),
        "kv_lora_rank": 10,
        "qk_nope_head_dim": 12,
        "qk_rope_head_dim": 8,
        "v_head_dim": 14,
        "index_n_heads": 4,
        "index_head_dim": 16,
        "embedding_size": rng.choice([12, 20]),
        "word_embed_proj_dim": rng.choice([16, 24]),
        "type_vocab_size": rng.choice([0, 1, 2]),
        "position_buckets": rng.choice([-1, 16]),
        "conv_kernel_size": rng.choice([0, 3]),
        "norm_rel_ebd": rng.choice(["none", "layer_norm"]),
        "state_size": rng.choice([4, 8]),
        "expand": rng.choice([2, 3]),
        "feed_forward_proj": rng.choice(["relu", "gated-gelu"]),
        "relative_attention_num_buckets": rng.choice([8, 32]),
        "pad_token_id": 0,
        "attention_types": [[["global"], layers]],
    }
    switches = (
        "attention_bias", "mlp_bias", "bias", "use_bias", "use_qkv_bias", "qkv_bias", "enable_bias",
        "qk_layernorm", "use_qk_norm", "use_parallel_residual", "multi_query", "parallel_attn",
        "new_decoder_architecture", "tie_word_embeddings", "relative_attention",
        "position_biased_input", "use_conv_bias", "lm_head_bias",
    )  # fmt: skip
    drawn = {name: value for name, value in sizes.items() if name in default}
    drawn |= {name: rng.random() < 0.5 for name in switches if name in default}
    return drawn


def _configure(kind: str, rng: random.Random) -> Any:
    from transformers import CONFIG_MAPPING

    kinds = CONFIG_MAPPING[kind]
    default = kinds().to_dict()
    names = {**default, **dict.fromkeys(kinds.attribute_map), **inspect.signature(kinds).parameters}
    drawn = _draw(rng, names)
    if LAYOUTS[kind].stack == "encoder_decoder" and kind != "whisper":
        drawn["tie_word_embeddings"] = True
    if kind == "gpt_neo":
        drawn["num_layers"] = drawn.pop("num_hidden_layers")
    if kind in {"deepseek_v32", "glm_moe_dsa"}:
        drawn["q_lora_rank"] = 12
    if kind == "opt" and rng.random() < 0.5:
        drawn["word_embed_proj_dim"] = drawn["hidden_size"]
    if kind in {"deepseek_v2", "deepseek_v3", "deepseek_v32", "glm_moe_dsa"}:
        drawn.pop("head_dim", None)
    return kinds(**drawn)


def _module(kind: str, config: Any) -> Any:
    import transformers

    stack = LAYOUTS[kind].stack
    auto = transformers.AutoModelForCausalLM
    if stack == "encoder" or kind.endswith("_text"):
        auto = transformers.AutoModel
    elif stack in {"encoder_decoder", "t5"}:
        auto = transformers.AutoModelForSeq2SeqLM
    if kind == "whisper":
        auto = transformers.AutoModelForSpeechSeq2Seq
    return auto.from_config(config)


def _lines() -> list[str]:
    import torch
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING

    faults = (StrictDataclassError, ValueError, TypeError, AssertionError, AttributeError)
    lines = []
    for kind in sorted(LAYOUTS):
        # The flat old configs of Qwen VL: their classes nest today.
        if kind not in CONFIG_MAPPING or kind in {"qwen2_vl", "qwen2_5_vl"}:
            continue
        rng = random.Random(kind)
        for _ in range(_DRAWS):
            try:
                config = _configure(kind, rng)
                with torch.device("meta"):
                    module = _module(kind, config)
            except faults as error:
                print(f"{kind} is not drawn: {str(error).splitlines()[0]}")  # noqa: T201
                continue
            record = {
                name: value
                for name, value in config.to_dict().items()
                if isinstance(value, _KEPT) and not name.startswith(_NOISE)
            }
            record["architectures"] = [type(module).__name__]
            total = sum(each.numel() for each in module.parameters())
            lines.append(json.dumps({"parameters": total, "config": record}, sort_keys=True))
    return lines


if __name__ == "__main__":
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    GOLDEN.write_text("\n".join(_lines()) + "\n", encoding="utf-8")
