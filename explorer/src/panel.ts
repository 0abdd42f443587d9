// What stands beside the drawing: the selected model, its way to the root with the
// obligations along it, and the legend. Texts from outside are set as text, never as HTML.
// What does not belong here: the drawing (`paint`), and what a click does (`explorer`).
import type { Colours } from "./colours";
import type { FamilyData, Index } from "./data";
import { dateOf, nameAt, printable } from "./data";
import type { Tree } from "./layout";
import { wayTo } from "./layout";

type Child = Node | string;

/** Make an element; strings become text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A name of the Hub, kept from turning the direction of what stands around it. */
export function named(text: string): HTMLElement {
  return element("bdi", {}, printable(text));
}

const wordOf = (words: string[], place: number | null | undefined) =>
  place === null || place === undefined ? "unknown" : words[place]!;

const numberOf = (value: number | null | undefined) =>
  value === null || value === undefined ? "unknown" : value.toLocaleString("en");

/** What is known of a model, as names and values. */
export function factsOf(data: FamilyData, tree: Tree, index: Index, node: number): [string, string][] {
  const name = data.license[node] == null ? null : data.licenses[data.license[node]!]!;
  const terms = name === null ? undefined : index.licenses[name];
  const day = data.created[node];
  const relations = (tree.edgesTo.get(node) ?? []).map((e) => data.relations[data.relation[e]!]!);
  return [
    ["Created", day == null ? "unknown" : dateOf(day)],
    ["Downloads, 30 days", numberOf(data.downloads[node])],
    ["Likes", numberOf(data.likes[node])],
    ["License", name === null ? "unknown" : `${printable(name)} (${terms?.class ?? "unknown"})`],
    ["Task", printable(wordOf(data.tasks, data.task[node]))],
    ["Language", printable(wordOf(data.languages, data.language[node]))],
    ["Made by", [...new Set(relations)].sort().join(", ") || "no parent"],
    ["Generation", String(data.generation[node])],
    ["Children", numberOf(tree.nChildren[node])],
    ["Below it here", numberOf(tree.size[node])],
  ];
}

export function factList(facts: [string, string][]): HTMLElement {
  return element("dl", {}, ...facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, element("bdi", {}, value)))));
}

/** Say what is known of the selected model. */
export function selectedPanel(
  data: FamilyData,
  tree: Tree,
  index: Index,
  node: number,
  select: (node: number) => void,
): Child[] {
  const way = wayTo(tree, node);
  const steps = way.map((at) => {
    const button = element("button", { type: "button" }, named(data.ids[at]!));
    button.addEventListener("click", () => select(at));
    const item = element("li", at === node ? { "aria-current": "true" } : {}, button, " ", obligationsOf(data, index, at));
    return item;
  });
  const others = (tree.edgesTo.get(node) ?? []).map((e) => data.parent[e]!).filter((parent) => parent !== tree.above[node]);
  const more = [...new Set(others)].map((parent) => {
    const button = element("button", { type: "button" }, named(data.ids[parent]!));
    button.addEventListener("click", () => select(parent));
    return element("li", {}, button, " ", obligationsOf(data, index, parent));
  });
  return [
    element("h3", {}, named(data.ids[node]!)),
    factList(factsOf(data, tree, index, node)),
    element("h4", {}, "The way from the root, and what licenses ask on it"),
    element("ol", { class: "way" }, ...steps),
    ...(more.length ? [element("h4", {}, "Other parents"), element("ul", { class: "way" }, ...more)] : []),
    element("h4", {}, "Obligations that are not known to be kept"),
    ...conflictsOf(data, index, node),
  ];
}

function obligationsOf(data: FamilyData, index: Index, node: number): HTMLElement {
  const place = data.license[node];
  if (place == null) return element("span", { class: "terms" }, "no license stated");
  const name = data.licenses[place]!;
  const terms = index.licenses[name];
  if (!terms?.is_reviewed) return element("span", { class: "terms" }, named(name), ": terms not reviewed");
  const asked = terms.obligations.map((one) => one.obligation).join(", ") || "asks nothing of derivatives";
  const told = terms.obligations.map((one) => `${one.obligation}: ${index.obligations[one.obligation] ?? ""} (${one.clause})`);
  return element("span", { class: "terms", title: told.join("\n") }, named(name), `: ${asked}`);
}

const MOST_CONFLICTS = 40;

function conflictsOf(data: FamilyData, index: Index, node: number): Child[] {
  const { conflicts } = data;
  const order = ["high", "medium", "low"];
  const rows: number[] = [];
  conflicts.model.forEach((model, k) => {
    if (model === node) rows.push(k);
  });
  if (!rows.length) return [element("p", {}, "None: no ancestor's reviewed license asks for more than this one's keeps.")];
  rows.sort((a, b) => order.indexOf(conflicts.severity[a]!) - order.indexOf(conflicts.severity[b]!) || a - b);
  const told = rows.slice(0, MOST_CONFLICTS).map((k) => {
    const name = data.obligations[conflicts.obligation[k]!]!;
    const verb = conflicts.verdict[k] === "conflict" ? "is not kept" : "may not be kept";
    return element(
      "li",
      { class: `severity-${conflicts.severity[k]}`, title: index.obligations[name] ?? "" },
      `${name} of `,
      named(data.ids[conflicts.ancestor[k]!]!),
      ` ${verb}: no longer stated from `,
      named(nameAt(data, conflicts.lost_parent[k] ?? null)),
      " to ",
      named(nameAt(data, conflicts.lost_child[k] ?? null)),
      ` (severity ${conflicts.severity[k]}; statements ${conflicts.confidence[k]})`,
    );
  });
  const left = rows.length - told.length;
  return [
    element("ul", { class: "conflicts" }, ...told),
    ...(left > 0 ? [element("p", {}, `${left.toLocaleString("en")} more: biome license shows all.`)] : []),
    element("p", { class: "terms" }, "Risk information from what models declare; no legal advice."),
  ];
}

/** The legend, with counts of the whole family. */
export function legendOf(colours: Colours, title: string, n: number): Child[] {
  return [
    element("p", { class: "legend-title" }, `Colour: ${title} (n = ${n.toLocaleString("en")} models)`),
    element(
      "ul",
      { class: "swatches" },
      ...colours.legend.map((swatch) => {
        const mark = element("span", { class: "swatch", "aria-hidden": "true" });
        mark.style.background = swatch.colour;
        return element("li", {}, mark, named(swatch.words), ` ${swatch.n.toLocaleString("en")}`);
      }),
    ),
  ];
}
