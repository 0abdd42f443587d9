"""What licenses ask of who passes a derivative on, as reviewed data.

A license was reviewed only if its full text was at hand; of any other one nothing is
known here, whatever its name seems to say. This is risk information and no legal advice.

What does not belong here: names and classes of licenses (``licenses``), and what models
make of their terms (``policy``).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from biome_pipeline.errors import ReferenceDataError
from biome_pipeline.vocabulary.licenses import LICENSE_CLASSES, license_class
from biome_pipeline.vocabulary.reference import reference_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "SEVERITIES",
    "TEXTS",
    "LicenseTerms",
    "Obligation",
    "Term",
    "keeps",
    "license_terms",
    "obligation_sentences",
    "obligations",
    "read_terms",
]

TEXTS = "scancode-toolkit-mini 32.5"
"""The package whose copies of the texts were read."""

SEVERITIES = ("low", "medium", "high")
"""How much hangs on an obligation, the least first."""

_KEPT_BY = ("any", "same", "none")


@dataclass(frozen=True)
class Obligation:
    """Something a license asks for.

    Attributes
    ----------
    name : str
        Its name.
    meaning : str
        What is asked, in a sentence.
    severity : str
        One of `SEVERITIES`.
    kept_by : str
        What keeps it: ``any`` reviewed license that asks for it too, the ``same``
        license or one that the terms name, or ``none``.
    """

    name: str
    meaning: str
    severity: str
    kept_by: str


@dataclass(frozen=True)
class Term:
    """One obligation of one license.

    Attributes
    ----------
    obligation : str
        Its name.
    clause : str
        Where the text asks for it.
    compatible : tuple of str
        Licenses that keep it too, by the text.
    """

    obligation: str
    clause: str
    compatible: tuple[str, ...] = ()


@dataclass(frozen=True)
class LicenseTerms:
    """A reviewed license.

    Attributes
    ----------
    license : str
        Its id.
    license_class : str
        What it asks for, in one word.
    source : str
        Which text was read.
    terms : tuple of Term
        What it asks of derivatives.
    note : str
        What a reader has to know; may be empty.
    """

    license: str
    license_class: str
    source: str
    terms: tuple[Term, ...]
    note: str = ""


def obligations() -> dict[str, Obligation]:
    """Give every obligation.

    Returns
    -------
    dict of str to Obligation
        By name.

    Raises
    ------
    ReferenceDataError
        If the reference data is missing or wrong.
    """
    return _read()[0]


def obligation_sentences() -> dict[str, str]:
    """Give what each obligation asks for.

    Returns
    -------
    dict of str to str
        A sentence by name.
    """
    return {name: found.meaning for name, found in obligations().items()}


def license_terms() -> dict[str, LicenseTerms]:
    """Give every reviewed license.

    Returns
    -------
    dict of str to LicenseTerms
        By id; a license that is not there was not reviewed.

    Raises
    ------
    ReferenceDataError
        If the reference data is missing or wrong.
    """
    return _read()[1]


def keeps(ancestor: str, obligation: str, license_: str) -> bool | None:
    """Tell whether a derivative keeps an obligation of an ancestor's license.

    Parameters
    ----------
    ancestor : str
        A reviewed license that has the obligation.
    obligation : str
        The obligation.
    license_ : str
        License of the derivative.

    Returns
    -------
    bool or None
        ``None`` if the derivative's license was not reviewed.

    Raises
    ------
    KeyError
        If the ancestor's license does not have the obligation.
    """
    asked, known = _read()
    found = {term.obligation: term for term in known[ancestor].terms}[obligation]
    if license_ not in known:
        return None
    how = asked[obligation].kept_by
    if how == "none":
        return False
    if license_ == ancestor or license_ in found.compatible:
        return True
    return how == "any" and any(term.obligation == obligation for term in known[license_].terms)


@cache
def _read() -> tuple[dict[str, Obligation], dict[str, LicenseTerms]]:
    return read_terms(reference_file("license_terms.toml"))


def read_terms(path: Path) -> tuple[dict[str, Obligation], dict[str, LicenseTerms]]:
    """Read and check a file of terms.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    tuple of (dict of str to Obligation, dict of str to LicenseTerms)
        Obligations and licenses by name.

    Raises
    ------
    ReferenceDataError
        If it is no TOML, or an entry is incomplete, unknown or contradicts another.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it is no TOML ({error})", "the file") from error
    asked = {
        name: _obligation(path, name, entry)
        for name, entry in _tables(path, document, "obligations").items()
    }
    known = {
        name: _license(path, name, entry, asked)
        for name, entry in _tables(path, document, "licenses").items()
    }
    for name, found in known.items():
        for term in found.terms:
            for other in term.compatible:
                if other not in known:
                    raise _wrong(path, f"{other!r} is no reviewed license", f"licenses.{name}")
    return asked, known


def _tables(path: Path, document: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    found = document.get(part)
    if not isinstance(found, dict) or not found:
        raise _wrong(path, "there are no entries", part)
    return found


def _obligation(path: Path, name: str, entry: dict[str, Any]) -> Obligation:
    place = f"obligations.{name}"
    _complete(path, place, entry, required={"meaning", "severity", "kept_by"})
    if entry["severity"] not in SEVERITIES or entry["kept_by"] not in _KEPT_BY:
        raise _wrong(
            path,
            f"severity {entry['severity']!r} or kept_by {entry['kept_by']!r} is unknown",
            place,
        )
    return Obligation(name, **entry)


def _license(
    path: Path, name: str, entry: dict[str, Any], asked: dict[str, Obligation]
) -> LicenseTerms:
    place = f"licenses.{name}"
    _complete(path, place, entry, required={"text", "terms"}, optional={"note"})
    if name not in LICENSE_CLASSES:
        raise _wrong(path, "it is no license of the vocabulary", place)
    terms = []
    for term in entry["terms"]:
        _complete(path, place, term, required={"obligation", "clause"}, optional={"compatible"})
        if term["obligation"] not in asked:
            raise _wrong(path, f"obligation {term['obligation']!r} is unknown", place)
        terms.append(Term(term["obligation"], term["clause"], tuple(term.get("compatible", ()))))
    names = [term.obligation for term in terms]
    if len(set(names)) < len(names):
        raise _wrong(path, "an obligation comes twice", place)
    source = f"{TEXTS}, {entry['text']}.LICENSE"
    return LicenseTerms(name, license_class(name), source, tuple(terms), entry.get("note", ""))


def _complete(
    path: Path,
    place: str,
    entry: dict[str, Any],
    *,
    required: set[str],
    optional: set[str] | None = None,
) -> None:
    names = set(entry)
    missing = sorted(required - names) + sorted(
        name for name in required & names if entry[name] == ""
    )
    if missing:
        raise _wrong(path, f"{missing[0]} is missing", place)
    strange = sorted(names - required - (optional or set()))
    if strange:
        raise _wrong(path, f"{strange[0]} is not known", place)


def _wrong(path: Path, fact: str, place: str) -> ReferenceDataError:
    return ReferenceDataError(fact, place=f"{path.name}, {place}", remedy=f"correct {path}")
