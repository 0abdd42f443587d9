// The view in the address of the page, so that it can be shared.
// What does not belong here: what is done with it (`explorer`).
import type { Colouring } from "./colours";
import { COLOURINGS } from "./colours";
import type { Axis, View } from "./scene";

export interface Address {
  family: number | null;
  model: string | null;
  colour: Colouring;
  axis: Axis;
  closed: number[];
  view: View | null;
}

const MOST_CLOSED = 300;

/** Read the fragment of an address; what makes no sense is left out. */
export function readAddress(fragment: string): Address {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const family = Number(fields.get("family"));
  const colour = fields.get("colour") ?? "";
  const numbers = (fields.get("view") ?? "").split(",").map(Number);
  const [kx, ky, ox, oy] = numbers;
  const isView = numbers.length === 4 && numbers.every(Number.isFinite) && kx! > 0 && ky! > 0;
  const closed = (fields.get("closed") ?? "").split(".").filter((word) => /^\d+$/.test(word));
  return {
    family: fields.has("family") && Number.isInteger(family) ? family : null,
    model: fields.get("model"),
    colour: Object.hasOwn(COLOURINGS, colour) ? (colour as Colouring) : "class",
    axis: fields.get("axis") === "generation" ? "generation" : "created",
    closed: closed.slice(0, MOST_CLOSED).map(Number),
    view: isView ? { kx: kx!, ky: ky!, ox: ox!, oy: oy! } : null,
  };
}

export function writeAddress(address: Address): string {
  const fields = new URLSearchParams();
  if (address.family !== null) fields.set("family", String(address.family));
  if (address.model !== null) fields.set("model", address.model);
  fields.set("colour", address.colour);
  fields.set("axis", address.axis);
  if (address.closed.length) fields.set("closed", address.closed.slice(0, MOST_CLOSED).join("."));
  if (address.view) {
    const { kx, ky, ox, oy } = address.view;
    fields.set("view", [kx, ky, ox, oy].map((number) => Number(number.toPrecision(5))).join(","));
  }
  return `#${fields.toString()}`;
}
