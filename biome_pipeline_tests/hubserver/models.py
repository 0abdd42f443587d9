"""Model repositories: what one is, and how its files and its date change.

What does not belong here: the JSON that the Hub makes of one (`records`), the
list of all (`listing`), how its files are handed out (`modelfiles`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Files", "ModelRepo", "object_id", "owner"]

_FIRST_DAY = dt.datetime(2023, 3, 16, 12, 46, 18, tzinfo=dt.UTC)
_STEP = dt.timedelta(minutes=1)

Bodies = dict[str, bytes]


class Files(MutableMapping[str, bytes]):
    """The files of ``main``; to change one is a commit.

    They may be given as a function, which is called when they are first asked
    for: many repositories then cost little.
    """

    __slots__ = ("_bodies", "_on_change")

    def __init__(self, bodies: Bodies | Callable[[], Bodies]) -> None:
        self._bodies = bodies if callable(bodies) else dict(bodies)
        self._on_change: Callable[[Bodies], None] | None = None

    def watch(self, on_change: Callable[[Bodies], None]) -> None:
        """Call a function with the files as they were, before each change."""
        self._on_change = on_change

    def bodies(self) -> Bodies:
        """Give the files as a plain dict, which is not to be changed."""
        if callable(self._bodies):
            self._bodies = self._bodies()
        return self._bodies

    def put(self, changes: dict[str, bytes | None]) -> None:
        """Write and, with None, remove several files in one commit."""
        before = self.bodies()
        after: Bodies = dict(before)
        for name, body in changes.items():
            if body is None:
                del after[name]
            else:
                after[name] = body
        self._bodies = after
        if self._on_change is not None:
            self._on_change(before)

    def __getitem__(self, name: str) -> bytes:
        return self.bodies()[name]

    def __setitem__(self, name: str, body: bytes) -> None:
        self.put({name: body})

    def __delitem__(self, name: str) -> None:
        self.put({name: None})

    def __iter__(self) -> Iterator[str]:
        return iter(self.bodies())

    def __len__(self) -> int:
        return len(self.bodies())


@dataclass(eq=False, slots=True)
class ModelRepo:
    """One model repository.

    Attributes
    ----------
    id : str
        ``owner/name``, or the name alone as very old models have it.
    _id : str
        24 hexadecimal digits; by default, as on the Hub, those of the second
        of its creation first.
    author : str or None
        By default the owner.
    created_at, last_modified : datetime.datetime
        With zone; `last_modified` is `created_at` by default and moves by a
        minute with each commit.
    files : Files
        The files of ``main``; a dict of str to bytes, or a function that
        gives one, becomes one.
    sha : str
        The commit of ``main``, by default a digest of the files.
    names : tuple of str or None
        The names of the files in the list, if they are not to be asked of `files`.
    is_private, is_disabled : bool
        Whether it is hidden from requests without a token; whether its files
        are refused to everybody.
    gated : {False, "auto", "manual"}
        Whether its files are refused to all who were not granted them.
    is_granted : bool
        Whether every accepted token was granted them.
    downloads, downloads_all_time, likes, trending_score : int
        Its counts.
    pipeline_tag, library_name : str or None
        Left out of the JSON if None.
    tags : list of str
        As in the JSON.
    card_data, config, safetensors, gguf, base_models : dict or None
        As in the JSON, left out if None.
    raw : object or None
        What the list shows in place of the record: any JSON value, or bytes,
        which are put there as they are.
    renamed_from : tuple of str
        Names that it had before: requests to them are sent on.
    counted_downloads : int
        How often its ``config.json`` was asked for, with GET or HEAD.
    """

    id: str
    _id: str = ""
    author: str | None = None
    created_at: dt.datetime = _FIRST_DAY
    last_modified: dt.datetime | None = None
    files: Files | Bodies | Callable[[], Bodies] = field(default_factory=dict)
    sha: str = ""
    names: tuple[str, ...] | None = None
    is_private: bool = False
    is_disabled: bool = False
    gated: Literal[False, "auto", "manual"] = False
    is_granted: bool = False
    downloads: int = 0
    downloads_all_time: int = 0
    likes: int = 0
    trending_score: int = 0
    pipeline_tag: str | None = None
    library_name: str | None = None
    tags: list[str] = field(default_factory=list)
    card_data: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    safetensors: dict[str, Any] | None = None
    gguf: dict[str, Any] | None = None
    base_models: dict[str, Any] | None = None
    raw: Any = None
    renamed_from: tuple[str, ...] = ()
    counted_downloads: int = 0
    past: dict[str, Bodies] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        if not self._id:
            self._id = object_id(self.created_at, self.id)
        if self.author is None:
            self.author = owner(self.id)
        if self.last_modified is None:
            self.last_modified = self.created_at
        if not isinstance(self.files, Files):
            self.files = Files(self.files)
        self.files.watch(self._commit)
        if not self.sha:
            self.sha = self._digest()

    def write(self, changes: dict[str, bytes | None], at: dt.datetime | None = None) -> str:
        """Make one commit of several changes, at a given time, and give its SHA-1."""
        self.files.put(changes)
        if at is not None:
            self.last_modified = at
        return self.sha

    def at(self, revision: str) -> Bodies | None:
        """Give the files of ``main`` or of a full SHA-1, also of one that is past."""
        if revision in {"main", self.sha}:
            return self.files.bodies()
        return (self.past or {}).get(revision)

    def file_names(self) -> tuple[str, ...]:
        """Name the files of ``main``, in order."""
        return tuple(sorted(self.files)) if self.names is None else self.names

    def _commit(self, before: Bodies) -> None:
        self.past = (self.past or {}) | {self.sha: before}
        self.names = None
        self.last_modified += _STEP
        self.sha = self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha1(f"{self.id} {len(self.past or ())}".encode())
        for name, body in sorted(self.files.bodies().items()):
            digest.update(name.encode() + b"\0" + hashlib.sha1(body).digest())
        return digest.hexdigest()


def object_id(created_at: dt.datetime, name: str) -> str:
    """Make an id as the Hub's database does: the second of creation, then the rest."""
    second = int(created_at.timestamp()) & 0xFFFFFFFF
    return f"{second:08x}{hashlib.sha1(name.encode()).hexdigest()[:16]}"


def owner(name: str) -> str | None:
    """Give the owner in the name of a repository; very old names have none."""
    return name.partition("/")[0] if "/" in name else None
