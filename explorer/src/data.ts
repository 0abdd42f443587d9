// The data of the explorer, as the report writes it: an index, look-ups and families.
// What does not belong here: how anything is drawn.

export interface FamilyEntry {
  family_id: number;
  root_id: string;
  n_models: number;
  depth: number;
  file: string | null;
  bytes?: number;
}

export interface LicenseTerms {
  class: string;
  is_reviewed: boolean;
  obligations: { obligation: string; clause: string }[];
}

export interface Index {
  format: number;
  snapshot: string;
  graph: string;
  families: FamilyEntry[];
  n_families: number;
  n_models: number;
  n_models_shipped: number;
  notable: [string, number, number | null][];
  n_buckets: number;
  licenses: Record<string, LicenseTerms>;
  obligations: Record<string, string>;
}

type Places = (number | null)[];

export interface Conflicts {
  model: number[];
  ancestor: number[];
  obligation: number[];
  // Null for a model that is not in this graph: the path may lead along other relations.
  lost_parent: Places;
  lost_child: Places;
  severity: string[];
  verdict: string[];
  confidence: string[];
}

export interface FamilyData {
  format: number;
  snapshot: string;
  graph: string;
  family_id: number;
  root_id: string;
  ids: string[];
  generation: number[];
  created: Places;
  downloads: Places;
  likes: Places;
  licenses: string[];
  license: Places;
  tasks: string[];
  task: Places;
  languages: string[];
  language: Places;
  relations: string[];
  parent: number[];
  child: number[];
  relation: number[];
  obligations: string[];
  conflicts: Conflicts;
}

export const FORMAT = 1;

/** Say in one line what is wrong with a family, or nothing. */
export function faultOf(data: FamilyData): string | null {
  if (data.format !== FORMAT) return `format ${data.format} is not ${FORMAT}: make the report anew`;
  const n = data.ids.length;
  for (const name of ["generation", "created", "downloads", "likes", "license", "task", "language"] as const) {
    if (data[name].length !== n) return `${name} has ${data[name].length} values for ${n} models`;
  }
  const e = data.parent.length;
  if (data.child.length !== e || data.relation.length !== e) return "the columns of edges do not match";
  for (let k = 0; k < e; k++) {
    const parent = data.parent[k]!;
    const child = data.child[k]!;
    if (!(parent >= 0 && parent < n && child >= 0 && child < n)) return `edge ${k} leads out of the family`;
    if (data.generation[child]! <= data.generation[parent]!) return `edge ${k} leads up`;
  }
  if (data.ids.indexOf(data.root_id) < 0) return "the root is no model of the family";
  return null;
}

// Controls, marks of direction, separators and other characters that no reader sees.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\\]/g;

/** Write what a reader cannot see as an escape; two texts never look alike. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (one) =>
    one === "\\" ? "\\\\" : `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Name a model by its place, also one that is not in this graph. */
export function nameAt(data: FamilyData, place: number | null): string {
  return place === null ? "a model outside this graph" : data.ids[place]!;
}

/** CRC-32 (ISO 3309) of a text in UTF-8, as zlib computes it. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Write a day, counted from 1970-01-01, as a date. */
export function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
