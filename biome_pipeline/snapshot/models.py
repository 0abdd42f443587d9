"""Clean models out of raw rows.

Values that cannot be are NULL and named in ``anomalies``; nothing is guessed.
What does not belong here: descent (``genealogy``) and the card's text.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from biome_pipeline.snapshot.front_matter import declared
from biome_pipeline.vocabulary.languages import language_aliases
from biome_pipeline.warehouse.engine.functions import json_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import ibis.expr.types as ir

    from biome_pipeline.warehouse.engine import Engine

__all__ = ["models"]

_FIRST_PLAUSIBLE = "2016-01-01"
_LAST_PLAUSIBLE = "2100-01-01"
_BACKFILL_DAY = "2022-03-02"
_WEIGHTS = (
    r"(?m)\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|gguf|ggml|onnx|tflite|pb|npz|mlmodel|nemo|keras"
    r"|joblib|pkl|pickle|llamafile)$"
)
_MAYBE_NOT_WEIGHTS = r"training_args|optimizer|scheduler|scaler|rng_state|tokenizer"
_NOT_WEIGHTS = (
    r"(?m)^(.*/)?(training_args|optimizer|scheduler|scaler|rng_state[^/\n]*|tokenizer)\.[a-z0-9]+$"
)


def models(engine: Engine, raw: ir.Table, rejected: ir.Table) -> ir.Table:
    """Make ``hub.models`` out of ``hub.raw_models``.

    Parameters
    ----------
    engine : Engine
        Where to compute.
    raw : ibis.expr.types.Table
        ``hub.raw_models``.
    rejected : ibis.expr.types.Table
        ``hub.rejects`` of the same rows.

    Returns
    -------
    ibis.expr.types.Table
        Columns of ``hub.models`` but ``snapshot``; one row per model.
    """
    taken = raw.anti_join(rejected, "row_number")
    # Sorting takes its payload along, so the ids are ranked by themselves.
    ranked = engine.materialize(
        taken.select("row_number", node=ibis.row_number().over(order_by=taken.model_id))
    )
    narrow = engine.materialize(ranked.join(_stated(engine, taken), "row_number"))
    # The narrow rows are the taken ones: with nothing else to estimate, the engine
    # keeps them in its hash table, and lets the wide rows stream by.
    return _clean(raw.join(narrow, "row_number"))


def _stated(engine: Engine, taken: ir.Table) -> ir.Table:
    """Find each model's declared licenses, and its languages, on few columns."""
    front = declared(taken.card_data, "license", "language")
    rows = engine.materialize(
        taken.select(
            "row_number",
            licenses_declared=front["license"].filter(lambda word: word != ""),
            languages_declared=front["language"].fill_null(_no_words()),
            codes=taken.tags.filter(
                lambda tag: tag.length().isin([2, 3]) | (tag == "multilingual")
            ).fill_null(_no_words()),
        )
    )
    spoken = ["languages_declared", "codes"]
    return rows.join(_languages(engine, rows.select(*spoken).distinct()), spoken).select(
        "row_number", "licenses_declared", "languages"
    )


def _languages(engine: Engine, stated: ir.Table) -> ir.Table:
    """Give the languages of every combination that models state: they are few.

    The card comes first; without a known language in it, the tags count.
    """
    rows = engine.materialize(stated.mutate(place=ibis.row_number()))
    aliases = language_aliases()
    known = engine.memory_table(
        pa.table(
            {
                "spelling": list(aliases),
                "code": [code for code, _ in aliases.values()],
                "is_tag": [is_tag for _, is_tag in aliases.values()],
            }
        )
    )
    words = rows.select("place", word=rows.languages_declared.unnest())
    # "pt-BR" and "zh_Hans" name a language and a region or script.
    words = words.mutate(spelling=words.word.lower().re_replace(r"^([a-z]{2,3})[-_].*$", r"\1"))
    from_card = words.join(known, "spelling").select("place", "code")
    # A tag is lower case; "AI" or "ML" are no languages.
    tags = rows.select("place", spelling=rows.codes.unnest())
    from_tags = tags.join(known.filter(known.is_tag), "spelling").select("place", "code")
    card = _collected(from_card, "card_languages")
    joined = rows.left_join(card, "place").drop("place_right")
    joined = joined.left_join(_collected(from_tags, "tag_languages"), "place")
    return engine.materialize(
        joined.select(
            "languages_declared",
            "codes",
            languages=ibis.coalesce(joined.card_languages, joined.tag_languages, _no_words()),
        )
    )


def _collected(rows: ir.Table, name: str) -> ir.Table:
    return rows.group_by("place").agg(rows.code.collect(distinct=True).sort().name(name))


def _clean(rows: ir.Table) -> ir.Table:
    # One text is searched with one call, a list with one per element.
    rows = rows.mutate(tag_text=rows.tags.join("\n"), file_text=_file_text(rows.siblings))
    created_at, odd_created = _plausible(rows.created_at)
    last_modified, odd_modified = _plausible(rows.last_modified)
    tagged_licenses = _tagged(rows, "license:")
    licenses = (
        ibis.ifelse(rows.licenses_declared.length() > 0, rows.licenses_declared, tagged_licenses)
        .map(lambda word: word.lower())
        .fill_null(_no_words())
    )
    trending = rows.trending_score
    is_odd_trending = trending.isnan() | trending.isinf()
    counts = {
        name: rows[name] for name in ("likes", "downloads", "downloads_all_time", "parameters")
    }
    is_odd_dtype = rows.dtype_parameters.values().filter(lambda count: count < 0).length() > 0
    anomalies = [
        (odd_created, "created_at_implausible"),
        (odd_modified, "last_modified_implausible"),
        (is_odd_trending, "trending_score_not_finite"),
        *((count < 0, f"{name}_negative") for name, count in counts.items()),
        (is_odd_dtype, "dtype_parameters_negative"),
        (rows.card_data.notnull() & ~json_valid(rows.card_data), "card_data_not_json"),
        (rows.config.notnull() & ~json_valid(rows.config), "config_not_json"),
    ]
    kept_counts = {
        name: ibis.ifelse(count < 0, ibis.null("int64"), count) for name, count in counts.items()
    }
    owner = rows.model_id.split("/")[0]
    return rows.mutate(
        **kept_counts,
        author=rows.author.nullif("").coalesce(
            ibis.ifelse(rows.model_id.contains("/"), owner, ibis.null("string"))
        ),
        created_at=created_at,
        is_created_at_backfilled=created_at.date() == ibis.date(_BACKFILL_DAY),
        last_modified=last_modified,
        dtype_parameters=ibis.ifelse(is_odd_dtype, None, rows.dtype_parameters),
        trending_score=ibis.ifelse(is_odd_trending, None, trending),
        pipeline_tag=rows.pipeline_tag.nullif(""),
        library_name=rows.library_name.nullif(""),
        licenses=licenses,
        license=licenses[0],
        datasets=_tagged(rows, "dataset:", lambda words: words.unique().sort()),
        arxiv_ids=_tagged(rows, "arxiv:", _papers),
        doi=_tagged(rows, "doi:")[0],
        has_safetensors=_has_safetensors(rows),
        has_weights=_has_weights(rows.file_text),
        anomalies=_with_source(_named(anomalies), rows.source_anomalies),
    )


def _no_words() -> ir.ArrayScalar:
    return ibis.literal([], type="array<string>")


def _plausible(moment: ir.TimestampColumn) -> tuple[ir.TimestampColumn, ir.BooleanColumn]:
    is_odd = (moment < ibis.timestamp(_FIRST_PLAUSIBLE)) | (
        moment >= ibis.timestamp(_LAST_PLAUSIBLE)
    )
    return ibis.ifelse(is_odd, None, moment), is_odd


def _tagged(
    rows: ir.Table,
    prefix: str,
    tidy: Callable[[ir.ArrayValue], ir.ArrayValue] = lambda words: words,
) -> ir.ArrayColumn:
    """Take the tags with a prefix, without it; never NULL."""
    found = rows.tags.filter(lambda tag: tag.startswith(prefix) & (tag.length() > len(prefix))).map(
        lambda tag: tag.substr(len(prefix))
    )
    # Most models have none, and then no list is walked through.
    return ibis.ifelse(rows.tag_text.contains(prefix), tidy(found), _no_words()).fill_null(
        _no_words()
    )


def _papers(words: ir.ArrayValue) -> ir.ArrayValue:
    """Take the versions off the papers' ids."""
    ids = words.map(lambda word: word.re_replace(r"v\d+$", ""))
    return ids.filter(lambda word: word != "").unique().sort()


def _file_text(siblings: ir.ArrayColumn) -> ir.StringColumn:
    """Write the file names in lower case, a line each."""
    # Joining no names gives NULL, which would say that the files are unknown.
    return ibis.ifelse(siblings.notnull(), siblings.join("\n").fill_null(""), None).lower()


def _has_safetensors(rows: ir.Table) -> ir.BooleanColumn:
    is_told = (
        rows.parameters.notnull()
        | (rows.dtype_parameters.length() > 0)
        | rows.tags.contains("safetensors")
    ).fill_null(False)
    ends_so = _is_weights(rows.file_text, r"(?m)\.safetensors$").fill_null(False)
    return ibis.ifelse(is_told, True, ends_so)


def _has_weights(files: ir.StringColumn) -> ir.BooleanColumn:
    return _is_weights(files, _WEIGHTS)


def _is_weights(files: ir.StringColumn, pattern: str) -> ir.BooleanColumn:
    """Search file names for weights; the state of a training is none.

    Only where a name could be such a state is every one looked at.
    """
    return ibis.cases(
        (~files.re_search(pattern), False),
        (~files.re_search(_MAYBE_NOT_WEIGHTS), True),
        else_=files.re_replace(_NOT_WEIGHTS, "").re_search(pattern),
    )


def _named(conditions: Iterable[tuple[ir.BooleanValue, str]]) -> ir.ArrayColumn:
    """List the names whose condition holds; few models have any."""
    known = [(condition.fill_null(False), name) for condition, name in conditions]
    names = [ibis.ifelse(condition, name, ibis.null("string")) for condition, name in known]
    return ibis.ifelse(
        reduce(or_, [condition for condition, _ in known]),
        ibis.array(names).filter(lambda name: name.notnull()),
        _no_words(),
    )


def _with_source(anomalies: ir.ArrayColumn, found: ir.ArrayColumn) -> ir.ArrayColumn:
    """Add what was odd before a row became one."""
    return ibis.ifelse(found.length() > 0, ibis.array([anomalies, found]).flatten(), anomalies)
