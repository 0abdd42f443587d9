// The explorer: one family at a time, its state, and what a reader's hand does to it.
// What does not belong here: geometry (`layout`, `scene`), painting and files.
import { select as d3select } from "d3-selection";
import type { D3ZoomEvent, ZoomBehavior } from "d3-zoom";
import { zoom as d3zoom, zoomIdentity } from "d3-zoom";
import { readAddress, writeAddress } from "./address";
import type { Colouring, Colours } from "./colours";
import { COLOURINGS, coloursOf } from "./colours";
import { Controls } from "./controls";
import type { FamilyData, Index } from "./data";
import { faultOf, printable } from "./data";
import { toGraphml, toJson, toNewick, toSvg } from "./exports";
import type { Layout, Tree } from "./layout";
import { layoutOf, treeOf, wayTo } from "./layout";
import { familiesOf, loadFamily, theIndex } from "./load";
import type { Look } from "./paint";
import { paint } from "./paint";
import { element, factList, factsOf, legendOf, named, selectedPanel } from "./panel";
import type { Axis, Scene, View } from "./scene";
import { pointAt, positionsOf, sceneOf, wholeView, xOf, yOf } from "./scene";

const STEP = 1.4;
const MOST_STRETCH = 40;

export class Explorer {
  readonly index: Index;
  data: FamilyData | null = null;
  tree!: Tree;
  layout!: Layout;
  colours!: Colours;
  view: View = { kx: 1, ky: 1, ox: 0, oy: 0 };
  selected = -1;
  private closed = new Set<number>();
  private colouring: Colouring = "class";
  private axis: Axis = "created";
  private position: Float64Array = new Float64Array(0);
  private scene: Scene | null = null;
  private frame = 0;
  private readonly zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  private last = zoomIdentity;
  private readonly controls: Controls;

  constructor(root: HTMLElement) {
    this.index = theIndex();
    this.controls = new Controls(root, this.index, {
      family: (id) => void this.open(id),
      search: (text) => void this.search(text),
      colour: (by) => this.recolour(by),
      axis: (axis) => this.turn(axis),
      zoom: (ky, kx) => this.zoomBy(ky, kx),
      whole: () => this.showWhole(),
      closeAll: (isClosed) => this.closeAll(isClosed),
      save: (format) => this.save(format),
    });
    const { canvas } = this.controls;
    this.zoom = d3zoom<HTMLCanvasElement, unknown>()
      .filter((event: Event) => !(event instanceof MouseEvent && event.button > 0) && event.type !== "dblclick")
      .scaleExtent([1e-6, 1e6])
      .on("zoom", (event: D3ZoomEvent<HTMLCanvasElement, unknown>) => this.moved(event));
    d3select(canvas).call(this.zoom);
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.controls.hideCard());
    canvas.addEventListener("click", (event) => this.clicked(event));
    canvas.addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.resized()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    addEventListener("hashchange", () => void this.restore());
    void this.restore();
  }

  /** Take the view from the address, or the largest family that is here. */
  async restore(): Promise<void> {
    const address = readAddress(location.hash);
    if (location.hash === this.written) return;
    const first = this.index.families.find((entry) => entry.file) ?? this.index.families[0];
    if (!first) return this.controls.say("No family of this snapshot has more than one model.");
    this.colouring = address.colour;
    this.axis = address.axis;
    this.controls.show(this.colouring, this.axis);
    await this.open(address.family ?? first.family_id, address);
  }

  private written: string | null = null;

  private remember(): void {
    if (!this.data) return;
    const model = this.selected >= 0 ? this.data.ids[this.selected]! : null;
    const closed = [...this.closed].sort((a, b) => a - b);
    const address = { family: this.data.family_id, model, colour: this.colouring, axis: this.axis, closed, view: this.view };
    const fragment = writeAddress(address);
    try {
      history.replaceState(null, "", fragment);
      this.written = fragment;
    } catch {
      // Some browsers allow so many changes in half a minute.
      this.rememberSoon(1000);
    }
  }

  private soon = 0;

  /** Write the address once a movement has come to rest. */
  private rememberSoon(pause = 150): void {
    clearTimeout(this.soon);
    this.soon = window.setTimeout(() => this.remember(), pause);
  }

  async open(id: number, address: ReturnType<typeof readAddress> | null = null, model: string | null = null): Promise<void> {
    try {
      this.controls.say("Loading\u2026");
      const data = await loadFamily(id);
      const fault = faultOf(data);
      if (fault) throw new Error(fault);
      this.data = data;
    } catch (error) {
      return this.controls.say(error instanceof Error ? error.message : String(error));
    }
    const { data } = this;
    this.tree = treeOf(data);
    this.closed = new Set(address?.closed.filter((node) => node < data.ids.length) ?? []);
    this.layout = layoutOf(this.tree, this.closed);
    this.position = positionsOf(data, this.axis);
    this.colours = coloursOf(data, this.tree, this.index, this.colouring);
    this.selected = -1;
    this.controls.opened(id);
    this.resized();
    this.view = address?.view ?? wholeView(this.layout, this.controls.window);
    this.legend();
    const name = model ?? address?.model ?? null;
    const node = name === null ? -1 : data.ids.indexOf(name);
    if (node >= 0) this.choose(node, address?.view === null || address === null);
    else this.choose(-1, false);
    const many = data.ids.length.toLocaleString("en");
    this.controls.say(node >= 0 ? `Selected ${printable(data.ids[node]!)}` : `${many} models`);
  }

  async search(text: string): Promise<void> {
    const name = text.trim();
    if (!name) return;
    const here = this.data ? this.data.ids.indexOf(name) : -1;
    if (here >= 0) return this.choose(here, true);
    const notable = this.index.notable.find(([id]) => id === name);
    try {
      const homes = notable ? [this.index.families[notable[1]]!.family_id] : await familiesOf(name);
      for (const home of homes) {
        const data = await loadFamily(home);
        if (data.ids.includes(name)) return await this.open(home, null, name);
      }
    } catch (error) {
      return this.controls.say(error instanceof Error ? error.message : String(error));
    }
    this.controls.say(
      `${printable(name)} is in no family of this report. If it has relatives: biome tree "${printable(name)}" --format html > family.html`,
    );
  }

  recolour(by: Colouring): void {
    this.colouring = by;
    if (!this.data) return;
    this.colours = coloursOf(this.data, this.tree, this.index, by);
    this.legend();
    this.draw();
    this.remember();
  }

  private turn(axis: Axis): void {
    this.axis = axis;
    if (!this.data) return;
    this.position = positionsOf(this.data, axis);
    this.draw();
    this.remember();
  }

  private legend(): void {
    if (this.data) this.controls.legend.replaceChildren(...legendOf(this.colours, COLOURINGS[this.colouring], this.data.ids.length));
  }

  /** Select a model, -1 for none; open what hides it; bring it into the window if asked. */
  choose(node: number, isCentred: boolean): void {
    if (!this.data) return;
    this.selected = node;
    if (node >= 0) {
      const hiding = wayTo(this.tree, node).slice(0, -1).filter((at) => this.closed.has(at));
      if (hiding.length) {
        hiding.forEach((at) => this.closed.delete(at));
        this.layout = layoutOf(this.tree, this.closed);
      }
      if (isCentred) this.centre(node);
      this.controls.panel.replaceChildren(
        ...selectedPanel(this.data, this.tree, this.index, node, (other) => this.choose(other, true)),
      );
      this.controls.say(`Selected ${printable(this.data.ids[node]!)}`);
    } else {
      const words = "Select a model to see its way to the root and what licenses ask on it.";
      this.controls.panel.replaceChildren(element("p", { class: "terms" }, words));
    }
    this.count();
    this.draw();
    this.remember();
  }

  private centre(node: number): void {
    const { width, height } = this.controls.window;
    const [x, y] = this.placeOf(node);
    if (x < 20 || x > width - 60) this.view.ox += width / 2 - x;
    if (this.view.ky < 12) {
      this.view.ky = Math.max(this.view.ky, 12);
      this.view.oy += height / 2 - yOf(this.layout.row[node]!, this.view);
    } else if (y < 50 || y > height - 20) this.view.oy += height / 2 - y;
  }

  private placeOf(node: number): [number, number] {
    const { window } = this.controls;
    return [xOf(this.position[node]!, this.view, window), yOf(this.layout.row[node]!, this.view)];
  }

  toggle(node: number): void {
    if (!this.tree.size[node]) return;
    const [, before] = this.placeOf(node);
    if (this.closed.has(node)) this.closed.delete(node);
    else this.closed.add(node);
    this.layout = layoutOf(this.tree, this.closed);
    // It stays where it was under the reader's hand.
    this.view.oy += before - this.placeOf(node)[1];
    const what = this.closed.has(node) ? "closed" : "opened";
    this.controls.say(`${printable(this.data!.ids[node]!)} ${what}: ${this.tree.size[node]!.toLocaleString("en")} models below it`);
    this.count();
    this.draw();
    this.remember();
  }

  private closeAll(isClosed: boolean): void {
    this.closed.clear();
    if (isClosed) for (let node = 0; node < this.tree.n; node++) if (this.tree.size[node] && this.tree.above[node]! >= 0) this.closed.add(node);
    this.layout = layoutOf(this.tree, this.closed);
    this.count();
    this.showWhole();
  }

  private count(): void {
    const { nHidden, shown } = this.layout;
    this.controls.count(shown.length, nHidden);
  }

  private showWhole(): void {
    this.view = wholeView(this.layout, this.controls.window);
    this.draw();
    this.remember();
  }

  private zoomBy(ky: number, kx: number): void {
    const { width, height } = this.controls.window;
    this.scale(ky, kx, width / 2, height / 2);
    this.rememberSoon();
  }

  private scale(ky: number, kx: number, x: number, y: number): void {
    const { view } = this;
    view.oy = y - (y - view.oy) * ky;
    view.ky *= ky;
    const next = Math.min(MOST_STRETCH, Math.max(0.3, view.kx * kx));
    const from = xOf(0, view, this.controls.window) - view.ox;
    view.ox = x - from - ((x - from - view.ox) * next) / view.kx;
    view.kx = next;
    this.draw();
  }

  /** A drag moves both ways; a wheel or pinch stretches rows, with Shift the axis. */
  private moved(event: D3ZoomEvent<HTMLCanvasElement, unknown>): void {
    const { transform } = event;
    const factor = transform.k / this.last.k;
    const source = event.sourceEvent as MouseEvent | null;
    if (source && factor !== 1) {
      const y = (this.last.y * factor - transform.y) / (factor - 1);
      const x = (this.last.x * factor - transform.x) / (factor - 1);
      if (source.shiftKey) this.scale(1, factor, x, y);
      else this.scale(factor, 1, x, y);
    } else if (source) {
      this.view.ox += transform.x - this.last.x;
      this.view.oy += transform.y - this.last.y;
      this.controls.hideCard();
      this.draw();
    }
    if (source) this.rememberSoon();
    this.last = transform;
  }

  private resized(): void {
    if (this.controls.fit() && this.data) this.draw();
  }

  private hover(event: PointerEvent): void {
    if (!this.scene || !this.data || event.buttons) return;
    const node = pointAt(this.scene, event.offsetX, event.offsetY);
    this.controls.canvas.style.cursor = node >= 0 ? "pointer" : "grab";
    if (node < 0) return this.controls.hideCard();
    const facts = factsOf(this.data, this.tree, this.index, node);
    this.controls.showCard(event.offsetX, event.offsetY, named(this.data.ids[node]!), factList(facts));
  }

  private clicked(event: MouseEvent): void {
    if (!this.scene || event.defaultPrevented) return;
    const node = pointAt(this.scene, event.offsetX, event.offsetY);
    if (node < 0) return;
    // The second click on a model closes or opens what is below it.
    if (node === this.selected) this.toggle(node);
    else this.choose(node, false);
  }

  private pressed(event: KeyboardEvent): void {
    if (!this.data || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private readonly keys: Record<string, () => void> = {
    ArrowLeft: () => this.walk((node) => this.tree.above[node]!),
    ArrowRight: () => this.walk((node) => (this.tree.size[node] ? this.tree.below[this.tree.start[node]!]! : -1)),
    ArrowDown: () => this.walk((node) => this.beside(node, 1)),
    ArrowUp: () => this.walk((node) => this.beside(node, -1)),
    Enter: () => this.selected >= 0 && this.toggle(this.selected),
    " ": () => this.selected >= 0 && this.toggle(this.selected),
    Escape: () => this.choose(-1, false),
    "+": () => this.zoomBy(STEP, 1),
    "=": () => this.zoomBy(STEP, 1),
    "-": () => this.zoomBy(1 / STEP, 1),
    "0": () => this.showWhole(),
  };

  private walk(next: (node: number) => number): void {
    const node = this.selected < 0 ? this.tree.roots[0]! : next(this.selected);
    if (node < 0) return;
    // A child that is hidden is shown first.
    if (this.closed.has(this.tree.above[node]!)) this.toggle(this.tree.above[node]!);
    this.choose(node, true);
  }

  private beside(node: number, step: number): number {
    const above = this.tree.above[node]!;
    const all = above < 0 ? this.tree.roots : Array.from(this.tree.below.subarray(this.tree.start[above]!, this.tree.start[above + 1]!));
    return all[all.indexOf(node) + step] ?? -1;
  }

  private look(): Look {
    const style = getComputedStyle(this.controls.canvas);
    const of = (name: string) => style.getPropertyValue(name).trim();
    return {
      background: of("--background"),
      text: of("--text"),
      muted: of("--muted"),
      line: of("--branch"),
      accent: of("--accent"),
    };
  }

  /** Draw before the next frame, once. */
  draw(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow(): void {
    this.frame = 0;
    if (!this.data) return;
    const { window, context } = this.controls;
    this.scene = this.makeScene();
    const { selected } = this;
    const parents = (this.tree.edgesTo.get(selected) ?? []).map((e) => this.data!.parent[e]!);
    const chosen = {
      node: selected,
      way: selected < 0 ? [] : wayTo(this.tree, selected),
      others: selected < 0 ? [] : parents.filter((parent) => parent !== this.tree.above[selected]),
      place: (node: number) => this.placeOf(node),
    };
    paint(context, this.scene, this.data, this.tree, this.layout, this.closed, this.colours, chosen, this.look(), window.width, window.height);
  }

  private makeScene(): Scene {
    return sceneOf(this.data!, this.tree, this.layout, this.position, this.axis, this.view, this.controls.window);
  }

  private save(format: string): void {
    const { data } = this;
    if (!data) return;
    const name = data.root_id.replace(/[^A-Za-z0-9._-]+/g, "-");
    const { width, height } = this.controls.window;
    const texts: Record<string, () => [string, string]> = {
      svg: () => [toSvg(this.makeScene(), data, this.tree, this.closed, this.colours, this.look(), width, height), "image/svg+xml"],
      newick: () => [toNewick(data, this.tree), "text/plain"],
      graphml: () => [toGraphml(data), "application/xml"],
      json: () => [toJson(data), "application/json"],
    };
    if (format === "png") {
      this.drawNow();
      this.controls.canvas.toBlob((blob) => blob && this.controls.download(blob, `${name}.png`));
      return;
    }
    const [text, type] = texts[format]!();
    this.controls.download(new Blob([text], { type }), `${name}.${format === "newick" ? "nwk" : format}`);
  }
}
