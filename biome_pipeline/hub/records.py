"""Records of the list API as a file in the schema of hub-stats.

Both sources then go one way. A value of another kind than it should be is NULL
and named in ``anomalies``; nothing is guessed, and the page as it came stays in
the crawl. What does not belong here: pages (`listing`), and values that are
odd but of the right kind (``snapshot.models``).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

__all__ = ["RECORD_SCHEMA", "records_of", "write_records"]

_PARENT = pa.struct([("_id", pa.string()), ("id", pa.string())])

RECORD_SCHEMA = pa.schema(
    {
        "_id": pa.string(),
        "id": pa.string(),
        "author": pa.string(),
        "pipeline_tag": pa.string(),
        "library_name": pa.string(),
        "createdAt": pa.timestamp("us"),
        "lastModified": pa.timestamp("us"),
        "likes": pa.int64(),
        "downloads": pa.int64(),
        "downloadsAllTime": pa.int64(),
        "trendingScore": pa.float64(),
        "tags": pa.list_(pa.string()),
        "siblings": pa.list_(pa.struct([("rfilename", pa.string())])),
        "cardData": pa.string(),
        "config": pa.string(),
        "gguf": pa.string(),
        "safetensors": pa.struct(
            [("parameters", pa.map_(pa.string(), pa.int64())), ("total", pa.int64())]
        ),
        "baseModels": pa.struct([("models", pa.list_(_PARENT)), ("relation", pa.string())]),
        "gated": pa.string(),
        "private": pa.bool_(),
        "sha": pa.string(),
        "anomalies": pa.list_(pa.string()),
    }
)
"""Columns of the file; ``baseModels`` is NULL, because the list may not be asked for it."""

_ROWS_PER_GROUP = 20_000
# Rows as objects take some twenty times their JSON, and some have thousands of files.
_BYTES_PER_GROUP = 16 * 2**20
_LARGEST = 2**63 - 1
# Of these Python reads every number, and nesting far below its own limit.
_MOST_DIGITS = 4_000
_DEEPEST = 100
_CUT = "cut out: nests too deep"
# Strings are found as well, so that brackets inside of them are none; one that is
# never closed ends with the text, or each quote in it would be tried in turn.
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


class _Repeating:
    """An object that has a key more than once; no reader takes it for an object."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.values = dict(pairs)
        counts = Counter(name for name, _ in pairs)
        self.repeated = frozenset(name for name, n in counts.items() if n > 1)


class _Unreadable:
    """What stands for a value that nests too deep, or has too many digits."""


class _OddError(ValueError):
    """A value of another kind than it should be."""


def records_of(body: bytes) -> list[Any]:
    """Read the JSON of a page.

    One record that Python cannot read (it nests too deep, has a number of
    thousands of digits, or bytes that are no characters) costs no other.

    Parameters
    ----------
    body : bytes
        A JSON array.

    Returns
    -------
    list of Any
        Its elements, of any kind.

    Raises
    ------
    ValueError
        It is no JSON array.
    """
    try:
        found = json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        # Bytes that are no characters become lone surrogates, which no text may have.
        text = _shallow(body.decode("utf-8", "surrogateescape"))
        found = json.loads(text, object_pairs_hook=_object, parse_int=_short_integer)
    if not isinstance(found, list):
        raise ValueError("no JSON array")
    return found


def write_records(bodies: Iterable[bytes], path: Path) -> int:
    """Write pages as one Parquet file, in bounded memory.

    Parameters
    ----------
    bodies : iterable of bytes
        The JSON of each page.
    path : Path
        The file to make.

    Returns
    -------
    int
        Rows written: every element of every page is one.
    """
    n_rows = n_bytes = 0
    rows: list[dict[str, Any]] = []
    with pq.ParquetWriter(path, RECORD_SCHEMA, compression="zstd", compression_level=1) as writer:

        def flush() -> None:
            nonlocal n_rows, n_bytes
            columns = {name: [row.get(name) for row in rows] for name in RECORD_SCHEMA.names}
            writer.write_table(pa.table(columns, schema=RECORD_SCHEMA))
            n_rows += len(rows)
            n_bytes = 0
            rows.clear()

        for body in bodies:
            rows += [_row_of(record) for record in records_of(body)]
            n_bytes += len(body)
            if len(rows) >= _ROWS_PER_GROUP or n_bytes >= _BYTES_PER_GROUP:
                flush()
        if rows or not n_rows:
            flush()
    return n_rows


def _row_of(record: object) -> dict[str, Any]:
    found, repeated = record, frozenset[str]()
    if isinstance(record, _Repeating):
        found, repeated = record.values, record.repeated
    if not isinstance(found, dict):
        return {"anomalies": ["record_not_object"]}
    row: dict[str, Any] = {}
    anomalies: list[str] = []
    for name, (column, kind, read) in _READERS.items():
        value = found.get(name)
        if value is None:
            continue
        if name in repeated:
            anomalies.append(f"{column}_repeated")
            continue
        try:
            row[name] = read(value)
        except (_OddError, OverflowError, RecursionError, TypeError):
            anomalies.append(f"{column}_not_{kind}")
    if "safetensors" in row and row["safetensors"]["parameters"] is None:
        anomalies.append("dtype_parameters_missing")
    row["anomalies"] = anomalies
    return row


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _OddError
    try:
        value.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair is no character.
        raise _OddError from None
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise _OddError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _OddError
    return float(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _OddError
    return value


def _moment(value: object) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(_text(value))
    except ValueError:
        raise _OddError from None
    return found.astimezone(dt.UTC).replace(tzinfo=None) if found.tzinfo else found


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise _OddError
    return [_text(word) for word in value]


def _files(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise _OddError
    return [{"rfilename": _text(file.get("rfilename"))} for file in value if _is_object(file)]


def _json(value: object) -> str:
    # Of a repeated key inside, json makes a TypeError: which value counts is not known.
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value)
    return text


def _safetensors(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _OddError
    counts = value.get("parameters")
    if counts is not None and not isinstance(counts, dict):
        raise _OddError
    total = value.get("total")
    return {
        "parameters": None
        if counts is None
        else [(_text(name), _integer(count)) for name, count in counts.items()],
        "total": None if total is None else _integer(total),
    }


def _gated(value: object) -> str:
    # false, "auto" or "manual"; written as hub-stats' readers see a boolean.
    return str(value).lower() if isinstance(value, bool) else _text(value)


def _is_object(value: object) -> bool:
    if not isinstance(value, dict):
        raise _OddError
    return True


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any] | _Repeating | _Unreadable:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return _Unreadable() if _CUT in plain else plain
    return _Repeating(pairs)


def _short_integer(digits: str) -> int | _Unreadable:
    return int(digits) if len(digits) <= _MOST_DIGITS else _Unreadable()


def _shallow(text: str) -> str:
    """Cut out of a JSON text what nests too deep for Python to read."""
    parts: list[str] = []
    depth = kept = 0
    for match in _BRACKET.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth == _DEEPEST:
                parts += (text[kept : match.start()], f'{{"{_CUT}":0}}')
        elif match[0] in "]}":
            if depth == _DEEPEST:
                kept = match.end()
            depth -= 1
    # A bracket that is never closed leaves a text that is no JSON.
    return "".join(parts) + (text[kept:] if depth < _DEEPEST else "")


# Field of the record: the project's column, what it should be, and how it is read.
_READERS: dict[str, tuple[str, str, Callable[[object], Any]]] = {
    "_id": ("hub_id", "text", _text),
    "id": ("model_id", "text", _text),
    "author": ("author", "text", _text),
    "pipeline_tag": ("pipeline_tag", "text", _text),
    "library_name": ("library_name", "text", _text),
    "createdAt": ("created_at", "timestamp", _moment),
    "lastModified": ("last_modified", "timestamp", _moment),
    "likes": ("likes", "integer", _integer),
    "downloads": ("downloads", "integer", _integer),
    "downloadsAllTime": ("downloads_all_time", "integer", _integer),
    "trendingScore": ("trending_score", "number", _number),
    "tags": ("tags", "texts", _texts),
    "siblings": ("siblings", "files", _files),
    "cardData": ("card_data", "json", _json),
    "config": ("config", "json", _json),
    "gguf": ("gguf", "json", _json),
    "safetensors": ("parameters", "counts", _safetensors),
    "gated": ("gated", "text", _gated),
    "private": ("is_private", "boolean", _boolean),
    "sha": ("sha", "text", _text),
}
