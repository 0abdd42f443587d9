// Makes the one classic script and the style sheet that a report folder holds: a page that
// opens from disk may not load modules.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "biome_pipeline", "report", "explorer");
mkdirSync(target, { recursive: true });
await build({
  entryPoints: [join(here, "src", "main.ts")],
  outfile: join(target, "explorer.js"),
  bundle: true,
  format: "iife",
  target: "es2020",
  minify: true,
  legalComments: "inline",
  charset: "ascii",
  logLevel: "warning",
});
copyFileSync(join(here, "src", "explorer.css"), join(target, "explorer.css"));
