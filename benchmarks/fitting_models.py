"""Drawn rows of ``fitness.models`` at any size, with the shape of the real ones.

What does not belong here: how they are measured (``benchmarks.fitness``).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from biome_pipeline.fitness.arrays import FLAGS, NUMBERS
from biome_pipeline.warehouse.tables.fitness import MODELS

__all__ = ["draw_models"]

# Width, layers, heads, feed-forward size, vocabulary, context, billions of parameters.
_SHAPES = np.array(
    [
        (768, 12, 12, 3_072, 30_522, 512, 0.11),
        (896, 24, 14, 4_864, 151_936, 32_768, 0.49),
        (2_048, 16, 32, 8_192, 128_256, 131_072, 1.24),
        (2_560, 36, 32, 9_728, 151_936, 40_960, 4.0),
        (4_096, 32, 32, 11_008, 32_000, 4_096, 6.7),
        (4_096, 32, 32, 14_336, 128_256, 8_192, 8.0),
        (5_120, 40, 40, 13_824, 32_000, 4_096, 13.0),
        (5_120, 64, 40, 27_648, 152_064, 32_768, 32.8),
        (8_192, 80, 64, 28_672, 128_256, 131_072, 70.6),
    ]
)
_FAMILIES = ("llama", "qwen", "mistral", "bert", "gpt", "gemma", "phi", "t5", "bart", "falcon")
_ROLES = ("adapter", "finetune", "merge", "quantized", "root", "unrelated")
_KEY = dt.date(2026, 9, 30)


def draw_models(n: int, seed: int = 1) -> pa.Table:
    """Draw models with twelve traits, six outcomes, authors, roots and dates.

    Parameters
    ----------
    n : int
        Models.
    seed : int, default 1
        Seed.

    Returns
    -------
    pyarrow.Table
        Columns of ``fitness.models``.
    """
    rng = np.random.default_rng(seed)
    author = (rng.pareto(0.8, n) * 3).astype(np.int64) % (n // 4) + 1
    root = (rng.pareto(0.7, n) * 2).astype(np.int64) % (n // 3) + 1
    shape = rng.integers(len(_SHAPES), size=n)
    # Variants of each: no two models need have the same numbers.
    numbers = _SHAPES[shape] * 2.0 ** rng.normal(scale=0.2, size=(n, 7))
    by_name = dict(
        zip(
            (
                "hidden_size",
                "num_layers",
                "num_heads",
                "intermediate_size",
                "vocab_size",
                "context_length",
                "parameters",
            ),
            numbers.T,
            strict=True,
        )
    )
    by_name["parameters"] = by_name["parameters"] * 1e9
    shares = dict(zip(FLAGS, (0.05, 0.5, 0.8, 0.2, 0.4), strict=True))
    flags = {name: rng.random(n) < share for name, share in shares.items()}
    age = rng.uniform(1, 1_300, n)
    line = 0.1 * np.log2(by_name["parameters"] / 1e9) + 0.3 * flags["uses_gqa"]
    for codes in (author, root):
        line += rng.normal(scale=0.5, size=int(codes.max()) + 1)[codes]
    luck = rng.gamma(0.15, 1 / 0.15, size=n)

    def earned(scale: float) -> np.ndarray:
        return rng.poisson(np.minimum(luck * np.exp(line) * scale * age, 5e7))

    frequency = 0.7 ** np.arange(len(_FAMILIES))
    family = rng.choice(len(_FAMILIES), size=n, p=frequency / frequency.sum())
    created = np.datetime64(_KEY) - age.astype("timedelta64[D]")
    quarter = created.astype("datetime64[M]").astype(int) // 3 * 3
    columns = {
        "snapshot": pa.array([_KEY], pa.date32()).take(pa.array(np.zeros(n, np.int32))),
        "model_id": pa.array([f"a{author[k]}/m{k}" for k in range(n)]),
        "node": pa.array(np.arange(n, dtype=np.int32)),
        "author": pa.array([f"a{value}" for value in author.tolist()]),
        "root_id": pa.array([f"r{value}" for value in root.tolist()]),
        "role": pa.array(_ROLES).take(pa.array(rng.integers(len(_ROLES), size=n))),
        "family": pa.array([*_FAMILIES, None]).take(
            pa.array(np.where(rng.random(n) < 0.05, len(_FAMILIES), family))
        ),
        "has_config": pa.array(rng.random(n) < 0.8),
        "parameters_source": pa.array(["config"] * n),
        **{
            name: pa.array(by_name[name].astype(np.int64) + 1, mask=rng.random(n) < 0.1)
            for name in NUMBERS
        },
        **{name: pa.array(flags[name], mask=rng.random(n) < 0.1) for name in FLAGS},
        "downloads": pa.array(earned(0.02)),
        "downloads_all_time": pa.array(earned(0.2)),
        "likes": pa.array(earned(0.002)),
        "age_days": pa.array(age),
        "quarter": pa.array(quarter.astype("datetime64[M]").astype("datetime64[D]"), pa.date32()),
        "is_created_at_backfilled": pa.array(rng.random(n) < 0.02),
    }
    children = earned(0.003)
    columns |= {
        name: pa.array(children)
        for name in (
            "n_children",
            "n_descendants",
            "n_descendants_unquantized",
            "n_descendants_finetune",
        )
    }
    return pa.table({name: columns[name] for name in MODELS.columns}, schema=MODELS.arrow_schema())
