"""Base models that follow one another in a developer's line: the Hub's largest mutations.

Most children change nothing in the config of their parent, and a new generation
of base models declares no parent at all. Yet that is where architectures evolve:
from Llama 2 to Llama 3, from a dense Mistral to Mixtral. Here stand pairs of base
models of one developer, about the same size where there was one, that the
developer presents as generations or variants of one line; of which one was made
from the other's weights is not claimed.

Gathered by hand, and not checked against the live Hub: a pair counts only if both
names are in the snapshot, so that a wrong name loses a pair and invents none.
What does not belong here: declared parents (``genealogy``) and names of a
repository that moved (``renamed_ids``).
"""

from __future__ import annotations

from itertools import pairwise

__all__ = ["SUCCESSOR_LINES", "successor_pairs"]

SUCCESSOR_LINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "llama": (
        (
            "huggyllama/llama-7b",
            "meta-llama/Llama-2-7b-hf",
            "meta-llama/Meta-Llama-3-8B",
            "meta-llama/Llama-3.1-8B",
        ),
        (
            "meta-llama/Llama-2-70b-hf",
            "meta-llama/Meta-Llama-3-70B",
            "meta-llama/Llama-3.1-70B",
        ),
    ),
    "qwen": (
        (
            "Qwen/Qwen-7B",
            "Qwen/Qwen1.5-7B",
            "Qwen/Qwen2-7B",
            "Qwen/Qwen2.5-7B",
            "Qwen/Qwen3-8B-Base",
        ),
        ("Qwen/Qwen2.5-7B", "Qwen/Qwen3-8B"),
        ("Qwen/Qwen1.5-72B", "Qwen/Qwen2-72B", "Qwen/Qwen2.5-72B"),
        (
            "Qwen/Qwen1.5-1.8B",
            "Qwen/Qwen1.5-MoE-A2.7B",
            "Qwen/Qwen2-57B-A14B",
            "Qwen/Qwen3-30B-A3B-Base",
            "Qwen/Qwen3-Next-80B-A3B-Instruct",
        ),
    ),
    "mistral": (
        (
            "mistralai/Mistral-7B-v0.1",
            "mistralai/Mixtral-8x7B-v0.1",
            "mistralai/Mixtral-8x22B-v0.1",
        ),
        (
            "mistralai/Mistral-7B-v0.1",
            "mistralai/Mistral-7B-v0.3",
            "mistralai/Mistral-Nemo-Base-2407",
            "mistralai/Mistral-Small-24B-Base-2501",
        ),
    ),
    "gemma": (
        ("google/gemma-7b", "google/gemma-2-9b", "google/gemma-3-12b-pt"),
        ("google/gemma-2b", "google/gemma-2-2b", "google/gemma-3-4b-pt"),
    ),
    "deepseek": (
        (
            "deepseek-ai/deepseek-llm-7b-base",
            "deepseek-ai/deepseek-moe-16b-base",
            "deepseek-ai/DeepSeek-V2-Lite",
        ),
        (
            "deepseek-ai/deepseek-llm-67b-base",
            "deepseek-ai/DeepSeek-V2",
            "deepseek-ai/DeepSeek-V3-Base",
            "deepseek-ai/DeepSeek-V3.2-Exp",
        ),
    ),
    "phi": (
        (
            "microsoft/phi-1",
            "microsoft/phi-1_5",
            "microsoft/phi-2",
            "microsoft/Phi-3-mini-4k-instruct",
            "microsoft/Phi-3.5-mini-instruct",
            "microsoft/Phi-4-mini-instruct",
        ),
        ("microsoft/Phi-3.5-mini-instruct", "microsoft/Phi-3.5-MoE-instruct"),
        ("microsoft/Phi-3-medium-4k-instruct", "microsoft/phi-4"),
    ),
    "falcon": (
        (
            "tiiuae/falcon-7b",
            "tiiuae/falcon-11B",
            "tiiuae/Falcon3-7B-Base",
            "tiiuae/Falcon-H1-7B-Base",
        ),
        ("tiiuae/falcon-7b", "tiiuae/falcon-mamba-7b"),
    ),
    "eleuther": (
        (
            "EleutherAI/gpt-neo-2.7B",
            "EleutherAI/gpt-j-6b",
            "EleutherAI/gpt-neox-20b",
            "EleutherAI/pythia-12b",
        ),
    ),
    "olmo": (
        ("allenai/OLMo-7B-hf", "allenai/OLMo-2-1124-7B", "allenai/Olmo-3-1025-7B"),
        ("allenai/OLMo-1B-hf", "allenai/OLMoE-1B-7B-0924"),
    ),
    "yi": (("01-ai/Yi-6B", "01-ai/Yi-1.5-6B"),),
    "internlm": (("internlm/internlm-7b", "internlm/internlm2-7b", "internlm/internlm2_5-7b"),),
    "stablelm": (("stabilityai/stablelm-3b-4e1t", "stabilityai/stablelm-2-1_6b"),),
    "starcoder": (("bigcode/starcoderbase", "bigcode/starcoder2-15b"),),
    "glm": (
        (
            "zai-org/chatglm-6b",
            "zai-org/chatglm2-6b",
            "zai-org/chatglm3-6b",
            "zai-org/glm-4-9b",
        ),
    ),
    "granite": (("ibm-granite/granite-3.0-8b-base", "ibm-granite/granite-3.1-8b-base"),),
    "command": (
        (
            "CohereLabs/c4ai-command-r-v01",
            "CohereLabs/c4ai-command-r-08-2024",
            "CohereLabs/c4ai-command-r7b-12-2024",
        ),
    ),
    "gpt": (("openai-community/openai-gpt", "openai-community/gpt2"),),
    "t5": (("google-t5/t5-base", "google/t5-v1_1-base"),),
    "smollm": (
        (
            "HuggingFaceTB/SmolLM-1.7B",
            "HuggingFaceTB/SmolLM2-1.7B",
            "HuggingFaceTB/SmolLM3-3B-Base",
        ),
    ),
}
"""Chains of base models, each the successor of the one before it, by line."""


def successor_pairs() -> tuple[tuple[str, str, str], ...]:
    """List the pairs of a model and its successor.

    Returns
    -------
    tuple of (str, str, str)
        Line, model and successor; in the order of the lines, each pair once.
    """
    found = (
        (line, before, after)
        for line, chains in SUCCESSOR_LINES.items()
        for chain in chains
        for before, after in pairwise(chain)
    )
    return tuple(dict.fromkeys(found))
