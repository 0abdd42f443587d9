"""What a model type declares where a config is silent, and which types can be read.

Gathered by hand from the configuration and modelling classes of transformers 5.24, and
from the classes that models bring themselves. A type that is not here is refused: what
its layers are is not known. What does not belong here: which keys hold what (``keys``),
and what counts parameters (``vocabulary.model_layouts``).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "QK_NORMED", "REFUSED", "UNGATED", "Kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """Defaults of a model type.

    Parameters
    ----------
    name : str
        The type.
    vocabulary, hidden, layers, heads, kv_heads, head_dim, feed_forward, context : int, optional
        Sizes, in features, tokens or pieces; None: as many heads of keys as of queries,
        ``hidden / heads``, the layout's multiple of `hidden`, and otherwise no default.
    theta : float, optional
        Base of the rotary angles; None: the type has no rotary positions.
    share : float
        Part of a head's features that is rotated.
    is_tied : bool
        Whether the head is the embedding.
    activation : str
        In transformers' words.
    """

    name: str
    vocabulary: int | None
    hidden: int | None
    layers: int | None
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    feed_forward: int | None
    context: int | None
    theta: float | None
    share: float
    is_tied: bool
    activation: str


# Columns as in Kind; "=", "/" and "-" are None.
_TABLE = """
llama 32000 4096 32 32 = / 11008 2048 1e4 1 0 silu
mistral 32000 4096 32 32 8 / 14336 131072 1e4 1 0 silu
ministral3 131072 4096 34 32 8 128 14336 262144 1e6 1 0 silu
ministral 32000 4096 32 32 8 / 14336 131072 1e4 1 0 silu
mixtral 32000 4096 32 32 8 / 14336 131072 1e6 1 0 silu
qwen 151936 4096 32 32 = / 22016 8192 1e4 1 0 silu
qwen2 151936 4096 32 32 = / 22016 32768 1e4 1 0 silu
qwen2_moe 151936 2048 24 16 = / 5632 32768 1e4 1 0 silu
qwen2_vl_text 152064 8192 80 64 8 / 29568 32768 1e6 1 0 silu
qwen2_5_vl_text 152064 8192 80 64 8 / 29568 32768 1e6 1 0 silu
qwen3 151936 4096 32 32 = 128 22016 32768 1e4 1 0 silu
qwen3_moe 151936 2048 24 32 4 / 6144 32768 1e4 1 0 silu
qwen3_vl_text 151936 4096 32 32 = 128 22016 128000 5e5 1 0 silu
qwen3_vl_moe_text 151936 2048 24 16 = / 5632 128000 5e5 1 1 silu
qwen3_next 151936 2048 48 16 2 256 5632 32768 1e4 0.25 0 silu
qwen3_5_text 248320 4096 32 16 4 256 12288 32768 1e4 0.25 0 silu
qwen3_5_moe_text 248320 2048 40 16 2 256 - 32768 1e4 0.25 0 silu
gemma 256000 3072 28 16 = 256 24576 8192 1e4 1 1 gelu_pytorch_tanh
gemma2 256000 2304 26 8 4 256 9216 8192 1e4 1 1 gelu_pytorch_tanh
gemma3_text 262208 2304 26 8 4 256 9216 131072 1e6 1 1 gelu_pytorch_tanh
gemma4_text 262144 2304 30 8 4 256 9216 131072 1e6 0.25 1 gelu_pytorch_tanh
phi 51200 2048 24 32 = / 8192 2048 1e4 0.5 0 gelu_new
phi3 32064 3072 32 32 = / 8192 4096 1e4 1 0 silu
phimoe 32064 4096 32 32 8 / 6400 131072 1e6 1 0 silu
starcoder2 49152 3072 30 24 2 / 12288 4096 1e4 1 1 gelu_pytorch_tanh
stablelm 50304 2560 32 32 = / 6912 4096 1e4 0.25 0 silu
cohere 256000 8192 40 64 = / 22528 8192 5e5 1 1 silu
cohere2 256000 8192 40 64 = / 22528 8192 1e4 1 1 silu
olmo 50304 4096 32 32 = / 11008 2048 1e4 1 0 silu
olmo2 50304 4096 32 32 = / 11008 2048 1e4 1 0 silu
olmo3 50304 4096 32 32 = / 11008 2048 5e5 1 0 silu
olmoe 50304 2048 16 16 = / 2048 4096 1e4 1 0 silu
granite 32000 4096 32 32 = / 11008 2048 1e4 1 0 silu
granitemoe 32000 4096 32 32 = / 11008 2048 1e4 1 0 silu
granitemoeshared 32000 4096 32 32 = / 11008 2048 1e4 1 0 silu
granitemoehybrid 32000 4096 32 32 = / 11008 2048 1e4 1 0 silu
llama4_text 202048 5120 48 40 8 128 8192 131072 5e5 1 0 silu
chatglm 65024 4096 28 32 = / 13696 2048 1e4 0.5 0 silu
glm 151552 4096 40 32 2 128 13696 131072 1e4 0.5 0 silu
glm4 151552 4096 40 32 2 128 13696 131072 1e4 0.5 0 silu
glm4_moe 151552 4096 46 96 8 / 10944 131072 1e4 0.5 0 silu
glm4_moe_lite 154880 2048 47 20 = / 10240 202752 1e4 1 0 silu
glm_moe_dsa 154880 6144 78 64 = / 12288 202752 1e4 1 0 silu
internlm2 103168 4096 32 32 = / 11008 2048 1e4 1 0 silu
internlm3 128512 4096 48 32 2 128 10240 32768 1e4 1 0 silu
smollm3 128256 2048 36 16 4 / 11008 32768 2e6 1 1 silu
nemotron 256000 6144 32 48 = / 24576 4096 1e4 0.5 0 relu2
nemotron-nas 32000 4096 32 32 = / - 2048 1e4 1 0 silu
nemotron_h 131072 4096 4 32 8 128 21504 4096 - 1 0 relu2
arcee 32000 2560 32 32 = / 18432 4096 1e4 1 0 relu2
gpt_oss 201088 2880 36 64 8 64 2880 131072 1.5e5 1 0 silu
deepseek_v2 102400 4096 32 32 = / 11008 2048 1e4 1 0 silu
deepseek_v3 129280 7168 61 128 = / 18432 4096 1e4 1 0 silu
deepseek_v32 129280 7168 61 128 = / 18432 163840 1e4 1 0 silu
deepseek_v4 129280 4096 43 64 1 512 - 1048576 1e4 0.125 0 silu
minimax 32000 4096 32 32 8 / 14336 131072 1e6 1 0 silu
minimax_m2 200064 3072 62 48 8 128 1536 196608 5e6 1 0 silu
exaone 102400 2048 32 32 = / - 2048 1e4 1 0 silu
exaone4 102400 4096 32 32 = / 16384 2048 1e4 1 0 silu
ernie4_5 103424 1024 18 16 2 128 3072 131072 5e5 1 1 silu
ernie4_5_moe 103424 2560 28 20 4 / 12288 131072 5e5 1 1 silu
mllama_text_model 128256 4096 40 32 8 / 14336 131072 5e5 1 0 silu
seed_oss 155136 4096 64 80 8 128 27648 524288 1e4 1 0 silu
hunyuan_v1_dense 290943 4096 32 32 = / 11008 2048 1e4 1 0 silu
chameleon 65536 4096 32 32 = / 11008 4096 1e4 1 0 silu
persimmon 262144 4096 36 64 = / 16384 16384 1e4 0.5 0 relu2
helium 48000 2560 24 20 = 128 7040 4096 1e5 1 0 silu
step3p7 128815 4096 45 64 8 128 11264 128000 1e4 1 0 silu
xverse 100278 4096 32 32 = / 11008 2048 1e4 1 0 silu
baichuan - - - - = / - 4096 1e4 1 0 silu
gpt2 50257 768 12 12 = / - 1024 - 1 1 gelu_new
gpt_bigcode 50257 768 12 12 = / - 1024 - 1 1 gelu_pytorch_tanh
gpt_neo 50257 2048 24 16 = / - 2048 - 1 1 gelu_new
gptj 50400 4096 28 16 = / - 2048 1e4 1 0 gelu_new
codegen 50400 4096 28 16 = / - 2048 1e4 1 0 gelu_new
gpt_neox 50432 6144 44 64 = / 24576 2048 1e4 0.25 0 gelu
openai-gpt 40478 768 12 12 = / - 512 - 1 1 gelu
opt 50272 768 12 12 = / 3072 2048 - 1 1 relu
bloom 250880 64 2 8 = / - 2048 - 1 1 gelu
falcon 65024 4544 32 71 = / - 2048 1e4 1 1 gelu
mpt 50368 2048 24 16 = / - 2048 1e4 1 1 gelu
mamba2 32768 4096 64 - = / - 2048 - 1 0 silu
bamba 128000 4096 32 32 8 / 14336 262144 1e4 0.5 0 silu
falcon_h1 128000 4096 32 32 8 / 14336 8192 1e4 1 0 silu
"""


def _row(line: str) -> Kind:
    name, *cells = line.split()
    sizes = (None if cell in "-=/" else int(cell) for cell in cells[:8])
    vocabulary, hidden, layers, heads, kv_heads, head_dim, feed_forward, context = sizes
    theta, share, is_tied, activation = cells[8:]
    return Kind(
        name=name,
        vocabulary=vocabulary,
        hidden=hidden,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        feed_forward=feed_forward,
        context=context,
        theta=None if theta == "-" else float(theta),
        share=float(share),
        is_tied=is_tied == "1",
        activation=activation,
    )


KINDS: dict[str, Kind] = {row.name: row for row in map(_row, _TABLE.strip().splitlines())}
"""Types that are read, each by what its own class does."""

_READ_AS = {
    # The same layers under another name, all of Llama's class.
    "Yi": "llama",
    "internlm": "llama",
    "code_llama": "llama",
    "vicuna": "llama",
    "phi3_v": "phi3",
    "kimi_k2": "deepseek_v3",
    "deepseek_ref": "deepseek_v4",
    "minimax_text_01": "minimax",
    "RefinedWeb": "falcon",
    "RefinedWebModel": "falcon",
    # Whole models of text and images whose text model the config does not name.
    "chameleon_text": "chameleon",
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "kimi_k25": "deepseek_v3",
    "llama4": "llama4_text",
    "llava": "llama",
    "llava_next": "llama",
    "mistral3": "mistral",
    "mllama": "mllama_text_model",
    "multi_modality": "llama",
    "paligemma": "gemma",
    "qwen2_5_vl": "qwen2_5_vl_text",
    "qwen2_vl": "qwen2_vl_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "qwen3_vl": "qwen3_vl_text",
    "qwen3_vl_moe": "qwen3_vl_moe_text",
    "step3p5": "step3p7",
}


def kind_of(model_type: str) -> Kind | None:
    """Find the defaults of a model type.

    Parameters
    ----------
    model_type : str
        As a config writes it.

    Returns
    -------
    Kind or None
        None if the type cannot be read.
    """
    return KINDS.get(_READ_AS.get(model_type, model_type))


_MAMBA = "the state of Mamba 1 differs from feature to feature"

REFUSED: dict[str, str] = {
    "mamba": _MAMBA,
    "falcon_mamba": _MAMBA,
    "jamba": _MAMBA,
    "zamba": f"{_MAMBA}, and one attention is shared by many layers",
    "zamba2": "one attention is shared by many layers",
    "plamo2": _MAMBA,
    "recurrentgemma": "its recurrence is gated and linear",
    "recurrent_gemma": "its recurrence is gated and linear",
    "rwkv": "its mixing of tokens is a recurrence of its own",
    "xlstm": "its mixing of tokens is a recurrence of its own",
    "lfm2": "its mixer is a gated convolution",
    "lfm2_moe": "its mixer is a gated convolution",
    "gemma3n": "its residual stream is fourfold (AltUp)",
    "gemma3n_text": "its residual stream is fourfold (AltUp)",
    "kimi_linear": "linear and latent attention have sizes that differ",
    "longcat_flash": "a layer holds two attentions, and some experts do nothing",
    "minicpm3": "its latent attention scales the residual stream by depth",
}
"""Types whose layers are known and cannot be said by a genome, and why."""

QK_NORMED = frozenset(
    [
        "qwen3_next",
        "qwen3_5_text",
        "qwen3_5_moe_text",
        "gemma4_text",
        "exaone4",
        "hunyuan_v1_dense",
        "chameleon",
        "step3p7",
    ]
)
"""Types that always norm queries and keys, beyond those whose layout says so."""

UNGATED = frozenset({"persimmon", "nemotron_h"})
"""Types whose feed-forward has two matrices, beyond those whose layout says so."""
