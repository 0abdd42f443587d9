"""Cards and configs that are wrong on purpose, and the models that have them.

The models are ones without relatives that are there anyway: the table and the
families know nothing of it. An anomaly more takes models that no other has.

What does not belong here: what is wrong with a file (`card_anomalies`,
`config_anomalies`), and rows that are wrong (`anomalies`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from biome_pipeline.hub.demo import card_anomalies as cards
from biome_pipeline.hub.demo import config_anomalies as configs
from biome_pipeline.hub.demo.members import CARD_FILE, CONFIG_FILE

if TYPE_CHECKING:
    import numpy as np

    from biome_pipeline.hub.demo.injector import Case
    from biome_pipeline.hub.demo.members import Member

__all__ = ["CONTENT_ANOMALIES", "ContentAnomaly", "Spoiling", "choose_hosts"]


@dataclass(frozen=True)
class ContentAnomaly:
    """One kind of thing that is wrong with cards or configs of the real Hub.

    Attributes
    ----------
    name : str
        Its name in the truth.
    description : str
        What it is, and what has to become of it.
    files : tuple of str
        The files concerned; a model that has the anomaly has them all.
    outcome : str
        What the table says of the file: ``ok`` if the Hub delivers it.
    expected : str
        The outcome that a reader must find.
    variants : tuple of (str, callable)
        Name of each way to be wrong, and what makes the file from a good one;
        empty if the Hub delivers none.
    is_unique : bool
        Whether one case is enough, however large the Hub.
    """

    name: str
    description: str
    files: tuple[str, ...]
    outcome: str
    expected: str
    variants: tuple[tuple[str, Callable[[bytes], bytes]], ...] = ()
    is_unique: bool = False


@dataclass(frozen=True)
class Spoiling:
    """What becomes of one file of one model.

    Attributes
    ----------
    outcome : str
        What the table says of it.
    spoil : callable or None
        Makes the file from a good one; None if the Hub delivers none.
    """

    outcome: str
    spoil: Callable[[bytes], bytes] | None


def _card(
    name: str,
    description: str,
    expected: str,
    *variants: tuple[str, Callable[[bytes], bytes]],
    is_unique: bool = False,
) -> ContentAnomaly:
    return ContentAnomaly(name, description, (CARD_FILE,), "ok", expected, variants, is_unique)


def _config(
    name: str, description: str, expected: str, *variants: tuple[str, Callable[[bytes], bytes]]
) -> ContentAnomaly:
    return ContentAnomaly(name, description, (CONFIG_FILE,), "ok", expected, variants)


def _refused(name: str, description: str, outcome: str, *files: str) -> ContentAnomaly:
    return ContentAnomaly(name, description, files, outcome, outcome)


CONTENT_ANOMALIES: tuple[ContentAnomaly, ...] = (
    # These need most of their models, so they choose first.
    _refused(
        "repository_gated",
        "Nobody may read the files without consent: no text.",
        "gated",
        CARD_FILE,
        CONFIG_FILE,
    ),
    _refused(
        "repository_disabled",
        "The Hub has closed the repository: no text.",
        "disabled",
        CARD_FILE,
        CONFIG_FILE,
    ),
    _refused(
        "repository_gone",
        "The repository went away after the listing: no text.",
        "repo_not_found",
        CARD_FILE,
        CONFIG_FILE,
    ),
    _refused("card_missing", "The card went away after the listing.", "missing", CARD_FILE),
    _refused("config_missing", "The config went away after the listing.", "missing", CONFIG_FILE),
    _card(
        "card_bad_yaml",
        "Front matter that is not YAML: the text counts, its fields do not.",
        "bad_yaml",
        ("unclosed_list", cards.unclosed_list),
        ("tabs", cards.tabs),
        ("mapping_in_scalar", cards.mapping_in_scalar),
        ("unclosed_fence", cards.unclosed_fence),
        ("unknown_alias", cards.unknown_alias),
    ),
    _card(
        "card_alias_bomb",
        "Front matter that grows a thousandfold when it is read: refused.",
        "bad_yaml",
        ("doubling_aliases", cards.alias_bomb),
    ),
    _card(
        "card_yaml_tag",
        "Front matter that names a Python object: never made, refused.",
        "bad_yaml",
        ("python_object", cards.python_object),
        ("python_name", cards.python_name),
    ),
    _card(
        "card_not_utf8",
        "A card in another encoding: no text.",
        "not_utf8",
        ("latin_1", cards.latin_1),
        ("utf_16", cards.utf_16),
        ("cut_character", cards.cut_character),
    ),
    _card("card_empty", "A card of no bytes.", "empty", ("no_bytes", cards.no_bytes)),
    _card(
        "card_three_characters",
        "A card too short to be one.",
        "empty",
        ("three_characters", cards.three_characters),
    ),
    _card(
        "card_only_front_matter",
        "A card without a text of its own.",
        "ok",
        ("nothing_behind", cards.only_front_matter),
    ),
    _card(
        "card_crlf_bom",
        "Line ends of two characters and a byte order mark: read as all others.",
        "ok",
        ("crlf_bom", cards.crlf_bom),
    ),
    _card(
        "card_markup",
        "HTML and a script in the text: kept, never run, always escaped.",
        "ok",
        ("script", cards.script),
        ("event_handler", cards.event_handler),
    ),
    _card(
        "card_control_characters",
        "Control characters and U+202E in the text: kept, never shown raw.",
        "ok",
        ("control_characters", cards.control_characters),
    ),
    _card(
        "card_too_large",
        "A card just above 2 MB: not read.",
        "too_large",
        ("above_the_cap", cards.above_the_cap),
        is_unique=True,
    ),
    _config(
        "config_invalid_json",
        "A config that is not JSON: no facts.",
        "invalid_json",
        ("cut_off", configs.cut_off),
        ("single_quotes", configs.single_quotes),
        ("trailing_comma", configs.trailing_comma),
        ("html", configs.html),
    ),
    _config(
        "config_not_object",
        "A config that is JSON and no object: no facts.",
        "not_object",
        ("list", configs.a_list),
        ("text", configs.a_text),
        ("null", configs.a_null),
        ("number", configs.a_number),
    ),
    _config(
        "config_too_deep",
        "A config of ten thousand brackets: refused.",
        "too_deep",
        ("brackets", configs.brackets),
        ("objects", configs.objects),
    ),
    _config(
        "config_not_finite",
        "Numbers that are none: unknown one by one.",
        "ok",
        ("nan_and_infinity", configs.nan_and_infinity),
    ),
    _config(
        "config_numbers_as_text",
        "Numbers written as text: unknown, or read with a reason.",
        "ok",
        ("numbers_as_text", configs.numbers_as_text),
    ),
    _config(
        "config_beyond_64_bits",
        "A number of more than 64 bits: unknown.",
        "ok",
        ("beyond_64_bits", configs.beyond_64_bits),
    ),
    _config(
        "config_booleans_for_numbers",
        "Booleans where numbers stand: unknown.",
        "ok",
        ("booleans", configs.booleans_for_numbers),
    ),
    _config(
        "config_duplicate_keys",
        "A key that stands twice: flagged.",
        "ok",
        ("duplicate_keys", configs.duplicate_keys),
    ),
    _config(
        "config_not_utf8",
        "A config in another encoding: no facts.",
        "not_utf8",
        ("utf_16", configs.utf_16),
        ("latin_1", configs.latin_1),
    ),
    _config(
        "config_empty",
        "A config that holds nothing.",
        "empty",
        ("no_bytes", configs.no_bytes),
    ),
)
"""All anomalies of cards and configs, in the order in which they choose their models."""


def choose_hosts(
    rng: np.random.Generator,
    loners: Sequence[Member],
    others: Sequence[Member],
    n_cases: int,
) -> tuple[dict[tuple[str, str], Spoiling], dict[str, tuple[Case, ...]]]:
    """Choose the models of all anomalies.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream of this layer.
    loners : sequence of Member
        Models without relatives.
    others : sequence of Member
        Those to take when the loners do not suffice, the best first.
    n_cases : int
        How many cases to plant of each anomaly.

    Returns
    -------
    spoilings : dict of (str, str) to Spoiling
        What becomes of a file, by the model's id and the name of the file.
    cases : dict of str to tuple of Case
        The cases of each anomaly; ``file`` is the file concerned, ``outcome``
        what the Hub says of it, ``expected`` what a reader must find, and
        ``variant`` the way to be wrong (None where there is no file).
    """
    order = rng.permutation(len(loners)).tolist()
    candidates = [*(loners[place] for place in order), *others]
    spoilings: dict[tuple[str, str], Spoiling] = {}
    cases: dict[str, tuple[Case, ...]] = {}
    for anomaly in CONTENT_ANOMALIES:
        able = (member for member in candidates if _can_host(member, anomaly, spoilings))
        hosts = list(islice(able, 1 if anomaly.is_unique else n_cases))
        found: list[Case] = []
        for place, member in enumerate(hosts):
            variant, spoil = None, None
            if anomaly.variants:
                variant, spoil = anomaly.variants[place % len(anomaly.variants)]
            for file in anomaly.files:
                spoilings[member.id, file] = Spoiling(anomaly.outcome, spoil)
                found.append(
                    {
                        "id": member.id,
                        "file": file,
                        "outcome": anomaly.outcome,
                        "variant": variant,
                        "expected": anomaly.expected,
                    }
                )
        cases[anomaly.name] = tuple(found)
    return spoilings, cases


def _can_host(
    member: Member, anomaly: ContentAnomaly, spoilings: Mapping[tuple[str, str], Spoiling]
) -> bool:
    """Say whether a model has the files, unspoilt; front matter in order to begin with."""
    return not isinstance(member.row.card, str) and all(
        file in member.row.files and (member.id, file) not in spoilings for file in anomaly.files
    )
