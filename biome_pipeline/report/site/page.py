"""What a page is made of: sections of text, facts, findings, pictures and tables.

What does not belong here: what any page says, and how it looks (``templates``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from biome_pipeline.report.site.contents import Contents

__all__ = [
    "Distance",
    "Draw",
    "Finding",
    "Link",
    "Page",
    "Parameters",
    "Picture",
    "Section",
    "Share",
    "Similarity",
    "Table",
]


class Share(float):
    """A share from 0 to 1, shown in percent."""


class Parameters(float):
    """A number of parameters, shown in billions and the like: digits say too much."""


class Distance(float):
    """A mean distance in a graph, shown with two decimals."""


class Similarity(float):
    """A similarity from 0 to 1 or a difference of two, shown with three decimals."""


@dataclass(frozen=True)
class Link:
    """A way to a file of the report.

    Parameters
    ----------
    text : str
        What to read.
    target : str
        Path of the file, from the page.
    """

    text: str
    target: str


class Draw(Protocol):
    """A figure that can be drawn in both themes and both widths."""

    def __call__(self, *, theme: str, width: float) -> Figure:
        """Draw it.

        Parameters
        ----------
        theme : str
            A key of :data:`~biome_pipeline.report.style.THEMES`.
        width : float
            Width in inches.

        Returns
        -------
        matplotlib.figure.Figure
            The figure, with its description.
        """


@dataclass(frozen=True)
class Picture:
    """A figure of a page.

    Parameters
    ----------
    name : str
        Name of its files.
    draw : Draw
        How it is drawn.
    """

    name: str
    draw: Draw


@dataclass(frozen=True)
class Finding:
    """A sentence with what it rests on.

    Parameters
    ----------
    sentence : str
        What was found.
    n : int
        Models, or rows, that it rests on.
    share_missing : float or None
        Share of models that do not tell; None where all of them do by definition.
    """

    sentence: str
    n: int
    share_missing: float | None = None


@dataclass(frozen=True)
class Table:
    """Rows under headings.

    Parameters
    ----------
    caption : str
        What the rows are.
    columns : tuple of str
        Headings.
    rows : sequence of sequence
        Cells: text, numbers, `Share`, `Link`, or None for what is not known.
    empty : str
        What to say if there are no rows.
    is_folded : bool
        Whether a reader has to ask for it.
    is_stacked : bool
        Whether a phone is too narrow for its columns, and shows the cells of a
        row one after the other.
    """

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    empty: str
    is_folded: bool = False
    is_stacked: bool = False

    @property
    def numbers(self) -> frozenset[int]:
        """Places of the columns of numbers; the first column names its row.

        A number may be unknown in any row, the first one too.
        """
        found = [
            {type(row[place]) for row in self.rows} - {type(None)}
            for place in range(len(self.columns))
        ]
        return frozenset(
            place
            for place, kinds in enumerate(found)
            if place and all(issubclass(kind, int | float) and kind is not bool for kind in kinds)
        )


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading.

    Parameters
    ----------
    heading : str
        The heading; its address on the page is made from it.
    paragraphs : tuple of str
        Sentences that explain, as they stand: text from outside is made fit before.
    facts : tuple of tuple of str and object
        Names with values.
    findings : tuple of Finding
        Sentences with what they rest on.
    pictures : tuple of Picture
        Figures.
    tables : tuple of Table
        Tables.
    is_warning : bool
        Whether it is something that nobody may overlook.
    anchor : str
        Its address on the page, if that is not made from the heading.
    html : str
        Text of the project's own that is HTML already; never from outside.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, object], ...] = ()
    findings: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    is_warning: bool = False
    anchor: str = ""
    html: str = ""

    @property
    def address(self) -> str:
        """Name of the section in links: its anchor, or its words in lower case."""
        words = "".join(c if c.isalnum() else " " for c in self.heading.lower()).split()
        return self.anchor or "-".join(words)


@dataclass(frozen=True)
class Page:
    """One page of the report.

    Parameters
    ----------
    file : str
        Name of its file.
    title : str
        Its name in the navigation.
    lead : str
        What it tells, in a sentence.
    sections : callable
        Gives its sections from the tables of the snapshot.
    template : str
        Name of its template.
    """

    file: str
    title: str
    lead: str
    sections: Callable[[Contents], Sequence[Section]]
    template: str = "page.html"
