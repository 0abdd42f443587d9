"""The list of models: orders, pages, cursors, and what can be wrong with a page.

A page goes on strictly after the position in its cursor, whatever has moved
since, as on the Hub: by date of creation nothing is lost, by anything that
changes models are. Only by date of creation can the list be asked for in
ascending order. What does not belong here: the JSON of one model (`records`).
"""

from __future__ import annotations

import base64
import bisect
import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from biome_pipeline_tests.hubserver.models import ModelRepo
from biome_pipeline_tests.hubserver.records import OPTIONS, json_date, list_fields, row
from biome_pipeline_tests.hubserver.replies import Asked, Reply

if TYPE_CHECKING:
    from biome_pipeline_tests.hubserver.server import LocalHub

__all__ = ["LISTING_ROUTES", "Order", "cursor_after", "expanded"]

_LARGEST_PAGE = 1_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_SORTS: dict[str, Callable[[ModelRepo], Any]] = {
    "createdAt": lambda repo: repo.created_at,
    "lastModified": lambda repo: repo.last_modified,
    "downloads": lambda repo: repo.downloads,
    "likes": lambda repo: repo.likes,
    "trendingScore": lambda repo: repo.trending_score,
}

Key = tuple[float, int]


@dataclass(frozen=True)
class Order:
    """The models in one order, for as long as nothing changes.

    Attributes
    ----------
    repos, values : list
        What it was made of.
    ranked : list of ModelRepo
        The models in order.
    keys : list of tuple
        Their keys, which ascend.
    """

    repos: list[ModelRepo]
    values: list[Any]
    ranked: list[ModelRepo]
    keys: list[Key]


def _order(hub: LocalHub, sort: str, is_ascending: bool) -> Order:
    repos = list(hub.models.values())
    values = [_SORTS[sort](repo) for repo in repos]
    known = hub.orders.get((sort, is_ascending))
    # To compare all is far cheaper than to sort all, and cannot be forgotten.
    if known is not None and known.repos == repos and known.values == values:
        return known
    pairs = sorted(
        (
            (_key(sort, is_ascending, _number(v), r._id), r)
            for v, r in zip(values, repos, strict=True)
        ),
        key=lambda pair: pair[0],
    )
    order = Order(repos, values, [repo for _, repo in pairs], [key for key, _ in pairs])
    hub.orders[sort, is_ascending] = order
    return order


def _number(value: Any) -> float:
    return (value - _EPOCH) // _MILLISECOND if isinstance(value, dt.datetime) else value


def _key(sort: str, is_ascending: bool, value: float, object_id: str) -> Key:
    if is_ascending:
        return value, int(object_id, 16)
    # By date of creation the whole order is reversed, by counts only the counts.
    return -value, -int(object_id, 16) if sort == "createdAt" else int(object_id, 16)


def cursor_after(sort: str, is_ascending: bool, repo: ModelRepo, page: int = 0) -> str:
    """Make the cursor that goes on after a model: a condition, as the Hub has it.

    The number of a page makes cursors differ that stand for the same position.
    """
    value = _SORTS[sort](repo)
    shown = json_date(value) if isinstance(value, dt.datetime) else value
    return _cursor(sort, is_ascending, shown, repo._id, page)


def _cursor(sort: str, is_ascending: bool, value: object, object_id: str, page: int) -> str:
    than = "$gt" if is_ascending else "$lt"
    than_id = than if sort == "createdAt" else "$gt"
    condition: dict[str, Any] = {
        "$or": [{sort: value, "_id": {than_id: object_id}}, {sort: {than: value}}]
    }
    if page:
        condition["page"] = page
    return base64.b64encode(json.dumps(condition, separators=(",", ":")).encode()).decode()


def _position(sort: str, is_ascending: bool, cursor: str) -> Key | None:
    """Read the key of a cursor; None before the first model.

    Raises any of the errors of wrong values and types if it is none of ours.
    """
    condition = json.loads(base64.b64decode(cursor, validate=True))
    if condition == {"page": condition.get("page")}:
        return None
    equal = condition["$or"][0]
    (object_id,) = equal["_id"].values()
    value = equal[sort]
    if isinstance(value, str):
        value = _number(dt.datetime.fromisoformat(value))
    return _key(sort, is_ascending, value, object_id)


def expanded(asked: Asked, options: tuple[str, ...]) -> tuple[str, ...] | Reply | None:
    """Read which fields are asked for singly, or refuse in the Hub's words."""
    names = asked.query.get("expand[]", []) + asked.query.get("expand", [])
    if not set(names) <= set(options):
        choice = "|".join(f'"{name}"' for name in options)
        # The Hub's reason is not ASCII, so that it does not stand in a header.
        error = {"error": f"\u2716 Invalid option: expected one of {choice}\n  \u2192 at expand"}
        return Reply(400, Reply.json({}).headers, json.dumps(error).encode())
    return tuple(dict.fromkeys(names)) or None


def _list(hub: LocalHub, asked: Asked) -> Reply:
    with hub.lock:
        number = hub.pages
        hub.pages += 1
    if hub.before_page is not None:
        hub.before_page(number)
    sort = asked.query.get("sort", ["trendingScore"])[0]
    limit = asked.query.get("limit", [str(_LARGEST_PAGE)])[0]
    fields = expanded(asked, OPTIONS)
    if isinstance(fields, Reply):
        return fields
    if sort not in _SORTS or not limit.isdecimal():
        return Reply.error(400, "Invalid sort or limit")
    is_ascending = sort == "createdAt" and asked.query.get("direction") == ["1"]
    order = _order(hub, sort, is_ascending)
    cursor = asked.query.get("cursor", [""])[0]
    try:
        key = _position(sort, is_ascending, cursor) if cursor else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return Reply.error(400, "Invalid cursor")
    start = 0 if key is None else bisect.bisect_right(order.keys, key)
    size = max(1, min(int(limit), _LARGEST_PAGE))
    fault = asked.fault
    if fault is not None and fault.kind == "overlap" and key is not None:
        start = max(0, start - fault.size)
        size = max(size, fault.size + 1)
    if fault is not None and fault.kind == "short":
        size = min(size, fault.size)
    shown = _visible(order.ranked, start, asked)
    page = list(islice(shown, size))
    link = None
    has_more = next(shown, None) is not None
    if page and (has_more or (fault is not None and fault.kind == "link")):
        link = cursor_after(sort, is_ascending, page[-1])
    elif not page and size == 0:
        link = _same_position(cursor, number + 1)
    fields = fields or list_fields(asked.asks("full"), asked.asks("cardData"), asked.asks("config"))
    rows = [row(repo, fields) for repo in page]
    if fault is not None and fault.kind == "double":
        rows = rows[: fault.size] + rows
    if fault is not None and fault.kind == "insert":
        rows[fault.at : fault.at] = fault.rows
    headers = Reply.json({}).headers | _link(hub, asked, link)
    return Reply(200, headers, b"[" + b",".join(rows) + b"]")


def _visible(ranked: list[ModelRepo], start: int, asked: Asked) -> Iterator[ModelRepo]:
    search = asked.query.get("search", [""])[0].lower()
    author = asked.query.get("author", [None])[0]
    tags = asked.query.get("filter", [])
    for i in range(start, len(ranked)):
        repo = ranked[i]
        if repo.is_private and asked.token is None:
            continue
        if search not in repo.id.lower() or author not in {None, repo.author}:
            continue
        if all(tag in repo.tags for tag in tags):
            yield repo


def _same_position(cursor: str, page: int) -> str:
    condition = json.loads(base64.b64decode(cursor)) if cursor else {}
    return base64.b64encode(json.dumps(condition | {"page": page}).encode()).decode()


def _link(hub: LocalHub, asked: Asked, cursor: str | None) -> dict[str, str]:
    """Make the header that names the next page, which the Hub does with a whole address."""
    address = f"{hub.address}{asked.path}"
    query = asked.target.partition("?")[2]
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "cursor"]
    target = f"{address}?{urlencode([*pairs, ('cursor', cursor)])}" if cursor else None
    if asked.fault is not None and asked.fault.kind == "link":
        if asked.fault.link == "same":
            target = f"{hub.address}{asked.target}"
        elif asked.fault.link == "first":
            target = f"{address}?{urlencode(pairs)}"
        else:
            target = (target or address).replace(hub.address, asked.fault.link.rstrip("/"), 1)
    return {} if target is None else {"Link": f'<{target}>; rel="next"'}


LISTING_ROUTES: list[tuple[str, Callable[[LocalHub, Asked], Reply]]] = [(r"/api/models", _list)]
