// Loading families and look-ups as scripts beside the page: it opens from disk, where
// nothing can be fetched.
// What does not belong here: what is in them (`data`).
import type { FamilyData, Index } from "./data";
import { crc32 } from "./data";

interface Lookup {
  crc: number[];
  family: number[];
}

let index: Index | null = null;
const families = new Map<number, FamilyData>();
const lookups = new Map<number, Lookup>();

export function setIndex(data: Index): void {
  index = data;
}

export function setLookup(bucket: number, data: Lookup): void {
  lookups.set(bucket, data);
}

export function setFamily(data: FamilyData): void {
  families.set(data.family_id, data);
}

export function theIndex(): Index {
  if (!index) throw new Error("families.js was not loaded: make the report anew with 'biome report'");
  return index;
}

function loadScript(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `explorer/${file}`;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`explorer/${file} cannot be read: make the report anew with 'biome report'`));
    document.head.append(script);
  });
}

export async function loadFamily(id: number): Promise<FamilyData> {
  if (!families.has(id)) {
    const entry = theIndex().families.find((one) => one.family_id === id);
    if (!entry) throw new Error(`there is no family ${id} in this report`);
    if (!entry.file) throw new Error(`this family is too large for the report: biome tree "${entry.root_id}" --format html`);
    await loadScript(entry.file);
  }
  const found = families.get(id);
  if (!found) throw new Error(`the file of family ${id} holds another one: make the report anew with 'biome report'`);
  return found;
}

/** Which shipped families may hold a model: those with an id of the same checksum. */
export async function familiesOf(model: string): Promise<number[]> {
  const { families: entries, n_buckets: nBuckets } = theIndex();
  for (const data of families.values()) if (data.ids.includes(model)) return [data.family_id];
  // A page of one family has no look-up beside it.
  if (entries.every((entry) => families.has(entry.family_id))) return [];
  if (!nBuckets) return entries.map((entry) => entry.family_id);
  const crc = crc32(model);
  const bucket = crc % nBuckets;
  if (!lookups.has(bucket)) {
    await loadScript(`lookup-${String(bucket).padStart(2, "0")}.js`);
  }
  const { crc: sorted, family } = lookups.get(bucket) ?? { crc: [], family: [] };
  const found: number[] = [];
  sorted.forEach((value, k) => {
    if (value === crc) found.push(entries[family[k]!]!.family_id);
  });
  return found;
}
