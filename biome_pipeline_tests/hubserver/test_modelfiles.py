"""Single models and their files, as the real client asks for them and fails."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
from huggingface_hub import HfApi, get_session
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import hf_raise_for_status

from biome_pipeline_tests.hubserver import LocalHub, ModelRepo, compress
from biome_pipeline_tests.hubserver.conftest import TOKEN, Get

CARD = b"---\nlicense: mit\n---\n# A model\n"
CONFIG = json.dumps({"model_type": "llama"}).encode()


@pytest.fixture
def model(hub: LocalHub) -> ModelRepo:
    return hub.add_model("org/model", files={"README.md": CARD, "config.json": CONFIG})


# What is said of one model


def test_model_info_tells_what_the_repository_is(
    hub: LocalHub, api: HfApi, model: ModelRepo
) -> None:
    model.safetensors = {"parameters": {"F32": 4}, "total": 4}
    model.card_data = {"license": "mit"}
    model.is_disabled, model.gated = True, "auto"
    info = api.model_info("org/model", files_metadata=True)
    assert info.sha == model.sha
    assert info.author == "org"
    assert info.created_at == model.created_at
    assert (info.disabled, info.gated, info.private) == (True, "auto", False)
    assert info.safetensors is not None
    assert info.safetensors.parameters == {"F32": 4}
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    assert info.siblings is not None
    assert [(s.rfilename, s.size) for s in info.siblings] == [
        ("README.md", len(CARD)),
        ("config.json", len(CONFIG)),
    ]
    assert info.base_models is None


def test_a_single_model_may_be_asked_for_its_base_models(
    api: HfApi, model: ModelRepo, get: Get
) -> None:
    model.base_models = {"relation": "merge", "models": [{"_id": "6" * 24, "id": "org/parent"}]}
    assert api.model_info("org/model", expand=["baseModels"]).base_models == model.base_models
    reply = get("/api/models/org/model?expand[]=nonsense")
    assert reply.status_code == 400
    assert '"usedStorage"' in reply.json()["error"]


# Files


@pytest.mark.parametrize("name", ["org/model", "legacy"])
@pytest.mark.parametrize("uses_resolve_cache", [False, True], ids=["direct", "sent on"])
def test_the_client_downloads_a_file(
    hub: LocalHub, api: HfApi, tmp_path: Path, name: str, uses_resolve_cache: bool
) -> None:
    hub.uses_resolve_cache = uses_resolve_cache
    model = hub.add_model(name, files={"README.md": CARD, "sub/a b.txt": b"x"})
    for file, body in model.files.items():
        path = Path(api.hf_hub_download(name, file, cache_dir=tmp_path))
        assert path.read_bytes() == body
        assert model.sha in str(path)
    assert bool(hub.asked(path="/api/resolve-cache/")) == uses_resolve_cache


@pytest.mark.parametrize("how", ["resolve", "raw"])
def test_a_file_has_the_headers_of_the_hub(
    hub: LocalHub, model: ModelRepo, get: Get, how: str
) -> None:
    got = get(f"/org/model/{how}/main/README.md")
    head = get(f"/org/model/{how}/{model.sha}/README.md", method="HEAD")
    assert got.content == CARD
    for reply in (got, head):
        assert reply.headers["X-Repo-Commit"] == model.sha
        assert reply.headers["Content-Length"] == str(len(CARD))
        # What `git hash-object README.md` prints.
        assert reply.headers["ETag"] == '"ffe0d06a205d1cff5257ec397bcc74960f635ab9"'
    assert head.content == b""
    assert get(f"/org/model/{how}/main/README.md", Range="bytes=4-6").content == CARD[4:7]


def test_each_get_and_head_of_the_config_counts_a_download(
    hub: LocalHub, api: HfApi, model: ModelRepo, get: Get, tmp_path: Path
) -> None:
    get("/org/model/resolve/main/config.json")
    get("/org/model/raw/main/config.json", method="HEAD")
    assert model.counted_downloads == 2
    for path in ("resolve/main/README.md", "resolve/main/none.json", "raw/nowhere/config.json"):
        get(f"/org/model/{path}")
    assert model.counted_downloads == 2
    api.hf_hub_download("org/model", "config.json", cache_dir=tmp_path)
    assert model.counted_downloads == 2 + len(hub.asked(path="resolve/main/config.json")) - 1
    assert model.counted_downloads > 2


def test_a_change_of_a_file_is_a_commit(model: ModelRepo, get: Get) -> None:
    before, at = model.sha, model.last_modified
    model.files["README.md"] = b"new"
    assert model.sha != before
    assert model.last_modified > at
    assert get("/org/model/resolve/main/README.md").content == b"new"
    assert get(f"/org/model/resolve/{before}/README.md").content == CARD
    later = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    sha = model.write({"README.md": CARD, "config.json": None, "a.txt": b""}, later)
    assert sha not in {before, ""}
    assert (model.sha, model.last_modified) == (sha, later)
    assert model.file_names() == ("README.md", "a.txt")
    assert get("/org/model/resolve/main/config.json").status_code == 404
    with pytest.raises(KeyError):
        del model.files["config.json"]
    assert model.sha == sha


# What is refused, and what the client makes of it


def _download(api: HfApi, path: Path, name: str = "org/model", **other: str) -> str:
    return api.hf_hub_download(name, other.pop("file", "README.md"), cache_dir=path, **other)


def test_missing_things_are_told_apart(api: HfApi, model: ModelRepo, tmp_path: Path) -> None:
    with pytest.raises(EntryNotFoundError):
        _download(api, tmp_path, file="none.txt")
    with pytest.raises(RevisionNotFoundError):
        _download(api, tmp_path, revision="0" * 40)
    with pytest.raises(RepositoryNotFoundError) as caught:
        _download(api, tmp_path, name="org/none")
    assert caught.value.response.status_code == 401
    assert not isinstance(caught.value, GatedRepoError)
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("org/none")


def test_private_models_are_missing_for_the_anonymous(
    api: HfApi, known: HfApi, model: ModelRepo, tmp_path: Path
) -> None:
    model.is_private = True
    with pytest.raises(RepositoryNotFoundError) as caught:
        _download(api, tmp_path)
    assert "org/model is" not in str(caught.value)
    assert known.model_info("org/model").private
    assert Path(_download(known, tmp_path)).read_bytes() == CARD
    with pytest.raises(RepositoryNotFoundError) as caught:
        known.model_info("org/none")
    assert caught.value.response.status_code == 404


def test_gated_files_need_to_be_granted(
    api: HfApi, known: HfApi, model: ModelRepo, tmp_path: Path
) -> None:
    model.gated = "manual"
    for client, status in ((api, 401), (known, 403)):
        with pytest.raises(GatedRepoError) as caught:
            _download(client, tmp_path)
        assert caught.value.response.status_code == status
        assert client.model_info("org/model").gated == "manual"
    model.is_granted = True
    assert Path(_download(known, tmp_path)).read_bytes() == CARD
    with pytest.raises(GatedRepoError):
        _download(api, tmp_path / "other")


def test_a_disabled_model_is_known_but_has_no_files(
    api: HfApi, model: ModelRepo, get: Get, tmp_path: Path
) -> None:
    model.is_disabled = True
    assert api.model_info("org/model").disabled
    with pytest.raises(DisabledRepoError):
        hf_raise_for_status(get("/org/model/resolve/main/README.md"))
    with pytest.raises(LocalEntryNotFoundError) as caught:
        _download(api, tmp_path)
    assert isinstance(caught.value.__cause__, DisabledRepoError)


def test_a_bad_token_is_refused_everywhere(hub: LocalHub, model: ModelRepo, get: Get) -> None:
    paths = [
        "/api/models",
        "/api/models/org/model",
        "/org/model/resolve/main/README.md",
        "/api/whoami-v2",
        "/nowhere",
    ]
    for path in paths:
        reply = get(path, Authorization="Bearer hf_bad")
        assert reply.status_code == 401
        assert reply.headers["X-Error-Message"] == "Invalid credentials in Authorization header"
        with pytest.raises(HfHubHTTPError) as caught:
            hf_raise_for_status(reply)
        assert not isinstance(caught.value, RepositoryNotFoundError)


def test_whoami_knows_accepted_tokens(hub: LocalHub, known: HfApi, get: Get) -> None:
    assert known.whoami()["name"] == "tester"
    assert known.whoami()["type"] == "user"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(hub.address, token="hf_bad").whoami()
    assert get("/api/whoami-v2").status_code == 401


# Names that a model had before


def test_an_old_name_is_sent_on(
    hub: LocalHub, api: HfApi, model: ModelRepo, get: Get, tmp_path: Path
) -> None:
    hub.rename_model("org/model", "new/name")
    info = api.model_info("org/model", expand=["author", "sha"])
    assert (info.id, info.author) == ("new/name", "new")
    assert Path(_download(api, tmp_path)).read_bytes() == CARD
    session = get_session()
    address = f"{hub.address}/api/models/org%2Fmodel?expand[]=author&expand[]=sha"
    reply = session.get(address, follow_redirects=False)
    assert reply.status_code == 307
    assert reply.headers["Location"] == "/api/models/new/name?expand[]=author&expand[]=sha"


def test_a_legacy_name_is_sent_on_with_the_rest_of_the_path(hub: LocalHub, get: Get) -> None:
    hub.add_model("org/models", files={"sub/models.txt": b"x"}, renamed_from=("models",))
    assert get("/models/resolve/main/sub/models.txt").content == b"x"
    assert get("/api/models/models").json()["id"] == "org/models"


def test_a_private_model_is_not_given_away_by_its_old_name(
    hub: LocalHub, model: ModelRepo, get: Get
) -> None:
    model.is_private = True
    hub.rename_model("org/model", "new/name")
    address = f"{hub.address}/api/models/org/model"
    reply = get_session().get(address, follow_redirects=False)
    assert reply.status_code == 401
    assert "new/name" not in f"{reply.headers} {reply.text}"
    assert get("/api/models/org/model", Authorization=f"Bearer {TOKEN}").json()["id"] == "new/name"


# Encodings


def test_a_small_body_expands_to_a_large_one(hub: LocalHub, get: Get) -> None:
    large = b"\0" * 50_000_000
    hub.add_model("org/bomb", files={"README.md": large})
    hub.faults.append(compress("gzip", path="/org/bomb/"))
    reply = get("/org/bomb/resolve/main/README.md")
    assert int(reply.headers["Content-Length"]) < 60_000
    assert reply.content == large


@pytest.mark.parametrize(
    ("encoding", "opened"),
    [
        ("gzip", lambda body: zlib.decompress(body, 31)),
        ("deflate", zlib.decompress),
        ("zstd", lambda body: pa.decompress(body, len(CARD), "zstd", asbytes=True)),
    ],
)
def test_bodies_are_compressed_for_those_who_take_it_and_for_all_if_forced(
    hub: LocalHub, model: ModelRepo, encoding: str, opened: object
) -> None:
    address = f"{hub.address}/org/model/raw/main/README.md"

    def fetch(accepted: str) -> bytes:
        with get_session().stream("GET", address, headers={"Accept-Encoding": accepted}) as reply:
            body = b"".join(reply.iter_raw())
            assert (reply.headers.get("Content-Encoding") == encoding) == (body != CARD)
        return body

    order = compress(encoding)  # type: ignore[arg-type]
    hub.faults.append(order)
    assert opened(fetch(f"br, {encoding}")) == CARD  # type: ignore[operator]
    assert fetch("identity") == CARD
    order.is_forced = True
    assert opened(fetch("identity")) == CARD  # type: ignore[operator]
