"""What a model consists of: its library, files, config and counted parameters.

What does not belong here: what a model is for (`traits`) and its listing
record as a whole (`rows`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.traits import Traits

__all__ = ["ADAPTER_FILES", "Form", "draw_form"]

ADAPTER_FILES: tuple[str, ...] = ("adapter_config.json", "adapter_model.safetensors")
"""The files of a low-rank adapter."""

_BYTES_PER_SHARD = 5_000_000_000
_MOST_SHARDS = 40
_TOKENIZER = ("special_tokens_map.json", "tokenizer.json", "tokenizer_config.json")
_DIFFUSION_PARTS = ("text_encoder", "unet", "vae")
_GGUF_TYPES = ("Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")
_PEFT_TASKS = {
    "text-generation": "CAUSAL_LM",
    "text-classification": "SEQ_CLS",
    "token-classification": "TOKEN_CLS",
    "feature-extraction": "FEATURE_EXTRACTION",
    "translation": "SEQ_2_SEQ_LM",
}
_HEADS = {
    "feature-extraction": "Model",
    "sentence-similarity": "Model",
    "question-answering": "ForQuestionAnswering",
    "token-classification": "ForTokenClassification",
    "text-classification": "ForSequenceClassification",
}
_STEMS = {
    "llama": "Llama",
    "mistral": "Mistral",
    "qwen2": "Qwen2",
    "bert": "Bert",
    "roberta": "Roberta",
}
_LIBRARIES_OF_TASKS = {
    "reinforcement-learning": ("stable-baselines3", "policy.zip"),
    "robotics": ("lerobot", "policy.ckpt"),
    "tabular-classification": ("sklearn", "model.joblib"),
}
_ENCODERS = frozenset({"bert", "roberta"})


@dataclass
class Form:
    """What a model consists of.

    Attributes
    ----------
    library : str or None
        Library that loads it.
    files : list of str
        Files of the repository but the card, in the order of the Hub.
    config : dict or None
        The reduced config of the Hub.
    gguf : dict or None
        What the Hub reads from the head of a GGUF file.
    dtypes : dict of str to int, or None
        Number of parameters by data type in the safetensors files.
    tags : list of str
        Tags that follow from the files: formats, model type, bits.
    """

    library: str | None
    files: list[str] = field(default_factory=list)
    config: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    dtypes: dict[str, int] | None = None
    tags: list[str] = field(default_factory=list)


def draw_form(coins: list[float], traits: Traits, relation: str, name: str, parent: str) -> Form:
    """Draw what a model consists of.

    Parameters
    ----------
    coins : list of float, length 4
        Uniform on [0, 1).
    traits : Traits
        What the model is like.
    relation : str
        How it was made from its parents; empty for roots.
    name : str
        Its name without the author; a format at its end is kept to.
    parent : str
        Id of its first parent; empty for roots.

    Returns
    -------
    Form
        Library, files, config and counted parameters.
    """
    if relation == "adapter":
        return _adapter(coins, traits, parent)
    # A number behind the name only tells it from another of the same format.
    name = re.sub(r"-v\d+$", "", name)
    if relation == "quantized" and name.endswith("GGUF"):
        return _gguf(coins, traits, name)
    if relation == "quantized":
        return _packed(traits, name)
    if not relation and traits.task in _LIBRARIES_OF_TASKS:
        library, weights = _LIBRARIES_OF_TASKS[traits.task]
        return Form(library, [".gitattributes", weights])
    if not relation and coins[3] < 0.12:
        # Empty and half-finished repositories are a part of the Hub.
        return Form(None, [".gitattributes"])
    return _whole(coins, traits)


def _size(traits: Traits) -> int:
    return traits.foundation.sizes[traits.size][1]


def _model_config(traits: Traits) -> dict[str, Any]:
    foundation = traits.foundation
    if not foundation.model_type:
        return {"diffusers": {"_class_name": foundation.architecture}}
    architecture = foundation.architecture
    head = _HEADS.get(traits.task)
    if head and foundation.model_type in _STEMS:
        architecture = _STEMS[foundation.model_type] + head
    return {"architectures": [architecture], "model_type": foundation.model_type}


def _format_tags(traits: Traits, *formats: str) -> list[str]:
    model_type = traits.foundation.model_type
    return [*formats, model_type] if model_type else list(formats)


def _shards(n_bytes: int) -> list[str]:
    n_shards = min(_MOST_SHARDS, -(-n_bytes // _BYTES_PER_SHARD))
    if n_shards <= 1:
        return ["model.safetensors"]
    names = [f"model-{i:05d}-of-{n_shards:05d}.safetensors" for i in range(1, n_shards + 1)]
    return [*names, "model.safetensors.index.json"]


def _whole(coins: list[float], traits: Traits) -> Form:
    """Give all weights: roots, finetunes and merges."""
    config, size = _model_config(traits), _size(traits)
    library: str | None = traits.foundation.library
    if traits.foundation.model_type in _ENCODERS and traits.task == "sentence-similarity":
        library = "sentence-transformers"
    if library == "diffusers":
        parts = [f"{part}/diffusion_pytorch_model.safetensors" for part in _DIFFUSION_PARTS]
        files = [".gitattributes", "model_index.json", *parts]
        return Form(library, files, config, tags=_format_tags(traits, "safetensors"))
    if coins[0] < 0.15:
        # Weights from before safetensors: the Hub counts no parameters.
        files = [".gitattributes", "config.json", "pytorch_model.bin", *_TOKENIZER]
        return Form(library, files, config, tags=_format_tags(traits, "pytorch"))
    dtype = "F32" if size < 10**9 else ("BF16" if coins[1] < 0.75 else "F16")
    dtypes = {dtype: size}
    n_bytes = size * (4 if dtype == "F32" else 2)
    files = [".gitattributes", "config.json", *_shards(n_bytes), *_TOKENIZER]
    tags = _format_tags(traits, "safetensors")
    return Form(library if coins[2] < 0.9 else None, files, config, None, dtypes, tags)


def _adapter(coins: list[float], traits: Traits, parent: str) -> Form:
    if not traits.foundation.model_type:
        files = [".gitattributes", "pytorch_lora_weights.safetensors"]
        return Form("diffusers", files, tags=["diffusers-training", "lora"])
    peft: dict[str, Any] = {"base_model_name_or_path": parent}
    if traits.task in _PEFT_TASKS:
        peft["task_type"] = _PEFT_TASKS[traits.task]
    library = "peft" if coins[0] < 0.88 else "transformers"
    files = [".gitattributes", *ADAPTER_FILES, *(_TOKENIZER if coins[1] < 0.5 else ())]
    return Form(library, files, {"peft": peft}, tags=["safetensors", "lora"])


def _gguf(coins: list[float], traits: Traits, name: str) -> Form:
    base = name.removesuffix("-GGUF")
    first = int(coins[0] * 3)
    types = _GGUF_TYPES[first : first + 1 + int(coins[1] * (len(_GGUF_TYPES) - first))]
    files = [".gitattributes", *(f"{base}.{kind}.gguf" for kind in types)]
    head = {
        "total": _size(traits),
        "architecture": traits.foundation.model_type or "sd1",
        "context_length": 4096 if coins[2] < 0.5 else 32_768,
    }
    return Form("gguf" if coins[3] < 0.3 else "transformers", files, None, head, tags=["gguf"])


def _packed(traits: Traits, name: str) -> Form:
    """Give weights of few bits, several of them packed into one byte."""
    size = _size(traits)
    method = name.rpartition("-")[2]
    bits = 8 if method == "8bit" else 4
    quantization: dict[str, Any] = {"quant_method": method.lower(), "bits": bits}
    if method in {"4bit", "8bit"}:
        quantization = {"quant_method": "bitsandbytes", f"load_in_{bits}bit": True}
    config = {**_model_config(traits), "quantization_config": quantization}
    packed = "I8" if bits == 8 else "U8"
    dtypes = {"F16": size // 10, packed: (size - size // 10) * bits // 8}
    files = [".gitattributes", "config.json", *_shards(size * bits // 8), *_TOKENIZER]
    tags = [*_format_tags(traits, "safetensors"), f"{bits}-bit"]
    if method != "AWQ":
        # A tag of three letters would read like a language, and in the families
        # nothing may be doubtful.
        tags.append(str(quantization["quant_method"]))
    return Form("transformers", files, config, None, dtypes, tags)
