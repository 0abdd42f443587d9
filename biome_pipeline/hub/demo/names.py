"""Ids and authors of the demo Hub: every id is claimed once.

What does not belong here: the lists of words (`words`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.hub.demo.weighted import zipf_ranks
from biome_pipeline.hub.demo.words import BRANDS, ORGANISATIONS, QUANTIZERS, TOPICS

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.hub.demo.families import Pedigree
    from biome_pipeline.hub.demo.traits import Traits

__all__ = ["Names", "hub_ids", "name_models", "user_name"]

_SYLLABLES = (
    "ka", "lo", "mi", "ren", "tas", "vu", "del", "or", "pim", "sha", "el", "bor",
    "ny", "gal", "ith", "wen", "zu", "fa", "hol", "ju", "ster", "mar", "qui", "ode",
)  # fmt: skip
_N_NAMES = len(_SYLLABLES) ** 3
_SHARE_OF_AUTHORS = 0.25
_QUANTIZED_FORMATS = ("GGUF", "GGUF", "GGUF", "i1-GGUF", "AWQ", "GPTQ", "4bit", "8bit")
_LONER_NAMES = (
    "my-{topic}-model", "{topic}-{task}", "{brand}-{topic}", "test-{topic}", "{task}-baseline",
    "{topic}_checkpoint", "{brand}-scratch", "ppo-{topic}-v1",
)  # fmt: skip


class Names:
    """The ids that are taken, whatever their case.

    The demo has ids that differ in nothing but case, but only those that it
    plants: all others come from here.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def claim(self, author: str, name: str) -> str:
        """Take an id, with a number behind it if it is taken.

        Parameters
        ----------
        author : str
            The account; empty for legacy ids, which have no slash.
        name : str
            The wished name.

        Returns
        -------
        str
            The id, ``author/name``.
        """
        stem = f"{author}/{name}" if author else name
        hub_name, version = stem, 2
        while hub_name.lower() in self._taken:
            hub_name = f"{stem}-v{version}"
            version += 1
        self._taken.add(hub_name.lower())
        return hub_name


def user_name(rank: int) -> str:
    """Give the name of an account that is nobody's.

    Parameters
    ----------
    rank : int
        Number of the account, 0 or more; different numbers, different names.

    Returns
    -------
    str
        Three syllables, with a number behind them from the 13,824th on.
    """
    # A factor prime to the number of names scatters neighbours.
    place = (4217 + rank * 7919) % _N_NAMES
    n = len(_SYLLABLES)
    name = _SYLLABLES[place // n**2] + _SYLLABLES[place // n % n] + _SYLLABLES[place % n]
    suffix = "-ai" if rank % 11 == 3 else ""
    return f"{name}{suffix}" if rank < _N_NAMES else f"{name}{suffix}{rank // _N_NAMES}"


def hub_ids(rng: np.random.Generator, created: list[int]) -> list[str]:
    """Draw the internal ids of models: 24 hexadecimal digits, the first 8 the second of birth.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    created : list of int
        Seconds since 1970 UTC.

    Returns
    -------
    list of str
        One id per model.
    """
    tails = rng.integers(0, 2**63, size=len(created)).tolist()
    return [f"{second:08x}{tail:016x}" for second, tail in zip(created, tails, strict=True)]


def name_models(
    rng: np.random.Generator, names: Names, pedigree: Pedigree, traits: list[Traits], n_hub: int
) -> list[tuple[str, str]]:
    """Give every model of a pedigree an author and an id.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    names : Names
        The ids that are taken; those given here are added.
    pedigree : Pedigree
        Who descends from whom; children carry the brand of their founder.
    traits : list of Traits
        One per model.
    n_hub : int
        Models of the whole Hub, which sets the number of accounts.

    Returns
    -------
    list of (str, str)
        Author and id of each model.
    """
    n = len(pedigree)
    users = zipf_ranks(rng.random(n), max(20, int(_SHARE_OF_AUTHORS * n_hub)), 0.85)
    labs = zipf_ranks(rng.random(n), len(ORGANISATIONS), 0.9)
    quantizers = zipf_ranks(rng.random(n), len(QUANTIZERS), 1.1)
    coins = rng.random((n, 4)).tolist()
    has_children = {parent for parents in pedigree.parents for parent in parents}
    stems: list[str] = []
    named: list[tuple[str, str]] = []
    for i, (u, v, w, x) in enumerate(coins):
        relation, parents = pedigree.relations[i], pedigree.parents[i]
        size = traits[i].foundation.sizes[traits[i].size][0]
        topic = TOPICS[int(u * len(TOPICS))]
        author = user_name(users[i])
        if not parents and i in has_children:
            author = ORGANISATIONS[labs[i]]
            stem = f"{BRANDS[int(v * len(BRANDS))]}-{size}"
            name = stem if w < 0.7 else f"{stem}-instruct"
        elif not parents:
            stem = BRANDS[int(v * len(BRANDS))]
            pattern = _LONER_NAMES[int(w * len(_LONER_NAMES))]
            name = pattern.format(topic=topic, task=traits[i].task, brand=stem.lower())
        else:
            stem = stems[parents[0]]
            if relation == "quantized":
                if x < 0.6:
                    author = QUANTIZERS[quantizers[i]]
                name = named[parents[0]][1].rpartition("/")[2]
                name = f"{name}-{_QUANTIZED_FORMATS[int(v * len(_QUANTIZED_FORMATS))]}"
            elif relation == "merge":
                name = f"{stem}-{topic}-{('slerp', 'TIES', 'DARE', 'merge')[int(v * 4)]}"
            elif relation == "adapter":
                name = f"{stem}-{topic}-{('lora', 'qlora', 'adapter')[int(v * 3)]}"
            else:
                name = f"{stem}-{topic}" if v < 0.6 else f"{stem}-{topic}-finetuned"
        stems.append(stem)
        named.append((author, names.claim(author, name)))
    return named
