"""Libraries that load models, each by one name.

Source: the Hub's list of libraries (``model-libraries.ts`` of the package
@huggingface/tasks) and the spellings in two real snapshots. Formats that stand
for a library (``gguf``, ``onnx``) keep their own name; a binding or a fork is
another library than what it binds.

What does not belong here: how often each is used.
"""

from __future__ import annotations

import re

__all__ = ["library_name"]

# Of the Hub's own names only those that do not follow the rule of lower case and hyphens.
_HUB_NAMES: tuple[str, ...] = ("open_clip", "qai_hub_models")

_SPELLINGS: dict[str, str] = {
    "huggingface-transformers": "transformers",
    "hf-transformers": "transformers",
    "transformer": "transformers",
    "sentence-transformer": "sentence-transformers",
    "sbert": "sentence-transformers",
    "adapters": "adapter-transformers",
    "adapterhub": "adapter-transformers",
    "scikit-learn": "sklearn",
    "sk-learn": "sklearn",
    "torch": "pytorch",
    "py-torch": "pytorch",
    "tf": "tensorflow",
    "tflite": "tf-lite",
    "tensorflow-lite": "tf-lite",
    "stable-baselines-3": "stable-baselines3",
    "sb3": "stable-baselines3",
    "mlagents": "ml-agents",
    "unity-ml-agents": "ml-agents",
    "pyannote.audio": "pyannote-audio",
    "pyannote": "pyannote-audio",
    "llama-cpp": "llama.cpp",
    "llamacpp": "llama.cpp",
    "transformersjs": "transformers.js",
    "transformers-js": "transformers.js",
    "onnx-runtime": "onnxruntime",
    "openclip": "open_clip",
    "mlxlm": "mlx-lm",
    "nvidia-nemo": "nemo",
    "nemo-toolkit": "nemo",
    "comfy-ui": "comfyui",
    "paddle-ocr": "paddleocr",
    "fast-text": "fasttext",
    "fast.ai": "fastai",
    "colbert": "colbert-ai",
}

_NOT_STATED = frozenset({"", "unknown", "none", "null", "nan", "na", "n/a"})


def _folded(spelling: str) -> str:
    return re.sub(r"[\s_]+", "-", spelling.strip().lower())


_ALIASES: dict[str, str] = {_folded(name): name for name in _HUB_NAMES} | _SPELLINGS


def library_name(spelling: str) -> str | None:
    """Bring the name of a library to one spelling.

    Parameters
    ----------
    spelling : str
        As a model states it.

    Returns
    -------
    str or None
        The Hub's name where it is known, else lower case with hyphens; ``None``
        if nothing is stated.
    """
    word = _folded(spelling)
    return None if word in _NOT_STATED else _ALIASES.get(word, word)
