"""The templates of pages, with the filters by which values are shown.

What does not belong here: what is filled in (one module per page).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from biome_pipeline.report.site.page import Link
from biome_pipeline.report.site.wording import percent, pieces, plain, shown

if TYPE_CHECKING:
    import jinja2

__all__ = ["site_templates"]


def site_templates() -> jinja2.Environment:
    """Open the templates.

    Returns
    -------
    jinja2.Environment
        It escapes every value, and knows no value that was not given.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("biome_pipeline.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"shown": shown, "percent": percent, "pieces": pieces, "plain": plain}
    environment.tests |= {"a_link": lambda value: isinstance(value, Link)}
    return environment
