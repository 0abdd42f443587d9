// Where each model of a family stands: a forest of layout parents, rows of leaves.
// What does not belong here: pixels (`scene`).
//
// A family is a DAG. Each model hangs on one layout parent, the parent of greatest
// generation, of equals the one of smallest place; its other parents are drawn when it is
// selected. Models without parents are roots, the family's own root first. Children stand
// by the size of what hangs below them, then by id.
import type { FamilyData } from "./data";

export interface Tree {
  readonly n: number;
  /** Layout parent of each model, -1 for a root. */
  readonly above: Int32Array;
  /** Relation to the layout parent, -1 for a root. */
  readonly relation: Int16Array;
  readonly roots: number[];
  /** Children by layout, `below[start[k]]` to `below[start[k + 1] - 1]`. */
  readonly start: Int32Array;
  readonly below: Int32Array;
  /** Models that hang below each, by layout. */
  readonly size: Int32Array;
  /** All parents of each model, as edges. */
  readonly edgesTo: Map<number, number[]>;
  readonly nChildren: Int32Array;
}

/** Hang every model on one parent. */
export function treeOf(data: FamilyData): Tree {
  const n = data.ids.length;
  const above = new Int32Array(n).fill(-1);
  const relation = new Int16Array(n).fill(-1);
  const edgesTo = new Map<number, number[]>();
  const nChildren = new Int32Array(n);
  const pairs = new Set<number>();
  for (let e = 0; e < data.parent.length; e++) {
    const parent = data.parent[e]!;
    const child = data.child[e]!;
    const own = edgesTo.get(child);
    if (own) own.push(e);
    else edgesTo.set(child, [e]);
    // A pair may come under two relations.
    if (!pairs.has(parent * n + child)) {
      pairs.add(parent * n + child);
      nChildren[parent]!++;
    }
    const last = above[child]!;
    const isNearer =
      last < 0 ||
      data.generation[parent]! > data.generation[last]! ||
      (data.generation[parent] === data.generation[last] && parent < last);
    if (isNearer) {
      above[child] = parent;
      relation[child] = data.relation[e]!;
    }
  }
  // Generations grow downwards, so that every model comes after its layout parent.
  const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => data.generation[a]! - data.generation[b]! || a - b);
  const size = new Int32Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const node = order[k]!;
    if (above[node]! >= 0) size[above[node]!]! += size[node]! + 1;
  }
  const start = new Int32Array(n + 1);
  for (let k = 0; k < n; k++) if (above[k]! >= 0) start[above[k]! + 1]!++;
  for (let k = 0; k < n; k++) start[k + 1]! += start[k]!;
  const below = new Int32Array(start[n]!);
  const next = start.slice();
  const bySize = order.slice().sort((a, b) => size[b]! - size[a]! || a - b);
  for (const node of bySize) if (above[node]! >= 0) below[next[above[node]!]!++] = node;
  const root = data.ids.indexOf(data.root_id);
  const roots = bySize.filter((node) => above[node]! < 0);
  roots.sort((a, b) => Number(b === root) - Number(a === root) || size[b]! - size[a]! || a - b);
  return { n, above, relation, roots, start, below, size, edgesTo, nChildren };
}

export interface Layout {
  /** Models that are not hidden, each after its layout parent. */
  readonly shown: Int32Array;
  /** Row of each model, NaN for a hidden one: leaves have whole rows, others the middle of their children. */
  readonly row: Float64Array;
  readonly nRows: number;
  readonly nHidden: number;
}

/** Put models in rows; what hangs below a closed one is hidden. */
export function layoutOf(tree: Tree, closed: ReadonlySet<number>): Layout {
  const row = new Float64Array(tree.n).fill(NaN);
  const shown = new Int32Array(tree.n);
  let nShown = 0;
  let nRows = 0;
  const stack = tree.roots.slice().reverse();
  while (stack.length) {
    const node = stack.pop()!;
    shown[nShown++] = node;
    const from = tree.start[node]!;
    const to = tree.start[node + 1]!;
    if (from === to || closed.has(node)) {
      row[node] = nRows++;
      continue;
    }
    for (let k = to - 1; k >= from; k--) stack.push(tree.below[k]!);
  }
  for (let k = nShown - 1; k >= 0; k--) {
    const node = shown[k]!;
    if (Number.isNaN(row[node]!)) {
      const first = row[tree.below[tree.start[node]!]!]!;
      const last = row[tree.below[tree.start[node + 1]! - 1]!]!;
      row[node] = (first + last) / 2;
    }
  }
  return { shown: shown.slice(0, nShown), row, nRows, nHidden: tree.n - nShown };
}

/** The way from a root to a model, by layout. */
export function wayTo(tree: Tree, node: number): number[] {
  const way: number[] = [];
  for (let at = node; at >= 0; at = tree.above[at]!) way.push(at);
  return way.reverse();
}
