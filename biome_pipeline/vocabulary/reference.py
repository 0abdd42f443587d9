"""Where files that the project ships beside its code stand: reviewed data, explanations.

What does not belong here: what any file says.
"""

from __future__ import annotations

from pathlib import Path

from biome_pipeline.errors import ReferenceDataError

__all__ = ["reference_file", "shipped_folder"]

_PACKAGE = Path(__file__).resolve().parents[1]
# A wheel holds the folders within the package; a checkout has them beside it.
_IN_CHECKOUT = {"reference": "data/reference", "explanation": "docs/explanation"}


def shipped_folder(name: str) -> Path:
    """Find a folder of files.

    Parameters
    ----------
    name : str
        ``reference`` or ``explanation``.

    Returns
    -------
    Path
        The folder in the installed package, or in the checkout.

    Raises
    ------
    ReferenceDataError
        If it is in neither.
    """
    folders = (_PACKAGE / name, _PACKAGE.parent / _IN_CHECKOUT[name])
    for folder in folders:
        if folder.is_dir():
            return folder
    raise ReferenceDataError(
        "a folder that comes with the package is missing",
        place=str(folders[-1]),
        remedy="install the package anew, or restore the folder with git",
    )


def reference_file(name: str) -> Path:
    """Find a file of reviewed reference data.

    Parameters
    ----------
    name : str
        Its name, with the folder below the reference data if it is in one.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ReferenceDataError
        If it is not there.
    """
    path = shipped_folder("reference") / name
    if not path.is_file():
        raise ReferenceDataError(
            "the file of reference data is missing",
            place=str(path),
            remedy="install the package anew, or restore the file with git",
        )
    return path
