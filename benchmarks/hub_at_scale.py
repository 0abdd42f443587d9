"""A Hub of the size of the real one, in the columns of hub-stats, without filler text.

The numbers are those of the hub-stats report of 2025-10-23: 2,161,698 models,
28.1 % of them with a base model (258,462 adapters, 218,000 fine-tunes, 116,696
quantized copies, 13,990 merges), 64 % without recent downloads; parents have up
to 30,000 children and the longest line has 37 edges. Other sizes are scaled.
What does not belong here: timing anything (``run``).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.drifting_traits import drifting_traits

__all__ = ["FULL_SIZE", "write_hub"]

FULL_SIZE = 2_161_698
_CHILDREN = {"adapter": 258_462, "finetune": 218_000, "quantized": 116_696, "merge": 13_990}
_MOST_CHILDREN = 30_000
_DEPTH = 37
_SHARE_OF_BASES = 0.03


def write_hub(
    path: Path, n_models: int = FULL_SIZE, seed: int = 7, *, is_drifting: bool = False
) -> None:
    """Write one hub-stats file.

    Parameters
    ----------
    path : Path
        The file to make.
    n_models : int
        Rows of the file.
    seed : int
        Seed of every draw.
    is_drifting : bool
        Whether children take after their parents, with as many values of each
        trait as the real Hub has; else every model has values of its own, a few.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    scale = n_models / FULL_SIZE
    level, relation = _children(rng, n_models, scale)
    child, parent = _parents(rng, level, relation, scale)
    nodes = pa.table(
        {
            "node": np.arange(n_models, dtype=np.int64),
            "relation": pa.array(np.array(["", *_CHILDREN], dtype=object)[relation]),
            "level": level,
            "draw": rng.integers(0, 2**31, n_models),
        }
    )
    pairs = pa.table({"child": child, "parent": parent})
    with duckdb.connect() as connection:
        connection.register("nodes", nodes)
        connection.register("pairs", pairs)
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(_NAMES)
        connection.execute(_PARENT_LISTS)
        if is_drifting:
            connection.register("traits", drifting_traits(rng, level, child, parent))
        else:
            connection.execute(_TRAITS)
        connection.execute(f"COPY ({_ROWS}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _children(
    rng: np.random.Generator, n_models: int, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw which models are children, by which relation, and in which generation."""
    relation = np.zeros(n_models, dtype=np.int8)
    n_bases = int(n_models * _SHARE_OF_BASES)
    places = n_bases + rng.permutation(n_models - n_bases)
    counts = [round(count * scale) for count in _CHILDREN.values()]
    for code, (start, count) in enumerate(
        zip(np.cumsum([0, *counts[:-1]]), counts, strict=True), start=1
    ):
        relation[places[start : start + count]] = code
    level = np.zeros(n_models, dtype=np.int16)
    is_child = relation > 0
    # Most children stand directly below a base; the rest thins out by generation.
    drawn = rng.geometric(0.62, is_child.sum())
    level[is_child] = np.minimum(drawn, _DEPTH - 1)
    # One line of fine-tunes reaches the full depth.
    line = np.flatnonzero(relation == 2)[:_DEPTH]
    level[line] = np.arange(1, line.size + 1)
    return level, relation


def _parents(
    rng: np.random.Generator, level: np.ndarray, relation: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw parents one generation up, with a heavy tail."""
    children, parents = [], []
    n_bases = int(level.size * _SHARE_OF_BASES)
    above = np.arange(n_bases)
    for generation in range(1, int(level.max()) + 1):
        here = np.flatnonzero(level == generation)
        merges = np.repeat(
            here[relation[here] == 4], rng.integers(1, 4, (relation[here] == 4).sum())
        )
        wanted = np.concatenate([here, merges])
        weight = 1.0 / np.arange(1, above.size + 1) ** 1.05
        weight *= min(1.0, _MOST_CHILDREN * scale / (wanted.size * weight[0] / weight.sum()))
        weight[0] = min(weight[0], weight.sum() * _MOST_CHILDREN * scale / max(wanted.size, 1))
        chosen = rng.choice(above, size=wanted.size, p=weight / weight.sum())
        children.append(wanted)
        parents.append(chosen)
        # Fine-tunes are the fertile ones.
        fertile = here[relation[here] == 2]
        above = rng.permutation(fertile if fertile.size else here)
    line = np.flatnonzero(relation == 2)[:_DEPTH]
    children.append(line[1:])
    parents.append(line[:-1])
    both = np.unique(np.stack([np.concatenate(children), np.concatenate(parents)]), axis=1)
    return both[0], both[1]


_NAMES = """
CREATE TABLE named AS SELECT
    node, relation, draw,
    'owner-' || CAST(floor(pow(random_of, 3) * 180000) AS BIGINT) AS author,
    author || '/model-' || node || '-' || (1 + draw % 70) || 'B' AS id
FROM (SELECT *, (draw % 1000003) / 1000003.0 AS random_of FROM nodes)
"""

_PARENT_LISTS = """
CREATE TABLE parent_lists AS
SELECT child AS node, list(named.id ORDER BY named.id) AS parents
FROM pairs JOIN named ON named.node = pairs.parent GROUP BY child
"""

_TRAITS = """
CREATE TABLE traits AS
SELECT
    node,
    CASE WHEN has_license THEN license END AS license,
    CASE WHEN has_task THEN task END AS task,
    CASE WHEN has_library THEN library END AS library,
    CASE WHEN has_language THEN [language] END AS languages
FROM (
    SELECT
        node,
        ['apache-2.0', 'mit', 'llama3', 'gemma', 'cc-by-4.0', 'other', 'openrail',
         'cc-by-nc-4.0'][1 + draw % 8] AS license,
        ['text-generation', 'text-classification', 'feature-extraction', 'text-to-image',
         'automatic-speech-recognition', 'image-classification',
         'token-classification'][1 + draw % 7] AS task,
        ['transformers', 'peft', 'diffusers', 'gguf',
         'sentence-transformers'][1 + draw % 5] AS library,
        ['en', 'zh', 'fr', 'de', 'es', 'ja', 'multilingual'][1 + (draw // 3) % 7] AS language,
        draw % 100 < 40 AS has_license, draw % 100 < 60 AS has_task, draw % 100 < 65 AS has_library,
        (draw // 7) % 100 < 12 AS has_language
    FROM named
)
"""

_ROWS = """
WITH words AS (
    SELECT
        named.*, parents, (SELECT count(*) FROM named) AS n_models,
        license, task, library, languages,
        ['LlamaForCausalLM', 'Qwen2ForCausalLM', 'MistralForCausalLM', 'Gemma2ForCausalLM',
         'BertForSequenceClassification', 'RobertaForSequenceClassification',
         'T5ForConditionalGeneration', 'GPT2LMHeadModel',
         'WhisperForConditionalGeneration'][1 + (draw // 5) % 9] AS architecture,
        (draw // 11) % 100 < 8 AS has_dataset
    FROM named LEFT JOIN parent_lists USING (node) LEFT JOIN traits USING (node)
)
SELECT
    left(md5(CAST(node AS VARCHAR)), 24) AS _id,
    id, author,
    task AS pipeline_tag,
    library AS library_name,
    TIMESTAMP '2022-03-02 23:29:04' + INTERVAL (node * 1330 // n_models) DAY AS "createdAt",
    "createdAt" + INTERVAL (draw % 100) HOUR AS "lastModified",
    CAST(CASE WHEN draw % 10 = 0 THEN draw % 50 ELSE 0 END AS BIGINT) AS likes,
    CAST(CASE WHEN draw % 100 < 64 THEN 0 ELSE pow(2, draw % 18) END AS BIGINT) AS downloads,
    downloads * 5 AS "downloadsAllTime",
    0.0::DOUBLE AS "trendingScore",
    list_filter(
        list_concat(
            [library, 'safetensors', task],
            coalesce(languages, []),
            [CASE WHEN has_dataset THEN 'dataset:owner/data-' || draw % 5000 END,
             CASE WHEN draw % 9 = 0 THEN 'arxiv:1910.09700' END,
             'license:' || license, 'endpoints_compatible',
             'region:us'],
            coalesce(list_transform(parents, lambda p: 'base_model:' || p), []),
            coalesce(list_transform(parents, lambda p: 'base_model:' || relation || ':' || p), [])
        ), lambda tag: tag IS NOT NULL) AS tags,
    [{rfilename: '.gitattributes'}, {rfilename: 'README.md'}, {rfilename: 'config.json'},
     {rfilename: CASE relation WHEN 'adapter' THEN 'adapter_config.json'
                 ELSE 'model.safetensors' END}] AS siblings,
    -- As on the Hub, a card has only the fields that somebody wrote.
    CASE WHEN license IS NOT NULL OR parents IS NOT NULL THEN '{' || concat_ws(',',
        '"license":"' || license || '"',
        '"language":' || to_json(languages)::VARCHAR,
        '"base_model":' || to_json(parents)::VARCHAR) || '}' END AS "cardData",
    '{"architectures":["' || architecture || '"],"model_type":"' || lower(
        regexp_extract(architecture, '^(Llama|Qwen2|Mistral|Gemma2|Bert|Roberta|T5|GPT2|Whisper)')
    ) || '"}' AS config,
    NULL::VARCHAR AS gguf,
    CASE WHEN draw % 3 = 0 THEN {
        parameters: {BF16: (1 + draw % 70)::BIGINT * 1000000000, F32: NULL::BIGINT},
        total: (1 + draw % 70)::BIGINT * 1000000000} END AS safetensors,
    CASE WHEN parents IS NOT NULL THEN {
        models: list_transform(parents, lambda p: {_id: left(md5(p), 24), id: p}),
        relation: relation} END AS "baseModels"
FROM words
"""
