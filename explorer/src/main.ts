// What a page of the report calls: the data, and the start.
import type { FamilyData, Index } from "./data";
import { Explorer } from "./explorer";
import { setFamily, setIndex, setLookup } from "./load";

declare global {
  interface Window {
    biomeExplorer: {
      index: (data: Index) => void;
      lookup: (bucket: number, data: { crc: number[]; family: number[] }) => void;
      family: (data: FamilyData) => void;
      start: (root: HTMLElement) => Explorer;
    };
  }
}

globalThis.window.biomeExplorer = {
  index: setIndex,
  lookup: setLookup,
  family: setFamily,
  start: (root) => new Explorer(root),
};
