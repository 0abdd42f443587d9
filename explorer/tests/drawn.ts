// Families drawn from a seed, hostile names among them.
import type { FamilyData, Index } from "../src/data";

export const HOSTILE = [
  "</script><script>alert(1)</script>",
  "a/b'c\"d&e<f>",
  "evil/\u202egnp.exe",
  "x/(y,z);[q]:1",
  "=cmd|' /C calc'!A0",
  "line\u2028break/\u0000null",
  "back\\slash",
];

/** Small numbers from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function drawFamily(seed: number, n: number): FamilyData {
  const next = random(seed);
  const whole = (most: number) => Math.floor(next() * most);
  const ids = Array.from({ length: n }, (_, k) => (k < HOSTILE.length && n > 20 ? HOSTILE[k]! : `owner${k % 7}/m${String(k).padStart(6, "0")}`));
  const generation = new Array<number>(n).fill(0);
  const parent: number[] = [];
  const child: number[] = [];
  const relation: number[] = [];
  for (let node = 1; node < n; node++) {
    const nParents = node < 3 ? 0 : next() < 0.1 ? 2 : 1;
    const own = new Set<number>();
    // Early models have most children.
    for (let k = 0; k < nParents; k++) own.add(Math.floor(node * next() ** 3));
    for (const above of own) {
      parent.push(above);
      child.push(node);
      relation.push(own.size > 1 ? 2 : whole(2));
      generation[node] = Math.max(generation[node]!, generation[above]! + 1);
    }
  }
  const some = (most: number) => Array.from({ length: n }, () => (next() < 0.15 ? null : whole(most)));
  return {
    format: 1,
    snapshot: "2026-01-01",
    graph: "all",
    family_id: 3,
    root_id: ids[0]!,
    ids,
    generation,
    created: Array.from({ length: n }, (_, k) => (next() < 0.1 ? null : 19_000 + Math.floor((k / n) * 1_000))),
    downloads: some(100_000),
    likes: some(50),
    licenses: ["apache-2.0", "llama3.1", "mystery"],
    license: some(3),
    tasks: ["text-generation", "fill-mask"],
    task: some(2),
    languages: ["en", "several"],
    language: some(2),
    relations: ["adapter", "finetune", "merge"],
    parent,
    child,
    relation,
    obligations: ["use-restrictions"],
    conflicts: { model: [], ancestor: [], obligation: [], lost_parent: [], lost_child: [], severity: [], verdict: [], confidence: [] },
  };
}

export const INDEX: Index = {
  format: 1,
  snapshot: "2026-01-01",
  graph: "all",
  families: [],
  n_families: 1,
  n_models: 1,
  n_models_shipped: 1,
  notable: [],
  n_buckets: 1,
  licenses: {
    "apache-2.0": { class: "permissive", is_reviewed: true, obligations: [] },
    "llama3.1": { class: "community", is_reviewed: true, obligations: [] },
  },
  obligations: {},
};
