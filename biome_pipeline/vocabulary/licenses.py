"""Licenses as the Hub names them: one id for each, its class, and coarse groups.

Source of the ids: the Hub's list of licenses (its documentation, "Licenses"),
the ids that the paper counted, and the names in two real snapshots. Source of
the classes: the full texts as shipped with scancode-toolkit 32.5, and for five
ids that it lacks the texts in the licensors' own repositories (llama3:
meta-llama/llama3; openrail++: Stability-AI/stablediffusion; apple-amlr:
apple/ml-mobileclip; deepfloyd-if-license: deep-floyd/IF; sam-license:
facebookresearch/sam3). Where no text was at hand the class is ``unknown``, also
if the name seems to say it. A family of licenses has a class only if all of its
members have that one: ``cc`` has none.

A license with several marks has the class of the first of these: no
derivatives, non-commercial, use-restricted, community, copyleft. So
cc-by-nc-sa-4.0 is non-commercial, although it is copyleft too. This describes
texts in one word; it is no legal advice.

What does not belong here: obligations and clauses, and the names that nobody
reviewed (``unreviewed_licenses``).
"""

from __future__ import annotations

import re
from typing import Literal

from biome_pipeline.vocabulary.unreviewed_licenses import UNREVIEWED_LICENSES

__all__ = [
    "HUB_LICENSES",
    "LICENSE_CLASSES",
    "LICENSE_GROUPS",
    "LicenseClass",
    "LicenseGroup",
    "license_class",
    "license_group",
    "license_id",
]

LicenseClass = Literal[
    "permissive",
    "weak copyleft",
    "copyleft",
    "non-commercial",
    "no-derivatives",
    "use-restricted",
    "community",
    "public domain",
    "other",
    "unknown",
]
"""What a license asks for, in one word.

``weak copyleft`` binds the work but not what is built with it; ``use-restricted``
forbids uses by a list or a field (RAIL, C-UDA); ``community`` is one vendor's own
license for its models, with conditions on users, brand or policy; ``other`` is
stated but is none of these, or not said in the front matter.
"""

LicenseGroup = Literal["permissive", "copyleft", "restrictive", "commercial"]
"""The words by which the paper speaks of the licenses in its figure 8."""

HUB_LICENSES: frozenset[str] = frozenset(
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause
    bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0
    cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
    cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0
    cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research
    intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
    openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr
    deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2
    llama3.3 llama4 grok2-community gemma unknown other
    """.split()  # noqa: SIM905 - eighty quoted words are harder to review
)
"""Ids on the Hub's own list."""

_OF_CLASS: dict[LicenseClass, str] = {
    "permissive": """
        apache-2.0 apache-1.1 mit mit-0 0bsd bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
        bsd-4-clause isc ncsa zlib postgresql bsl-1.0 afl-3.0 ecl-2.0 wtfpl etalab-2.0 odc-by
        cdla-permissive-1.0 cdla-permissive-2.0 openmdw-1.0 cc-by
        """,
    "weak copyleft": """
        lgpl lgpl-2.0 lgpl-2.1 lgpl-3.0 lgpl-lr mpl-1.1 mpl-2.0 epl-1.0 epl-2.0 ms-pl lppl-1.3c
        artistic-2.0 ofl-1.1
        """,
    "copyleft": """
        gpl gpl-1.0 gpl-2.0 gpl-3.0 agpl-3.0 gfdl osl-3.0 eupl-1.1 eupl-1.2 odbl cdla-sharing-1.0
        sspl-1.0 cc-by-sa
        """,
    "non-commercial": """
        cc-by-nc cc-by-nc-sa apple-amlr deepfloyd-if-license flux-1-dev-non-commercial-license
        """,
    "no-derivatives": "cc-by-nd cc-by-nc-nd",
    # openrail is a family; its members differ in words, not in this.
    "use-restricted": """
        openrail openrail++ bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
        bigcode-openrail-m deepseek fair-ai-public-license-1.0-sd c-uda
        """,
    "community": """
        llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma qwen tongyi-qianwen sam-license
        stability-ai-community nvidia-open-model-license hyperclova-x-seed bilibili-model-license
        """,
    "public domain": "cc0-1.0 unlicense pddl public-domain",
    "other": "other all-rights-reserved busl-1.1",
    "unknown": """
        cc h-research intel-research apple-ascl openmdw-1.1 grok2-community
        fair-noncommercial-research-license
        """,
}

_CC_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")


def _classes() -> dict[str, LicenseClass]:
    found: dict[str, LicenseClass] = dict.fromkeys(UNREVIEWED_LICENSES, "unknown")
    for kind, names in _OF_CLASS.items():
        for name in names.split():
            found[name] = kind
            # What a Creative Commons license is of is the same in all of its versions.
            if name.startswith("cc-by"):
                found |= {f"{name}-{version}": kind for version in _CC_VERSIONS}
    return found


LICENSE_CLASSES: dict[str, LicenseClass] = _classes()
"""Class of every id that was seen or is on a list; all else is of ``unknown`` class."""

LICENSE_GROUPS: dict[LicenseClass, LicenseGroup] = {
    "permissive": "permissive",
    "public domain": "permissive",
    "weak copyleft": "copyleft",
    "copyleft": "copyleft",
    "non-commercial": "restrictive",
    "no-derivatives": "restrictive",
    "use-restricted": "restrictive",
    "community": "commercial",
}
"""Group of each class; ``other`` and ``unknown`` are in none.

The paper names the four groups but publishes no list of their members; this
assignment is ours. With it, seven of the first eight licenses of the published
finetune order are commercial or restrictive, as the paper says, and of the last
eight none is commercial.
"""

# Spellings, squeezed as `_squeezed` does, that are not those of an id itself.
_SPELLINGS: dict[str, str] = {
    "apache-2.0": "apache apache2 apachev2 apachev20 asl20 apachesoftware20 apl20",
    "mit": "expat mitx11",
    "bsd-2-clause": "bsd2 simplifiedbsd",
    "bsd-3-clause": "bsd3 newbsd modifiedbsd",
    "gpl-2.0": "gpl2 gplv2 gplv20 gpl2+ gpl20+ gnugplv2 gnugeneralpublicv2 gnugeneralpublicv20",
    "gpl-3.0": "gpl3 gplv3 gplv30 gpl3+ gpl30+ gnugplv3 gnugeneralpublicv3 gnugeneralpublicv30",
    "agpl-3.0": "agpl agpl3 agplv3 agplv30 agpl30+ gnuagplv3 gnuaffero30 affero30",
    "lgpl-2.1": "lgpl21+ lgplv21",
    "lgpl-3.0": "lgpl3 lgplv3 lgpl30+ gnulgplv3",
    "mpl-2.0": "mpl mpl2 mplv2 mplv20 mozillapublic20",
    "cc0-1.0": "cc0 cc010universal creativecommonszero ccozero",
    "public-domain": "publicdomain usgovernmentpublicdomain",
    "llama2": "llama20 llama2community metallama2community",
    "llama3": "llama30 llama3community metallama3community metallama3",
    "llama3.1": "llama31community metallama31community metallama31",
    "llama3.2": "llama32community metallama32community metallama32",
    "llama3.3": "llama33community metallama33community metallama33",
    "llama4": "llama40 llama4community metallama4community metallama4",
    "gemma": "gemmaterms gemmatermsofuse gemmatou",
    "openrail": "openrailm",
    "creativeml-openrail-m": "stablediffusion creativemlopenrail",
    "openrail++": "openrail++m creativemlopenrail++m creativemlopenrail++",
    "bigscience-bloom-rail-1.0": "bigsciencerail10 bloomrail10",
    "bigcode-openrail-m": "bigcodeopenrailmv1",
    "deepseek": "deepseekmodel deepseekla10",
    "stability-ai-community": "stabilityaiaicommunity stabilitycommunity",
    "hyperclova-x-seed": "hyperclovaxseed",
    "nvidia-open-model-license": "nvidiaopenmodelagreement nvidiaopenmodel nvidiaoml",
    "fair-ai-public-license-1.0-sd": "faipl10sd",
    "flux-1-dev-non-commercial-license": "flux1devnoncommercial flux1noncommercial flux1devnc",
    "busl-1.1": "bsl11 busl businesssource11",
    "ofl-1.1": "ofl silopenfont11",
    "odc-by": "odcby10 opendatacommonsattribution",
    "odbl": "odbl10",
    "pddl": "pddl10",
    "wtfpl": "wtfpl20",
    "ncsa": "uoincsa",
    "lfm1.0": "lfmopen10 lfmopenv10",
    "ltx-2-community-license": "ltx2community",
    "krea-2-community-license": "krea2community krea2",
    "minimax-h3-community-license": "minimaxh3community minimaxh3",
    "minimax-music3-community-license": "minimaxmusic3community minimaxmusic3communityc",
    "minimax-community-license": "minimaxcommunity",
}

# A name that says there is nothing to say.
_NOT_STATED = frozenset({"", "unknown", "none", "null", "nan", "na", "tbd", "tba", "no"})


def _squeezed(spelling: str) -> str:
    """Reduce a spelling to what tells licenses apart: letters, digits and ``+``."""
    words = re.findall(r"[a-z0-9+]+", spelling.lower().replace("licence", "license"))
    kept = [word for word in words if word not in {"the", "license", "version", "agreement"}]
    # "-only" and "-or-later" of SPDX say which later versions may be taken.
    return re.sub(r"(only|orlater)$", "", "".join(kept))


def _aliases() -> dict[str, str]:
    found = {_squeezed(name): name for name in (*LICENSE_CLASSES, *HUB_LICENSES)}
    for name, spellings in _SPELLINGS.items():
        found |= dict.fromkeys([_squeezed(name), *spellings.split()], name)
    # "cc by 4" is version 4.0.
    for name in LICENSE_CLASSES:
        if name.startswith("cc-by") and name.endswith(".0"):
            found.setdefault(_squeezed(name.removesuffix(".0")), name)
    return found


_ALIASES = _aliases()


def license_id(spelling: str) -> str | None:
    """Bring a license to its one id.

    Parameters
    ----------
    spelling : str
        As a model states it: any case, blanks or hyphens, an SPDX id, a long name.

    Returns
    -------
    str or None
        The Hub's id where it has one; a name that nobody reviewed in lower case
        with hyphens; ``None`` if nothing is stated: empty, ``unknown``, ``none``
        and the like, or no word that names a license. ``other`` is stated.
    """
    squeezed = _squeezed(spelling)
    if squeezed in _NOT_STATED:
        return None
    return _ALIASES.get(squeezed) or re.sub(r"[\s_]+", "-", spelling.strip().lower())


def license_class(name: str) -> LicenseClass:
    """Give the class of a license.

    Parameters
    ----------
    name : str
        An id as of :func:`license_id`.

    Returns
    -------
    str
        Its class; ``unknown`` if no text was at hand.
    """
    return LICENSE_CLASSES.get(name, "unknown")


def license_group(name: str) -> LicenseGroup | None:
    """Give the coarse group of a license.

    Parameters
    ----------
    name : str
        An id as of :func:`license_id`.

    Returns
    -------
    str or None
        Its group; ``None`` where the class is ``other`` or ``unknown``.
    """
    return LICENSE_GROUPS.get(license_class(name))
