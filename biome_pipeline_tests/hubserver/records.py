"""The JSON that the Hub makes of a model repository, field by field.

Fields without a value are left out, as the Hub does. What does not belong
here: which models are shown and in which order (`listing`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from biome_pipeline_tests.hubserver.models import ModelRepo

__all__ = [
    "INFO_ONLY",
    "OPTIONS",
    "blob_id",
    "info_fields",
    "json_date",
    "list_fields",
    "record",
    "row",
]

OPTIONS = (
    "author",
    "cardData",
    "config",
    "createdAt",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "evalResults",
    "gated",
    "inference",
    "inferenceProviderMapping",
    "lastModified",
    "library_name",
    "likes",
    "mask_token",
    "model-index",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "siblings",
    "spaces",
    "tags",
    "transformersInfo",
    "trendingScore",
    "widgetData",
    "gguf",
    "resourceGroup",
    "xetEnabled",
)
"""What ``expand`` may ask for in the list."""

INFO_ONLY = ("baseModels", "childrenModelCount", "usedStorage")
"""What it may ask for of a single model besides."""

_SHORT = (
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
    "modelId",
)
_FULL = ("author", "gated", "lastModified", "sha", "siblings")
_INFO = (
    "modelId",
    "author",
    "sha",
    "lastModified",
    "private",
    "disabled",
    "gated",
    "pipeline_tag",
    "library_name",
    "tags",
    "downloads",
    "likes",
    "cardData",
    "config",
    "siblings",
    "safetensors",
    "gguf",
    "createdAt",
)


def json_date(at: dt.datetime) -> str:
    """Write a time as the Hub does, in UTC with milliseconds."""
    at = at.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{at.isoformat(timespec='milliseconds')}Z"


def _siblings(repo: ModelRepo) -> list[dict[str, object]]:
    return [{"rfilename": name} for name in repo.file_names()]


_VALUES: dict[str, Callable[[ModelRepo], object]] = {
    "modelId": lambda repo: repo.id,
    "author": lambda repo: repo.author,
    "baseModels": lambda repo: repo.base_models,
    "cardData": lambda repo: repo.card_data,
    "config": lambda repo: repo.config,
    "createdAt": lambda repo: json_date(repo.created_at),
    "disabled": lambda repo: repo.is_disabled,
    "downloads": lambda repo: repo.downloads,
    "downloadsAllTime": lambda repo: repo.downloads_all_time,
    "gated": lambda repo: repo.gated,
    "gguf": lambda repo: repo.gguf,
    "lastModified": lambda repo: json_date(repo.last_modified),
    "library_name": lambda repo: repo.library_name,
    "likes": lambda repo: repo.likes,
    "pipeline_tag": lambda repo: repo.pipeline_tag,
    "private": lambda repo: repo.is_private,
    "safetensors": lambda repo: repo.safetensors,
    "sha": lambda repo: repo.sha,
    "siblings": _siblings,
    "tags": lambda repo: repo.tags,
    "trendingScore": lambda repo: repo.trending_score,
    "usedStorage": lambda repo: sum(map(len, repo.files.values())),
}


def list_fields(is_full: bool, has_card: bool, has_config: bool) -> tuple[str, ...]:
    """Name the fields of a record of the list that was not asked for single ones."""
    return (
        _SHORT
        + (_FULL if is_full else ())
        + (("cardData",) if has_card else ())
        + (("config",) if has_config else ())
    )


def info_fields() -> tuple[str, ...]:
    """Name the fields of the record of a single model."""
    return _INFO


def record(repo: ModelRepo, fields: Iterable[str]) -> dict[str, Any]:
    """Make the record of a model; both its ids are always in it."""
    made: dict[str, Any] = {"_id": repo._id, "id": repo.id}
    for name in fields:
        value = _VALUES.get(name, _nothing)(repo)
        if value is not None:
            made[name] = value
    return made


def row(repo: ModelRepo, fields: Iterable[str]) -> bytes:
    """Make the JSON of a row of the list: the record, or what stands in its place."""
    if isinstance(repo.raw, bytes):
        return repo.raw
    shown = record(repo, fields) if repo.raw is None else repo.raw
    return json.dumps(shown, separators=(",", ":")).encode()


def blob_id(body: bytes) -> str:
    """Give the id that Git has for a file: the Hub's ETag of all small ones."""
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def _nothing(_repo: ModelRepo) -> None:
    """Stand for a field that no model of these has."""
