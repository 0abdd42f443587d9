"""Where the reviewed reference data of the project stands.

What does not belong here: what any file says.
"""

from __future__ import annotations

from pathlib import Path

from biome_pipeline.errors import ReferenceDataError

__all__ = ["reference_file"]

# A wheel holds the folder itself; a checkout has it beside the package.
_FOLDERS = (
    Path(__file__).resolve().parents[1] / "reference",
    Path(__file__).resolve().parents[2] / "data" / "reference",
)


def reference_file(name: str) -> Path:
    """Find a file of reviewed reference data.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Path
        The file, in the installed package or in the checkout.

    Raises
    ------
    ReferenceDataError
        If it is in neither.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise ReferenceDataError(
        "the file of reference data is missing",
        place=str(_FOLDERS[-1] / name),
        remedy="install the package anew, or restore the file with git",
    )
