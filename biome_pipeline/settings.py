"""Settings: what a user can choose without touching code.

The only reader of the environment (and of a ``.env`` file in the working
directory). Settings are frozen: a run reads them once. What does not belong
here: choices of one command, which are its options.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from biome_pipeline.errors import SettingsError

__all__ = ["Settings", "child_environment", "load_settings", "setting_rows"]


class Settings(BaseSettings):
    """Everything that can be set from outside, checked and frozen.

    Each field's description is its documentation; ``docs/reference/settings.md``
    is generated from it.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    data: Path = Field(
        default=Path("data"),
        validation_alias=AliasChoices("BIOME_DATA", "data"),
        description="Folder of the lake, the database, the reports and Dagster's history.",
    )
    seed: int = Field(
        default=20_250_630,
        ge=0,
        le=2**63 - 1,
        validation_alias=AliasChoices("BIOME_SEED", "seed"),
        description="Seed of every random draw; each table derives its own from it by name.",
        json_schema_extra={"changes_results": True},
    )
    makes_report: bool = Field(
        default=True,
        validation_alias=AliasChoices("BIOME_REPORT", "makes_report"),
        description="Whether a run builds the report; biome report does so at any time.",
    )
    explorer_megabytes: int = Field(
        default=50,
        ge=0,
        le=100_000,
        validation_alias=AliasChoices("BIOME_EXPLORER_MEGABYTES", "explorer_megabytes"),
        description="Most megabytes of families that the report's explorer holds, largest "
        "families first; biome tree --format html writes any other.",
    )
    keep_snapshots: int = Field(
        default=4,
        ge=1,
        validation_alias=AliasChoices("BIOME_KEEP_SNAPSHOTS", "keep_snapshots"),
        description="How many of the newest snapshots keep their tables at the grain of models "
        "in the database; older ones stay in the lake.",
    )
    memory_limit: str = Field(
        default="4GB",
        pattern=r"^\d+(\.\d+)?\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$",
        validation_alias=AliasChoices("BIOME_MEMORY_LIMIT", "memory_limit"),
        description="Memory that DuckDB may use before it spills to disk, as 4GB or 512MB.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=1024,
        validation_alias=AliasChoices("BIOME_THREADS", "threads"),
        description="Threads that DuckDB may use; 0 means one per processor.",
    )
    virality_exact_core: int = Field(
        default=20_000,
        ge=0,
        validation_alias=AliasChoices("BIOME_VIRALITY_EXACT_CORE", "virality_exact_core"),
        description="Largest 2-core, in models, of a family whose structural virality is "
        "computed exactly; above it breadth-first sources are sampled.",
        json_schema_extra={"changes_results": True},
    )
    virality_sources: int = Field(
        default=2_000,
        ge=2,
        validation_alias=AliasChoices("BIOME_VIRALITY_SOURCES", "virality_sources"),
        description="Sampled sources per family when structural virality is not exact.",
        json_schema_extra={"changes_results": True},
    )
    bootstrap_replicates: int = Field(
        default=999,
        ge=99,
        validation_alias=AliasChoices("BIOME_BOOTSTRAP_REPLICATES", "bootstrap_replicates"),
        description="Replicates of every bootstrap over families (B).",
        json_schema_extra={"changes_results": True},
    )
    solved_replicates: int = Field(
        default=200,
        ge=20,
        validation_alias=AliasChoices("BIOME_SOLVED_REPLICATES", "solved_replicates"),
        description="Replicates whose ordering is solved anew, halves, and replicates of nulls.",
        json_schema_extra={"changes_results": True},
    )
    growth_families: int = Field(
        default=10,
        ge=1,
        validation_alias=AliasChoices("BIOME_GROWTH_FAMILIES", "growth_families"),
        description="How many of the largest families of each graph get a growth curve.",
        json_schema_extra={"changes_results": True},
    )
    similarity_draws: int = Field(
        default=2_000,
        ge=1,
        le=1_000_000,
        validation_alias=AliasChoices("BIOME_SIMILARITY_DRAWS", "similarity_draws"),
        description="Pairs drawn for each position of each topology, in each graph.",
        json_schema_extra={"changes_results": True},
    )
    vocabulary_sample: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("BIOME_VOCABULARY_SAMPLE", "vocabulary_sample"),
        description="Texts that the vocabulary of similarities is counted in; 0 counts all.",
        json_schema_extra={"changes_results": True},
    )
    min_row_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        validation_alias=AliasChoices("BIOME_MIN_ROW_SHARE", "min_row_share"),
        description="A source with fewer rows than this share of the last snapshot's is refused "
        "unless forced.",
    )
    demo_models: int = Field(
        default=20_000,
        ge=200,
        le=1_000_000,
        validation_alias=AliasChoices("BIOME_DEMO_MODELS", "demo_models"),
        description="Models of the built-in demo Hub.",
    )
    hub_stats_repo: str = Field(
        default="cfahlgren1/hub-stats",
        pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$",
        validation_alias=AliasChoices("BIOME_HUB_STATS_REPO", "hub_stats_repo"),
        description="Dataset that holds the hub-stats file models.parquet.",
    )
    cards_repo: str = Field(
        default="librarian-bots/model_cards_with_metadata",
        pattern=r"^([A-Za-z0-9][\w.-]*/[\w.-]+)?$",
        validation_alias=AliasChoices("BIOME_CARDS_REPO", "cards_repo"),
        description="Dataset of model cards in bulk; empty asks for every card by itself.",
        json_schema_extra={"changes_results": True},
    )
    max_cards: int = Field(
        default=-1,
        ge=-1,
        validation_alias=AliasChoices("BIOME_MAX_CARDS", "max_cards"),
        description="Most cards that one run asks for one by one; -1 is no limit. Models with "
        "children come first, then the most downloaded.",
        json_schema_extra={"changes_results": True},
    )
    max_configs: int = Field(
        default=5_000,
        ge=0,
        validation_alias=AliasChoices("BIOME_MAX_CONFIGS", "max_configs"),
        description="Most config.json files of a snapshot: each that is asked for counts as a "
        "download of its model.",
        json_schema_extra={"changes_results": True},
    )
    max_card_bytes: int = Field(
        default=2 * 2**20,
        ge=1_024,
        validation_alias=AliasChoices("BIOME_MAX_CARD_BYTES", "max_card_bytes"),
        description="Largest card that is kept, in bytes after decompression.",
        json_schema_extra={"changes_results": True},
    )
    max_config_bytes: int = Field(
        default=4 * 2**20,
        ge=1_024,
        validation_alias=AliasChoices("BIOME_MAX_CONFIG_BYTES", "max_config_bytes"),
        description="Largest config.json that is kept, in bytes after decompression.",
        json_schema_extra={"changes_results": True},
    )
    max_upstream_age: int = Field(
        default=14,
        ge=1,
        validation_alias=AliasChoices("BIOME_MAX_UPSTREAM_AGE", "max_upstream_age"),
        description="Days after which the newest hub-stats is stale, and the Hub itself is listed.",
    )
    workers: int = Field(
        default=8,
        ge=1,
        le=64,
        validation_alias=AliasChoices("BIOME_WORKERS", "workers"),
        description="Requests for cards and configs that may be under way at once.",
    )
    api_rate: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("BIOME_API_RATE", "api_rate"),
        description="Requests of the Hub's API in 5 minutes; 0 takes what the Hub grants: 500, "
        "with a token 1,000.",
    )
    file_rate: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("BIOME_FILE_RATE", "file_rate"),
        description="Requests of files in 5 minutes; 0 takes what the Hub grants: 3,000, with a "
        "token 5,000.",
    )
    arxiv_url: str = Field(
        default="https://export.arxiv.org",
        pattern=r"^https?://[^\s/]+(/\S*)?$",
        validation_alias=AliasChoices("BIOME_ARXIV_URL", "arxiv_url"),
        description="Address of arXiv's export API.",
    )
    contact: str = Field(
        default="",
        max_length=200,
        pattern=r"^[\x20-\x7e]*$",
        validation_alias=AliasChoices("BIOME_CONTACT", "contact"),
        description="Mail or web address that goes into the User-Agent of every request.",
    )
    hf_token: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("HF_TOKEN", "hf_token"),
        description="Token of the Hub; optional, raises the rate limits.",
    )
    hf_endpoint: str = Field(
        default="https://huggingface.co",
        pattern=r"^https?://[^\s/]+(/\S*)?$",
        validation_alias=AliasChoices("HF_ENDPOINT", "hf_endpoint"),
        description="Address of the Hub.",
    )

    @field_validator("data")
    @classmethod
    def _expand_home(cls, value: Path) -> Path:
        return value.expanduser()

    @property
    def result_hash(self) -> str:
        """Digest of the settings that change results.

        Returns
        -------
        str
            16 hexadecimal digits; the same for equal settings on any machine.
        """
        chosen = {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if isinstance(field.json_schema_extra, dict)
            and field.json_schema_extra.get("changes_results")
        }
        text = json.dumps(chosen, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_settings(**chosen: Any) -> Settings:  # noqa: ANN401 - any setting, checked by pydantic
    """Read the settings from the environment, a ``.env`` file and arguments.

    Parameters
    ----------
    **chosen : Any
        Settings that win over the environment; ``None`` means not chosen.

    Returns
    -------
    Settings
        The frozen settings.

    Raises
    ------
    SettingsError
        If a value cannot be used; names the variable, never its value.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        variable = _variable_of(name)
        raise SettingsError(
            f"this setting cannot be used: {first['msg']}",
            place=variable,
            remedy="see docs/reference/settings.md for what it takes",
        ) from None


def setting_rows() -> list[tuple[str, str, str]]:
    """List every setting for the reference page.

    Returns
    -------
    list of tuple of str
        Variable, default as text, meaning; in the order of the fields.
    """
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = default.get_secret_value() if isinstance(default, SecretStr) else str(default)
        rows.append((_variable_of(name), shown or "empty", field.description or ""))
    return rows


def _variable_of(name: str) -> str:
    """Give the environment variable of a field, or the name itself."""
    field = Settings.model_fields.get(name)
    if field is None or not isinstance(field.validation_alias, AliasChoices):
        return name
    return str(field.validation_alias.choices[0])


def child_environment(**more: str) -> dict[str, str]:
    """Give the environment for a program that the project starts.

    Parameters
    ----------
    **more : str
        Variables to set in it.

    Returns
    -------
    dict of str to str
        This process's environment with them.
    """
    return {**os.environ, **more}
