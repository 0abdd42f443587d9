// Colours of models by what is known of them, with a legend and counts.
// What does not belong here: how a legend is shown (`panel`).
import { scaleLinear, scaleLog } from "d3-scale";
import { interpolateCividis } from "d3-scale-chromatic";
import type { FamilyData, Index } from "./data";
import { dateOf } from "./data";
import type { Tree } from "./layout";

export const COLOURINGS = {
  class: "license class",
  task: "task",
  language: "language",
  relation: "relation",
  downloads: "downloads",
  date: "date",
} as const;

export type Colouring = keyof typeof COLOURINGS;

export interface Swatch {
  colour: string;
  words: string;
  n: number;
}

export interface Colours {
  /** Place in `palette` of each model. */
  readonly of: Uint8Array;
  readonly palette: string[];
  readonly legend: Swatch[];
}

// Okabe and Ito's colours, told apart with any kind of colour vision, and three greys of
// different lightness for what is left.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#b8a800"];
const OTHERS = "#7f7f7f";
export const UNKNOWN = "#bdbdbd";
const STEPS = 24;

// What the legend of numbers names: shares of the models, the least first.
const AMOUNTS = new Map([[0, "least"], [0.5, "median"], [0.9, "nine of ten have at most"], [1, "most"]]);
const DATES = new Map([[0, "first"], [0.5, "median"], [0.9, "nine of ten by"], [1, "last"]]);

// Classes keep their colours from family to family.
const CLASSES = [
  "permissive",
  "use-restricted",
  "community",
  "non-commercial",
  "copyleft",
  "public domain",
  "no-derivatives",
];

/** Colour the models of a family. */
export function coloursOf(data: FamilyData, tree: Tree, index: Index, by: Colouring): Colours {
  const n = data.ids.length;
  if (by === "class") {
    const words = data.licenses.map((name) => index.licenses[name]?.class ?? "unknown");
    const found = data.license.map((place) => (place === null ? null : words[place]!));
    return ofWords(found.map((word) => (word === "unknown" ? null : word === "weak copyleft" ? "copyleft" : word)), CLASSES);
  }
  if (by === "task") return ofWords(data.task.map((place) => (place === null ? null : data.tasks[place]!)));
  if (by === "language") {
    return ofWords(data.language.map((place) => (place === null ? null : data.languages[place]!)));
  }
  if (by === "relation") {
    const words = Array.from({ length: n }, (_, k) => (tree.above[k]! < 0 ? "no parent" : data.relations[tree.relation[k]!]!));
    return ofWords(words);
  }
  return by === "downloads"
    ? ofNumbers(data.downloads, (value) => value.toLocaleString("en"), true)
    : ofNumbers(data.created, dateOf, false);
}

function ofWords(words: (string | null)[], fixed: string[] = []): Colours {
  const counts = new Map<string, number>();
  let nUnknown = 0;
  for (const word of words) {
    if (word === null) nUnknown++;
    else counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
  const chosen = fixed.length ? fixed.filter((name) => counts.has(name)) : names.slice(0, HUES.length);
  const palette: string[] = [UNKNOWN, OTHERS];
  const place = new Map<string, number>();
  const legend: Swatch[] = [];
  for (const name of chosen) {
    const colour = HUES[fixed.length ? fixed.indexOf(name) : place.size]!;
    place.set(name, palette.length);
    palette.push(colour);
    legend.push({ colour, words: name, n: counts.get(name)! });
  }
  const left = names.filter((name) => !place.has(name));
  const nOthers = left.reduce((sum, name) => sum + counts.get(name)!, 0);
  if (nOthers) {
    const words = left.length === 1 ? left[0]! : `${left.length} others`;
    legend.push({ colour: OTHERS, words, n: nOthers });
  }
  if (nUnknown) legend.push({ colour: UNKNOWN, words: "unknown", n: nUnknown });
  const of = Uint8Array.from(words, (word) => (word === null ? 0 : (place.get(word) ?? 1)));
  return { of, palette, legend };
}

function ofNumbers(values: (number | null)[], write: (value: number) => string, isLog: boolean): Colours {
  const known = values.filter((value): value is number => value !== null);
  const palette = [UNKNOWN];
  for (let k = 0; k < STEPS; k++) palette.push(interpolateCividis(k / (STEPS - 1)));
  const legend: Swatch[] = [];
  const nUnknown = values.length - known.length;
  let of = new Uint8Array(values.length);
  if (known.length) {
    // No downloads stand with one: the logarithm has no place for them.
    const shift = isLog ? 1 : 0;
    let low = Infinity;
    let high = -Infinity;
    for (const value of known) {
      low = Math.min(low, value + shift);
      high = Math.max(high, value + shift);
    }
    const domain = [low, high === low ? low + 1 : high];
    const range = [0, STEPS - 1];
    const scale = isLog ? scaleLog(domain, range) : scaleLinear(domain, range);
    const step = (value: number) => Math.max(0, Math.min(STEPS - 1, Math.round(scale(value + shift))));
    of = Uint8Array.from(values, (value) => (value === null ? 0 : 1 + step(value)));
    const sorted = known.slice().sort((a, b) => a - b);
    const words = isLog ? AMOUNTS : DATES;
    for (const share of words.keys()) {
      const value = sorted[Math.round(share * (sorted.length - 1))]!;
      const told = words.get(share)!;
      const n = known.filter((one) => one <= value).length;
      legend.push({ colour: palette[1 + step(value)]!, words: `${told}: ${write(value)}`, n });
    }
  }
  if (nUnknown) legend.push({ colour: UNKNOWN, words: "unknown", n: nUnknown });
  return { of, palette, legend };
}
