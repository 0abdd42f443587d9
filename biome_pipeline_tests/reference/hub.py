"""Models, traits and rejects of a Hub, as naive definitions over its rows.

Plain Python on the dictionaries of ``pyarrow.Table.to_pylist()``, one definition
per function, written to be read and not to be fast. Nothing here shares code
with the package; the reviewed vocabularies are data and are shared.

What does not belong here: descent (``reference.descent``).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import string
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from biome_pipeline.vocabulary.languages import LOOKALIKES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["accepted", "as_json", "front_matter", "models", "rejects", "traits", "words"]

Row = dict[str, Any]

_IN_IDS = set(string.ascii_letters + string.digits + "_.-")
_SPACE = " \t\n\r\v\f"
_WEIGHT_ENDINGS = {
    "safetensors", "bin", "pt", "pth", "ckpt", "h5", "msgpack", "gguf", "ggml", "onnx", "tflite",
    "pb", "npz", "mlmodel", "nemo", "keras", "joblib", "pkl", "pickle", "llamafile",
}  # fmt: skip
_NO_WEIGHTS = {"training_args", "optimizer", "scheduler", "scaler", "tokenizer"}


# Rows that are taken, and the others


def _fault_of_id(row: Row) -> str | None:
    """Say why a row alone is no model."""
    text = row["id"]
    if not text:
        return "missing_id"
    parts = text.split("/")
    is_id = (
        len(text) <= 200
        and len(parts) <= 2
        and all(part and set(part) <= _IN_IDS and set(part) != {"."} for part in parts)
    )
    if not is_id:
        return "malformed_id"
    return "private" if row.get("private") else None


def _kept_row_of(rows: Sequence[Row]) -> dict[str, int]:
    """Give the row of each usable id: changed last, of equals the last one."""
    kept: dict[str, int] = {}
    for number, row in enumerate(rows):
        if _fault_of_id(row) is None:
            before = kept.get(row["id"])
            if before is None or _changed(row) >= _changed(rows[before]):
                kept[row["id"]] = number
    return kept


def _changed(row: Row) -> dt.datetime:
    # A row that does not say when it was changed yields to one that does.
    return row["lastModified"] or dt.datetime.min


def rejects(rows: Sequence[Row], source: str) -> list[Row]:
    """List the rows that are no models of their own, each with its reason."""
    kept = _kept_row_of(rows)
    found = []
    for number, row in enumerate(rows):
        reason = _fault_of_id(row)
        model_id, detail = row["id"], None
        if reason == "private":
            model_id = None
        elif reason == "malformed_id":
            detail = row["id"][:200]
        elif reason is None and kept[row["id"]] != number:
            reason, detail = "duplicate_id", f"row {kept[row['id']]} was kept"
        if reason:
            found.append(
                {
                    "source": source,
                    "row_number": number,
                    "model_id": model_id,
                    "reason": reason,
                    "detail": detail,
                }
            )
    return found


def accepted(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """Give number and content of each row that is a model, in byte order of the ids."""
    return [(number, rows[number]) for _, number in sorted(_kept_row_of(rows).items())]


# What the front matter says


def front_matter(text: str | None) -> object:
    """Read JSON text, of repeated keys the first; None if there is none."""
    try:
        return json.loads(text or "", object_pairs_hook=_first_of_each)
    except ValueError:
        return None


def _first_of_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def words(document: object, name: str) -> list[str] | None:
    """Give a field as a list of words; None if it is absent or no word and no list.

    A boolean is a word, as YAML reads the language code "no" as one.
    """
    value = document.get(name) if isinstance(document, dict) else None
    if isinstance(value, str | bool):
        value = [value]
    if not isinstance(value, list):
        return None
    return [_word(item) for item in value if item is not None]


def _word(item: object) -> str:
    return (item if isinstance(item, str) else as_json(item)).strip(_SPACE)


def as_json(value: object) -> str:
    """Write JSON without blanks, as the engine spells it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Control characters in upper case: the same JSON, and one spelling of it.
    return re.sub(r"\\u00[0-9a-f]{2}", lambda code: "\\u" + code[0][2:].upper(), text)


# Models


def models(rows: Sequence[Row]) -> list[Row]:
    """Clean every accepted row, in byte order of the ids."""
    return [_model(node, number, row) for node, (number, row) in enumerate(accepted(rows))]


def _model(node: int, number: int, row: Row) -> Row:
    card = front_matter(row["cardData"])
    tags = row["tags"] or []
    declared = [word for word in words(card, "license") or [] if word]
    licenses = [word.lower() for word in declared or _tagged(tags, "license:")]
    created = row["createdAt"] if _is_plausible(row["createdAt"]) else None
    counts = {
        "likes": row["likes"],
        "downloads": row["downloads"],
        "downloads_all_time": row["downloadsAllTime"],
        "parameters": (row["safetensors"] or {}).get("total"),
    }
    by_dtype = _dtypes(row)
    owner, slash, _ = row["id"].partition("/")
    score = row["trendingScore"]
    papers = {re.sub(r"v[0-9]+\Z", "", paper) for paper in _tagged(tags, "arxiv:")}
    return {
        "model_id": row["id"],
        "node": node,
        "row_number": number,
        "hub_id": row["_id"],
        "author": row["author"] or (owner if slash else None),
        "created_at": created,
        "is_created_at_backfilled": created and created.date() == dt.date(2022, 3, 2),
        "last_modified": row["lastModified"] if _is_plausible(row["lastModified"]) else None,
        **{name: _unless(n, n is not None and n < 0) for name, n in counts.items()},
        "trending_score": _unless(score, score is not None and not math.isfinite(score)),
        "pipeline_tag": row["pipeline_tag"] or None,
        "library_name": row["library_name"] or None,
        "license": licenses[0] if licenses else None,
        "licenses": licenses,
        "languages": _languages(card, tags),
        "datasets": sorted(set(_tagged(tags, "dataset:"))),
        "arxiv_ids": sorted(papers - {""}),
        "doi": next(iter(_tagged(tags, "doi:")), None),
        "dtype_parameters": _unless(by_dtype, min((by_dtype or {"": 0}).values(), default=0) < 0),
        "gated": row.get("gated"),
        "has_safetensors": _has_safetensors(row),
        "has_weights": _has_weights(row),
        "tags": row["tags"],
        "anomalies": sorted(_anomalies(row, counts)),
    }


def _unless(value: Any, is_odd: bool) -> Any:
    return None if is_odd else value


def _is_plausible(moment: dt.datetime | None) -> bool:
    """The company is from 2016; no model is from the next century."""
    return moment is not None and 2016 <= moment.year < 2100


def _tagged(tags: Sequence[str], prefix: str) -> list[str]:
    return [t[len(prefix) :] for t in tags if t.startswith(prefix) and t != prefix]


def _dtypes(row: Row) -> dict[str, int] | None:
    counts = (row["safetensors"] or {}).get("parameters")
    if counts is None:
        return None
    return {dtype: n for dtype, n in dict(counts).items() if n is not None}


def _anomalies(row: Row, counts: dict[str, int | None]) -> list[str]:
    odd = {f"{name}_negative": n is not None and n < 0 for name, n in counts.items()}
    score = row["trendingScore"]
    odd["dtype_parameters_negative"] = any(n < 0 for n in (_dtypes(row) or {}).values())
    odd["created_at_implausible"] = bool(row["createdAt"]) and not _is_plausible(row["createdAt"])
    odd["last_modified_implausible"] = bool(row["lastModified"]) and not _is_plausible(
        row["lastModified"]
    )
    odd["trending_score_not_finite"] = score is not None and not math.isfinite(score)
    odd["card_data_not_json"] = row["cardData"] is not None and not _is_json(row["cardData"])
    odd["config_not_json"] = row["config"] is not None and not _is_json(row["config"])
    return [name for name, is_odd in odd.items() if is_odd]


@cache
def _iso_639() -> tuple[dict[str, str], dict[str, str]]:
    """Give the codes by code and by English name, two letters where there are two."""
    import pycountry

    codes, names = {}, {}
    for language in pycountry.languages:
        two = getattr(language, "alpha_2", None)
        for code in (two, language.alpha_3, getattr(language, "bibliographic", None)):
            codes[code] = two or language.alpha_3
        if two:
            names[re.split("[;(]", language.name)[0].strip().lower()] = two
    return codes, names


def _language(spelling: str) -> str | None:
    """Give the code behind a spelling in lower case; a code wins over a name."""
    # YAML reads the bare word "no" as a boolean.
    words_of_our_own = {"multilingual": "multilingual", "false": "no"}
    codes, names = _iso_639()
    return words_of_our_own.get(spelling) or codes.get(spelling) or names.get(spelling)


def _languages(card: object, tags: Sequence[str]) -> list[str]:
    """Languages of the card; where it names none, tags that are codes and no topics."""
    spellings = [
        re.sub(r"\A([a-z]{2,3})[-_].*", r"\1", word.lower())
        for word in words(card, "language") or []
    ]
    found = {_language(spelling) for spelling in spellings} - {None}
    if not found:
        codes = [tag for tag in tags if tag == "multilingual" or re.fullmatch("[a-z]{2,3}", tag)]
        found = {_language(tag) for tag in codes if tag not in LOOKALIKES} - {None}
    return sorted(str(code) for code in found)


def _is_weights(name: str | None) -> bool:
    """A file in a format of weights, and no state of the training."""
    path = PurePosixPath((name or "").lower())
    is_state = path.stem in _NO_WEIGHTS or path.stem.startswith("rng_state")
    return path.suffix.removeprefix(".") in _WEIGHT_ENDINGS and not is_state


def _names(row: Row) -> list[str]:
    return [file["rfilename"] for file in row["siblings"] or []]


def _has_weights(row: Row) -> bool | None:
    return None if row["siblings"] is None else any(map(_is_weights, _names(row)))


def _has_safetensors(row: Row) -> bool:
    files = [name for name in _names(row) if (name or "").lower().endswith(".safetensors")]
    return (
        (row["safetensors"] or {}).get("total") is not None
        or bool(_dtypes(row))
        or "safetensors" in (row["tags"] or [])
        or any(map(_is_weights, files))
    )


def listing_record(row: Row) -> str:
    """Write the record of the list API; a score that JSON cannot write is null."""
    created, score = row["createdAt"], row["trendingScore"]
    record = {
        "_id": row["_id"],
        "id": row["id"],
        "likes": row["likes"],
        "trendingScore": _unless(score, score is not None and not math.isfinite(score)),
        "private": False,
        "downloads": row["downloads"],
        "tags": row["tags"],
        "pipeline_tag": row["pipeline_tag"],
        "library_name": row["library_name"],
        "createdAt": created and f"{created.isoformat(timespec='seconds')}.000Z",
    }
    return as_json(dict(sorted(record.items())))


# Traits


def traits(clean: Sequence[Row]) -> list[Row]:
    """List each value of each trait of each model once."""
    found = []
    for model in clean:
        values = {
            "license": model["licenses"],
            "language": model["languages"],
            "task": [model["pipeline_tag"]],
            "library": [model["library_name"]],
            "dataset": model["datasets"],
            "region": _tagged(model["tags"] or [], "region:"),
            "arxiv": model["arxiv_ids"],
        }
        found += [
            {"model_id": model["model_id"], "trait": trait, "value": value}
            for trait, all_values in values.items()
            for value in sorted(set(all_values) - {None})
        ]
    return found
