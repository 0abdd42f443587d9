"""The contract of hub-stats' columns: what it takes, and how it refuses."""

from __future__ import annotations

import pyarrow as pa
import pytest

from biome_pipeline.errors import SourceSchemaError
from biome_pipeline.hub.schema import IGNORED, REQUIRED, check_schema, printable
from biome_pipeline_tests.hubserver.stats import SCHEMA

PLACE = "models.parquet"


def retyped(name: str, kind: pa.DataType) -> pa.Schema:
    return SCHEMA.set(SCHEMA.get_field_index(name), pa.field(name, kind))


def without(name: str) -> pa.Schema:
    return SCHEMA.remove(SCHEMA.get_field_index(name))


def test_the_contract_is_the_schema_of_hub_stats() -> None:
    report = check_schema(SCHEMA, place=PLACE)
    assert list(report.present) == SCHEMA.names == list(REQUIRED)
    assert len(REQUIRED) == 18
    assert (report.parameters_kind, report.dtype_names) == ("struct", ("BF16", "F32"))
    assert report.extra == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("id", pa.large_string()),
        ("author", pa.dictionary(pa.int32(), pa.string())),
        ("gguf", pa.string_view()),
        ("createdAt", pa.timestamp("ns")),
        ("createdAt", pa.timestamp("us", tz="UTC")),
        ("lastModified", pa.timestamp("s", tz="+00:00")),
        ("likes", pa.int8()),
        ("downloads", pa.uint64()),
        ("trendingScore", pa.int32()),
        ("trendingScore", pa.float32()),
        ("tags", pa.large_list(pa.string())),
        ("tags", pa.list_(pa.null())),
        ("siblings", pa.list_(pa.struct({"rfilename": pa.string(), "size": pa.int64()}))),
        (
            "baseModels",
            pa.struct({"relation": pa.string(), "models": pa.list_(pa.null()), "more": pa.bool_()}),
        ),
    ],
)
def test_a_type_that_holds_the_same_values_will_do(name: str, kind: pa.DataType) -> None:
    assert name in check_schema(retyped(name, kind), place=PLACE).present


@pytest.mark.parametrize(
    ("kind", "parameters_kind", "dtype_names"),
    [
        (pa.null(), "null", ()),
        (pa.struct({"parameters": pa.null(), "total": pa.int64()}), "null", ()),
        (
            pa.struct({"parameters": pa.map_(pa.string(), pa.int64()), "total": pa.int64()}),
            "map",
            (),
        ),
        (
            pa.struct({"parameters": pa.struct({"Q4": pa.int32()}), "total": pa.int32()}),
            "struct",
            ("Q4",),
        ),
    ],
)
def test_parameters_per_dtype_are_a_struct_or_a_map(
    kind: pa.DataType, parameters_kind: str, dtype_names: tuple[str, ...]
) -> None:
    report = check_schema(retyped("safetensors", kind), place=PLACE)
    assert (report.parameters_kind, report.dtype_names) == (parameters_kind, dtype_names)


@pytest.mark.parametrize("name", [name for name in REQUIRED if name != "id"])
def test_a_column_may_be_unknown(name: str) -> None:
    assert name in check_schema(retyped(name, pa.null()), place=PLACE).present


def test_the_id_may_not_be_unknown() -> None:
    with pytest.raises(SourceSchemaError, match=r"column id has another type: .*found null"):
        check_schema(retyped("id", pa.null()), place=PLACE)


@pytest.mark.parametrize("name", list(REQUIRED))
def test_a_missing_column_is_named(name: str) -> None:
    with pytest.raises(SourceSchemaError) as caught:
        check_schema(without(name), place=PLACE)
    assert caught.value.fact.startswith(f"column {name} is missing: expected ")
    assert caught.value.place == PLACE
    assert "renamed" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "now"),
    [("createdAt", "created_at"), ("downloadsAllTime", "downloads_all_time"), ("id", "_Id")],
)
def test_a_renamed_column_is_recognised(name: str, now: str) -> None:
    schema = SCHEMA.set(SCHEMA.get_field_index(name), SCHEMA.field(name).with_name(now))
    with pytest.raises(SourceSchemaError, match=rf"column {name} is missing.*renamed to {now}\?"):
        check_schema(schema, place=PLACE)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("id", pa.binary(), "string"),
        ("createdAt", pa.string(), "timestamp"),
        ("createdAt", pa.timestamp("ms", tz="Europe/Paris"), "timestamp"),
        ("createdAt", pa.date32(), "timestamp"),
        ("likes", pa.float64(), "integer"),
        ("downloads", pa.bool_(), "integer"),
        ("trendingScore", pa.string(), "number"),
        ("tags", pa.string(), "list<string>"),
        ("tags", pa.list_(pa.int64()), "list<string>"),
        ("siblings", pa.list_(pa.string()), "list<struct<rfilename"),
        ("siblings", pa.list_(pa.struct({"name": pa.string()})), "list<struct<rfilename"),
        ("cardData", pa.struct({"license": pa.string()}), "string"),
        ("safetensors", pa.struct({"total": pa.int64()}), "struct<parameters"),
        (
            "safetensors",
            pa.struct({"parameters": pa.struct({"F32": pa.string()}), "total": pa.int64()}),
            "struct<parameters",
        ),
        (
            "safetensors",
            pa.struct({"parameters": pa.map_(pa.int32(), pa.int64()), "total": pa.int64()}),
            "struct<parameters",
        ),
        ("baseModels", pa.struct({"models": pa.list_(pa.string())}), "struct<models"),
    ],
)
def test_a_retyped_column_is_named_with_both_types(
    name: str, kind: pa.DataType, expected: str
) -> None:
    with pytest.raises(SourceSchemaError) as caught:
        check_schema(retyped(name, kind), place=PLACE)
    fact = caught.value.fact
    assert fact.startswith(f"column {name} has another type: expected {expected}")
    assert fact.endswith(f"found {kind}")


def test_all_faults_stand_in_one_line() -> None:
    schema = retyped("likes", pa.string()).remove(SCHEMA.get_field_index("tags"))
    with pytest.raises(SourceSchemaError) as caught:
        check_schema(schema, place=PLACE)
    line = str(caught.value)
    assert "column likes has" in line
    assert "column tags is missing" in line
    assert "\n" not in line


def test_a_column_may_not_be_there_twice() -> None:
    with pytest.raises(SourceSchemaError, match="column likes is there 2 times"):
        check_schema(SCHEMA.append(pa.field("likes", pa.int64())), place=PLACE)


def test_extra_columns_are_reported_unless_they_are_the_hubs() -> None:
    schema = SCHEMA
    for name in [*sorted(IGNORED), "sha", "quality", "mood"]:
        schema = schema.append(pa.field(name, pa.string()))
    report = check_schema(schema, place=PLACE)
    assert report.extra == ("quality", "mood")
    assert report.present[18:] == ("sha",)


@pytest.mark.parametrize("kind", [pa.string(), pa.bool_(), pa.null()])
def test_an_optional_column_may_have_its_types(kind: pa.DataType) -> None:
    report = check_schema(SCHEMA.append(pa.field("gated", kind)), place=PLACE)
    assert report.present[-1] == "gated"


def test_an_optional_column_of_another_type_is_refused() -> None:
    with pytest.raises(SourceSchemaError, match="column private has another type"):
        check_schema(SCHEMA.append(pa.field("private", pa.int64())), place=PLACE)


def test_names_of_others_reach_an_error_as_escapes_only() -> None:
    odd = "created\u202eAt\x1b[31m"
    schema = SCHEMA.set(SCHEMA.get_field_index("createdAt"), pa.field(odd, pa.string()))
    with pytest.raises(SourceSchemaError) as caught:
        check_schema(schema, place=PLACE)
    assert str(caught.value).isprintable()
    assert printable(odd) == r"created\u202eAt\x1b[31m"
