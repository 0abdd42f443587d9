"""What the cards of one family speak about: words of its own, in paragraphs made from them.

Every planted family has a theme, and so has every model without relatives;
words of different themes meet only by chance. Between the paragraphs of a
theme stand general ones, which all cards share.

What does not belong here: sections and templates of cards (`card_sentences`),
and how a card is put together (`cards`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo.planted import PLANTED

if TYPE_CHECKING:
    import numpy as np

__all__ = ["THEME_WORDS", "Theme", "Themes"]

THEME_WORDS: tuple[str, ...] = (
    "acorn", "alder", "almond", "amber", "anchor", "anvil", "apricot", "arbour", "ashlar", "aspen",
    "autumn", "awning", "badger", "bakery", "barley", "barrel", "basket", "beacon", "beech",
    "beeswax", "bellows", "birch", "bobbin", "bonfire", "boulder", "bramble", "brewery",
    "brickwork", "bridge", "bronze", "buckle", "bulrush", "burrow", "buttress", "cabin", "candle",
    "canvas", "caravan", "cargo", "cedar", "cellar", "chalk", "chapel", "chestnut", "chimney",
    "cider", "cinder", "cistern", "clover", "cobalt", "compass", "copper", "coral", "cordage",
    "cottage", "cradle", "crofter", "culvert", "cypress", "dairy", "damson", "delta", "dike",
    "dormouse", "dovecot", "drawbridge", "dredger", "driftwood", "drumlin", "dune", "elder",
    "ember", "estuary", "fathom", "fern", "ferry", "fiddle", "flagstone", "flannel", "flint",
    "foundry", "furrow", "gable", "gannet", "garnet", "gazebo", "ginger", "glacier", "glade",
    "glazier", "gorse", "granary", "granite", "gravel", "grotto", "gully", "hamlet", "harbour",
    "hawthorn", "hazel", "heather", "hedge", "hillside", "hinge", "honey", "hopfield", "hornet",
    "iceberg", "inlet", "iris", "island", "ivory", "jasmine", "jetty", "kayak", "kelp", "kestrel",
    "kiln", "lagoon", "lantern", "larch", "lattice", "laurel", "lavender", "ledger", "lichen",
    "lighthouse", "limestone", "linen", "linseed", "lobster", "lock", "lodge", "loom", "lupin",
    "magnet", "mallow", "mangrove", "maple", "marble", "marina", "marsh", "meadow", "millstone",
    "minnow", "moorland", "mortar", "mosaic", "mulberry", "mussel", "nettle", "nickel", "nutmeg",
    "oasis", "oatmeal", "orchard", "osier", "otter", "oxbow", "oyster", "paddock", "parsley",
    "pasture", "peat", "pebble", "pepper", "pewter", "pier", "pigment", "pinewood", "plankton",
    "plough", "pollen", "poplar", "porcelain", "pottery", "prairie", "pulley", "quarry", "quartz",
    "quince", "raft", "railway", "rampart", "ravine", "reedbed", "reef", "resin", "ridge", "rivet",
    "rosemary", "rudder", "saddle", "saffron", "salmon", "sandstone", "sapling", "sawmill",
    "scaffold", "schooner", "seaweed", "shale", "shingle", "silo", "slate", "sledge", "sluice",
    "smithy", "snowdrift", "sorghum", "spindle", "spruce", "stable", "starling", "steeple",
    "stream", "sundial", "swallow", "tannery", "tapestry", "teasel", "terrace", "thatch", "thicket",
    "thistle", "timber", "tinder", "topaz", "trellis", "trout", "tundra", "turnip", "turret",
    "umber", "valley", "vellum", "vineyard", "violet", "wagon", "walnut", "watermill", "wattle",
    "weaver", "wharf", "wheat", "willow", "windmill", "woodland", "woollen", "yarrow", "yew",
    "zinc",
)  # fmt: skip
"""Things to speak about; no other text of the demo's cards has these words."""

_THEMED = (
    "Most of the {0} examples speak of {1} and {2}; the {3} examples came later and are shorter.",
    "Questions about {0} are answered with care, and those about {1} or {2} with one sentence. "
    "Where a text mixes {3} with {4}, the last word counts.",
    "We looked at {0} first, because {1} is frequent there, and at {2} and {3} afterwards.",
    "A list of {0} names was used to tell {1} from {2}. It is short, and {3} is not in it.",
    "Texts on {0} were written by people who know {1}; texts on {2} were collected from letters "
    "about {3} and {4}.",
    "The hardest part is {0}: it reads like {1}, and only a note on {2} sets it apart from {3}.",
)
_GENERAL = (
    "The weights were saved once after every tenth of the run, and the copy here is the last one. "
    "Earlier copies were not kept.",
    "Numbers below are means of three runs that differ in nothing but the order of the examples. "
    "The spread was small, and where it was not we say so.",
    "Long inputs are cut at the end. Split them before, and put the most important part first; "
    "the answer does not know what was cut.",
    "We did not tune the settings with much effort. A naïve choice did as well as the others, and "
    "it is the one that was kept.",
    "If something does not work, first check the version of the library, then the precision, then "
    "the tokenizer. These three explain nearly every report we had.",
    "The run took less than a day on a small machine. Nothing about it needs more than patience, "
    "and a disk that is not full.",
    "Sampling with a low temperature gives the steadier answers. With a high one the style gets "
    "livelier, and the facts get worse.",
    "All examples were read by at least one person. Those that two people would have judged in "
    "different ways were left out.",
)
_WORDS_PER_THEME = 8
_SLOTS = 20
_GAP = "\n\n"


@dataclass(frozen=True)
class Theme:
    """What one family speaks about.

    Attributes
    ----------
    words : tuple of str
        Its own words.
    text : str
        Paragraphs of the theme and general ones, with empty lines between them.
    starts : tuple of int
        Where the paragraphs begin in the text.
    """

    words: tuple[str, ...]
    text: str
    starts: tuple[int, ...]

    def passage(self, u: float, n_characters: int) -> str:
        """Cut a passage out of the text, which begins again where it ends.

        Parameters
        ----------
        u : float
            Uniform on [0, 1): which paragraph comes first.
        n_characters : int
            Length of the passage.

        Returns
        -------
        str
            That many characters; the last paragraph may be cut anywhere.
        """
        start = self.starts[int(u * len(self.starts))]
        end = start + n_characters
        n_rounds = -(-end // len(self.text))
        return (self.text if n_rounds <= 1 else self.text * n_rounds)[start:end]


class Themes:
    """The themes of a demo Hub, each written when it is asked for.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    n : int
        Number of themes.
    """

    def __init__(self, rng: np.random.Generator, n: int) -> None:
        self._keys = rng.random((n, len(THEME_WORDS))).argsort(axis=1)[:, :_WORDS_PER_THEME]
        self._coins = rng.random((n, _SLOTS, 2))
        self._written: dict[int, Theme] = {}

    def __getitem__(self, number: int) -> Theme:
        if number not in self._written:
            self._written[number] = self._write(number)
        return self._written[number]

    def _write(self, number: int) -> Theme:
        words = tuple(THEME_WORDS[place] for place in self._keys[number].tolist())
        starts, paragraphs, length = [], [], 0
        for slot, (u, v) in enumerate(self._coins[number].tolist()):
            if u < PLANTED["card_theme_share"]:
                # Turned a little further at each slot, so that all words get their turn.
                turned = words[slot % len(words) :] + words[: slot % len(words)]
                paragraph = _THEMED[int(v * len(_THEMED))].format(*turned) + _GAP
            else:
                paragraph = _GENERAL[int(v * len(_GENERAL))] + _GAP
            starts.append(length)
            paragraphs.append(paragraph)
            length += len(paragraph)
        return Theme(words, "".join(paragraphs), tuple(starts))
