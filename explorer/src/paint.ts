// Painting a scene on a canvas, in batches: one path for all lines, one for each colour.
// What does not belong here: what is to be seen (`scene`).
import type { Colours } from "./colours";
import type { FamilyData } from "./data";
import { printable } from "./data";
import type { Layout, Tree } from "./layout";
import type { Scene } from "./scene";
import { TOP } from "./scene";

export interface Look {
  background: string;
  text: string;
  muted: string;
  line: string;
  accent: string;
}

export interface Chosen {
  /** The selected model, or -1; the way to it; its other parents. */
  node: number;
  way: readonly number[];
  others: readonly number[];
  place: (node: number) => [number, number];
}

const RADIUS = 2.6;

export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  data: FamilyData,
  tree: Tree,
  layout: Layout,
  closed: ReadonlySet<number>,
  colours: Colours,
  chosen: Chosen,
  look: Look,
  width: number,
  height: number,
): void {
  context.fillStyle = look.background;
  context.fillRect(0, 0, width, height);
  context.strokeStyle = look.line;
  context.lineWidth = 1;
  // Where lines lie close they would be one grey surface.
  context.globalAlpha = scene.lineStrength;
  context.beginPath();
  for (let k = 0; k < scene.nLines; k++) {
    context.moveTo(scene.lines[4 * k]!, scene.lines[4 * k + 1]!);
    context.lineTo(scene.lines[4 * k + 2]!, scene.lines[4 * k + 3]!);
  }
  context.stroke();
  context.globalAlpha = 1;
  paintWay(context, chosen, layout, look);
  paintPoints(context, scene, colours);
  paintClosed(context, scene, tree, closed, look);
  if (scene.hasLabels) paintLabels(context, scene, data, tree, closed, chosen, look);
  if (chosen.node >= 0 && !Number.isNaN(layout.row[chosen.node]!)) {
    const [x, y] = chosen.place(chosen.node);
    context.strokeStyle = look.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 6, 0, 7);
    context.stroke();
  }
  paintAxis(context, scene, look, width);
}

function paintPoints(context: CanvasRenderingContext2D, scene: Scene, colours: Colours): void {
  const byColour: number[][] = colours.palette.map(() => []);
  for (let k = 0; k < scene.nPoints; k++) byColour[colours.of[scene.nodes[k]!]!]!.push(k);
  byColour.forEach((points, place) => {
    context.fillStyle = colours.palette[place]!;
    context.beginPath();
    for (const k of points) context.rect(scene.x[k]! - RADIUS, scene.y[k]! - RADIUS, 2 * RADIUS, 2 * RADIUS);
    context.fill();
  });
}

function paintClosed(
  context: CanvasRenderingContext2D,
  scene: Scene,
  tree: Tree,
  closed: ReadonlySet<number>,
  look: Look,
): void {
  if (!closed.size) return;
  context.strokeStyle = look.text;
  context.lineWidth = 1;
  context.beginPath();
  for (let k = 0; k < scene.nPoints; k++) {
    const node = scene.nodes[k]!;
    if (!closed.has(node) || !tree.size[node]) continue;
    context.rect(scene.x[k]! - 4.5, scene.y[k]! - 4.5, 9, 9);
  }
  context.stroke();
}

function paintLabels(
  context: CanvasRenderingContext2D,
  scene: Scene,
  data: FamilyData,
  tree: Tree,
  closed: ReadonlySet<number>,
  chosen: Chosen,
  look: Look,
): void {
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  const onWay = new Set(chosen.way);
  for (let k = 0; k < scene.nPoints; k++) {
    const node = scene.nodes[k]!;
    // A label of a parent would lie on its lines.
    const isLeaf = tree.start[node] === tree.start[node + 1] || closed.has(node);
    if (!isLeaf && !onWay.has(node)) continue;
    const words = labelOf(data, tree, closed, node);
    if (isLeaf) {
      context.fillStyle = node === chosen.node ? look.accent : look.text;
      context.fillText(words, scene.x[k]! + 7, scene.y[k]!);
      continue;
    }
    const wide = context.measureText(words).width;
    context.fillStyle = look.background;
    context.fillRect(scene.x[k]! + 5, scene.y[k]! - 7, wide + 4, 14);
    context.fillStyle = look.accent;
    context.fillText(words, scene.x[k]! + 7, scene.y[k]!);
  }
}

/** The name of a model, with how many a closed one hides. */
export function labelOf(data: FamilyData, tree: Tree, closed: ReadonlySet<number>, node: number): string {
  const name = printable(data.ids[node]!);
  const short = name.length > 60 ? `${name.slice(0, 38)}\u2026${name.slice(-20)}` : name;
  const hidden = tree.size[node]!;
  return closed.has(node) && hidden ? `${short} (+${hidden.toLocaleString("en")})` : short;
}

function paintWay(context: CanvasRenderingContext2D, chosen: Chosen, layout: Layout, look: Look): void {
  if (chosen.node < 0) return;
  context.strokeStyle = look.accent;
  context.lineWidth = 2;
  context.beginPath();
  const way = chosen.way.filter((node) => !Number.isNaN(layout.row[node]!));
  for (let k = 1; k < way.length; k++) {
    const [x1, y1] = chosen.place(way[k - 1]!);
    const [x2, y2] = chosen.place(way[k]!);
    context.moveTo(x1, y1);
    context.lineTo(x1, y2);
    context.lineTo(x2, y2);
  }
  context.stroke();
  context.setLineDash([4, 3]);
  context.beginPath();
  for (const other of chosen.others) {
    if (Number.isNaN(layout.row[other]!) || Number.isNaN(layout.row[chosen.node]!)) continue;
    context.moveTo(...chosen.place(other));
    context.lineTo(...chosen.place(chosen.node));
  }
  context.stroke();
  context.setLineDash([]);
}

function paintAxis(context: CanvasRenderingContext2D, scene: Scene, look: Look, width: number): void {
  context.fillStyle = look.background;
  context.fillRect(0, 0, width, TOP - 4);
  context.fillStyle = look.muted;
  context.strokeStyle = look.line;
  context.lineWidth = 1;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "alphabetic";
  context.beginPath();
  context.moveTo(0, TOP - 4.5);
  context.lineTo(width, TOP - 4.5);
  context.textAlign = "center";
  const isUnknownSeen = scene.unknownX !== null && scene.unknownX > -20;
  for (const tick of scene.ticks) {
    context.moveTo(tick.x, TOP - 9);
    context.lineTo(tick.x, TOP - 4);
    // The words of the column of models without a date come first.
    if (!isUnknownSeen || tick.x - scene.unknownX! > 62) context.fillText(tick.words, tick.x, TOP - 12);
  }
  context.stroke();
  context.textAlign = "left";
  if (isUnknownSeen) context.fillText("no date", Math.max(2, scene.unknownX! - 14), TOP - 12);
}
