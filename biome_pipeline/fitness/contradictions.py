"""Where the config of a child is none that its declared relation would make.

A fine-tune changes weights: it keeps width, layers and type, and is not
quantized where its parent is not. A quantized copy keeps all sizes, though its
vocabulary may be padded, and declares how it was quantized; files in the GGUF
format have no config and are silent here. A merge may stack layers, but not
change the width. Each claim may fail for an honest reason, so that this is what
to look at, and no verdict.

What does not belong here: relations that the files of a repository contradict
(``genealogy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.fitness.mutation_kinds import pairs_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.mutations import ConfigArrays

    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

__all__ = ["CONTRADICTIONS", "contradictions_of"]

_SIZES = ("hidden_size", "num_layers", "intermediate_size")

CONTRADICTIONS: dict[str, tuple[str, ...]] = {
    "finetune": (
        "finetune with quantization",
        "finetune with other sizes",
        "finetune of another type",
    ),
    "adapter": ("adapter with other sizes",),
    "quantized": (
        "quantized without quantization",
        "quantized with other sizes",
        "quantized with another vocabulary",
    ),
    "merge": ("merge with another width",),
}
"""What is looked at, by relation."""


def contradictions_of(
    configs: ConfigArrays, parent: Places, child: Places, relation: str
) -> dict[str, tuple[Flags, Flags]]:
    """Judge every contradiction of a relation on its edges.

    Parameters
    ----------
    configs : ConfigArrays
        The facts.
    parent, child : ndarray of integers, shape (n_edges,)
        Ends of the edges.
    relation : str
        The declared relation of all of them.

    Returns
    -------
    dict of str to tuple of ndarray of bool, shape (n_edges,)
        By contradiction: whether the edge reports, and whether it shows it; none of
        relations that promise nothing.
    """
    pairs = pairs_of(configs, parent, child)

    def differ(*names: str) -> tuple[Flags, Flags]:
        known = np.zeros(parent.size, np.bool_)
        differs = np.zeros(parent.size, np.bool_)
        for name in names:
            before, after = pairs[name]
            both = ~np.isnan(before) & ~np.isnan(after)
            known |= both
            differs |= both & (before != after)
        return known, differs

    quantized = pairs["uses_quantization"]
    both_known = ~np.isnan(quantized[0]) & ~np.isnan(quantized[1])
    read = configs.is_full[child] & ~np.isnan(quantized[1])
    judged = {
        "finetune with quantization": (both_known, (quantized[0] == 0) & (quantized[1] == 1)),
        "finetune with other sizes": differ(*_SIZES),
        "finetune of another type": differ("model_type"),
        "adapter with other sizes": differ(*_SIZES),
        "quantized without quantization": (read, quantized[1] == 0),
        "quantized with other sizes": differ(*_SIZES),
        "quantized with another vocabulary": differ("vocab_size"),
        "merge with another width": differ("hidden_size"),
    }
    return {name: judged[name] for name in CONTRADICTIONS.get(relation, ())}
