// The explorer's elements: bar, canvas, card, legend and panel. Made here, so that a page
// needs nothing but an empty element.
// What does not belong here: what they do (`explorer`).
import type { Colouring } from "./colours";
import { COLOURINGS } from "./colours";
import type { Index } from "./data";
import { printable } from "./data";
import { element } from "./panel";
import type { Axis, Window } from "./scene";

export interface Actions {
  family: (id: number) => void;
  search: (text: string) => void;
  colour: (by: Colouring) => void;
  axis: (axis: Axis) => void;
  zoom: (ky: number, kx: number) => void;
  whole: () => void;
  closeAll: (isClosed: boolean) => void;
  save: (format: string) => void;
}

const FORMATS = { svg: "SVG", png: "PNG", newick: "Newick", graphml: "GraphML", json: "JSON" };
const MOST_SUGGESTED = 12;
const KEYS =
  "Arrows walk from model to model, Enter closes or opens what is below, plus and minus zoom, 0 shows all, Escape selects nothing.";

export class Controls {
  readonly canvas = element("canvas", { tabindex: "0", role: "application", "aria-label": `The family as a tree. ${KEYS}` });
  readonly context: CanvasRenderingContext2D;
  readonly legend = element("div", { class: "legend" });
  readonly panel = element("div", { class: "selected" });
  window: Window = { width: 0, height: 0 };
  private readonly status = element("p", { class: "say", role: "status" });
  private readonly counted = element("p", { class: "counted" });
  private readonly card = element("div", { class: "card", hidden: "" });
  private readonly families: HTMLSelectElement;
  private readonly colours: HTMLSelectElement;
  private readonly axes: HTMLSelectElement;

  constructor(root: HTMLElement, index: Index, actions: Actions) {
    const context = this.canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser cannot draw on a canvas");
    this.context = context;
    this.families = select(
      index.families.map((entry) => [
        String(entry.family_id),
        `${printable(entry.root_id)} (${entry.n_models.toLocaleString("en")}${entry.file ? "" : ", not here"})`,
      ]),
      (value) => actions.family(Number(value)),
    );
    this.colours = select(Object.entries(COLOURINGS), (value) => actions.colour(value as Colouring));
    this.axes = select([["created", "creation date"], ["generation", "generation"]], (value) => actions.axis(value as Axis));
    const save = select([["", "choose\u2026"], ...Object.entries(FORMATS)], (value) => {
      if (value) actions.save(value);
      save.value = "";
    });
    const bar = element(
      "form",
      { class: "bar", role: "search", "aria-label": "Family, search and colours" },
      labelled("Family", this.families),
      labelled("Find a model", this.finder(index, actions.search)),
      labelled("Colour by", this.colours),
      labelled("Axis", this.axes),
      labelled("Save as", save),
    );
    bar.addEventListener("submit", (event) => event.preventDefault());
    const tools = element(
      "div",
      { class: "tools", role: "group", "aria-label": "View" },
      button("Zoom in", () => actions.zoom(1.6, 1)),
      button("Zoom out", () => actions.zoom(1 / 1.6, 1)),
      button("Widen", () => actions.zoom(1, 1.4)),
      button("Narrow", () => actions.zoom(1, 1 / 1.4)),
      button("Whole family", actions.whole),
      button("Collapse all", () => actions.closeAll(true)),
      button("Expand all", () => actions.closeAll(false)),
    );
    const stage = element("div", { class: "stage" }, this.canvas, this.card);
    const help = element("p", { class: "terms" }, `Drag to move, scroll to zoom, with Shift along the axis. ${KEYS}`);
    const side = element("aside", { "aria-label": "Legend and selected model" }, this.legend, this.panel);
    root.replaceChildren(bar, tools, this.status, element("div", { class: "split" }, stage, side), this.counted, help);
    root.classList.add("explorer");
  }

  /** A field that suggests ids which hold what was typed. */
  private finder(index: Index, search: (text: string) => void): HTMLElement {
    const list = element("datalist", { id: "explorer-models" });
    const field = element("input", { type: "search", list: "explorer-models", placeholder: "owner/name", autocomplete: "off", spellcheck: "false" });
    const lower = index.notable.map(([id]) => id.toLowerCase());
    let told = "";
    field.addEventListener("input", () => {
      const text = field.value.trim().toLowerCase();
      // A choice from the list is searched at once.
      if (index.notable.some(([id]) => id === field.value)) {
        told = field.value;
        return search(field.value);
      }
      const found: string[] = [];
      for (let k = 0; k < lower.length && found.length < MOST_SUGGESTED && text; k++) {
        if (lower[k]!.includes(text)) found.push(index.notable[k]![0]);
      }
      list.replaceChildren(...found.map((id) => element("option", { value: id })));
    });
    field.addEventListener("change", () => field.value !== told && search(field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      told = field.value;
      search(field.value);
    });
    return element("span", {}, field, list);
  }

  say(text: string): void {
    this.status.textContent = text;
  }

  opened(id: number): void {
    this.families.value = String(id);
  }

  show(colour: Colouring, axis: Axis): void {
    this.colours.value = colour;
    this.axes.value = axis;
  }

  count(nShown: number, nHidden: number): void {
    const hidden = nHidden ? `, ${nHidden.toLocaleString("en")} hidden below collapsed ones` : "";
    this.counted.textContent = `${nShown.toLocaleString("en")} models are shown${hidden}. Where several fall on one point, one is drawn.`;
  }

  showCard(x: number, y: number, ...children: Node[]): void {
    this.card.replaceChildren(...children);
    this.card.hidden = false;
    const { width, height } = this.window;
    const left = x + 18 + this.card.offsetWidth > width ? x - 14 - this.card.offsetWidth : x + 18;
    this.card.style.left = `${Math.max(0, left)}px`;
    this.card.style.top = `${Math.max(0, Math.min(y, height - this.card.offsetHeight))}px`;
  }

  hideCard(): void {
    this.card.hidden = true;
  }

  /** Give the canvas the pixels of its place; tell whether anything changed. */
  fit(): boolean {
    const width = Math.max(200, this.canvas.clientWidth);
    const height = Math.max(200, this.canvas.clientHeight);
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (this.canvas.width === Math.round(width * ratio) && this.canvas.height === Math.round(height * ratio)) return false;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.window = { width, height };
    return true;
  }

  download(blob: Blob, name: string): void {
    const link = element("a", { download: name });
    link.href = URL.createObjectURL(blob);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    this.say(`Saved ${name}`);
  }
}

function select(options: string[][], changed: (value: string) => void): HTMLSelectElement {
  const made = element("select", {}, ...options.map(([value, words]) => element("option", { value: value! }, words!)));
  made.addEventListener("change", () => changed(made.value));
  return made;
}

function labelled(words: string, control: HTMLElement): HTMLElement {
  return element("label", {}, element("span", {}, words), control);
}

function button(words: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button" }, words);
  made.addEventListener("click", act);
  return made;
}
