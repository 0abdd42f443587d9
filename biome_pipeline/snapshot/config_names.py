"""Where a fact stands in a ``config.json``: the names that configs use for it.

Configs rename, nest and omit; this table is all that the package knows of that.
Source: the configuration classes of transformers 5.24, against which the test
suite compares every model type, and configs of models with code of their own.
What does not belong here: reading values (``config_values``).

A name may be a path (``ffn_config.moe_top_k``); a name that ends in ``[]`` is a
list, and the fact is its length.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "EXCEPTIONS",
    "NAMED_SECTIONS",
    "NAMES",
    "TEXT_SECTIONS",
    "TOWER_SECTIONS",
    "FactNames",
    "NameException",
]

TEXT_SECTIONS: tuple[str, ...] = (
    "text_config",
    "language_config",  # DeepSeek-VL, Janus
    "llm_config",  # InternVL
    "llm_cfg",  # NVLM, Eagle
    "language",  # a word in others, the object counts alone
    "thinker_config",  # Qwen Omni: the part that reads and answers
    "vlm_config",  # ColPali: a vision-language model, which nests again
    "decoder",  # pairs of an encoder and a decoder: the decoder writes text
    "global_config",  # BLT: the transformer over patches, between two small ones over bytes
    "decoder_config",
    "generator",  # RAG
    "text_encoder",
)
"""Objects that hold the text model of a composite one; the first that is there counts."""

NAMED_SECTIONS: tuple[str, ...] = (
    "decoder",
    "decoder_config",
    "generator",
    "global_config",
    "text_encoder",
)
"""Words that also stand for less than a model; they count if they name a ``model_type``."""

TOWER_SECTIONS: tuple[str, ...] = (
    "vision_config",
    "visual",
    "vision_tower_config",
    "image_config",
    "img_processor",
    "audio_config",
    "audio_encoder_config",
    "speech_config",
    "video_config",
    "backbone_config",
    "encoder_config",
    "encoder",
    "vq_config",
    "talker_config",
)
"""Objects that describe another tower; nothing is ever read out of them."""


@dataclass(frozen=True)
class FactNames:
    """The names of one fact, in the order in which they are tried.

    Parameters
    ----------
    names : tuple of str
        Keys or paths.
    lowest : int
        Least value that makes sense.
    """

    names: tuple[str, ...]
    lowest: int = 1


NAMES: dict[str, FactNames] = {
    "hidden_size": FactNames(
        (
            "hidden_size",
            "d_model",
            "n_embd",
            "n_embed",
            "emb_dim",
            "embed_dim",
            "model_dim",
            "dim",
        )
    ),
    "num_layers": FactNames(
        (
            "num_hidden_layers",
            "n_layer",
            "n_layers",
            "num_layers",
            "encoder_layers",
            "decoder_layers",
            "encoder_num_hidden_layers",
            "decoder_num_hidden_layers",
            "layers",
            "depth",
            "num_encoder_layers",
            "num_blocks",
            # One entry a layer, where the number itself is not written.
            "layers_block_type[]",
            "layer_types[]",
        )
    ),
    "num_heads": FactNames(
        (
            "num_attention_heads",
            "n_head",
            "n_heads",
            "num_heads",
            "attention_heads",
            "encoder_attention_heads",
            "decoder_attention_heads",
            "encoder_num_attention_heads",
            "decoder_num_attention_heads",
            "num_encoder_attention_heads",
        )
    ),
    "num_kv_heads": FactNames(
        (
            "num_key_value_heads",
            "num_kv_heads",
            "n_head_kv",
            "n_kv_heads",
            "kv_n_heads",
            "num_query_groups",
            "num_attention_groups",
            "decoder_num_key_value_heads",
            "attn_config.kv_n_heads",
        )
    ),
    "head_dim": FactNames(("head_dim", "d_kv", "kv_channels", "attention_head_dim")),
    "intermediate_size": FactNames(
        (
            "intermediate_size",
            "ffn_hidden_size",
            "d_ff",
            "ffn_dim",
            "n_inner",
            "d_inner",
            "encoder_ffn_dim",
            "decoder_ffn_dim",
            "dim_feedforward",
            "ffn_config.ffn_hidden_size",
            # Of models whose every layer has experts, and no other size.
            "moe_intermediate_size",
        ),
        lowest=0,
    ),
    "vocab_size": FactNames(
        ("vocab_size", "padded_vocab_size", "n_words", "tgt_vocab_size", "text_vocab_size")
    ),
    "context_length": FactNames(
        (
            "max_position_embeddings",
            "n_positions",
            "max_seq_len",
            "max_sequence_length",
            "seq_length",
            "model_max_length",
            "max_target_positions",
            "max_decoder_position_embeddings",
            "context_length",
            "n_ctx",
        )
    ),
    "num_experts": FactNames(
        (
            "num_experts",
            "num_local_experts",
            "n_routed_experts",
            "moe_num_experts",
            "num_routed_experts",
            "ffn_config.moe_num_experts",
        ),
        lowest=0,
    ),
    "experts_per_token": FactNames(
        (
            "num_experts_per_tok",
            "num_experts_per_token",
            "experts_per_token",
            "top_k_experts",
            "moe_topk",
            "moe_top_k",
            "moe_k",
            "num_selected_experts",
            "ffn_config.moe_top_k",
        ),
        lowest=0,
    ),
}


@dataclass(frozen=True)
class NameException:
    """Names that some model types use in another sense than everybody else.

    Parameters
    ----------
    fact : str
        The fact.
    model_types : tuple of str
        Model types of the object that is read.
    names : tuple of str
        The names in place of all others; none if the fact does not stand there.
    reason : str
        Why.
    """

    fact: str
    model_types: tuple[str, ...]
    names: tuple[str, ...]
    reason: str


EXCEPTIONS: tuple[NameException, ...] = (
    NameException(
        "intermediate_size",
        ("distilbert",),
        ("hidden_dim",),
        "Its hidden size is dim, and hidden_dim is the feed-forward size.",
    ),
    NameException(
        "hidden_size",
        ("granite_speech_encoder", "granite_speech_plus_encoder", "mask2former", "oneformer"),
        ("hidden_dim",),
        "Here hidden_dim is the width; elsewhere it is the feed-forward size.",
    ),
    NameException(
        "hidden_size",
        ("inkling_audio",),
        ("text_hidden_size",),
        "The tower computes in the width of the text model.",
    ),
    NameException(
        "num_layers",
        ("mask2former", "oneformer"),
        ("decoder_layers",),
        "The encoder is of pixels; the transformer is the decoder.",
    ),
    NameException(
        "num_layers",
        ("convnext", "convnextv2"),
        ("num_stages",),
        "Transformers calls the stages of a convolution net its layers.",
    ),
    NameException(
        "num_layers",
        ("segformer",),
        ("num_encoder_blocks",),
        "Transformers calls the stages its layers.",
    ),
    NameException(
        "num_layers",
        ("funnel",),
        (),
        "The layers are the sum of block_sizes, times their repeats.",
    ),
    NameException(
        "num_kv_heads",
        ("voxtral_realtime_encoder",),
        ("num_attention_heads",),
        "Every head has its own keys, and there is no key for fewer.",
    ),
    NameException(
        "head_dim",
        ("zamba", "zamba2"),
        ("attention_head_dim",),
        "Attention runs over the input and the first embedding side by side, at twice the width.",
    ),
)
