"""Settings: read once, checked, frozen; a bad one is named without its value."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import AliasChoices, ValidationError

from biome_pipeline.errors import SettingsError
from biome_pipeline.settings import Settings, child_environment, load_settings, setting_rows

VARIABLES = [row[0] for row in setting_rows()]


@pytest.fixture(autouse=True)
def _empty_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_the_defaults_are_usable():
    settings = load_settings()
    assert settings.data == Path("data")
    assert settings.keep_snapshots == 4
    assert settings.hf_token.get_secret_value() == ""


def test_every_setting_is_a_documented_variable():
    rows = setting_rows()
    assert len(rows) == len(Settings.model_fields) == len({row[0] for row in rows})
    for variable, default, meaning in rows:
        assert variable.startswith(("BIOME_", "HF_"))
        assert variable == variable.upper()
        assert default
        assert meaning.endswith(".")


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("BIOME_DATA", "/srv/biome", "data", Path("/srv/biome")),
        ("BIOME_SEED", "0", "seed", 0),
        ("BIOME_KEEP_SNAPSHOTS", "1", "keep_snapshots", 1),
        ("BIOME_MEMORY_LIMIT", "512 MiB", "memory_limit", "512 MiB"),
        ("BIOME_MIN_ROW_SHARE", "0.25", "min_row_share", 0.25),
        ("HF_ENDPOINT", "http://127.0.0.1:8080/hub", "hf_endpoint", "http://127.0.0.1:8080/hub"),
    ],
)
def test_the_environment_is_read(monkeypatch, variable, text, name, value):
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(), name) == value


def test_arguments_win_over_environment_and_environment_over_file(monkeypatch):
    Path(".env").write_text("BIOME_SEED=1\nBIOME_THREADS=3\nODD=ignored\n")
    assert (load_settings().seed, load_settings().threads) == (1, 3)
    monkeypatch.setenv("BIOME_SEED", "2")
    assert (load_settings().seed, load_settings().threads) == (2, 3)
    assert load_settings(seed=3).seed == 3
    assert load_settings(seed=None).seed == 2


BAD = [
    ("BIOME_SEED", "-1"),
    ("BIOME_SEED", str(2**63)),
    ("BIOME_SEED", "1.5"),
    ("BIOME_KEEP_SNAPSHOTS", "0"),
    ("BIOME_KEEP_SNAPSHOTS", "many"),
    ("BIOME_MEMORY_LIMIT", "4"),
    ("BIOME_MEMORY_LIMIT", "4GB'; DROP TABLE x --"),
    ("BIOME_MEMORY_LIMIT", "-4GB"),
    ("BIOME_MEMORY_LIMIT", "4GB\n"),
    ("BIOME_THREADS", "-1"),
    ("BIOME_THREADS", "100000"),
    ("BIOME_BOOTSTRAP_REPLICATES", "0"),
    ("BIOME_MIN_ROW_SHARE", "1.1"),
    ("BIOME_MIN_ROW_SHARE", "nan"),
    ("BIOME_DEMO_MODELS", "10"),
    ("BIOME_HUB_STATS_REPO", "../../etc/passwd"),
    ("BIOME_CONTACT", "a\r\nX-Evil: 1"),
    ("HF_ENDPOINT", "ftp://example.org"),
    ("HF_ENDPOINT", "secret-endpoint"),
]


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=r"docs/reference/settings\.md") as caught:
        load_settings()
    assert caught.value.place == variable
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.__cause__ is None


def test_a_bad_value_is_not_repeated(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "hf_geheim123")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


def test_the_token_is_not_shown(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_geheim123")
    settings = load_settings()
    assert settings.hf_token.get_secret_value() == "hf_geheim123"
    for text in (repr(settings), str(settings), settings.model_dump_json(), settings.result_hash):
        assert "geheim" not in text


def test_settings_are_frozen():
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.seed = 1


def test_the_home_folder_is_meant_by_a_tilde(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load_settings(data="~/biome").data == Path("/home/somebody/biome")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_only_settings_that_change_results_change_the_digest(name):
    field = Settings.model_fields[name]
    decides = bool((field.json_schema_extra or {}).get("changes_results"))
    other = {
        "data": "elsewhere",
        "makes_report": False,
        "memory_limit": "1GB",
        "hub_stats_repo": "some/body",
        "contact": "me",
        "hf_token": "t",
        "hf_endpoint": "http://localhost",
        "min_row_share": 0.125,
        "cards_repo": "some/body",
        "max_card_bytes": 4_096,
        "max_config_bytes": 4_096,
        "workers": 3,
        "arxiv_url": "http://localhost",
    }.get(name, 321)
    before, after = load_settings().result_hash, load_settings(**{name: other}).result_hash
    assert (before != after) == decides
    assert isinstance(field.validation_alias, AliasChoices)


def test_a_started_program_gets_this_environment_and_more(monkeypatch):
    monkeypatch.setenv("BIOME_SEED", "5")
    found = child_environment(DAGSTER_HOME="/x")
    assert found["BIOME_SEED"] == "5"
    assert found["DAGSTER_HOME"] == "/x"
