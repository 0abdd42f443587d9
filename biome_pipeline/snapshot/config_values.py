"""Typed values out of a config, each as it is, or NULL with the reason named.

A number may be written as text, a truth value, a list, NaN, or with more digits
than any type holds; none of these is guessed at. What does not belong here:
which names are read (``config_names``).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from biome_pipeline.snapshot.config_document import HugeNumber

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LARGEST", "NAME_PATTERN", "ConfigReader"]

LARGEST = 2**63 - 1

NAME_PATTERN = r"^[A-Za-z0-9_./+ -]{1,120}$"
"""What a model type, class or number format looks like, for Python and for the engine."""

_NAME = re.compile(NAME_PATTERN[:-1] + r"\Z")


class ConfigReader:
    """Reads one object of a config and keeps what was odd.

    Parameters
    ----------
    section : mapping
        The object.
    place : str
        Prefix of its keys in anomalies, for instance ``text_config.``.
    """

    def __init__(self, section: Mapping[str, Any], place: str = "") -> None:
        self.section = section
        self.place = place
        self.anomalies: list[str] = []

    def number(self, *names: str, lowest: int = 1) -> int | None:
        """Read a whole number from the first name that has one.

        Parameters
        ----------
        *names : str
            Keys, paths, or lists to count (``name[]``), in order.
        lowest : int
            Least value that is accepted.

        Returns
        -------
        int or None
            From ``lowest`` to 2^63 - 1. ``4096.0`` is a whole number; the text
            ``"4096"`` is none. What was passed over but for null is an anomaly.
        """
        for name in names:
            value = self._at(name.removesuffix("[]"))
            if name.endswith("[]"):
                value = len(value) if isinstance(value, list) else None
            if value is None:
                continue
            whole = _whole(value, lowest)
            if isinstance(whole, int):
                return whole
            self.note(name, whole)
        return None

    def real(self, *names: str) -> float | None:
        """Read a positive number from the first name that has one.

        Parameters
        ----------
        *names : str
            Keys or paths, in order.

        Returns
        -------
        float or None
            Finite and above 0. What was passed over but for null is an anomaly.
        """
        for name in names:
            value = self._at(name)
            if value is None:
                continue
            if isinstance(value, HugeNumber):
                self.note(name, "beyond 64 bits")
            elif isinstance(value, bool) or not isinstance(value, int | float):
                self.note(name, f"{_kind(value)}, not a number")
            elif not math.isfinite(value):
                self.note(name, "not finite")
            elif value <= 0:
                self.note(name, "not above 0")
            else:
                return float(value)
        return None

    def flag(self, name: str) -> bool | None:
        """Read a truth value.

        Parameters
        ----------
        name : str
            Key or path.

        Returns
        -------
        bool or None
            Numbers and texts are no truth values.
        """
        value = self._at(name)
        if value is None or isinstance(value, bool):
            return value
        self.note(name, f"{_kind(value)}, not a truth value")
        return None

    def word(self, *names: str) -> str | None:
        """Read a name from the first key that has one.

        Parameters
        ----------
        *names : str
            Keys or paths, in order.

        Returns
        -------
        str or None
            At most 120 plain characters, as of `NAME_PATTERN`.
        """
        for name in names:
            value = self._at(name)
            if value is None:
                continue
            if isinstance(value, str) and _NAME.match(value):
                return value
            self.note(
                name, "not a name" if isinstance(value, str) else f"{_kind(value)}, not a name"
            )
        return None

    def has(self, name: str) -> bool:
        """Tell whether a key says anything.

        Parameters
        ----------
        name : str
            Key or path.

        Returns
        -------
        bool
            False for null, false, and empty lists, objects and texts.
        """
        value = self._at(name)
        return value is not None and value is not False and value not in ({}, [], "")

    def numbers(self, name: str) -> list[int] | None:
        """Read a list of whole numbers.

        Parameters
        ----------
        name : str
            Key or path.

        Returns
        -------
        list of int or None
            None unless every element is a whole number from 0 on.
        """
        value = self._at(name)
        if not isinstance(value, list):
            return None
        whole = [_whole(each, 0) for each in value]
        numbers = [each for each in whole if isinstance(each, int)]
        return numbers if len(numbers) == len(whole) else None

    def words(self, name: str) -> list[str] | None:
        """Read a list of names.

        Parameters
        ----------
        name : str
            Key or path.

        Returns
        -------
        list of str or None
            None unless every element is text.
        """
        value = self._at(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            return None
        return value

    def note(self, name: str, fault: str) -> None:
        """Keep what was odd.

        Parameters
        ----------
        name : str
            Key or path out of the package's own tables, never out of a config.
        fault : str
            Why it does not count.
        """
        anomaly = f"{self.place}{name}: {fault}"
        if anomaly not in self.anomalies:
            self.anomalies.append(anomaly)

    def _at(self, path: str) -> object:
        value: object = self.section
        for step in path.split("."):
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value


def _whole(value: object, lowest: int) -> int | str:
    """Take a whole number, or say why it is none."""
    fault = None
    if isinstance(value, bool) or not isinstance(value, int | float | HugeNumber):
        fault = f"{_kind(value)}, not a number"
    elif isinstance(value, HugeNumber) or value > LARGEST:
        is_infinite = isinstance(value, float) and math.isinf(value)
        fault = "not finite" if is_infinite else "beyond 64 bits"
    elif not math.isfinite(value):
        fault = "not finite"
    elif value < lowest:
        fault = f"below {lowest}"
    elif value != int(value):
        fault = "not whole"
    else:
        return int(value)
    return fault


def _kind(value: object) -> str:
    kinds = ((bool, "truth value"), (str, "text"), (list, "list"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")
