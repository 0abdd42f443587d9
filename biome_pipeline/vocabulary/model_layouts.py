"""How the layers of a model type are laid out: what its parameters are counted by.

One layout per type: which matrices a layer has, which have a bias, how many norms.
Gathered by hand from the modelling classes of transformers 5.24; the test suite
compares every layout with the parameters that those classes make. What does not
belong here: the counting (``snapshot.config_parameters``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["LAYOUTS", "Layout", "Switch"]

Switch = bool | tuple[str, bool]
"""Fixed by the class, or a key of the config and its default."""


@dataclass(frozen=True)
class Layout:
    """What the layers of one model type consist of.

    Parameters
    ----------
    stack : str
        decoder, encoder, encoder_decoder, t5 or mamba.
    is_gated : bool or tuple
        Whether the feed-forward part has three matrices and not two.
    norm_vectors : int
        Vectors of the hidden size per norm: 1, 2 with a bias, 0 without parameters.
    norms : int
        Norms per layer.
    has_final_norm : bool
        Whether a norm follows the last layer.
    qkv_bias, out_bias, mlp_bias : bool or tuple
        Biases of queries, keys and values; of the attention's output; of the
        feed-forward part.
    head_norm : str
        Norms of queries and keys: empty, ``head`` (one vector of the head's
        size each) or ``full`` (of all heads' size each).
    position_offset : int, optional
        Learned positions beyond the context length; None if none are learned.
    has_embedding_norm : bool
        Whether the embeddings are normed.
    has_pooler : bool
        Whether a dense layer follows the first token.
    is_tied : bool
        Whether the output shares the embeddings unless the config says otherwise.
    has_head_bias : bool or tuple
        Whether the output has a bias.
    has_head : bool
        Whether the class that is published always has an output layer.
    feed_forward_ratio : int, optional
        Feed-forward size over hidden size where the config does not say it.
    feed_forward_share : int
        Divides the feed-forward size as the config says it.
    has_experts : bool
        Whether layers may have experts.
    shared_experts : int
        Experts that every token sees, unless the config says otherwise.
    has_shared_gate : bool
        Whether the shared expert has a gate.
    has_expert_bias : bool
        Whether router and experts have biases, and heads a sink.
    has_latent_attention : bool
        Whether keys and values are compressed (DeepSeek's MLA).
    has_indexer : bool
        Whether a small attention chooses the tokens (DeepSeek's sparse attention).
    is_shared : bool
        Whether all layers are one (ALBERT).
    """

    stack: str = "decoder"
    is_gated: Switch = True
    norm_vectors: int = 1
    norms: int = 2
    has_final_norm: bool = True
    qkv_bias: Switch = False
    out_bias: Switch = False
    mlp_bias: Switch = False
    head_norm: str = ""
    position_offset: int | None = None
    has_embedding_norm: bool = False
    has_pooler: bool = False
    is_tied: bool = False
    has_head_bias: Switch = False
    has_head: bool = False
    feed_forward_ratio: int | None = None
    feed_forward_share: int = 1
    has_experts: bool = False
    shared_experts: int = 0
    has_shared_gate: bool = False
    has_expert_bias: bool = False
    has_latent_attention: bool = False
    has_indexer: bool = False
    is_shared: bool = False


_ATTENTION_BIAS = ("attention_bias", False)

_PLAIN = Layout()
_LLAMA = Layout(qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, mlp_bias=("mlp_bias", False))
_QWEN2 = Layout(qkv_bias=True)
_QWEN3 = Layout(qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, head_norm="head")
_GEMMA = Layout(qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, is_tied=True)
_OLMO = Layout(qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, norm_vectors=0)
_OLMO2 = replace(_OLMO, norm_vectors=1, head_norm="full")
_DEEPSEEK = Layout(
    qkv_bias=_ATTENTION_BIAS,
    out_bias=_ATTENTION_BIAS,
    has_experts=True,
    has_latent_attention=True,
)
_GPT2 = Layout(
    is_gated=False,
    norm_vectors=2,
    qkv_bias=True,
    out_bias=True,
    mlp_bias=True,
    position_offset=0,
    is_tied=True,
    feed_forward_ratio=4,
)
_BERT = Layout(
    stack="encoder",
    is_gated=False,
    norm_vectors=2,
    has_final_norm=False,
    qkv_bias=True,
    out_bias=True,
    mlp_bias=True,
    position_offset=0,
    has_embedding_norm=True,
    has_pooler=True,
    is_tied=True,
)
_BART = Layout(
    stack="encoder_decoder",
    is_gated=False,
    norm_vectors=2,
    has_final_norm=False,
    qkv_bias=True,
    out_bias=True,
    mlp_bias=True,
    position_offset=2,
    has_embedding_norm=True,
    is_tied=True,
)
_T5 = Layout(stack="t5", is_tied=True)

LAYOUTS: dict[str, Layout] = {
    "llama": _LLAMA,
    "Yi": _LLAMA,
    "xverse": _PLAIN,
    "baichuan": _PLAIN,
    "mistral": _PLAIN,
    "ministral": _PLAIN,
    "mixtral": replace(_PLAIN, has_experts=True),
    "qwen": replace(_QWEN2, feed_forward_share=2),
    "qwen2": _QWEN2,
    "qwen2_vl": _QWEN2,
    "qwen2_vl_text": _QWEN2,
    "qwen2_5_vl": _QWEN2,
    "qwen2_5_vl_text": _QWEN2,
    "qwen2_moe": Layout(qkv_bias=("qkv_bias", True), has_experts=True, has_shared_gate=True),
    "qwen3": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_moe": replace(_QWEN3, has_experts=True),
    "qwen3_vl_moe_text": replace(_QWEN3, has_experts=True, is_tied=True),
    "gemma": _GEMMA,
    "gemma2": replace(_GEMMA, norms=4),
    "gemma3_text": replace(_GEMMA, norms=4, head_norm="head"),
    "phi": Layout(
        is_gated=False,
        norm_vectors=2,
        norms=1,
        qkv_bias=True,
        out_bias=True,
        mlp_bias=True,
        has_head_bias=True,
    ),
    "phi3": _PLAIN,
    "phi3_v": _PLAIN,
    "phimoe": Layout(
        norm_vectors=2,
        qkv_bias=_ATTENTION_BIAS,
        out_bias=_ATTENTION_BIAS,
        has_head_bias=("lm_head_bias", False),
        has_experts=True,
    ),
    "starcoder2": Layout(
        is_gated=False,
        norm_vectors=2,
        qkv_bias=("use_bias", True),
        out_bias=("use_bias", True),
        mlp_bias=("use_bias", True),
        is_tied=True,
    ),
    "stablelm": Layout(norm_vectors=2, qkv_bias=("use_qkv_bias", False)),
    "cohere": Layout(norms=1, qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, is_tied=True),
    "cohere2": Layout(norms=1, qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, is_tied=True),
    "olmo": _OLMO,
    "olmo2": _OLMO2,
    "olmo3": _OLMO2,
    "olmoe": replace(_OLMO2, has_experts=True),
    "granite": _LLAMA,
    "llama4_text": Layout(
        qkv_bias=_ATTENTION_BIAS, out_bias=_ATTENTION_BIAS, has_experts=True, shared_experts=1
    ),
    "glm4_moe": Layout(qkv_bias=_ATTENTION_BIAS, has_experts=True),
    "glm": Layout(qkv_bias=_ATTENTION_BIAS),
    "glm4": Layout(qkv_bias=_ATTENTION_BIAS, norms=4),
    "chatglm": Layout(
        qkv_bias=("add_qkv_bias", False),
        out_bias=("add_bias_linear", False),
        mlp_bias=("add_bias_linear", False),
        has_head=True,
    ),
    "internlm2": Layout(qkv_bias=("bias", False), out_bias=("bias", False)),
    "smollm3": replace(_LLAMA, is_tied=True),
    "nemotron": Layout(
        is_gated=False,
        norm_vectors=2,
        qkv_bias=_ATTENTION_BIAS,
        out_bias=_ATTENTION_BIAS,
        mlp_bias=("mlp_bias", False),
    ),
    "arcee": replace(_LLAMA, is_gated=False),
    "gpt_oss": Layout(
        qkv_bias=("attention_bias", True),
        out_bias=("attention_bias", True),
        has_experts=True,
        has_expert_bias=True,
    ),
    "deepseek_v2": replace(_DEEPSEEK, mlp_bias=("mlp_bias", False)),
    "deepseek_v3": _DEEPSEEK,
    "kimi_k2": _DEEPSEEK,
    "deepseek_v32": replace(_DEEPSEEK, has_indexer=True),
    "glm_moe_dsa": replace(_DEEPSEEK, has_indexer=True),
    "minimax_m2": Layout(head_norm="full", has_experts=True),
    "gpt2": _GPT2,
    "gpt_bigcode": _GPT2,
    "gpt_neo": replace(_GPT2, qkv_bias=False),
    "gptj": Layout(
        is_gated=False,
        norm_vectors=2,
        norms=1,
        mlp_bias=True,
        has_head_bias=True,
        feed_forward_ratio=4,
    ),
    "codegen": Layout(
        is_gated=False,
        norm_vectors=2,
        norms=1,
        mlp_bias=True,
        has_head_bias=True,
        feed_forward_ratio=4,
    ),
    "gpt_neox": Layout(
        is_gated=False,
        norm_vectors=2,
        qkv_bias=("attention_bias", True),
        out_bias=("attention_bias", True),
        mlp_bias=True,
    ),
    "openai-gpt": replace(_GPT2, has_final_norm=False),
    "opt": replace(
        _GPT2,
        position_offset=2,
        qkv_bias=("enable_bias", True),
        out_bias=("enable_bias", True),
        mlp_bias=("enable_bias", True),
    ),
    "bloom": replace(_GPT2, position_offset=None, has_embedding_norm=True),
    "falcon": Layout(
        is_gated=False,
        norm_vectors=2,
        qkv_bias=("bias", False),
        out_bias=("bias", False),
        mlp_bias=("bias", False),
        is_tied=True,
        feed_forward_ratio=4,
    ),
    "mpt": Layout(is_gated=False, is_tied=True, feed_forward_ratio=4),
    "mamba": Layout(stack="mamba", norms=1, is_tied=True),
    "bert": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
    "camembert": _BERT,
    "distilbert": replace(_BERT, has_pooler=False),
    "mpnet": _BERT,
    "electra": replace(_BERT, has_pooler=False),
    "albert": replace(_BERT, is_shared=True),
    "deberta-v2": replace(_BERT, has_pooler=False),
    "bart": _BART,
    "mbart": replace(_BART, has_final_norm=True),
    "plbart": _BART,
    "pegasus": replace(_BART, has_embedding_norm=False, has_final_norm=True, position_offset=0),
    "marian": replace(_BART, has_embedding_norm=False, position_offset=0),
    "m2m_100": replace(_BART, has_embedding_norm=False, has_final_norm=True, position_offset=None),
    "whisper": replace(_BART, has_embedding_norm=False, has_final_norm=True, position_offset=0),
    "t5": _T5,
    "mt5": _T5,
    "umt5": _T5,
}
