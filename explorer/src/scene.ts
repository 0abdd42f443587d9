// What is to be seen of a family in a window: lines, points and labels in pixels.
// One scene serves the canvas and the SVG, so that both show the same.
// What does not belong here: how it is painted (`paint`, `exports`).
import { scaleLinear, scaleUtc } from "d3-scale";
import type { FamilyData } from "./data";
import type { Layout, Tree } from "./layout";

export type Axis = "created" | "generation";

export interface View {
  /** Pixels per row and per unit of the axis's width, and where both begin. */
  kx: number;
  ky: number;
  ox: number;
  oy: number;
}

export interface Window {
  width: number;
  height: number;
}

export interface Tick {
  x: number;
  words: string;
}

export interface Scene {
  /** Lines as x1, y1, x2, y2. */
  readonly lines: Float32Array;
  readonly nLines: number;
  readonly nodes: Int32Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly nPoints: number;
  readonly hasLabels: boolean;
  /** How strong lines are drawn, from 0 to 1. */
  readonly lineStrength: number;
  readonly ticks: Tick[];
  readonly unknownX: number | null;
}

export const LEFT = 18; // room left of the axis, for models of unknown date
export const RIGHT = 150; // most room for labels
export const TOP = 30; // room for the axis
const DOT = 3; // pixels that one point takes in the grid of what is drawn
const LABEL = 11; // pixels of a row from which on labels fit
const UNKNOWN_ROOM = 40;

/** Where on the axis each model stands, from 0 to 1; -1 for an unknown date. */
export function positionsOf(data: FamilyData, axis: Axis): Float64Array {
  const n = data.ids.length;
  const found = new Float64Array(n);
  const values = axis === "generation" ? data.generation : data.created;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high > low ? high - low : 1;
  for (let k = 0; k < n; k++) {
    const value = values[k];
    found[k] = value === null || value === undefined ? -1 : (value - low) / span;
  }
  return found;
}

/** The view that shows the whole family. */
export function wholeView(layout: Layout, window: Window): View {
  const room = window.height - TOP - 12;
  return { kx: 1, ky: Math.min(18, room / Math.max(1, layout.nRows)), ox: 0, oy: TOP + 6 };
}

/** Room for the axis in pixels, before it is stretched. */
export function roomOf(window: Window): number {
  return Math.max(120, window.width - LEFT - UNKNOWN_ROOM - Math.min(RIGHT, 0.2 * window.width));
}

export function xOf(position: number, view: View, window: Window): number {
  const from = LEFT + UNKNOWN_ROOM + view.ox;
  return position < 0 ? from - UNKNOWN_ROOM : from + position * roomOf(window) * view.kx;
}

export function yOf(row: number, view: View): number {
  return view.oy + (row + 0.5) * view.ky;
}

/** Gather what falls into the window, each pixel once. */
export function sceneOf(
  data: FamilyData,
  tree: Tree,
  layout: Layout,
  position: Float64Array,
  axis: Axis,
  view: View,
  window: Window,
): Scene {
  const { shown, row } = layout;
  const from = LEFT + UNKNOWN_ROOM + view.ox;
  const stretch = roomOf(window) * view.kx;
  const columns = Math.ceil(window.width / DOT) + 1;
  const lanes = Math.ceil(window.height / DOT) + 1;
  const taken = new Uint8Array(columns * lanes);
  const nodes = new Int32Array(Math.min(shown.length, taken.length));
  const x = new Float32Array(nodes.length);
  const y = new Float32Array(nodes.length);
  let nPoints = 0;
  let lines = new Float32Array(4096);
  let nLines = 0;
  const line = (x1: number, y1: number, x2: number, y2: number) => {
    if (4 * nLines + 4 > lines.length) {
      const longer = new Float32Array(2 * lines.length);
      longer.set(lines);
      lines = longer;
    }
    lines.set([x1, y1, x2, y2], 4 * nLines++);
  };
  const place = (node: number) => (position[node]! < 0 ? from - UNKNOWN_ROOM : from + position[node]! * stretch);
  const low = -2;
  const high = window.height + 2;
  for (let k = 0; k < shown.length; k++) {
    const node = shown[k]!;
    const py = view.oy + (row[node]! + 0.5) * view.ky;
    const px = place(node);
    if (py >= low && py <= high && px >= -2 && px <= window.width + 2) {
      const cell = Math.floor((py + 2) / DOT) * columns + Math.floor((px + 2) / DOT);
      if (cell < taken.length && !taken[cell]) {
        taken[cell] = 1;
        nodes[nPoints] = node;
        x[nPoints] = px;
        y[nPoints++] = py;
      }
    }
    // The lines to its children: one down, one across to each row of pixels that has a child.
    const first = tree.start[node]!;
    const end = tree.start[node + 1]!;
    if (first === end || Number.isNaN(row[tree.below[first]!]!)) continue;
    const top = view.oy + (row[tree.below[first]!]! + 0.5) * view.ky;
    const bottom = view.oy + (row[tree.below[end - 1]!]! + 0.5) * view.ky;
    if (bottom < low || top > high) continue;
    if (bottom > top) line(px, Math.max(top, low), px, Math.min(bottom, high));
    // Rows grow from child to child, so that the first one in the window is found by halves.
    let a = first;
    let b = end;
    while (a < b) {
      const middle = (a + b) >> 1;
      if (view.oy + (row[tree.below[middle]!]! + 0.5) * view.ky < low) a = middle + 1;
      else b = middle;
    }
    let last = -Infinity;
    let reach = -Infinity;
    for (; a < end; a++) {
      const child = tree.below[a]!;
      const cy = view.oy + (row[child]! + 0.5) * view.ky;
      if (cy > high) break;
      const cx = place(child);
      if (cy - last < 1) {
        if (cx > reach) {
          reach = cx;
          lines[4 * nLines - 2] = Math.max(lines[4 * nLines - 2]!, cx);
        }
        continue;
      }
      last = cy;
      reach = cx;
      line(px, cy, cx, cy);
    }
  }
  return {
    lines,
    nLines,
    nodes,
    x,
    y,
    nPoints,
    hasLabels: view.ky >= LABEL,
    lineStrength: Math.min(1, Math.max(0.25, view.ky / 5)),
    ticks: ticksOf(data, axis, view, window),
    unknownX: axis === "created" && data.created.includes(null) ? from - UNKNOWN_ROOM : null,
  };
}

function ticksOf(data: FamilyData, axis: Axis, view: View, window: Window): Tick[] {
  const values = (axis === "generation" ? data.generation : data.created).filter((value): value is number => value !== null);
  if (!values.length) return [];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const from = xOf(0, view, window);
  const to = xOf(high > low ? 1 : 0, view, window);
  const many = Math.max(2, Math.floor(((to - from) / window.width) * (window.width / 90)));
  const isSeen = (tick: Tick) => tick.x >= LEFT && tick.x <= window.width - 10;
  if (axis === "generation") {
    const scale = scaleLinear([low, Math.max(high, low + 1)], [from, to > from ? to : from + 1]);
    const whole = scale.ticks(many).filter((value) => Number.isInteger(value) && value >= low && value <= high);
    return whole.map((value) => ({ x: scale(value), words: String(value) })).filter(isSeen);
  }
  const day = 86_400_000;
  const scale = scaleUtc([low * day, Math.max(high, low + 1) * day], [from, to > from ? to : from + 1]);
  const write = scale.tickFormat(many);
  const ticks = scale.ticks(many).map((value) => ({ x: scale(value), words: write(value), year: value.getUTCFullYear() }));
  const seen = ticks.filter(isSeen);
  // The first one says its year; the others have it where it turns.
  return seen.map(({ x, words, year }, k) => ({ x, words: k || words === String(year) ? words : `${words} ${year}` }));
}

/** The point of a scene under the pointer, or -1. */
export function pointAt(scene: Scene, px: number, py: number, reach = 9): number {
  let best = -1;
  let nearest = reach * reach;
  for (let k = 0; k < scene.nPoints; k++) {
    const dx = scene.x[k]! - px;
    const dy = scene.y[k]! - py;
    const far = dx * dx + dy * dy;
    if (far <= nearest) {
      nearest = far;
      best = scene.nodes[k]!;
    }
  }
  return best;
}
