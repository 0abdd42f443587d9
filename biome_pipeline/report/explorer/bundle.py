"""The program of the explorer: one script and one style sheet, built from its source.

A package has them; a checkout has them after ``make explorer``. What does not
belong here: the data (``shards``), and the page around it (``report.site``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["BUNDLE_FOLDER", "REMEDY", "Bundle", "read_bundle"]

BUNDLE_FOLDER = Path(__file__).parent
"""Where the build puts the two files."""

REMEDY = "build it with 'make explorer', which needs Node.js"


@dataclass(frozen=True)
class Bundle:
    """The two files.

    Parameters
    ----------
    script : str
        ``explorer.js``, a classic script.
    style : str
        ``explorer.css``.
    """

    script: str
    style: str


def read_bundle(folder: Path | None = None) -> Bundle | None:
    """Read the two files.

    Parameters
    ----------
    folder : Path, optional
        Where they are.

    Returns
    -------
    Bundle or None
        None if one of them was not built.
    """
    where = folder or BUNDLE_FOLDER
    try:
        return Bundle(
            (where / "explorer.js").read_text(encoding="utf-8"),
            (where / "explorer.css").read_text(encoding="utf-8"),
        )
    except FileNotFoundError:
        return None
