"""SPDX ids of the licenses that have one.

Source: the SPDX License List as of the CycloneDX schemas. The Hub's ids are SPDX
ids in lower case, but for a few that stand here by name. An id of a family of
versions (``gpl``, ``cc``) has none; of the GNU licenses the ids without ``-only``
or ``-or-later`` are taken, as the Hub does not tell the two apart.

What does not belong here: spellings of licenses (``licenses``).
"""

from __future__ import annotations

from biome_pipeline.vocabulary.licenses import license_id

__all__ = ["SPDX_IDS", "spdx_id"]

_AS_ON_THE_LIST = """
    0BSD AFL-3.0 AGPL-3.0 Apache-1.1 Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause
    BSD-3-Clause-Clear BSD-4-Clause BSL-1.0 BUSL-1.1 CC0-1.0 CDLA-Permissive-1.0
    CDLA-Permissive-2.0 CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 etalab-2.0 EUPL-1.1 EUPL-1.2
    GPL-1.0 GPL-2.0 GPL-3.0 ISC LGPL-2.0 LGPL-2.1 LGPL-3.0 LPPL-1.3c MIT MIT-0 MPL-1.1 MPL-2.0
    MS-PL NCSA OFL-1.1 OpenMDW-1.0 OSL-3.0 PostgreSQL SSPL-1.0 Unlicense WTFPL Zlib
"""

_OTHERWISE = {
    "c-uda": "C-UDA-1.0",
    "lgpl-lr": "LGPLLR",
    "odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
}

_CC_KINDS = ("BY", "BY-NC", "BY-NC-ND", "BY-NC-SA", "BY-ND", "BY-SA")
_CC_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")

SPDX_IDS: dict[str, str] = {
    **{name.lower(): name for name in _AS_ON_THE_LIST.split()},
    **{
        f"cc-{kind.lower()}-{version}": f"CC-{kind}-{version}"
        for kind in _CC_KINDS
        for version in _CC_VERSIONS
    },
    **_OTHERWISE,
}
"""SPDX id of each id of the Hub that has one."""


def spdx_id(name: str) -> str | None:
    """Give the SPDX id of a license.

    Parameters
    ----------
    name : str
        As a model states it.

    Returns
    -------
    str or None
        The id; None if the license is not on SPDX's list, or its version is not told.
    """
    known = license_id(name)
    return None if known is None else SPDX_IDS.get(known)
