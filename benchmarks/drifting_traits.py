"""Traits that drift along the lineages of a generated Hub, as many values as the real one has.

Licenses, tasks and libraries have one value, languages are sets; the numbers of
values, the shares that report and the rates of mutation are near those published
(arXiv 2508.06811, section 4). What does not belong here: who descends from whom
(``hub_at_scale``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["drifting_traits"]

# Values, exponent of their frequencies, mutations per edge, share that reports.
_SINGLE = {
    "license": (90, 1.3, 0.17, 0.73),
    "task": (45, 1.0, 0.35, 0.71),
    "library": (30, 1.4, 0.10, 0.80),
}
_N_LANGUAGES, _LANGUAGES_MUTATED, _LANGUAGES_REPORTED = 180, 0.24, 0.35
_MOST_LANGUAGES = 12
# The frequent ones by name, most frequent first; the rest are numbered.
_LICENSES = """
apache-2.0 mit other cc-by-nc-4.0 llama3 gemma openrail llama3.1 creativeml-openrail-m cc-by-4.0
llama2 llama3.2 cc-by-sa-4.0 cc-by-nc-sa-4.0 afl-3.0 gpl-3.0 openrail++ llama3.3 bsd-3-clause
artistic-2.0 cc0-1.0 cc bigscience-bloom-rail-1.0 agpl-3.0 unlicense
"""
_LANGUAGES = "en zh fr de es ja ko it pt ru ar hi vi id th nl pl sv ro tr"
_LIBRARIES = """
transformers peft diffusers gguf sentence-transformers mlx timm keras spacy fastai flair setfit
ml-agents adapter-transformers bertopic espnet
"""


def drifting_traits(
    rng: np.random.Generator, level: np.ndarray, child: np.ndarray, parent: np.ndarray
) -> pa.Table:
    """Draw the traits of all models, generation by generation.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where to draw from.
    level : ndarray of integers, shape (n_models,)
        Generation of each model.
    child, parent : ndarray of integers, shape (n_edges,)
        The edges; a child with several parents takes after the first.

    Returns
    -------
    pyarrow.Table
        ``node``; ``license``, ``task``, ``library``, NULL where not reported;
        ``languages``, a list, NULL where not reported.
    """
    from biome_pipeline.vocabulary.tasks import TASK_STAGES

    n = level.size
    taken_after = np.full(n, -1, dtype=np.int64)
    taken_after[child[::-1]] = parent[::-1]
    names = {
        "license": _padded("license", _LICENSES, 90),
        "task": sorted(TASK_STAGES)[:45],
        "library": _padded("library", _LIBRARIES, 30),
    }
    columns: dict[str, pa.Array] = {"node": pa.array(np.arange(n))}
    for trait, (n_values, exponent, rate, reported) in _SINGLE.items():
        frequency = _frequencies(n_values, exponent)
        codes = _single(rng, level, taken_after, frequency, rate)
        words = pa.array(names[trait], pa.string())
        columns[trait] = words.take(pa.array(codes, mask=rng.random(n) >= reported))
        if len(names[trait]) != n_values:
            raise AssertionError(f"{len(names[trait])} names for {n_values} values of {trait}")
    columns["languages"] = _languages(rng, level, taken_after)
    return pa.table(columns)


def _padded(trait: str, names: str, n_values: int) -> list[str]:
    known = names.split()
    return [*known, *(f"{trait}-{k}" for k in range(n_values - len(known)))]


def _frequencies(n_values: int, exponent: float) -> np.ndarray:
    weight = 1.0 / np.arange(1, n_values + 1) ** exponent
    return weight / weight.sum()


def _single(
    rng: np.random.Generator,
    level: np.ndarray,
    taken_after: np.ndarray,
    frequency: np.ndarray,
    rate: float,
) -> np.ndarray:
    """Draw one value each; a mutation draws two and takes the one further downstream."""
    n_values = frequency.size
    height = rng.random(n_values)
    codes = rng.choice(n_values, size=level.size, p=frequency)
    for generation in range(1, int(level.max()) + 1):
        here = np.flatnonzero((level == generation) & (taken_after >= 0))
        first, second = (rng.choice(n_values, size=here.size, p=frequency) for _ in range(2))
        drifted = np.where(
            (height[first] < height[second]) | (rng.random(here.size) < 0.3), first, second
        )
        is_mutated = rng.random(here.size) < rate
        codes[here] = np.where(is_mutated, drifted, codes[taken_after[here]])
    return codes


def _languages(
    rng: np.random.Generator, level: np.ndarray, taken_after: np.ndarray
) -> pa.ListArray:
    """Draw sets: most of one language, some of many, that narrow along the lines."""
    import pycountry

    known = {language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2")}
    common = _LANGUAGES.split()
    names = [*common, *sorted(known - set(common))][:_N_LANGUAGES]
    n = level.size
    frequency = _frequencies(_N_LANGUAGES, 1.2)
    drawn = rng.choice(_N_LANGUAGES, size=(n, _MOST_LANGUAGES), p=frequency).astype(np.int16)
    n_each = np.minimum(1 + rng.geometric(0.35, n) * (rng.random(n) < 0.4), _MOST_LANGUAGES)
    for generation in range(1, int(level.max()) + 1):
        here = np.flatnonzero((level == generation) & (taken_after >= 0))
        kept = here[rng.random(here.size) >= _LANGUAGES_MUTATED]
        drawn[kept], n_each[kept] = drawn[taken_after[kept]], n_each[taken_after[kept]]
        others = np.setdiff1d(here, kept, assume_unique=True)
        narrowed = others[n_each[taken_after[others]] > 1]
        drawn[narrowed] = drawn[taken_after[narrowed]]
        n_each[narrowed] = 1 + rng.integers(0, n_each[taken_after[narrowed]]) // 2
    reported = rng.random(n) < _LANGUAGES_REPORTED
    n_each = np.where(reported, n_each, 0)
    flat = drawn[np.arange(_MOST_LANGUAGES)[None, :] < n_each[:, None]]
    offsets = np.concatenate([[0], np.cumsum(n_each)]).astype(np.int32)
    words = pa.array(names, pa.string()).take(pa.array(flat))
    return pa.ListArray.from_arrays(pa.array(offsets), words, mask=pa.array(~reported))
