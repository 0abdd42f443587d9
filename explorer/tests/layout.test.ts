import { describe, expect, it } from "vitest";
import { layoutOf, treeOf, wayTo } from "../src/layout";
import { drawFamily, random } from "./drawn";

const SEEDS = Array.from({ length: 40 }, (_, k) => k);

describe("layout", () => {
  it.each(SEEDS)("hangs every model on the parent of greatest generation (seed %i)", (seed) => {
    const data = drawFamily(seed, 30 + seed * 9);
    const tree = treeOf(data);
    for (let node = 0; node < tree.n; node++) {
      const parents = data.parent.filter((_, e) => data.child[e] === node);
      const best = parents.slice().sort((a, b) => data.generation[b]! - data.generation[a]! || a - b)[0] ?? -1;
      expect(tree.above[node]).toBe(best);
      const below = (at: number): number => {
        const own = Array.from(tree.above).flatMap((above, k) => (above === at ? [k] : []));
        return own.reduce((sum, k) => sum + 1 + below(k), 0);
      };
      if (node < 5) expect(tree.size[node]).toBe(below(node));
      expect(tree.nChildren[node]).toBe(new Set(data.child.filter((_, e) => data.parent[e] === node)).size);
    }
    expect(tree.roots[0]).toBe(data.ids.indexOf(data.root_id));
  });

  it.each(SEEDS)("gives every leaf a row of its own, and parents the middle (seed %i)", (seed) => {
    const data = drawFamily(seed, 200);
    const tree = treeOf(data);
    const layout = layoutOf(tree, new Set());
    const leaves = Array.from(layout.shown).filter((node) => tree.start[node] === tree.start[node + 1]);
    expect(leaves.map((node) => layout.row[node])).toEqual(leaves.map((_, k) => k));
    expect(layout.nRows).toBe(leaves.length);
    expect(layout.shown.length).toBe(tree.n);
    for (const node of layout.shown) {
      const children = Array.from(tree.below.subarray(tree.start[node]!, tree.start[node + 1]!));
      if (!children.length) continue;
      expect(layout.row[node]).toBe((layout.row[children[0]!]! + layout.row[children.at(-1)!]!) / 2);
      const rows = children.map((child) => layout.row[child]!);
      expect(rows).toEqual(rows.slice().sort((a, b) => a - b));
    }
  });

  it.each(SEEDS)("hides exactly what hangs below a closed model (seed %i)", (seed) => {
    const data = drawFamily(seed, 150);
    const tree = treeOf(data);
    const next = random(seed + 99);
    const closed = new Set(Array.from({ length: tree.n }, (_, k) => k).filter(() => next() < 0.1));
    const layout = layoutOf(tree, closed);
    const isHidden = (node: number) => wayTo(tree, node).slice(0, -1).some((at) => closed.has(at));
    for (let node = 0; node < tree.n; node++) expect(Number.isNaN(layout.row[node]!)).toBe(isHidden(node));
    expect(layout.nHidden).toBe(Array.from({ length: tree.n }, (_, k) => k).filter(isHidden).length);
  });

  it("lays a family out the same way again", () => {
    const one = layoutOf(treeOf(drawFamily(5, 400)), new Set());
    const two = layoutOf(treeOf(drawFamily(5, 400)), new Set());
    expect(Array.from(one.shown)).toEqual(Array.from(two.shown));
  });
});
