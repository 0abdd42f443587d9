"""One config on its way to a genome: what it says, and what was taken for granted.

What does not belong here: what its words mean for a block (``layers``, ``mixers``,
``feed_forwards``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.snapshot.config_facts import (
    KNOWN_KEYS,
    ConfigFacts,
    config_facts,
    text_section,
)
from biome_pipeline.snapshot.config_values import ConfigReader
from biome_pipeline.vocabulary.model_layouts import LAYOUTS, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.vocabulary.model_layouts import Switch

__all__ = ["Source", "source_of"]

_MOST_LAYERS = 4_096


class _Reader(ConfigReader):
    """Keeps which keys were asked for."""

    def __init__(self, section: Mapping[str, Any], place: str = "") -> None:
        super().__init__(section, place)
        self.asked: set[str] = set()

    def _at(self, path: str) -> object:
        self.asked.add(path.partition(".")[0])
        return super()._at(path)


@dataclass
class Source:
    """A config that is read.

    Parameters
    ----------
    place : str
        Where it is from, for errors.
    text : ConfigReader
        The object of the text model.
    facts : ConfigFacts
        What the snapshot's own reader finds in it.
    model_type : str
        Of the text model; empty if it does not say.
    layout : Layout
        Of the type, or a plain one.
    assumed : list of str
        What was taken for granted.
    """

    place: str
    text: ConfigReader
    facts: ConfigFacts
    model_type: str
    layout: Layout
    assumed: list[str] = field(default_factory=list)

    @property
    def n_layers(self) -> int:
        """Number of layers.

        Returns
        -------
        int
            At most 4,096.
        """
        return self.needed("num_layers", self.facts.num_layers)

    def needed(self, name: str, value: int | None) -> int:
        """Insist on a number.

        Parameters
        ----------
        name : str
            Its fact or key.
        value : int or None
            What the config says.

        Returns
        -------
        int
            The number.

        Raises
        ------
        ConfigImportError
            If the config does not say it.
        """
        if value is None:
            raise self.fault(name, "it is not stated, or no whole number")
        return value

    def or_else(self, name: str, value: int | None, default: int) -> int:
        """Take a number, or what the type has by default, and keep that it was not said.

        Parameters
        ----------
        name : str
            Its key.
        value : int or None
            What the config says.
        default : int
            What goes for it.

        Returns
        -------
        int
            The number.
        """
        if value is None:
            self.assumed.append(name)
            return default
        return value

    def is_on(self, switch: Switch) -> bool:
        """Tell what a layout's switch is in this config.

        Parameters
        ----------
        switch : bool or tuple
            Fixed, or a key and its default.

        Returns
        -------
        bool
            On or off.
        """
        if isinstance(switch, bool):
            return switch
        stated = self.text.flag(switch[0])
        return switch[1] if stated is None else stated

    def fault(self, name: str, fact: str) -> ConfigImportError:
        """Say why no genome can be made.

        Parameters
        ----------
        name : str
            Key or fact at fault.
        fact : str
            What is wrong with it.

        Returns
        -------
        ConfigImportError
            In one line.
        """
        return ConfigImportError(
            fact, place=f"{self.place}: {name}", remedy="choose another model, or write a genome"
        )

    def unread(self) -> tuple[str, ...]:
        """List what the genome does not know.

        Returns
        -------
        tuple of str
            Keys of the text model's object that nobody asked for, sorted.
        """
        asked = KNOWN_KEYS | (self.text.asked if isinstance(self.text, _Reader) else set())
        return tuple(sorted(str(key) for key in self.text.section if key not in asked))


def source_of(config: Mapping[str, Any], *, place: str) -> Source:
    """Open a config.

    Parameters
    ----------
    config : mapping of str to Any
        Parsed ``config.json``, whatever it holds.
    place : str
        Where it is from, for errors.

    Returns
    -------
    Source
        Of a decoder with a sane number of layers.

    Raises
    ------
    ConfigImportError
        If it is no config of a decoder.
    """
    try:
        content = json.dumps(config)
    except (TypeError, ValueError, RecursionError):
        content = ""
    facts = config_facts(content)
    if facts.outcome != "ok":
        raise ConfigImportError(
            f"it is no config ({facts.outcome})", place=place, remedy="choose another model"
        )
    whole = ConfigReader(json.loads(content))
    found = text_section(whole, whole.word("model_type"))
    text = _Reader(found.section, found.place)
    kind = text.word("model_type") or facts.model_type or ""
    layout = LAYOUTS.get(kind, LAYOUTS.get(facts.model_type or "", Layout()))
    source = Source(place, text, facts, kind, layout)
    if layout.stack not in ("decoder", "mamba") or text.flag("is_encoder_decoder"):
        raise source.fault("model_type", f"{kind or 'it'} is no decoder")
    if source.n_layers > _MOST_LAYERS:
        raise source.fault("num_layers", f"{source.n_layers} layers are more than {_MOST_LAYERS}")
    return source
