"""Licenses have one id for each, and a class only where a text was read."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from biome_pipeline.drift.published import ORDERINGS
from biome_pipeline.hub.demo.words import BOUND_LICENSES, OPEN_LICENSES, ROOT_LICENSES
from biome_pipeline.vocabulary.licenses import (
    HUB_LICENSES,
    LICENSE_CLASSES,
    LICENSE_GROUPS,
    license_class,
    license_group,
    license_id,
)
from biome_pipeline.vocabulary.unreviewed_licenses import UNREVIEWED_LICENSES

SNAPSHOTS = sorted(
    (Path(__file__).resolve().parents[2] / "../shared/data/real").glob("models-*.parquet")
)


def seen_licenses() -> set[str]:
    """Give the licenses of the demo, and of real snapshots where they are at hand."""
    seen = {*ROOT_LICENSES.words, *BOUND_LICENSES.words, *OPEN_LICENSES.words}
    for path in SNAPSHOTS:
        for row in pq.read_table(path, columns=["cardData", "tags"]).to_pylist():
            card = json.loads(row["cardData"] or "{}")
            stated = card.get("license") or []
            seen |= {stated} if isinstance(stated, str) else set(stated)
            tags = row["tags"] or []
            seen |= {tag.removeprefix("license:") for tag in tags if tag.startswith("license:")}
    return seen


def test_every_license_seen_is_known_or_listed_as_unreviewed() -> None:
    ids = {license_id(spelling) for spelling in seen_licenses()} - {None}
    assert not ids - set(LICENSE_CLASSES)
    assert len(ids) > 15


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Apache-2.0", "apache-2.0"),
        ("apache 2.0", "apache-2.0"),
        ("apache2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("apache-license-2.0", "apache-2.0"),
        ("apache_2", "apache-2.0"),
        ("MIT License", "mit"),
        ("The MIT Licence", "mit"),
        ("CC BY-NC-SA 4.0", "cc-by-nc-sa-4.0"),
        ("cc-by-4", "cc-by-4.0"),
        ("CC0", "cc0-1.0"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("GPL-2.0-only", "gpl-2.0"),
        ("gplv3", "gpl-3.0"),
        ("AGPL-3.0-only", "agpl-3.0"),
        ("BSD-3-Clause", "bsd-3-clause"),
        ("bsl-1.0", "bsl-1.0"),
        ("BSL 1.1", "busl-1.1"),
        ("Llama 3.1 Community License Agreement", "llama3.1"),
        ("llama-3", "llama3"),
        ("openrail++", "openrail++"),
        ("openrail", "openrail"),
        ("CreativeML Open RAIL-M", "creativeml-openrail-m"),
        ("faipl-1.0-sd", "fair-ai-public-license-1.0-sd"),
        ("Some House Terms_v2", "some-house-terms-v2"),
        ("other", "other"),
        ("unknown", None),
        ("", None),
        ("  ", None),
        ("**", None),
        ("N/A", None),
        ("None", None),
        ("no license", None),
        ("license", None),
    ],
)
def test_spellings(spelling: str, name: str | None) -> None:
    assert license_id(spelling) == name


def test_ids_are_their_own_id_however_they_are_written() -> None:
    draw = random.Random(0)
    for name in sorted({*LICENSE_CLASSES, *HUB_LICENSES} - {"unknown"}):
        assert license_id(name) == name
        blanks = "".join(draw.choice(" -_") if letter == "-" else letter for letter in name)
        for written in (name.upper(), f" {name} ", blanks.title(), f"{name} License"):
            assert license_id(written) == name, written


def test_an_id_of_an_id_is_the_same() -> None:
    draw = random.Random(1)
    pieces = ["cc", "by", "2", "3.0", "v", "mit", "the", "license", "only", " ", "-", "_", "+", "é"]
    for _ in range(3000):
        spelling = "".join(draw.choices(pieces, k=draw.randrange(6)))
        name = license_id(spelling)
        assert name is None or license_id(name) == name, spelling


def test_every_id_of_the_hub_has_a_class_that_is_stated() -> None:
    assert HUB_LICENSES - set(LICENSE_CLASSES) == {"unknown"}
    assert not UNREVIEWED_LICENSES & HUB_LICENSES
    assert all(license_class(name) == "unknown" for name in UNREVIEWED_LICENSES)
    assert license_class("nobody heard of it") == "unknown"


@pytest.mark.parametrize(
    ("name", "kind", "group"),
    [
        ("cc-by-4.0", "permissive", "permissive"),
        ("cc-by-nc-4.0", "non-commercial", "restrictive"),
        ("cc-by-nc-sa-4.0", "non-commercial", "restrictive"),
        ("cc-by-nc-nd-4.0", "no-derivatives", "restrictive"),
        ("cc-by-sa-4.0", "copyleft", "copyleft"),
        ("mpl-2.0", "weak copyleft", "copyleft"),
        ("gpl", "copyleft", "copyleft"),
        ("openrail++", "use-restricted", "restrictive"),
        ("llama3", "community", "commercial"),
        ("gemma", "community", "commercial"),
        ("cc0-1.0", "public domain", "permissive"),
        ("cc", "unknown", None),
        ("other", "other", None),
        ("intel-research", "unknown", None),
    ],
)
def test_classes_and_groups(name: str, kind: str, group: str | None) -> None:
    assert (license_class(name), license_group(name)) == (kind, group)


def test_all_classes_are_used_and_two_have_no_group() -> None:
    assert set(LICENSE_CLASSES.values()) - set(LICENSE_GROUPS) == {"other", "unknown"}
    assert set(LICENSE_GROUPS) < set(LICENSE_CLASSES.values())


def test_the_demo_means_by_bound_and_open_what_the_groups_mean() -> None:
    assert {license_group(n) for n in BOUND_LICENSES.words} == {"restrictive", "commercial"}
    assert {license_group(n) for n in OPEN_LICENSES.words} == {"permissive", "copyleft"}


def test_the_groups_are_those_the_paper_speaks_of() -> None:
    bound = {"restrictive", "commercial"}
    order = ORDERINGS["finetune", "license"].order
    assert sum(license_group(name) in bound for name in order[:8]) == 7
    for graph in ("finetune", "all"):
        last = ORDERINGS[graph, "license"].order[-8:]
        assert not any(license_group(name) == "commercial" for name in last)
