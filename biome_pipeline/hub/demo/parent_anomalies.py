"""Anomalies of the parent's id: no id at all, not there, renamed, or in another case.

What does not belong here: who descends from whom (`descent_anomalies`), where
and how a parent is declared (`declaration_anomalies`).
"""

from __future__ import annotations

from typing import Any

from biome_pipeline.hub.demo.families import BACKFILL_SECONDS
from biome_pipeline.hub.demo.injector import Case, Injector, edge_case
from biome_pipeline.hub.demo.names import hub_ids
from biome_pipeline.hub.demo.rows import Row, declare_parents, state_languages, state_license

__all__ = [
    "absent_parent",
    "case_mismatch_parent",
    "ids_differ_in_case",
    "legacy_parent_absent",
    "legacy_parent_kept",
    "legacy_parent_renamed",
    "malformed_empty",
    "malformed_local_path",
    "malformed_many_slashes",
    "malformed_url",
]

_BACKFILL_MS = BACKFILL_SECONDS * 1000
_LOCAL_PATHS = (
    "/cache/models/plover-7b", "./out", "C:\\models\\plover", "~/plover", "../runs/last",
)  # fmt: skip
_RENAMED = (
    ("gpt2", "openai-community/gpt2", "text-generation", "GPT2LMHeadModel", "gpt2", "mit"),
    (
        "bert-base-uncased",
        "google-bert/bert-base-uncased",
        "fill-mask",
        "BertForMaskedLM",
        "bert",
        "apache-2.0",
    ),
    (
        "distilbert-base-uncased",
        "distilbert/distilbert-base-uncased",
        "fill-mask",
        "DistilBertForMaskedLM",
        "distilbert",
        "apache-2.0",
    ),
)


def _declare_text(row: Row, parent: str, relation: str = "finetune") -> None:
    """Declare a parent that the Hub cannot resolve: it has no place in the structure."""
    declare_parents(row, [(None, parent)], relation, structure=False)


def _malformed(injector: Injector, texts: tuple[str, ...], n: int) -> tuple[Case, ...]:
    cases = []
    for place, row in enumerate(injector.models(n)):
        text = texts[place % len(texts)]
        _declare_text(row, text)
        cases.append(edge_case(row, text, "finetune", "malformed"))
    return tuple(cases)


def malformed_local_path(injector: Injector) -> tuple[Case, ...]:
    """Let models name folders of somebody's disk as parent.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        At least one per kind of path.
    """
    return _malformed(injector, _LOCAL_PATHS, max(len(_LOCAL_PATHS), injector.n_cases))


def malformed_url(injector: Injector) -> tuple[Case, ...]:
    """Let models name the address of a model, not its id.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    texts = tuple(f"https://huggingface.co/{injector.absent_id()}" for _ in range(3))
    return _malformed(injector, texts, injector.n_cases)


def malformed_empty(injector: Injector) -> tuple[Case, ...]:
    """Let models name nothing: an empty text in the card, or an empty tag.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        Two per case wished; ``declared_by`` says where.
    """
    cases = []
    for place, row in enumerate(injector.models(2 * injector.n_cases)):
        is_card = place % 2 == 0
        declare_parents(
            row, [(None, "")], None, bare_tag=not is_card, card=is_card, structure=False
        )
        declared_by = ["card"] if is_card else ["tag"]
        cases.append(edge_case(row, "", None, "malformed", declared_by=declared_by))
    return tuple(cases)


def malformed_many_slashes(injector: Injector) -> tuple[Case, ...]:
    """Let models name folders of a run, with more than one slash.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    return _malformed(injector, ("outputs/run/checkpoint/last",), injector.n_cases)


def absent_parent(injector: Injector) -> tuple[Case, ...]:
    """Let models name parents that were deleted or are private.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    cases = []
    for row in injector.models(injector.n_cases):
        parent = injector.absent_id()
        hub_id = hub_ids(injector.rng, [row.created_ms // 1000])[0]
        declare_parents(row, [(hub_id, parent)], "adapter")
        cases.append(edge_case(row, parent, "adapter", "absent"))
    return tuple(cases)


def legacy_parent_renamed(injector: Injector) -> tuple[Case, ...]:
    """Let models name parents by the id they had before they moved to an organisation.

    Parameters
    ----------
    injector : Injector
        Adds the rows, those of the moved parents too.

    Returns
    -------
    tuple of Case
        One per child; ``resolved_to`` is the id of today.
    """
    moved: dict[str, Row] = {}
    cases = []
    for place, row in enumerate(injector.models(injector.n_cases)):
        old, new, task, architecture, model_type, license_id = _RENAMED[place % len(_RENAMED)]
        if new not in moved:
            config = {"architectures": [architecture], "model_type": model_type}
            moved[new] = _foundation(injector, new, task, config, license_id)
        _declare_text(row, old)
        cases.append(edge_case(row, old, "finetune", "kept", resolved_to=new))
    return tuple(cases)


def _foundation(
    injector: Injector, model_id: str, task: str, config: dict[str, Any], license_id: str
) -> Row:
    injector.names.claim("", model_id)
    row = Row(
        hub_id=hub_ids(injector.rng, [BACKFILL_SECONDS])[0],
        id=model_id,
        author=model_id.partition("/")[0],
        created_ms=_BACKFILL_MS,
        modified_ms=_BACKFILL_MS + 86_400_000,
        pipeline_tag=task,
        library_name="transformers",
        tags=["transformers", "pytorch", task, "endpoints_compatible", "region:us"],
        files=[".gitattributes", "config.json", "pytorch_model.bin"],
        config=config,
    )
    state_license(row, license_id)
    state_languages(row, ["en"], as_list=False)
    injector.rows.append(row)
    return row


def legacy_parent_kept(injector: Injector) -> tuple[Case, ...]:
    """Let models have parents whose id has no slash, and is in the snapshot as it stands.

    Parameters
    ----------
    injector : Injector
        Adds the rows, those of the parents too.

    Returns
    -------
    tuple of Case
        One per child.
    """
    cases = []
    for _ in range(injector.n_cases):
        parent, child = injector.models(2)
        parent.id = injector.names.claim("", "whinchat-small-cased")
        parent.author = None
        parent.created_ms = _BACKFILL_MS
        declare_parents(child, [parent.reference], "finetune")
        cases.append(edge_case(child, parent.id, "finetune", "kept"))
    return tuple(cases)


def legacy_parent_absent(injector: Injector) -> tuple[Case, ...]:
    """Let models name ids without a slash that nobody has or had.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per model.
    """
    cases = []
    for row in injector.models(injector.n_cases):
        parent = injector.absent_id(is_legacy=True)
        _declare_text(row, parent)
        cases.append(edge_case(row, parent, "finetune", "absent"))
    return tuple(cases)


def case_mismatch_parent(injector: Injector) -> tuple[Case, ...]:
    """Let models name parents that are there in another case only.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per child; ``matches_without_case`` is the id that is there.
    """
    cases = []
    for _ in range(injector.n_cases):
        there, child = injector.models(2)
        present = there.reference[1]
        parent = present.swapcase()
        _declare_text(child, parent)
        cases.append(edge_case(child, parent, "finetune", "absent", matches_without_case=present))
    return tuple(cases)


def ids_differ_in_case(injector: Injector) -> tuple[Case, ...]:
    """Add two models whose ids differ only in case, and a child of the second.

    Parameters
    ----------
    injector : Injector
        Adds the rows.

    Returns
    -------
    tuple of Case
        One per child; ``other_id`` is the model that is not its parent.
    """
    cases = []
    for _ in range(injector.n_cases):
        first, second, child = injector.models(3)
        first_id = first.reference[1]
        second.id = first_id.swapcase()
        second.author = second.id.partition("/")[0]
        declare_parents(child, [second.reference], "finetune")
        cases.append(edge_case(child, second.id, "finetune", "kept", other_id=first_id))
    return tuple(cases)
