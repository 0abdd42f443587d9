r"""How many parameters a model of a known layout has.

With width h, vocabulary V, layers L, heads H of size d, key heads K and
feed-forward size i, and the vectors of biases and norms where a layout has them:

- decoder: V h, V h again unless tied, and per layer h (H + 2 K) d + H d h for
  attention and 3 h i (gated) or 2 h i for the feed-forward part;
- experts of size e: E (3 h e) + h E for the router in place of the feed-forward
  part, in the layers that have them, and 3 h s for shared experts of size s;
- latent attention (DeepSeek-V2, arXiv 2405.04434) with ranks q and c, rotated
  part r, plain part n and values v per head: h q + q H (n + r) for queries (or
  h H (n + r)), h (c + r) + c H (n + v) for keys and values, H v h for the output;
- encoder: the same with positions, token types and pooler;
- encoder and decoder: both stacks, the decoder with attention twice;
- Mamba (arXiv 2312.00752) with inner size m, states s, rank t and kernel k, per
  layer: 2 h m + m k + m (t + 2 s) + t m + m s + m + m h.

Source: the classes of transformers 5.24, with whose modules the test suite
compares every layout. Buffers, vision and audio towers, layers for speculation
and heads of classifiers are not counted. What does not belong here: feed-forward
parts (``config_experts``) and reading the sizes (``config_facts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.snapshot.config_experts import feed_forward_parameters
from biome_pipeline.snapshot.config_sizes import UnknownSizeError, needed
from biome_pipeline.snapshot.config_values import LARGEST
from biome_pipeline.vocabulary.model_layouts import LAYOUTS

if TYPE_CHECKING:
    from biome_pipeline.snapshot.config_sizes import Sizes
    from biome_pipeline.vocabulary.model_layouts import Layout

__all__ = ["computed_parameters"]

_HEADLESS = ("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering")


def computed_parameters(sizes: Sizes) -> int | None:
    """Count the parameters of a text model.

    Parameters
    ----------
    sizes : Sizes
        The model.

    Returns
    -------
    int or None
        None if the layout of its type is not known, a size that the layout needs
        is not known, or the number is beyond 64 bits.
    """
    layout = LAYOUTS.get(sizes.model_type or "")
    if layout is None:
        return None
    count = {
        "decoder": _decoder,
        "encoder": _encoder,
        "encoder_decoder": _encoder_decoder,
        "t5": _t5,
        "mamba": _mamba,
    }[layout.stack]
    try:
        total = count(sizes, layout)
    except UnknownSizeError:
        return None
    return total if total <= LARGEST else None


def _decoder(sizes: Sizes, layout: Layout) -> int:
    width, layers = needed(sizes.hidden_size), needed(sizes.num_layers)
    attention = _latent_attention if layout.has_latent_attention else _attention
    # OPT may embed in another size than it computes in.
    embedded = sizes.size("word_embed_proj_dim", default=width)
    n_norms = layers * _norms(sizes, layout) + layout.has_final_norm + layout.has_embedding_norm
    total = (
        needed(sizes.vocab_size) * embedded
        + (2 * width * embedded if embedded != width else 0)
        + _positions(sizes, layout)
        + layers * attention(sizes, layout)
        + feed_forward_parameters(sizes, layout)
        + n_norms * _norm(sizes, layout)
    )
    if _has_head(sizes, layout):
        vocabulary = needed(sizes.vocab_size)
        total += 0 if sizes.is_tied else vocabulary * embedded
        total += vocabulary if sizes.is_on(layout.has_head_bias) else 0
    return total


def _has_head(sizes: Sizes, layout: Layout) -> bool:
    """Tell whether the published class has an output layer; unknown classes do."""
    name = sizes.architecture or ""
    is_bare = name.endswith("Model") and not name.endswith(("LMHeadModel", "HeadsModel"))
    return layout.has_head or not (is_bare or name.endswith(_HEADLESS))


def _norm(sizes: Sizes, layout: Layout) -> int:
    return layout.norm_vectors * needed(sizes.hidden_size)


def _norms(sizes: Sizes, layout: Layout) -> int:
    """Count the norms of a layer, where a switch of the config changes them."""
    flag = sizes.config.flag
    if sizes.model_type == "falcon":
        if flag("new_decoder_architecture"):
            return sizes.size("num_ln_in_parallel_attn", default=2)
        return 2 if flag("parallel_attn") is False else 1
    if sizes.model_type == "stablelm":
        return 1 if flag("use_parallel_residual") else 2
    return layout.norms


def _positions(sizes: Sizes, layout: Layout) -> int:
    if layout.position_offset is None:
        return 0
    return (needed(sizes.context_length) + layout.position_offset) * needed(sizes.hidden_size)


def _attention(sizes: Sizes, layout: Layout) -> int:
    """Count one attention: four matrices, their biases, and norms of heads."""
    width, heads, size = needed(sizes.hidden_size), needed(sizes.num_heads), needed(sizes.head_dim)
    kv_heads = needed(sizes.num_kv_heads)
    queries, keys = heads * size, kv_heads * size
    total = width * (queries + 2 * keys) + queries * width
    total += queries + 2 * keys if sizes.is_on(layout.qkv_bias) else 0
    total += width if sizes.is_on(layout.out_bias) else 0
    total += heads if layout.has_expert_bias else 0
    if layout.head_norm == "head":
        total += 2 * size
    elif layout.head_norm == "full":
        total += queries + keys
    flag = sizes.config.flag
    if flag("qk_layernorm") and sizes.model_type == "stablelm":
        total += queries + keys
    elif flag("qk_layernorm") and sizes.model_type == "phi":
        total += 4 * size
    elif flag("use_qk_norm") and sizes.model_type == "cohere":
        total += queries + keys
    elif flag("use_qk_norm") and sizes.model_type == "glm4_moe":
        total += 2 * size
    return total


def _latent_attention(sizes: Sizes, layout: Layout) -> int:
    width, heads = needed(sizes.hidden_size), needed(sizes.num_heads)
    rank = sizes.size("kv_lora_rank")
    rotated, plain = sizes.size("qk_rope_head_dim"), sizes.size("qk_nope_head_dim")
    values = sizes.size("v_head_dim")
    query_rank = sizes.size("q_lora_rank", default=0)
    queries = heads * (plain + rotated)
    total = width * (rank + rotated) + rank + rank * heads * (plain + values)
    total += heads * values * width
    total += width * query_rank + query_rank + query_rank * queries if query_rank else 0
    total += 0 if query_rank else width * queries
    if sizes.is_on(layout.qkv_bias):
        total += query_rank + rank + rotated + width
    if layout.has_indexer:
        index_heads, index_size = sizes.size("index_n_heads"), sizes.size("index_head_dim")
        total += query_rank * index_heads * index_size + width * index_size
        total += 2 * index_size + width * index_heads
    return total


def _encoder(sizes: Sizes, layout: Layout) -> int:
    width, layers = needed(sizes.hidden_size), needed(sizes.num_layers)
    vocabulary, wide = needed(sizes.vocab_size), needed(sizes.intermediate_size)
    # ALBERT and ELECTRA embed in fewer dimensions.
    embedded = sizes.size("embedding_size", default=width)
    is_deberta = sizes.model_type == "deberta-v2"
    has_positions = sizes.config.flag("position_biased_input") is not False or not is_deberta
    types_default = {"distilbert": 0, "mpnet": 0, "deberta-v2": 0}.get(sizes.model_type or "", 2)
    rows = vocabulary + sizes.size("type_vocab_size", default=types_default)
    rows += needed(sizes.context_length) if has_positions else 0
    layer = 4 * (width * width + width) + 2 * width * wide + wide + width + 4 * width
    total = rows * embedded + 2 * embedded
    total += embedded * width + width if embedded != width or layout.is_shared else 0
    total += layer * (1 if layout.is_shared else layers)
    total += width * width + width if layout.has_pooler else 0
    if sizes.model_type == "mpnet":
        total += sizes.size("relative_attention_num_buckets", default=32) * needed(sizes.num_heads)
    return total + (_relative_positions(sizes) if is_deberta else 0)


def _relative_positions(sizes: Sizes) -> int:
    """Count what DeBERTa has beside its layers."""
    width = needed(sizes.hidden_size)
    total = 0
    if sizes.config.flag("relative_attention"):
        buckets = sizes.config.number("position_buckets", lowest=-LARGEST)
        if buckets is None or buckets < 1:
            buckets = sizes.config.number("max_relative_positions", "max_position_embeddings")
        total += 2 * needed(buckets) * width
    if "layer_norm" in (sizes.config.word("norm_rel_ebd") or ""):
        total += 2 * width
    kernel = sizes.size("conv_kernel_size", default=0)
    return total + (kernel * width * width + 3 * width if kernel else 0)


def _encoder_decoder(sizes: Sizes, layout: Layout) -> int:
    width = needed(sizes.hidden_size)
    attention = 4 * (width * width + width)
    attention -= width if sizes.model_type == "whisper" else 0
    norm = 2 * width
    total = 0
    for name, n_attention in (("encoder", 1), ("decoder", 2)):
        wide = sizes.size(f"{name}_ffn_dim")
        layer = n_attention * (attention + norm) + norm + 2 * width * wide + wide + width
        total += sizes.size(f"{name}_layers") * layer
        total += norm * (layout.has_embedding_norm + layout.has_final_norm)
    if sizes.is_tied is False and sizes.model_type != "whisper":
        # How many tables there are then differs between versions of transformers.
        raise UnknownSizeError
    total += needed(sizes.vocab_size) * width * (1 if sizes.is_tied is not False else 2)
    if sizes.model_type == "whisper":
        bins = sizes.size("num_mel_bins")
        total += 3 * bins * width + width + 3 * width * width + width
        return total + (sizes.size("max_source_positions") + needed(sizes.context_length)) * width
    return total + 2 * _positions(sizes, layout)


def _t5(sizes: Sizes, layout: Layout) -> int:
    width, inner = needed(sizes.hidden_size), needed(sizes.num_heads) * needed(sizes.head_dim)
    wide, layers = needed(sizes.intermediate_size), needed(sizes.num_layers)
    is_gated = sizes.config.flag("is_gated_act")
    if is_gated is None:
        is_gated = (sizes.config.word("feed_forward_proj") or "relu").startswith("gated")
    feed_forward = (3 if is_gated else 2) * width * wide + width
    attention = 4 * width * inner + width
    buckets = sizes.size("relative_attention_num_buckets", default=32) * needed(sizes.num_heads)
    decoders = sizes.size("num_decoder_layers", default=layers)
    if (sizes.architecture or "").endswith("EncoderModel"):
        decoders = 0
    # UMT5 keeps a table of biases per layer, its ancestors one per stack.
    each = sizes.model_type == "umt5"
    total = layers * (attention + feed_forward) + buckets * (layers if each else 1) + width
    if decoders:
        total += decoders * (2 * attention + feed_forward) + width
        total += buckets * (decoders if each else 1)
    tables = 1 if sizes.is_tied is not False or not decoders else 2
    return total + tables * needed(sizes.vocab_size) * width


def _mamba(sizes: Sizes, layout: Layout) -> int:
    width, layers = needed(sizes.hidden_size), needed(sizes.num_layers)
    inner = sizes.size("intermediate_size", "d_inner", default=2 * width)
    states, kernel = sizes.size("state_size", default=16), sizes.size("conv_kernel", default=4)
    rank = sizes.size("time_step_rank", default=-(-width // 16))
    layer = 2 * width * inner + inner * (rank + 2 * states) + rank * inner + inner
    layer += inner * kernel + inner * states + inner + inner * width + width
    layer += inner if sizes.is_on(("use_conv_bias", True)) else 0
    layer += 2 * inner + width if sizes.is_on(("use_bias", False)) else 0
    total = needed(sizes.vocab_size) * width * (1 if sizes.is_tied is not False else 2)
    return total + layers * layer + width * layout.has_final_norm
