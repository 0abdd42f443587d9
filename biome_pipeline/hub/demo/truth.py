"""What is true of a demo Hub, because it was planted.

What does not belong here: the planted parameters themselves (`planted`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from biome_pipeline.hub.demo.anomalies import Case
from biome_pipeline.hub.demo.planted import PLANTED, PLANTED_MEANINGS
from biome_pipeline.hub.demo.table import SYNTHETIC_NOTE

if TYPE_CHECKING:
    from biome_pipeline.hub.demo.contents import Contents
    from biome_pipeline.hub.demo.population import Population

__all__ = ["DemoTruth", "Family", "find_families", "tell_truth"]


@dataclass(frozen=True)
class Family:
    """A planted family: models that are connected by any relation.

    Attributes
    ----------
    root : int
        The model without parents with most descendants; of equals the older.
    members : list of int
        All its models.
    depth : int
        Edges on its longest path.
    """

    root: int
    members: list[int]
    depth: int


@dataclass(frozen=True)
class DemoTruth:
    """What an analysis of the demo Hub should find.

    Attributes
    ----------
    note : str
        That all of it is synthetic.
    planted : mapping of str to float
        The parameters it was drawn with.
    planted_table : pyarrow.Table
        The same with what each is: ``name``, ``value``, ``meaning``.
    edges : pyarrow.Table
        Every edge of the planted families: ``parent_id``, ``child_id``,
        ``relation``. Edges of anomalies are not among them.
    models : pyarrow.Table
        Every model of the planted families: ``id``, ``root_id``, ``relation``
        to its parents (null for roots), ``generation`` (edges on the longest
        path from a root, by all relations), ``card_characters`` (Unicode code
        points of the text of its card, without the front matter; 0 for none).
    families : pyarrow.Table
        Every planted family in the graph of all relations: ``root_id``,
        ``n_models``, ``depth``.
    anomalies : mapping of str to tuple of Case
        The cases of each anomaly, by its name; those of cards and configs
        have ``file``, ``outcome`` and ``variant``.
    contents : Contents
        The cards and configs, whose truth is told when it is asked for.
    """

    note: str
    planted: Mapping[str, float]
    planted_table: pa.Table
    edges: pa.Table
    models: pa.Table
    families: pa.Table
    anomalies: Mapping[str, tuple[Case, ...]]
    contents: Contents = field(repr=False, compare=False)

    @property
    def cards(self) -> pa.Table:
        """What is true of every card that no anomaly spoils.

        Returns
        -------
        pyarrow.Table
            ``model_id``; ``characters`` (Unicode code points of README.md) and
            ``body_characters`` (of those the ones behind the front matter and
            its line break); ``is_auto_generated``; ``sections``, the names of
            those that say something; ``n_placeholders``, how many say nothing
            but "[More Information Needed]"; ``mentions_parent``, whether the
            text names the first parent (null without one); ``bulk_template``,
            the text of a bulk uploader that it is made from, or null;
            ``theme``, a number that cards of one family share.
        """
        return self.contents.card_truth

    @property
    def configs(self) -> pa.Table:
        """What every config states that no anomaly spoils; null is not stated.

        Returns
        -------
        pyarrow.Table
            ``model_id``; the numbers (``hidden_size``, ``num_layers`` (of the
            encoder where there is one), ``num_heads``, ``num_kv_heads``,
            ``head_dim``, ``intermediate_size``, ``vocab_size``,
            ``context_length``, ``num_experts``, ``experts_per_token``);
            ``dtype``, ``has_tied_embeddings``, ``uses_moe``, ``uses_gqa``
            (null where the key/value heads are not stated), ``uses_rope``,
            ``uses_quantization``; ``parameters`` that these numbers make,
            ``counted_parameters`` of the row (null if packed), and
            ``parameters_off``, the first over the second less one.
        """
        return self.contents.config_truth

    @property
    def config_mutations(self) -> pa.Table:
        """Every attribute in which a config differs from that of a parent.

        Returns
        -------
        pyarrow.Table
            ``child_id``, ``parent_id``, ``relation``, ``attribute``,
            ``parent_value``, ``child_value`` (as text), for attributes that
            both state, along all edges of the planted families.
        """
        return self.contents.config_mutations


def tell_truth(
    population: Population, anomalies: Mapping[str, tuple[Case, ...]], contents: Contents
) -> DemoTruth:
    """Write down what was planted.

    Parameters
    ----------
    population : Population
        The planted families.
    anomalies : mapping of str to tuple of Case
        The cases of each anomaly.
    contents : Contents
        The cards and configs.

    Returns
    -------
    DemoTruth
        Tables and parameters.
    """
    pedigree = population.pedigree
    ids = [row.id for row in population.rows]
    families = find_families(pedigree.parents, pedigree.generations)
    roots = [0] * len(pedigree)
    for family in families:
        for member in family.members:
            roots[member] = family.root
    edges = [(p, child) for child, parents in enumerate(pedigree.parents) for p in parents]
    return DemoTruth(
        note=SYNTHETIC_NOTE,
        planted=dict(PLANTED),
        planted_table=pa.table(
            {
                "name": list(PLANTED),
                "value": list(PLANTED.values()),
                "meaning": [PLANTED_MEANINGS[name] for name in PLANTED],
            }
        ),
        edges=pa.table(
            {
                "parent_id": [ids[parent] for parent, _ in edges],
                "child_id": [ids[child] for _, child in edges],
                "relation": [pedigree.relations[child] for _, child in edges],
            }
        ),
        models=pa.table(
            {
                "id": ids,
                "root_id": [ids[root] for root in roots],
                "relation": [relation or None for relation in pedigree.relations],
                "generation": pedigree.generations,
                "card_characters": [traits.card_characters for traits in population.traits],
            }
        ),
        families=pa.table(
            {
                "root_id": [ids[family.root] for family in families],
                "n_models": [len(family.members) for family in families],
                "depth": [family.depth for family in families],
            }
        ),
        anomalies={**anomalies, **contents.cases},
        contents=contents,
    )


def find_families(parents: list[tuple[int, ...]], generations: list[int]) -> list[Family]:
    """Find the connected families of a pedigree.

    Parameters
    ----------
    parents : list of tuple of int
        Parents of each model; parents have smaller numbers.
    generations : list of int
        Edges on the longest path from a root to each model.

    Returns
    -------
    list of Family
        Largest first; of equals the one with the older root.
    """
    children: list[list[int]] = [[] for _ in parents]
    for child, of_child in enumerate(parents):
        for parent in of_child:
            children[parent].append(child)
    seen = [False] * len(parents)
    families = []
    for start in range(len(parents)):
        if seen[start]:
            continue
        seen[start] = True
        members = [start]
        for model in members:
            for relative in (*children[model], *parents[model]):
                if not seen[relative]:
                    seen[relative] = True
                    members.append(relative)
        founders = sorted(member for member in members if not parents[member])
        root = max(founders, key=lambda founder: (_count_descendants(children, founder), -founder))
        depth = max(generations[member] for member in members)
        families.append(Family(root, members, depth))
    return sorted(families, key=lambda family: (-len(family.members), family.root))


def _count_descendants(children: list[list[int]], model: int) -> int:
    reached = set(children[model])
    queue = list(reached)
    for descendant in queue:
        for child in children[descendant]:
            if child not in reached:
                reached.add(child)
                queue.append(child)
    return len(reached)
