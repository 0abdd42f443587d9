"""One family as a page of its own: program, style and data in one file.

What does not belong here: what a family is made of (``report.explorer``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from biome_pipeline.errors import ReportError
from biome_pipeline.report.explorer.bundle import REMEDY, read_bundle
from biome_pipeline.report.explorer.families import read_families
from biome_pipeline.report.explorer.index import (
    entry_of,
    index_of,
    license_terms,
    notable_models,
)
from biome_pipeline.report.explorer.lookup import lookup_scripts
from biome_pipeline.report.explorer.script import call, to_script_json
from biome_pipeline.report.site.templates import site_templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from biome_pipeline.report.site.contents import Contents

__all__ = ["family_page"]

_MOST_NOTABLE_BYTES = 1_500_000


def family_page(
    contents: Contents,
    *,
    graph: str,
    family_id: int,
    focus: str,
    sentences: Mapping[str, str] | None = None,
) -> str:
    """Write the page of one family, of any size.

    Parameters
    ----------
    contents : Contents
        The tables.
    graph : str
        Which relations count.
    family_id : int
        Number of the family in the graph.
    focus : str
        The model that the page shows first.
    sentences : mapping of str to str, optional
        What each obligation asks, in a sentence.

    Returns
    -------
    str
        An HTML document that asks for nothing outside of itself.

    Raises
    ------
    ReportError
        If the program of the explorer was not built.
    """
    bundle = read_bundle()
    if bundle is None:
        raise ReportError(
            "the program that shows a family as a page is not there",
            place="explorer.js",
            remedy=REMEDY,
        )
    families = read_families(contents, graph=graph, family_id=family_id)
    data = call("family", families.document(0))
    entry = entry_of(families, 0, len(data))
    terms = license_terms(contents)
    index = index_of(families, [0], [entry], terms=terms, sentences=sentences or {})
    index["notable"] = notable_models(families, {0: 0}, max_bytes=_MOST_NOTABLE_BYTES)
    lookup = lookup_scripts(families.ids, np.zeros(len(families.ids), np.int64), 1)
    environment = site_templates()
    return environment.get_template("family.html").render(
        focus=focus,
        root_id=families.roots[0],
        n_models=len(families.ids),
        key=contents.key,
        graph=graph,
        # What stands in the package is ours, but must not end its element either.
        styles=[environment.get_template("style.css").render(), bundle.style],
        script=bundle.script.replace("</script", "<\\/script").replace("<!--", "<\\!--"),
        data=[call("index", index), *lookup, data],
        address=to_script_json(f"#family={family_id}&model={quote(focus, safe='')}"),
    )
