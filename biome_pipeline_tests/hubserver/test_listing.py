"""The list of models as the real client reads it: orders, pages, cursors, fields."""

from __future__ import annotations

import datetime as dt
import itertools
from random import Random

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError

from biome_pipeline_tests.hubserver import LocalHub, ModelRepo
from biome_pipeline_tests.hubserver.conftest import TOKEN, Get, Walk
from biome_pipeline_tests.hubserver.listing import OPTIONS
from biome_pipeline_tests.hubserver.world import fill

FIRST = dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


def _add_many(hub: LocalHub, n: int, seed: int = 0) -> list[ModelRepo]:
    """Add models with few different dates and counts, in no order."""
    random = Random(seed)
    return [
        hub.add_model(
            f"org-{i % 7}/model-{i}",
            created_at=FIRST + dt.timedelta(milliseconds=random.randrange(n // 8)),
            last_modified=FIRST + dt.timedelta(days=random.randrange(5)),
            downloads=random.randrange(n // 8),
            trending_score=random.randrange(4),
            likes=random.randrange(4),
        )
        for i in range(n)
    ]


# Orders and pages


@pytest.mark.parametrize("limit", [1, 7, 10, 1_000])
def test_ascending_by_creation_is_the_order_of_date_and_id(
    hub: LocalHub, walk: Walk, limit: int
) -> None:
    models = _add_many(hub, 80, seed=limit)
    expected = sorted(models, key=lambda model: (model.created_at, model._id))
    assert [row["_id"] for row in walk(limit=limit)] == [model._id for model in expected]
    assert len(hub.requests) == -(-80 // min(limit, 80))


def test_descending_by_creation_is_the_same_reversed(hub: LocalHub, walk: Walk) -> None:
    _add_many(hub, 80)
    assert walk(direction=-1) == walk()[::-1]


def test_the_client_lists_the_newest_first(hub: LocalHub, api: HfApi) -> None:
    models = _add_many(hub, 1_100)
    expected = sorted(models, key=lambda model: (model.created_at, model._id), reverse=True)
    listed = list(api.list_models(sort="created_at", full=True))
    assert [model.id for model in listed] == [model.id for model in expected]
    assert [model.created_at for model in listed] == [model.created_at for model in expected]
    assert len(hub.requests) == 2


@pytest.mark.parametrize(
    ("sort", "field"),
    [
        ("downloads", "downloads"),
        ("likes", "likes"),
        ("trendingScore", "trending_score"),
        ("lastModified", "last_modified"),
    ],
)
def test_other_orders_descend_by_the_count_and_ascend_by_id(
    hub: LocalHub, walk: Walk, sort: str, field: str
) -> None:
    models = sorted(_add_many(hub, 80), key=lambda model: model._id)
    expected = sorted(models, key=lambda model: getattr(model, field), reverse=True)
    assert [row["id"] for row in walk(sort=sort)] == [model.id for model in expected]


def test_a_page_has_no_more_than_a_thousand_rows_and_says_where_the_next_is(
    hub: LocalHub, get: Get
) -> None:
    _add_many(hub, 1_001)
    first = get("/api/models?sort=createdAt&direction=1&limit=5000&full=true")
    assert len(first.json()) == 1_000
    target = first.links["next"]["url"]
    assert target.startswith(f"{hub.address}/api/models?sort=createdAt&direction=1&limit=5000")
    last = get(target.removeprefix(hub.address))
    assert len(last.json()) == 1
    assert "Link" not in last.headers


def test_a_cursor_goes_on_after_a_model_that_is_gone(hub: LocalHub, get: Get) -> None:
    models = [hub.add_model(f"org/model-{i}") for i in range(6)]
    first = get("/api/models?sort=createdAt&direction=1&limit=3")
    del hub.models[models[2].id]
    rest = get(first.links["next"]["url"].removeprefix(hub.address))
    assert [row["id"] for row in rest.json()] == [model.id for model in models[3:]]


@pytest.mark.parametrize(
    "cursor", ["x", "bm90IGpzb24=", "e30=", "W10=", "eyIkb3IiOltdfQ==", "eyIkb3IiOlt7fV19"]
)
def test_a_cursor_that_is_none_is_refused(hub: LocalHub, get: Get, cursor: str) -> None:
    reply = get(f"/api/models?sort=createdAt&direction=1&cursor={cursor}")
    assert reply.status_code == 400
    assert "Link" not in reply.headers


# A list that changes while it is read


def _churn(hub: LocalHub, seed: int) -> None:
    """Change the hub before each page: counts, dates, new models, and models that go."""
    random = Random(seed)
    number = itertools.count()

    def change(page: int) -> None:
        for model in random.sample(list(hub.models.values()), 30):
            model.downloads += random.randrange(1, 5_000)
        for _ in range(3):
            hub.add_model(f"new/model-{next(number)}", created_at=FIRST + dt.timedelta(days=page))
        brief = [name for name in hub.models if name.startswith("brief/")]
        for name in random.sample(brief, min(1, len(brief))):
            del hub.models[name]

    hub.before_page = change


@pytest.mark.parametrize("seed", range(3))
def test_by_creation_a_changing_list_gives_every_model_once_and_by_downloads_it_loses_some(
    hub: LocalHub, walk: Walk, seed: int
) -> None:
    random = Random(seed)
    stay = {f"org/model-{i}" for i in range(200)}
    for name in [*sorted(stay), *(f"brief/model-{i}" for i in range(60))]:
        hub.add_model(name, downloads=random.randrange(5_000))
    _churn(hub, seed)
    by_creation = [row["id"] for row in walk()]
    assert len(by_creation) == len(set(by_creation))
    assert stay <= set(by_creation)
    assert any(name.startswith("new/") for name in by_creation)
    by_downloads = [row["id"] for row in walk(sort="downloads", direction=-1)]
    assert not stay <= set(by_downloads)


def test_the_hook_gets_the_number_of_each_page(hub: LocalHub, walk: Walk) -> None:
    _add_many(hub, 25)
    numbers: list[int] = []
    hub.before_page = numbers.append
    walk()
    assert numbers == [0, 1, 2]


# What a row says


def _whole(hub: LocalHub) -> ModelRepo:
    return hub.add_model(
        "org/whole",
        _id="6417a1b2c3d4e5f601234567",
        created_at=dt.datetime(2023, 3, 16, 12, 46, 18, tzinfo=dt.UTC),
        last_modified=dt.datetime(2023, 4, 1, 0, 0, 0, 250_000, tzinfo=dt.UTC),
        files={"config.json": b"{}", "README.md": b"# Whole"},
        gated="manual",
        downloads=5,
        downloads_all_time=70,
        likes=2,
        trending_score=1,
        pipeline_tag="text-generation",
        library_name="transformers",
        tags=["license:mit", "base_model:org/parent"],
        card_data={"license": "mit"},
        config={"model_type": "llama"},
        safetensors={"parameters": {"BF16": 3}, "total": 3},
        gguf={"total": 9},
        base_models={"relation": "finetune", "models": [{"_id": "6" * 24, "id": "org/parent"}]},
    )


def test_a_short_row_is_the_one_of_the_hub(hub: LocalHub, get: Get) -> None:
    _whole(hub)
    assert get("/api/models").json() == [
        {
            "_id": "6417a1b2c3d4e5f601234567",
            "id": "org/whole",
            "modelId": "org/whole",
            "likes": 2,
            "trendingScore": 1,
            "private": False,
            "downloads": 5,
            "tags": ["license:mit", "base_model:org/parent"],
            "pipeline_tag": "text-generation",
            "library_name": "transformers",
            "createdAt": "2023-03-16T12:46:18.000Z",
        }
    ]


def test_a_full_row_has_more_and_each_flag_its_own(hub: LocalHub, get: Get) -> None:
    model = _whole(hub)
    (short,) = get("/api/models").json()
    (full,) = get("/api/models?full=true").json()
    more = {
        "author": "org",
        "gated": "manual",
        "lastModified": "2023-04-01T00:00:00.250Z",
        "sha": model.sha,
        "siblings": [{"rfilename": "README.md"}, {"rfilename": "config.json"}],
    }
    assert full == short | more
    (flagged,) = get("/api/models?cardData=True&config=true").json()
    assert flagged == short | {"cardData": {"license": "mit"}, "config": {"model_type": "llama"}}


def test_expand_gives_the_ids_and_what_was_asked_for(hub: LocalHub, api: HfApi, get: Get) -> None:
    _whole(hub)
    ids = {"_id": "6417a1b2c3d4e5f601234567", "id": "org/whole"}
    total = {"safetensors": {"parameters": {"BF16": 3}, "total": 3}, "gguf": {"total": 9}}
    for name in ("expand", "expand[]"):
        (row,) = get(f"/api/models?{name}=safetensors&{name}=gguf&{name}=spaces").json()
        assert row == ids | total
    (model,) = api.list_models(expand=["downloadsAllTime", "gated", "disabled"])
    assert (model.downloads_all_time, model.gated, model.disabled) == (70, "manual", False)


@pytest.mark.parametrize("name", ["baseModels", "childrenModelCount", "usedStorage", "_id"])
def test_the_list_refuses_what_only_a_single_model_has(
    hub: LocalHub, api: HfApi, name: str
) -> None:
    _whole(hub)
    with pytest.raises(BadRequestError, match=r'Invalid option: expected one of "author"\|'):
        list(api.list_models(expand=[name]))  # type: ignore[list-item]
    assert name not in OPTIONS


@pytest.mark.parametrize("raw", [{"id": 7}, [], "text", 0, b'{"id": "a", "id": NaN}'])
def test_a_raw_row_is_shown_as_it_is(hub: LocalHub, get: Get, raw: object) -> None:
    hub.add_model("org/first")
    hub.add_model("org/odd", raw=raw)
    hub.add_model("org/last")
    reply = get("/api/models?sort=createdAt&direction=1&expand=author")
    if isinstance(raw, bytes):
        assert b"," + raw + b"," in reply.content
    else:
        assert reply.json()[1] == raw
        assert [row["id"] for row in reply.json()[::2]] == ["org/first", "org/last"]


# Which models are shown


def test_private_models_are_shown_to_an_accepted_token_only(
    hub: LocalHub, api: HfApi, known: HfApi
) -> None:
    for i in range(4):
        hub.add_model(f"org/model-{i}", is_private=i % 2 == 1)
    assert [model.id for model in api.list_models()] == ["org/model-0", "org/model-2"]
    assert {model.id for model in known.list_models() if model.private} == {
        "org/model-1",
        "org/model-3",
    }
    assert hub.asked("GET")[-1].headers["authorization"] == f"Bearer {TOKEN}"


def test_search_author_and_filter_narrow_the_list_over_pages(
    hub: LocalHub, api: HfApi, walk: Walk
) -> None:
    models = _add_many(hub, 140)
    for model in models[:70]:
        model.tags = ["license:mit", "gguf"]
    assert {m.id for m in api.list_models(author="org-3")} == {
        m.id for m in models if m.author == "org-3"
    }
    assert {row["id"] for row in walk(search="MODEL-1", limit=5)} == {
        m.id for m in models if "model-1" in m.id
    }
    assert {m.id for m in api.list_models(filter=["gguf", "license:mit"])} == {
        m.id for m in models[:70]
    }
    assert not list(api.list_models(filter=["gguf", "absent"]))


# Many models


def test_the_order_of_many_is_kept_from_page_to_page(hub: LocalHub, get: Get) -> None:
    fill(hub, 3_000, seed=5)
    path = "/api/models?sort=createdAt&direction=1&limit=500"
    page = get(path)
    order = hub.orders["createdAt", True]
    assert get(page.links["next"]["url"].removeprefix(hub.address)).status_code == 200
    assert hub.orders["createdAt", True] is order
    hub.add_model("org/new")
    assert get(path).status_code == 200
    assert hub.orders["createdAt", True] is not order


def test_a_change_of_one_count_moves_its_model(hub: LocalHub, walk: Walk) -> None:
    models = _add_many(hub, 30)
    last = hub.models[walk(sort="downloads")[-1]["id"]]
    last.downloads = 1_000
    assert walk(sort="downloads")[0]["id"] == last.id
    assert len(walk(sort="downloads")) == len(models)
