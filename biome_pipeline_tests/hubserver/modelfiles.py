"""What the Hub says of one model, and how it hands out its files.

Requests to a name that a model had before are sent on. What does not belong
here: dataset repositories (`datasets`), the list (`listing`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from biome_pipeline_tests.hubserver.listing import expanded
from biome_pipeline_tests.hubserver.models import Bodies, ModelRepo
from biome_pipeline_tests.hubserver.records import (
    INFO_ONLY,
    OPTIONS,
    blob_id,
    info_fields,
    record,
)
from biome_pipeline_tests.hubserver.replies import Asked, Reply

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.server import LocalHub

__all__ = ["MODEL_ROUTES"]

_PREFIXES = ("/api/models/", "/api/resolve-cache/models/", "/")
_NAME = r"(?P<repo>[^/]+(?:/[^/]+)?)"


def _find(hub: LocalHub, asked: Asked) -> tuple[ModelRepo, Bodies] | Reply:
    """Find repository and files of the revision, or refuse in the Hub's words."""
    name = asked.named["repo"]
    repo = hub.models.get(name)
    if repo is None:
        repo = next((r for r in list(hub.models.values()) if name in r.renamed_from), None)
        if repo is not None and not _is_hidden(repo, asked):
            return Reply.moved(_with_name(asked, repo.id))
    if repo is None or _is_hidden(repo, asked):
        # The Hub does not tell the anonymous what is missing and what private.
        # It sends them no code, but over plain HTTP the client needs one.
        if asked.token is None:
            return Reply.error(401, "Invalid username or password.", "RepoNotFound")
        return Reply.error(404, "Repository not found", "RepoNotFound")
    revision = asked.named.get("revision", "main")
    files = repo.at(revision)
    if files is None:
        return Reply.error(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return repo, files


def _with_name(asked: Asked, name: str) -> str:
    """Put another name into what was asked: path and query, without a host, as the Hub does."""
    path, mark, query = asked.target.partition("?")
    path = unquote(path)
    start = next(len(p) for p in _PREFIXES if path.startswith(p))
    return quote(path[:start] + name + path[start + len(asked.named["repo"]) :]) + mark + query


def _is_hidden(repo: ModelRepo, asked: Asked) -> bool:
    return repo.is_private and asked.token is None


def _info(hub: LocalHub, asked: Asked) -> Reply:
    found = _find(hub, asked)
    if isinstance(found, Reply):
        return found
    repo, files = found
    fields = expanded(asked, (*OPTIONS, *INFO_ONLY))
    if isinstance(fields, Reply):
        return fields
    made: dict[str, Any] = record(repo, fields or info_fields())
    if "siblings" in made and asked.asks("blobs"):
        made["siblings"] = [
            {"rfilename": name, "size": len(body), "blobId": blob_id(body)}
            for name, body in sorted(files.items())
        ]
    if "sha" in made and asked.named.get("revision", "main") != "main":
        made["sha"] = asked.named["revision"]
    return Reply.json(made)


def _file(hub: LocalHub, asked: Asked) -> Reply:
    found = _find(hub, asked)
    if isinstance(found, Reply):
        return found
    repo, files = found
    if repo.is_disabled:
        return Reply.error(403, "Access to this resource is disabled.")
    if repo.gated and asked.token is None:
        message = (
            f"Access to model {repo.id} is restricted. You must have access to it and be "
            "authenticated to access it. Please log in."
        )
        return Reply.error(401, message, "GatedRepo")
    if repo.gated and not repo.is_granted:
        message = (
            f"Access to model {repo.id} is restricted and you are not in the authorized list. "
            f"Visit https://huggingface.co/{repo.id} to ask for access."
        )
        return Reply.error(403, message, "GatedRepo")
    revision = asked.named["revision"]
    sha = repo.sha if revision == "main" else revision
    headers = {"X-Repo-Commit": sha}
    body = files.get(asked.named["file"])
    if body is None:
        return Reply.error(404, "Entry not found", "EntryNotFound").plus(headers)
    headers["ETag"] = f'"{blob_id(body)}"'
    is_resolved = asked.path.startswith("/api/resolve-cache/")
    if hub.uses_resolve_cache and not is_resolved and asked.named.get("how") == "resolve":
        path = f"/api/resolve-cache/models/{repo.id}/{sha}/{asked.named['file']}"
        return Reply.moved(quote(path)).plus(headers | {"X-Linked-Size": str(len(body))})
    if asked.named["file"] == "config.json":
        with hub.lock:
            repo.counted_downloads += 1
    headers |= {"Accept-Ranges": "bytes", "Content-Type": "text/plain; charset=utf-8"}
    return Reply(200, headers, body)


MODEL_ROUTES: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [
    (rf"/api/models/{_NAME}", _info),
    (rf"/api/models/{_NAME}/revision/(?P<revision>[^/]+)", _info),
    (rf"/api/resolve-cache/models/{_NAME}/(?P<revision>[0-9a-f]{{40}})/(?P<file>.+)", _file),
    (rf"/{_NAME}/(?P<how>resolve|raw)/(?P<revision>[^/]+)/(?P<file>.+)", _file),
]
