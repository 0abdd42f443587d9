"""Relations between a parent and a child, and the graphs made of them.

Source: the Hub's ``base_model_relation`` and the paper "Anatomy of a Machine
Learning Ecosystem" (arXiv 2508.06811), section 2.
"""

from __future__ import annotations

__all__ = ["GRAPHS", "GRAPH_RELATIONS", "RELATIONS", "TYPED_RELATIONS", "UNSPECIFIED"]

TYPED_RELATIONS: tuple[str, ...] = ("finetune", "adapter", "quantized", "merge")

UNSPECIFIED = "unspecified"

RELATIONS: tuple[str, ...] = (*TYPED_RELATIONS, UNSPECIFIED)

GRAPH_RELATIONS: dict[str, tuple[str, ...]] = {
    "finetune": ("finetune",),
    # A merge has several parents, as in sexual reproduction; all else has one line.
    "asexual": ("finetune", "adapter", "quantized", "unspecified"),
    "all": RELATIONS,
}

GRAPHS: tuple[str, ...] = tuple(GRAPH_RELATIONS)
