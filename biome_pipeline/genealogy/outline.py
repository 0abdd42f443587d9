"""One family as an indented tree in text, to be read in a terminal.

What does not belong here: formats for other programs (``lineage``, ``newick``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from biome_pipeline.errors import GenealogyError, ModelNotFoundError
from biome_pipeline.genealogy.descent import ancestors_of
from biome_pipeline.genealogy.lineage import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from biome_pipeline.genealogy.lineage import FamilyTree

__all__ = ["to_text"]

_MOST_INDENTS = 30  # drawn before a line; deeper ones are told as a number


def to_text(
    tree: FamilyTree, *, focus: str | None = None, max_children: int = 10, max_lines: int = 200
) -> Iterator[str]:
    """Write the family as an indented tree, a line per model.

    A line tells the id, the relations to the parent above, and the number of
    descendants. A model is printed whole where it comes first and as a
    reference below its other parents. Siblings with most descendants come first.

    Parameters
    ----------
    tree : FamilyTree
        The family.
    focus : str, optional
        A model: only its ancestors, itself and its descendants are told.
    max_children : int
        Most siblings, or founders, to list; the rest is told as a number.
    max_lines : int
        Most lines.

    Returns
    -------
    iterator of str
        Lines without line ends.

    Raises
    ------
    ModelNotFoundError
        If the focus is not in the family.
    GenealogyError
        If a limit is less than 1.
    """
    for name, limit in (("max_children", max_children), ("max_lines", max_lines)):
        if limit < 1:
            raise GenealogyError(
                f"a limit of {limit} leaves nothing to tell", place=name, remedy="give 1 or more"
            )
    if focus is not None and focus not in tree.place:
        raise ModelNotFoundError(
            f"family {tree.family_id} of graph {tree.graph} has no such model",
            place=printable(focus),
            remedy="give a member of the family",
        )
    return _limited(_walk(tree, focus, max_children), max_lines)


class _Call(NamedTuple):
    """A line still to be written: a model below a parent, or a number of siblings."""

    node: int  # -1 for the line that counts siblings
    text: str  # in brackets after a model, or the whole line
    indent: str  # of the lines below this one, the most deep ones only
    level: int
    is_last: bool


def _walk(tree: FamilyTree, focus: str | None, max_children: int) -> Iterator[str]:
    """Give the lines depth-first, from a stack: families may be deep."""
    centre = None if focus is None else tree.place[focus]
    above: set[int] = set()
    founders: tuple[int, ...] = tree.founders
    if centre is not None:
        above = set(ancestors_of(tree.pairs, centre).tolist())
        founders = tuple(f for f in founders if f in above or f == centre)
    relations = _relations_of_pairs(tree)

    def below(node: int) -> list[int]:
        first, end = tree.pairs.children_indptr[node : node + 2]
        children = tree.pairs.children_indices[first:end].tolist()
        if node in above:
            children = [child for child in children if child in above or child == centre]
        return sorted(children, key=lambda child: -tree.n_descendants[child])

    def calls(nodes: list[int], parent: int, indent: str, level: int) -> list[_Call]:
        n_more = max(len(nodes) - max_children, 0)
        shown = nodes[:max_children]
        found = [
            _Call(node, relations.get((parent, node), ""), indent, level, not n_more and last)
            for node, last in zip(shown, [*[False] * (len(shown) - 1), True], strict=True)
        ]
        if n_more:
            found.append(_Call(-1, f"... and {n_more:,} more", indent, level, True))
        return found[::-1]

    told: set[int] = set()
    waiting = calls(list(founders), -1, "", 0)
    while waiting:
        call = waiting.pop()
        branch = ("└── " if call.is_last else "├── ") if call.level else ""
        lead = _lead(call.indent, call.level) + branch
        if call.node < 0:
            yield lead + call.text
            continue
        line = f"{lead}{printable(tree.ids[call.node])}{call.text}{_facts(tree, call.node)}"
        line = f"{line} (focus)" if call.node == centre else line
        if call.node in told:
            yield f"{line} (see above)"
            continue
        yield line
        told.add(call.node)
        children = below(call.node)
        if children:
            trunk = ("    " if call.is_last else "│   ") if call.level else ""
            indent = (call.indent + trunk)[-4 * _MOST_INDENTS :]
            waiting += calls(children, call.node, indent, call.level + 1)


def _lead(indent: str, level: int) -> str:
    """Tell a deep level as a number, so that a line does not grow with the depth."""
    return f"({level} deep) {indent}" if level > _MOST_INDENTS + 1 else indent


def _facts(tree: FamilyTree, node: int) -> str:
    n_descendants, n_parents = int(tree.n_descendants[node]), int(tree.pairs.n_parents[node])
    parents = f", {n_parents:,} parents" if n_parents > 1 else ""
    return f" {n_descendants:,} descendant{'' if n_descendants == 1 else 's'}{parents}"


def _relations_of_pairs(tree: FamilyTree) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], list[str]] = {}
    ends = zip(tree.parent.tolist(), tree.child.tolist(), tree.relation, strict=True)
    for parent, child, relation in ends:
        found.setdefault((parent, child), []).append(relation)
    return {pair: f" [{', '.join(relations)}]" for pair, relations in found.items()}


def _limited(lines: Iterator[str], max_lines: int) -> Iterator[str]:
    """Pass the lines on, and end with a word if they do not all fit."""
    held: str | None = None
    for number, line in enumerate(lines):
        if number == max_lines:
            yield f"... cut at {max_lines:,} lines"
            return
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held
