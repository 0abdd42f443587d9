import { describe, expect, it } from "vitest";
import { readAddress, writeAddress } from "../src/address";
import { coloursOf } from "../src/colours";
import { printable } from "../src/data";
import { toGraphml, toJson, toNewick, toSvg, xmlText } from "../src/exports";
import { layoutOf, treeOf } from "../src/layout";
import { positionsOf, sceneOf } from "../src/scene";
import { drawFamily, HOSTILE, INDEX } from "./drawn";

const data = drawFamily(8, 120);
const tree = treeOf(data);

/** Read Newick as strictly as its grammar: quoted labels only. */
function readNewick(text: string): Map<string, string> {
  const above = new Map<string, string>();
  let at = 0;
  const label = (): string => {
    expect(text[at]).toBe("'");
    let word = "";
    for (at++; ; at++) {
      if (text[at] !== "'") word += text[at];
      else if (text[at + 1] === "'") {
        word += "'";
        at++;
      } else break;
    }
    at++;
    return word;
  };
  const clade = (): string => {
    const children: string[] = [];
    if (text[at] === "(") {
      do {
        at++;
        children.push(clade());
      } while (text[at] === ",");
      expect(text[at++]).toBe(")");
    }
    const name = text[at] === "'" ? label() : "";
    for (const child of children) above.set(child, name);
    return name;
  };
  clade();
  expect(text.slice(at)).toBe(";\n");
  return above;
}

const unescaped = (text: string) =>
  text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

describe("exports", () => {
  it("writes Newick that reads back as the layout", () => {
    const above = readNewick(toNewick(data, tree));
    for (let node = 0; node < tree.n; node++) {
      const expected = tree.above[node]! < 0 ? "" : printable(data.ids[tree.above[node]!]!);
      expect(above.get(printable(data.ids[node]!)) ?? "").toBe(expected);
    }
  });

  it("writes GraphML with every model and edge, whatever the ids are", () => {
    const xml = toGraphml(data);
    const ids = [...xml.matchAll(/<node id="([^"]*)">/g)].map((found) => unescaped(found[1]!));
    expect(ids).toEqual(data.ids.map(printable));
    const edges = [...xml.matchAll(/<edge id="e\d+" source="([^"]*)" target="([^"]*)">/g)];
    expect(edges.map((found) => [unescaped(found[1]!), unescaped(found[2]!)])).toEqual(
      data.parent.map((parent, e) => [printable(data.ids[parent]!), printable(data.ids[data.child[e]!]!)]),
    );
    expect(xml).not.toContain("<script");
  });

  it("writes JSON with the ids as they are", () => {
    const read = JSON.parse(toJson(data)) as { nodes: { id: string }[]; edges: unknown[] };
    expect(read.nodes.map((node) => node.id)).toEqual(data.ids);
    expect(read.edges.length).toBe(data.parent.length);
  });

  it("writes an SVG of the view in which hostile names are text", () => {
    const layout = layoutOf(tree, new Set());
    const colours = coloursOf(data, tree, INDEX, "class");
    const view = { kx: 1, ky: 14, ox: 0, oy: 30 };
    const look = { background: "#fff", text: "#000", muted: "#555", line: "#999", accent: "#a00" };
    const size = { width: 800, height: 14 * layout.nRows + 60 };
    const scene = sceneOf(data, tree, layout, positionsOf(data, "created"), "created", view, size);
    const svg = toSvg(scene, data, tree, new Set(), colours, look, size.width, size.height);
    expect(svg).not.toContain("<script");
    const leaves = data.ids.filter((_, node) => tree.start[node] === tree.start[node + 1]);
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((found) => unescaped(found[1]!));
    const shown = leaves.filter((id) => texts.includes(printable(id)));
    expect(shown.length).toBeGreaterThan(leaves.length * 0.9);
    expect(svg).toContain(`(n = ${colours.legend[0]!.n}`);
  });

  it("escapes what XML cannot hold", () => {
    for (const one of [...HOSTILE, "\ud800half", "\ufffe"]) expect(xmlText(one)).not.toMatch(/[<>"\u0000-\u0008\ud800-\udfff\ufffe]/);
  });
});

describe("address", () => {
  it("comes back as it was", () => {
    const address = {
      family: 3,
      model: HOSTILE[0]!,
      colour: "downloads" as const,
      axis: "generation" as const,
      closed: [1, 5, 9],
      view: { kx: 2, ky: 0.5, ox: -10, oy: 33.25 },
    };
    expect(readAddress(writeAddress(address))).toEqual(address);
  });

  it("leaves out what makes no sense", () => {
    expect(readAddress("#family=x&colour=__proto__&axis=q&view=1,2&closed=1.a.3")).toEqual({
      family: null,
      model: null,
      colour: "class",
      axis: "created",
      closed: [1, 3],
      view: null,
    });
  });
});
