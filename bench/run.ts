/**
 * Each module beside its peers, in one process.
 *
 *     npm run bench                     every module
 *     npm run bench -- core             one
 *     npm run bench -- core --json      ends standard output with { "rows": […] }
 *
 * It measures what users get: the built package. A target that is missed is said in its row, not in the exit code,
 * for a busy machine must not fail a build.
 */
import { parseArgs } from "node:util";
import { buildWhenStale } from "../tools/build-when-stale.ts";
import type { Row } from "./row.ts";
import { table } from "./table.ts";

/** Each exports `rows`. Loaded only when asked for, after the build. */
const modules: Readonly<Record<string, () => Promise<{ readonly rows: () => Promise<readonly Row[]> }>>> = {
  core: () => import("./modules/core.ts"),
  retry: () => import("./modules/retry.ts"),
  contention: () => import("./modules/contention.ts"),
  batching: () => import("./modules/batching.ts"),
  idempotency: () => import("./modules/idempotency.ts"),
};

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const unknown = positionals.filter((name) => !Object.hasOwn(modules, name));
if (unknown.length > 0) {
  process.stderr.write(
    `Nothing to measure is named ${unknown.join(", ")}: there is ${Object.keys(modules).join(", ")}.\n`,
  );
  process.exit(2);
}

if (buildWhenStale()) process.stderr.write("Built the package.\n");
const rows: Row[] = [];
for (const [name, load] of Object.entries(modules)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`Measuring ${name} on Node.js ${process.versions.node} …\n`);
  rows.push(...(await (await load()).rows()));
}
process.stdout.write(`${table(rows)}\n`);
if (values.json) process.stdout.write(`${JSON.stringify({ rows })}\n`);
