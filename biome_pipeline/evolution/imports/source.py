"""One config on its way to a genome: what it says, what was assumed, what stays unread.

What does not belong here: what its words mean for a block (``layers``, ``mixers``,
``ropes``, ``feed_forwards``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from biome_pipeline.errors import ConfigImportError
from biome_pipeline.evolution.imports.keys import RULES, faults_of, shown
from biome_pipeline.evolution.imports.kinds import REFUSED, Kind, kind_of
from biome_pipeline.snapshot.config_facts import text_section
from biome_pipeline.snapshot.config_names import NAMES
from biome_pipeline.snapshot.config_values import ConfigReader
from biome_pipeline.vocabulary.model_layouts import LAYOUTS, Layout

__all__ = ["Source", "import_fault", "source_of"]

# Of these an import takes nothing, and a genome is not the less for it.
_NO_STRUCTURE = frozenset({"architectures", "dtype", "torch_dtype", "transformers_version"})
# "language", "decoder" and the like are words in other configs.
_SECTIONS = ("text_config", "language_config", "llm_config", "llm_cfg", "thinker_config")

# What a composite model may write beside its text model's object, and still mean it.
_OUTER = ("vocab_size", "tie_word_embeddings", "is_encoder_decoder", "quantization_config")


@dataclass
class Source:
    """A config that is read.

    Parameters
    ----------
    place : str
        Where it is from, for errors.
    whole : mapping of str to Any
        The whole config.
    text : mapping of str to Any
        The object of the text model, of which every known key holds what it may.
    prefix : str
        Path of that object, for instance ``text_config.``; empty if it is the whole.
    kind : Kind
        Of the text model.
    layout : Layout
        Of the same, or a plain one.
    assumed : list of str
        Keys that the config does not state, and of which the type's default was taken.
    """

    place: str
    whole: Mapping[str, Any]
    text: Mapping[str, Any]
    prefix: str
    kind: Kind
    layout: Layout
    assumed: list[str] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)
    _lost: set[str] = field(default_factory=set)

    def is_stated(self, name: str) -> bool:
        """Tell whether a key is there, be it null.

        Parameters
        ----------
        name : str
            Its path.

        Returns
        -------
        bool
            Null says "none" where absence says "as usual".
        """
        *objects, last = name.split(".")
        holder = self._at(".".join(objects)) if objects else self.text
        return isinstance(holder, Mapping) and last in holder

    def value(self, *names: str) -> Any:  # noqa: ANN401 - whatever the key holds
        """Read the first of several keys that is not null.

        Parameters
        ----------
        *names : str
            Paths of keys of one meaning; they all count as read.

        Returns
        -------
        Any
            Of the type that `RULES` names, or None.
        """
        self._read.update(names)
        found = (self._at(name) for name in names)
        return next((value for value in found if value is not None), None)

    def number(self, *names: str, default: int | None = None) -> int | None:
        """Read a whole number.

        Parameters
        ----------
        *names : str
            Paths of keys of one meaning.
        default : int, optional
            Of the type.

        Returns
        -------
        int or None
            None if it is neither stated nor has a default.
        """
        stated: int | None = self.value(*names)
        if stated is None and default is not None:
            self.assumed.append(names[0])
        return default if stated is None else stated

    def needed(self, *names: str, default: int | None = None) -> int:
        """Insist on a whole number.

        Parameters
        ----------
        *names : str
            Paths of keys of one meaning.
        default : int, optional
            Of the type.

        Returns
        -------
        int
            The number.

        Raises
        ------
        ConfigImportError
            If it is null, or not stated and the type has no default.
        """
        stated: int | None = self.value(*names)
        if stated is not None:
            return stated
        null = next((name for name in names if self.is_stated(name)), None)
        if null is not None:
            raise self.fault(null, "it is null")
        if default is None:
            raise self.fault(names[0], "it is not stated")
        self.assumed.append(names[0])
        return default

    def size(self, fact: str, default: int | None) -> int:
        """Insist on one of the sizes that every config states under one of many names.

        Parameters
        ----------
        fact : str
            As in `NAMES`.
        default : int, optional
            Of the type.

        Returns
        -------
        int
            The number.

        Raises
        ------
        ConfigImportError
            As of `needed`.
        """
        return self.needed(*_names(fact), default=default)

    def maybe(self, fact: str) -> int | None:
        """Read one of those sizes if it is stated.

        Parameters
        ----------
        fact : str
            As in `NAMES`.

        Returns
        -------
        int or None
            None if it is null or missing.
        """
        return self.number(*_names(fact))

    def flag(self, name: str, *, default: bool) -> bool:
        """Read a truth value.

        Parameters
        ----------
        name : str
            Path of its key.
        default : bool
            Of the type.

        Returns
        -------
        bool
            The default for null, too.
        """
        stated: bool | None = self.value(name)
        return default if stated is None else stated

    def lose(self, name: str) -> None:
        """Say that a genome does not know what a key that was read says.

        Parameters
        ----------
        name : str
            Its path.
        """
        if self.is_stated(name):
            self._lost.add(name)

    def fault(self, name: str, fact: str) -> ConfigImportError:
        """Say why no genome can be made.

        Parameters
        ----------
        name : str
            Path of the key at fault.
        fact : str
            What is wrong with it.

        Returns
        -------
        ConfigImportError
            In one line.
        """
        return import_fault(f"{self.place}: {self.prefix}{name}", fact)

    def unread(self) -> tuple[str, ...]:
        """List what the genome does not know.

        Returns
        -------
        tuple of str
            Paths of keys that nothing was made of, sorted.
        """
        found = {f"{self.prefix}{name}" for name in self._unread(self.text, "")}
        found |= {f"{self.prefix}{name}" for name in self._lost}
        if self.prefix:
            taken = {self.prefix.partition(".")[0], *self._read} | _NO_STRUCTURE
            found |= {str(key) for key in self.whole if key not in taken | {"model_type"}}
        return tuple(sorted(found))

    def _unread(self, section: Mapping[str, Any], place: str) -> list[str]:
        found = []
        for key, value in section.items():
            path = f"{place}{key}"
            has_parts_read = any(name.startswith(f"{path}.") for name in self._read)
            if isinstance(value, Mapping) and has_parts_read:
                found += self._unread(value, f"{path}.")
            elif not has_parts_read and path not in self._read | _NO_STRUCTURE:
                found.append(path)
        return found

    def _at(self, path: str) -> Any:  # noqa: ANN401 - whatever the key holds
        value: Any = self.text
        for step in path.split("."):
            if isinstance(value, list) and step.isdigit():
                value = value[int(step)]
            elif isinstance(value, Mapping):
                value = value.get(step)
            else:
                return None
        return value


def _names(fact: str) -> tuple[str, ...]:
    # The size of an expert is no size of a dense layer, and a list is no number.
    return tuple(
        name
        for name in NAMES[fact].names
        if name != "moe_intermediate_size" and not name.endswith("[]") and name in RULES
    )


def import_fault(place: str, fact: str) -> ConfigImportError:
    """Say why no genome can be made.

    Parameters
    ----------
    place : str
        The config, and the field at fault.
    fact : str
        What is wrong with it.

    Returns
    -------
    ConfigImportError
        In one line.
    """
    return ConfigImportError(fact, place=place, remedy="mend it, or choose another model")


def source_of(config: object, *, place: str) -> Source:
    """Open a config.

    Parameters
    ----------
    config : object
        Parsed ``config.json``, whatever it holds.
    place : str
        Where it is from, for errors.

    Returns
    -------
    Source
        Of a decoder of a known type, whose known keys hold what they may.

    Raises
    ------
    ConfigImportError
        If it is no config of such a decoder.
    """
    if not isinstance(config, Mapping):
        raise import_fault(place, f"it is {shown(config)}, no config, which is an object")
    for name in _SECTIONS:
        value = config.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise import_fault(f"{place}: {name}", f"it is {shown(value)}, no object")
    outer = config.get("model_type")
    if outer is not None and not isinstance(outer, str):
        raise import_fault(f"{place}: model_type", f"it is {shown(outer)}, no text")
    found = text_section(ConfigReader(config), outer)
    text, prefix = found.section, found.place
    for name, fact in faults_of(text):
        raise import_fault(f"{place}: {prefix}{name}", fact)
    for name in _OUTER:
        if not RULES[name].allows(config.get(name)):
            fact = f"it is {shown(config[name])}, no {RULES[name]}"
            raise import_fault(f"{place}: {name}", fact)
    kind, layout = _kind(text, outer, f"{place}: {prefix}model_type")
    source = Source(place, config, text, prefix, kind, layout)
    source.value("model_type")
    if source.flag("is_encoder_decoder", default=False) or config.get("is_encoder_decoder"):
        raise source.fault("is_encoder_decoder", "it is true, so it is no decoder")
    # Of some Gemmas "vision" says that images alone see what follows.
    if text.get("use_bidirectional_attention") in (True, "all"):
        raise source.fault("use_bidirectional_attention", "text sees what follows: no decoder")
    return source


def _kind(text: Mapping[str, Any], outer: str | None, place: str) -> tuple[Kind, Layout]:
    """Find what is known of a model type, or refuse it."""
    name = text.get("model_type") or outer
    if not name:
        raise import_fault(place, "it is not stated")
    kind = kind_of(name)
    layout = LAYOUTS.get(name)
    if kind is not None:
        return kind, layout or LAYOUTS.get(kind.name, Layout())
    if name in REFUSED:
        raise import_fault(place, f"{name} fits no genome: {REFUSED[name]}")
    if layout is not None and layout.stack != "decoder":
        raise import_fault(place, f"{name} is no decoder")
    raise import_fault(place, f"the layers of {shown(name)} are not known")
