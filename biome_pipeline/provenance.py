"""What made a table: code, settings, seed, source and inputs.

Every partition of the lake carries one `Provenance`. Its fingerprint is the
digest of everything that decides the content, so two partitions with the same
fingerprint hold the same rows, and a set of partitions is consistent when
each names its inputs' present fingerprints. What does not belong here: where
a provenance is kept (``warehouse.lake``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from biome_pipeline import __version__
from biome_pipeline.errors import PartitionCorruptError

__all__ = ["Provenance", "code_version", "derive_seed"]

_TEXT_FIELDS = (
    "table",
    "snapshot",
    "source",
    "source_revision",
    "code_version",
    "settings_hash",
    "created_at",
)


@dataclass(frozen=True)
class Provenance:
    """What made one partition of one table.

    Parameters
    ----------
    table : str
        ``schema.table``.
    snapshot : str
        Partition key, ``YYYY-MM-DD``.
    source : str
        Identity of the source, as in ``hub.snapshots``.
    source_revision : str
        Revision of the source.
    code_version : str
        As `code_version` gave it.
    settings_hash : str
        Digest of the settings that change results.
    seed : int
        Seed of the run.
    created_at : str
        When the partition was written, ISO 8601 in UTC; decides no content.
    inputs : dict of str to str
        Fingerprint of each table that was read, by name.
    facts : dict of str to str
        What else is known of the making. Only ``content`` decides anything: the
        digest of what came over the network, which no input names.
    """

    table: str
    snapshot: str
    source: str
    source_revision: str
    code_version: str
    settings_hash: str
    seed: int
    created_at: str
    inputs: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Digest of everything that decides the content.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        content = asdict(self)
        del content["created_at"], content["facts"]
        if "content" in self.facts:
            content["content"] = self.facts["content"]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """Write the provenance as JSON.

        Returns
        -------
        str
            One object with sorted keys.
        """
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str, *, place: str) -> Provenance:
        """Read a provenance back, checking its schema first.

        Parameters
        ----------
        text : str
            What `to_json` wrote.
        place : str
            Path that the text comes from, for the error.

        Returns
        -------
        Provenance
            The same provenance.

        Raises
        ------
        PartitionCorruptError
            If the text is not a provenance.
        """
        try:
            content: Any = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        if not _is_provenance(content):
            raise PartitionCorruptError(
                "its provenance is missing or not readable",
                place=place,
                remedy="run the snapshot again with 'biome run --force'",
            )
        return cls(**content)


def _is_provenance(content: object) -> bool:
    if not isinstance(content, dict) or set(content) != {*_TEXT_FIELDS, "seed", "inputs", "facts"}:
        return False
    return (
        all(isinstance(content[name], str) for name in _TEXT_FIELDS)
        and type(content["seed"]) is int
        and all(_is_text_by_name(content[name]) for name in ("inputs", "facts"))
    )


def _is_text_by_name(content: object) -> bool:
    return isinstance(content, dict) and all(isinstance(text, str) for text in content.values())


@cache
def code_version() -> str:
    """Name the code that runs: the version and a digest of the sources.

    The digest makes a run after an edit recompute, without a version bump.

    Returns
    -------
    str
        For instance ``0.1.0+3f2a91c0``.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def derive_seed(seed: int, name: str) -> int:
    """Derive the seed of one table or draw from the seed of the run.

    Parameters
    ----------
    seed : int
        Seed of the run.
    name : str
        What the seed is for; equal names give equal seeds.

    Returns
    -------
    int
        Between 0 and 2**63 - 1.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
