"""SPDX ids are those of the official list, and every license that is on it has one."""

from __future__ import annotations

import json
from pathlib import Path

import cyclonedx.schema
import pytest

from biome_pipeline.vocabulary.licenses import HUB_LICENSES, LICENSE_CLASSES
from biome_pipeline.vocabulary.spdx import SPDX_IDS, spdx_id
from biome_pipeline.vocabulary.unreviewed_licenses import UNREVIEWED_LICENSES

SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"
OFFICIAL = json.loads((SCHEMAS / "spdx.SNAPSHOT.schema.json").read_text("utf-8"))["enum"]


def test_every_id_is_on_the_list_under_a_name_of_ours():
    assert set(SPDX_IDS.values()) <= set(OFFICIAL)
    assert SPDX_IDS.keys() <= LICENSE_CLASSES.keys() | HUB_LICENSES
    assert len(set(SPDX_IDS.values())) == len(SPDX_IDS)


def test_no_reviewed_name_that_is_an_spdx_id_is_left_out():
    official = {name.lower(): name for name in OFFICIAL}
    for name in LICENSE_CLASSES.keys() - set(UNREVIEWED_LICENSES):
        assert spdx_id(name) == official.get(name, SPDX_IDS.get(name))


@pytest.mark.parametrize(
    ("spelling", "wanted"),
    [
        ("Apache License 2.0", "Apache-2.0"),
        ("MIT", "MIT"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"),
        ("odbl", "ODbL-1.0"),
        ("GPL-3.0-or-later", "GPL-3.0"),
        ("llama3.1", None),
        ("gpl", None),
        ("cc", None),
        ("other", None),
        ("unknown", None),
        ("", None),
        ("</script>", None),
    ],
)
def test_spellings_lead_to_the_id_or_to_none(spelling, wanted):
    assert spdx_id(spelling) == wanted
