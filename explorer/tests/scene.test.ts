import { describe, expect, it } from "vitest";
import { COLOURINGS, coloursOf } from "../src/colours";
import type { Colouring } from "../src/colours";
import { layoutOf, treeOf } from "../src/layout";
import { pointAt, positionsOf, sceneOf, wholeView, xOf, yOf } from "../src/scene";
import { drawFamily, INDEX } from "./drawn";

const WINDOW = { width: 900, height: 600 };
const data = drawFamily(4, 3_000);
const tree = treeOf(data);
const layout = layoutOf(tree, new Set());

describe("scene", () => {
  it("puts parents left of children by generation, and unknown dates in a column of their own", () => {
    const view = wholeView(layout, WINDOW);
    const byGeneration = positionsOf(data, "generation");
    data.parent.forEach((parent, e) => expect(byGeneration[parent]).toBeLessThan(byGeneration[data.child[e]!]!));
    const byDate = positionsOf(data, "created");
    data.created.forEach((day, node) => {
      expect(byDate[node]! < 0).toBe(day === null);
      expect(xOf(byDate[node]!, view, WINDOW) < xOf(0, view, WINDOW)).toBe(day === null);
    });
  });

  it("shows the whole family in the window, and no point twice", () => {
    const view = wholeView(layout, WINDOW);
    const position = positionsOf(data, "created");
    const scene = sceneOf(data, tree, layout, position, "created", view, WINDOW);
    expect(scene.nPoints).toBeGreaterThan(500);
    for (let k = 0; k < scene.nPoints; k++) {
      const node = scene.nodes[k]!;
      expect(scene.x[k]).toBeCloseTo(xOf(position[node]!, view, WINDOW), 2);
      expect(scene.y[k]).toBeCloseTo(yOf(layout.row[node]!, view), 2);
      expect(scene.y[k]!).toBeLessThan(WINDOW.height);
    }
    const cells = new Set(Array.from({ length: scene.nPoints }, (_, k) => `${Math.floor((scene.x[k]! + 2) / 3)} ${Math.floor((scene.y[k]! + 2) / 3)}`));
    expect(cells.size).toBe(scene.nPoints);
  });

  it("shows every model of the window when there is room", () => {
    const view = { kx: 1, ky: 20, ox: 0, oy: -4_000 };
    const position = positionsOf(data, "generation");
    const scene = sceneOf(data, tree, layout, position, "generation", view, WINDOW);
    const seen = new Set(scene.nodes.subarray(0, scene.nPoints));
    const inside = Array.from(layout.shown).filter((node) => {
      const y = yOf(layout.row[node]!, view);
      return y >= 0 && y <= WINDOW.height;
    });
    expect(inside.length).toBeGreaterThan(25);
    expect(inside.filter((node) => !seen.has(node)).length).toBeLessThan(inside.length / 20);
    const first = scene.nodes[3]!;
    expect(pointAt(scene, scene.x[3]! + 1, scene.y[3]! - 1)).toBe(first);
    expect(pointAt(scene, -500, -500)).toBe(-1);
  });

  it("draws a line across to each child that has a row of pixels", () => {
    const view = { kx: 1, ky: 10, ox: 0, oy: 0 };
    const position = positionsOf(data, "generation");
    const scene = sceneOf(data, tree, layout, position, "generation", view, WINDOW);
    let across = 0;
    for (let k = 0; k < scene.nLines; k++) if (scene.lines[4 * k + 1] === scene.lines[4 * k + 3]) across++;
    const expected = Array.from(layout.shown).filter((node) => {
      const y = yOf(layout.row[node]!, view);
      return tree.above[node]! >= 0 && y >= -2 && y <= WINDOW.height + 2;
    });
    expect(across).toBe(expected.length);
  });
});

describe("colours", () => {
  it.each(Object.keys(COLOURINGS))("count every model once by %s", (by) => {
    const colours = coloursOf(data, tree, INDEX, by as Colouring);
    expect(colours.of.length).toBe(data.ids.length);
    expect(Math.max(...colours.of)).toBeLessThan(colours.palette.length);
    const unknown = colours.legend.find((swatch) => swatch.words === "unknown")?.n ?? 0;
    if (by === "downloads" || by === "date") {
      const values = by === "date" ? data.created : data.downloads;
      expect(unknown).toBe(values.filter((value) => value === null).length);
    } else {
      expect(colours.legend.reduce((sum, swatch) => sum + swatch.n, 0)).toBe(data.ids.length);
      expect(new Set(colours.legend.map((swatch) => swatch.colour)).size).toBe(colours.legend.length);
    }
  });

  it("says unknown of a license whose class nobody knows", () => {
    const colours = coloursOf(data, tree, INDEX, "class");
    const mystery = data.license.findIndex((place) => place === 2);
    expect(colours.of[mystery]).toBe(0);
  });

  it("has an answer for a family that tells nothing", () => {
    const nothing = { ...data, downloads: data.downloads.map(() => null), created: data.created.map(() => null) };
    for (const by of ["downloads", "date"] as const) {
      expect(coloursOf(nothing, tree, INDEX, by).legend).toEqual([{ colour: "#bdbdbd", words: "unknown", n: data.ids.length }]);
    }
    expect(positionsOf(nothing, "created").every((place) => place === -1)).toBe(true);
  });
});
