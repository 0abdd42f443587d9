"""Architectures: the numbers of a config, how many parameters they make, how they mutate.

The numbers of each foundation are those of a published architecture of that
size, so that the parameters they make are the counted ones of its rows.

What does not belong here: how configs write the numbers (`config_files`), and
which model mutates (`configs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["ARCHITECTURES", "DECODERS", "Architecture", "architecture_of"]

DECODERS: frozenset[str] = frozenset({"llama", "mistral", "qwen2"})
"""Model types that are decoders and nothing else."""

_VISION_TOWER = 303_507_456
"""Parameters of the image encoder of LLaVA: 24 layers of width 1024, patches of 14."""

_VISION_WIDTH = 1024


@dataclass(frozen=True)
class Architecture:
    """The numbers of a config; None where they do not exist.

    Attributes
    ----------
    model_type : str
        As in ``config.json``.
    hidden_size, num_layers : int
        Width and depth; of models with an encoder its depth.
    num_heads, num_kv_heads, head_dim : int or None
        Attention heads, those of keys and values, and their width where it is
        not hidden size / heads.
    intermediate_size : int or None
        Width of the feed-forward layers.
    vocab_size, context_length : int or None
        Tokens, and positions.
    original_context_length : int or None
        Positions before an ancestor extended them; None if none did.
    has_tied_embeddings : bool or None
        Whether input and output embeddings are one matrix; None where the
        config does not say it.
    rope_theta : float or None
        Base of the rotary positions; None where they are not rotary.
    num_experts, experts_per_token : int or None
        Experts of each layer, and how many of them a token meets.
    """

    model_type: str
    hidden_size: int
    num_layers: int
    num_heads: int | None = None
    num_kv_heads: int | None = None
    intermediate_size: int | None = None
    vocab_size: int | None = None
    context_length: int | None = None
    head_dim: int | None = None
    has_tied_embeddings: bool | None = None
    rope_theta: float | None = None
    original_context_length: int | None = None
    num_experts: int | None = None
    experts_per_token: int | None = None

    @property
    def parameters(self) -> int | None:
        """Number of parameters that the numbers make.

        Returns
        -------
        int or None
            Of the model with its usual head; None where these numbers do not
            determine it (speech synthesis, shifted windows, GPT-2, DistilBERT).
        """
        if self.model_type in DECODERS:
            return self._of_decoder()
        if self.model_type == "llava":
            projector = _linear(_VISION_WIDTH, self.hidden_size)
            projector += _linear(self.hidden_size, self.hidden_size)
            return self._of_decoder() + _VISION_TOWER + projector
        if self.model_type in {"bert", "roberta"}:
            return self._of_encoder()
        if self.model_type in {"marian", "whisper"}:
            return self._of_pair()
        return None

    def with_vocabulary(self, vocab_size: int) -> Architecture:
        """Resize the vocabulary.

        Parameters
        ----------
        vocab_size : int
            The new number of tokens.

        Returns
        -------
        Architecture
            The changed numbers.
        """
        return replace(self, vocab_size=vocab_size)

    def with_longer_context(self, factor: int) -> Architecture:
        """Extend the context by scaling rotary positions.

        Parameters
        ----------
        factor : int
            How many times as long.

        Returns
        -------
        Architecture
            The changed numbers.
        """
        assert self.context_length is not None, "only known contexts grow"
        original = self.original_context_length or self.context_length
        return replace(
            self,
            context_length=self.context_length * factor,
            original_context_length=original,
        )

    def with_layers_twice(self) -> Architecture:
        """Let half of the layers stand twice, as merges of one model with itself do.

        Returns
        -------
        Architecture
            The changed numbers.
        """
        return replace(self, num_layers=self.num_layers + self.num_layers // 2)

    def with_experts(self) -> Architecture:
        """Let each feed-forward layer stand four times, two of them for each token.

        Returns
        -------
        Architecture
            The changed numbers.
        """
        return replace(self, num_experts=4, experts_per_token=2)

    def _of_decoder(self) -> int:
        assert self.num_heads
        assert self.num_kv_heads
        assert self.intermediate_size
        assert self.vocab_size
        head_dim = self.head_dim or self.hidden_size // self.num_heads
        queries, keys = self.num_heads * head_dim, self.num_kv_heads * head_dim
        attention = self.hidden_size * (2 * queries + 2 * keys)
        if self.model_type == "qwen2":
            # The only one of them with biases.
            attention += queries + 2 * keys
        feed_forward = 3 * self.hidden_size * self.intermediate_size
        if self.num_experts:
            feed_forward = self.num_experts * (feed_forward + self.hidden_size)
        layer = attention + feed_forward + 2 * self.hidden_size
        embeddings = self.vocab_size * self.hidden_size * (1 if self.has_tied_embeddings else 2)
        return embeddings + self.num_layers * layer + self.hidden_size

    def _of_encoder(self) -> int:
        assert self.intermediate_size
        assert self.vocab_size
        assert self.context_length
        width, inner = self.hidden_size, self.intermediate_size
        token_types = 2 if self.model_type == "bert" else 1
        embeddings = (self.vocab_size + self.context_length + token_types + 2) * width
        layer = 4 * _linear(width, width) + _linear(width, inner) + _linear(inner, width)
        head = _linear(width, width) + 2 * width + self.vocab_size
        return embeddings + self.num_layers * (layer + 4 * width) + head

    def _of_pair(self) -> int:
        assert self.intermediate_size
        assert self.vocab_size
        width, inner = self.hidden_size, self.intermediate_size
        attention = 4 * _linear(width, width)
        feed_forward = _linear(width, inner) + _linear(inner, width)
        if self.model_type == "whisper":
            # Keys have no bias; two convolutions read the spectrum, of 128
            # bands in the large model; positions of sound and of text.
            attention -= width
            bands = 128 if width == 1280 else 80
            other = 3 * bands * width + width + 3 * width * width + width
            other += (1500 + 448 + 4) * width
        else:
            assert self.context_length
            other = 2 * self.context_length * width
        encoder = self.num_layers * (attention + feed_forward + 4 * width)
        decoder = self.num_layers * (2 * attention + feed_forward + 6 * width)
        return self.vocab_size * width + encoder + decoder + other


def _linear(n_in: int, n_out: int) -> int:
    return n_in * n_out + n_out


def _decoder(
    model_type: str,
    shape: tuple[int, int, int, int, int],
    vocab_size: int,
    context_length: int,
    rope_theta: float,
    *,
    is_tied: bool = False,
    head_dim: int | None = None,
) -> Architecture:
    width, layers, heads, kv_heads, inner = shape
    return Architecture(
        model_type, width, layers, heads, kv_heads, inner, vocab_size, context_length,
        head_dim, is_tied, rope_theta,
    )  # fmt: skip


def _qwen(shape: tuple[int, int, int, int, int], vocab_size: int, *, is_tied: bool) -> Architecture:
    return _decoder("qwen2", shape, vocab_size, 32_768, 1e6, is_tied=is_tied)


def _plain(
    model_type: str, shape: tuple[int, int, int, int], vocab_size: int, context: int | None
) -> Architecture:
    width, layers, heads, inner = shape
    return Architecture(model_type, width, layers, heads, None, inner, vocab_size, context)


ARCHITECTURES: Mapping[str, tuple[Architecture, ...]] = {
    "llama": (
        _decoder("llama", (2048, 16, 32, 8, 8192), 128_256, 131_072, 5e5, is_tied=True),
        _decoder("llama", (3072, 28, 24, 8, 8192), 128_256, 131_072, 5e5, is_tied=True),
        _decoder("llama", (4096, 32, 32, 32, 11_008), 32_000, 4096, 1e4),
        _decoder("llama", (4096, 32, 32, 8, 14_336), 128_256, 8192, 5e5),
        _decoder("llama", (5120, 40, 40, 40, 13_824), 32_000, 4096, 1e4),
        _decoder("llama", (8192, 80, 64, 8, 28_672), 128_256, 8192, 5e5),
    ),
    "mistral": (
        _decoder("mistral", (4096, 32, 32, 8, 14_336), 32_000, 32_768, 1e4),
        _decoder("mistral", (5120, 40, 32, 8, 14_336), 131_072, 131_072, 1e6, head_dim=128),
    ),
    "qwen2": (
        _qwen((896, 24, 14, 2, 4864), 151_936, is_tied=True),
        _qwen((1536, 28, 12, 2, 8960), 151_936, is_tied=True),
        _qwen((3584, 28, 28, 4, 18_944), 152_064, is_tied=False),
        _qwen((5120, 48, 40, 8, 13_824), 152_064, is_tied=False),
        _qwen((5120, 64, 40, 8, 27_648), 152_064, is_tied=False),
    ),
    "bert": (
        _plain("bert", (768, 12, 12, 3072), 30_522, 512),
        _plain("bert", (1024, 24, 16, 4096), 30_522, 512),
    ),
    "roberta": (
        _plain("roberta", (768, 12, 12, 3072), 50_265, 514),
        _plain("roberta", (1024, 24, 16, 4096), 50_265, 514),
    ),
    "marian": (
        _plain("marian", (512, 6, 8, 2048), 58_101, 512),
        _plain("marian", (1024, 6, 16, 4096), 30_976, 512),
    ),
    "swin": (Architecture("swin", 768, 4), Architecture("swin", 1024, 4)),
    "llava": (
        _decoder("llava", (4096, 32, 32, 32, 11_008), 32_064, 4096, 1e4),
        _decoder("llava", (5120, 40, 40, 40, 13_824), 32_000, 4096, 1e4),
    ),
    "whisper": (
        _plain("whisper", (768, 12, 12, 3072), 51_865, None),
        _plain("whisper", (1280, 32, 20, 5120), 51_866, None),
    ),
    "speecht5": (_plain("speecht5", (768, 12, 12, 3072), 81, None),),
    "gpt2": (_plain("gpt2", (768, 12, 12, 3072), 50_257, 1024),),
    "distilbert": (_plain("distilbert", (768, 6, 12, 3072), 30_522, 512),),
}
"""Architectures by model type and size, in the order of the sizes of its foundation."""


def architecture_of(model_type: str | None, size: int) -> Architecture | None:
    """Give the numbers of a model that nobody has changed.

    Parameters
    ----------
    model_type : str or None
        As in its config; None for adapters and diffusion pipelines.
    size : int
        Index into the sizes; 0 if the type has fewer.

    Returns
    -------
    Architecture or None
        The numbers; None for types that have none.
    """
    sizes = ARCHITECTURES.get(model_type or "")
    if sizes is None:
        return None
    return sizes[size] if size < len(sizes) else sizes[0]
