"""Dataset repositories: what the Hub says of them and how it hands out files.

What does not belong here: other kinds of repositories, ranges and faults.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from biome_pipeline_tests.hubserver.replies import Asked, Reply

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.server import LocalHub

__all__ = ["DATASET_ROUTES", "Commit", "Dataset"]

_FIRST_DAY = dt.datetime(2025, 6, 30, 4, 5, 6, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Commit:
    """One commit: when it was made and all files of it."""

    sha: str
    at: dt.datetime
    files: dict[str, bytes]


@dataclass
class Dataset:
    """One dataset repository.

    Attributes
    ----------
    name : str
        ``owner/name``.
    is_private : bool
        Whether it is hidden from requests without a token.
    is_gated, is_disabled : bool
        Whether its files are refused: to everybody here.
    storage : LocalHub or None
        Another host that holds the files: then `resolve` redirects there.
    has_xet : bool
        Whether files are offered through Xet as well.
    has_sizes : bool
        Whether sizes and SHA-256 are told with the files.
    commits : list of Commit
        Oldest first; the last one is ``main``.
    """

    name: str
    is_private: bool = False
    is_gated: bool = False
    is_disabled: bool = False
    storage: LocalHub | None = None
    has_xet: bool = False
    has_sizes: bool = True
    commits: list[Commit] = field(default_factory=list)

    def publish(self, files: dict[str, bytes], at: dt.datetime | None = None) -> str:
        """Add a commit that holds exactly these files, and give its SHA-1."""
        at = at or _FIRST_DAY + dt.timedelta(days=len(self.commits))
        digest = hashlib.sha1(f"{self.name} {len(self.commits)} {at}".encode())
        for name, body in sorted(files.items()):
            digest.update(name.encode() + hashlib.sha256(body).digest())
            if self.storage is not None:
                self.storage.blobs[hashlib.sha256(body).hexdigest()] = body
        self.commits.append(Commit(digest.hexdigest(), at, dict(files)))
        return digest.hexdigest()

    def commit(self, revision: str) -> Commit | None:
        """Find the commit of ``main`` or of a full SHA-1."""
        if revision == "main" and self.commits:
            return self.commits[-1]
        return next((commit for commit in self.commits if commit.sha == revision), None)


def _find(hub: LocalHub, asked: Asked) -> tuple[Dataset, Commit] | Reply:
    """Find repository and commit, or refuse in the Hub's words."""
    dataset = hub.datasets.get(asked.named["repo"])
    if dataset is None or (dataset.is_private and asked.token is None):
        # The Hub does not tell the anonymous what is missing and what private.
        if asked.token is None:
            return Reply.error(401, "Invalid username or password.", "RepoNotFound")
        return Reply.error(404, "Repository not found", "RepoNotFound")
    if dataset.is_disabled:
        return Reply.error(403, "Access to this resource is disabled.")
    revision = asked.named.get("revision", "main")
    commit = dataset.commit(revision)
    if commit is None:
        return Reply.error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return dataset, commit


def _info(hub: LocalHub, asked: Asked) -> Reply:
    found = _find(hub, asked)
    if isinstance(found, Reply):
        return found
    dataset, commit = found
    at = commit.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    has_sizes = dataset.has_sizes and asked.query.get("blobs") in (["true"], ["True"])
    return Reply.json(
        {
            "_id": hashlib.sha256(dataset.name.encode()).hexdigest()[:24],
            "id": dataset.name,
            "author": dataset.name.split("/")[0],
            "sha": commit.sha,
            "lastModified": at,
            "createdAt": "2024-01-01T00:00:00.000Z",
            "private": dataset.is_private,
            "gated": "manual" if dataset.is_gated else False,
            "disabled": dataset.is_disabled,
            "downloads": 1,
            "likes": 1,
            "tags": ["region:us"],
            "siblings": [
                _sibling(name, body, has_sizes) for name, body in sorted(commit.files.items())
            ],
        }
    )


def _sibling(name: str, body: bytes, has_sizes: bool) -> dict[str, object]:
    if not has_sizes:
        return {"rfilename": name}
    sha256 = hashlib.sha256(body).hexdigest()
    return {
        "rfilename": name,
        "blobId": _blob_id(body),
        "size": len(body),
        "lfs": {"sha256": sha256, "size": len(body), "pointerSize": 134},
    }


def _resolve(hub: LocalHub, asked: Asked) -> Reply:
    found = _find(hub, asked)
    if isinstance(found, Reply):
        return found
    dataset, commit = found
    if dataset.is_gated:
        message = f"Access to dataset {dataset.name} is restricted."
        return Reply.error(403 if asked.token else 401, message, "GatedRepo")
    headers = {"X-Repo-Commit": commit.sha}
    body = commit.files.get(asked.named["file"])
    if body is None:
        missing = Reply.error(404, "Entry not found", "EntryNotFound")
        return Reply(404, missing.headers | headers, missing.body)
    sha256 = hashlib.sha256(body).hexdigest()
    if dataset.has_xet:
        route = f"{hub.address}/api/datasets/{dataset.name}/xet-read-token/{commit.sha}"
        headers |= {"X-Xet-Hash": sha256, "X-Xet-Refresh-Route": route}
    if dataset.storage is not None:
        linked = {"X-Linked-Size": str(len(body)), "X-Linked-ETag": f'"{sha256}"'}
        location = f"{dataset.storage.address}/blobs/{sha256}"
        return Reply(302, headers | linked | {"Location": location}, b"Found")
    headers |= {
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
        "ETag": f'"{sha256}"',
    }
    return Reply(200, headers, body)


def _blob_id(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


DATASET_ROUTES: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [
    (r"/api/datasets/(?P<repo>[^/]+/[^/]+)", _info),
    (r"/api/datasets/(?P<repo>[^/]+/[^/]+)/revision/(?P<revision>[^/]+)", _info),
    (
        r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)",
        _resolve,
    ),
]
