import { createHash } from "node:crypto";
import { crc32 as zlibCrc } from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32, dateOf, faultOf, nameAt, printable } from "../src/data";
import { drawFamily, HOSTILE } from "./drawn";

describe("data", () => {
  it("has the checksum of zlib", () => {
    for (let k = 0; k < 200; k++) {
      const text = k < HOSTILE.length ? HOSTILE[k]! : createHash("sha256").update(String(k)).digest("base64") + "\u00e9\u{1f600}";
      expect(crc32(text)).toBe(zlibCrc(Buffer.from(text, "utf8")));
    }
  });

  it("accepts drawn families and names what is wrong with others", () => {
    const family = drawFamily(1, 300);
    expect(faultOf(family)).toBeNull();
    expect(faultOf({ ...family, format: 2 })).toMatch(/format 2/);
    expect(faultOf({ ...family, license: [] })).toMatch(/license has 0 values for 300/);
    expect(faultOf({ ...family, child: family.child.slice(1) })).toMatch(/do not match/);
    expect(faultOf({ ...family, parent: family.parent.map((p, k) => (k === 4 ? 999 : p)) })).toMatch(/edge 4 leads out/);
    expect(faultOf({ ...family, generation: family.generation.map(() => 0) })).toMatch(/leads up/);
    expect(faultOf({ ...family, root_id: "nobody" })).toMatch(/no model of the family/);
  });

  it("shows what nobody sees, and never two texts alike", () => {
    expect(printable("a\u202eb")).toBe("a\\u202eb");
    expect(printable("a\\u202eb")).toBe("a\\\\u202eb");
    expect(new Set(HOSTILE.map(printable)).size).toBe(HOSTILE.length);
    for (const one of HOSTILE) expect(printable(one)).not.toMatch(/[\u0000-\u001f\u2028\u202e]/);
    expect(dateOf(0)).toBe("1970-01-01");
  });

  it("names models of the family, and says so of one that is not in this graph", () => {
    const family = drawFamily(1, 30);
    expect(nameAt(family, 4)).toBe(family.ids[4]);
    expect(nameAt(family, null)).toBe("a model outside this graph");
  });
});
