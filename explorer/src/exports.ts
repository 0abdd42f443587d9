// A family as a file: a picture of the view in vectors, and three formats of graphs.
// Ids are from outside: each format gets them in its own quoting.
// What does not belong here: the command line's exports, which Python writes.
import type { Colours } from "./colours";
import type { FamilyData } from "./data";
import { dateOf, printable } from "./data";
import type { Tree } from "./layout";
import type { Look } from "./paint";
import { labelOf } from "./paint";
import type { Scene } from "./scene";

/** Text within XML: what XML cannot hold is an escape already. */
export function xmlText(text: string): string {
  // A lone half of a pair is no character, and XML forbids two code points more.
  const whole = printable(text).replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g, (one) =>
    `\\u${one.charCodeAt(0).toString(16)}`,
  );
  return whole.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** Newick, quoted: a comment in square brackets or a bare label would break on ids. */
export function toNewick(data: FamilyData, tree: Tree): string {
  const label = (node: number) => `'${printable(data.ids[node]!).replace(/'/g, "''")}'`;
  const write = (root: number): string => {
    // Without recursion: a chain of thousands would overflow the stack.
    const parts: string[] = [];
    const stack: (number | string)[] = [root];
    while (stack.length) {
      const top = stack.pop()!;
      if (typeof top === "string") {
        parts.push(top);
        continue;
      }
      const first = tree.start[top]!;
      const end = tree.start[top + 1]!;
      if (first === end) {
        parts.push(label(top));
        continue;
      }
      parts.push("(");
      stack.push(`)${label(top)}`);
      for (let k = end - 1; k >= first; k--) {
        stack.push(tree.below[k]!);
        if (k > first) stack.push(",");
      }
    }
    return parts.join("");
  };
  const trees = tree.roots.map(write);
  return trees.length === 1 ? `${trees[0]};\n` : `(${trees.join(",")});\n`;
}

export function toGraphml(data: FamilyData): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    '<key id="generation" for="node" attr.name="generation" attr.type="long"/>',
    '<key id="created_at" for="node" attr.name="created_at" attr.type="string"/>',
    '<key id="downloads" for="node" attr.name="downloads" attr.type="long"/>',
    '<key id="license" for="node" attr.name="license" attr.type="string"/>',
    '<key id="relation" for="edge" attr.name="relation" attr.type="string"/>',
    '<graph edgedefault="directed">',
  ];
  data.ids.forEach((id, node) => {
    const fields: [string, string | number | null][] = [
      ["generation", data.generation[node]!],
      ["created_at", data.created[node] == null ? null : dateOf(data.created[node]!)],
      ["downloads", data.downloads[node] ?? null],
      ["license", data.license[node] == null ? null : data.licenses[data.license[node]!]!],
    ];
    const told = fields
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `<data key="${key}">${xmlText(String(value))}</data>`);
    lines.push(`<node id="${xmlText(id)}">${told.join("")}</node>`);
  });
  data.parent.forEach((parent, e) => {
    const ends = `source="${xmlText(data.ids[parent]!)}" target="${xmlText(data.ids[data.child[e]!]!)}"`;
    lines.push(`<edge id="e${e}" ${ends}><data key="relation">${xmlText(data.relations[data.relation[e]!]!)}</data></edge>`);
  });
  return [...lines, "</graph>", "</graphml>", ""].join("\n");
}

export function toJson(data: FamilyData): string {
  const nodes = data.ids.map((id, node) => ({
    id,
    generation: data.generation[node],
    created_at: data.created[node] == null ? null : dateOf(data.created[node]!),
    downloads: data.downloads[node],
    license: data.license[node] == null ? null : data.licenses[data.license[node]!],
  }));
  const edges = data.parent.map((parent, e) => ({
    source: data.ids[parent],
    target: data.ids[data.child[e]!],
    relation: data.relations[data.relation[e]!],
  }));
  const { snapshot, graph, family_id, root_id } = data;
  return JSON.stringify({ directed: true, multigraph: true, graph: { snapshot, graph, family_id, root_id }, nodes, edges });
}

/** The view as vectors. */
export function toSvg(
  scene: Scene,
  data: FamilyData,
  tree: Tree,
  closed: ReadonlySet<number>,
  colours: Colours,
  look: Look,
  width: number,
  height: number,
): string {
  const round = (value: number) => Math.round(value * 10) / 10;
  const path: string[] = [];
  for (let k = 0; k < scene.nLines; k++) {
    const [x1, y1, x2, y2] = [0, 1, 2, 3].map((j) => round(scene.lines[4 * k + j]!));
    path.push(`M${x1} ${y1}L${x2} ${y2}`);
  }
  const points = colours.palette.map(() => [] as string[]);
  const labels: string[] = [];
  for (let k = 0; k < scene.nPoints; k++) {
    const node = scene.nodes[k]!;
    points[colours.of[node]!]!.push(`M${round(scene.x[k]! - 2.5)} ${round(scene.y[k]! - 2.5)}h5v5h-5z`);
    if (scene.hasLabels && (tree.start[node] === tree.start[node + 1] || closed.has(node))) {
      const words = xmlText(labelOf(data, tree, closed, node));
      labels.push(`<text x="${round(scene.x[k]! + 7)}" y="${round(scene.y[k]! + 4)}">${words}</text>`);
    }
  }
  const legend = colours.legend.map(
    (swatch, k) =>
      `<rect x="10" y="${height + 8 + 18 * k}" width="10" height="10" fill="${swatch.colour}"/>` +
      `<text x="26" y="${height + 17 + 18 * k}">${xmlText(swatch.words)} (n = ${swatch.n.toLocaleString("en")})</text>`,
  );
  const whole = height + 18 + 18 * colours.legend.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="sans-serif" font-size="11">`,
    `<title>Family of ${xmlText(data.root_id)}, ${xmlText(data.snapshot)}</title>`,
    `<rect width="100%" height="100%" fill="${look.background}"/>`,
    `<path d="${path.join("")}" stroke="${look.line}" stroke-opacity="${round(scene.lineStrength)}" fill="none"/>`,
    ...points.map((marks, place) => (marks.length ? `<path d="${marks.join("")}" fill="${colours.palette[place]}"/>` : "")),
    `<g fill="${look.text}">`,
    ...scene.ticks.map((tick) => `<text x="${round(tick.x)}" y="16" text-anchor="middle">${xmlText(tick.words)}</text>`),
    ...labels,
    ...legend,
    "</g></svg>",
    "",
  ].join("\n");
}
