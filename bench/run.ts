/**
 * Each module beside its peers, in one process.
 *
 *     npm run bench                     every module
 *     npm run bench -- core             one
 *     npm run bench -- core --json      ends standard output with { "rows": […], "details": […] }
 *
 * It measures what users get: the built package. A target that is missed is said in its row, not in the exit code,
 * for a busy machine must not fail a build.
 */
import { parseArgs } from "node:util";
import { buildWhenStale } from "../tools/build-when-stale.ts";
import { type Details, detailsTable } from "./details.ts";
import type { Row } from "./row.ts";
import { table } from "./table.ts";

interface Module {
  rows(): Promise<readonly Row[]>;
  /** What is behind the rows that were measured last. */
  details?(): Details;
}

/** Loaded only when asked for, after the build. */
const modules: Readonly<Record<string, () => Promise<Module>>> = {
  core: () => import("./modules/core.ts"),
  retry: () => import("./modules/retry.ts"),
  "circuit-breaker": () => import("./modules/circuit-breaker.ts"),
  resilience: () => import("./modules/resilience.ts"),
  contention: () => import("./modules/contention.ts"),
  bulk: () => import("./modules/bulk.ts"),
  batching: () => import("./modules/batching.ts"),
  idempotency: () => import("./modules/idempotency.ts"),
  fleet: () => import("./modules/fleet.ts"),
  streaming: () => import("./modules/streaming.ts"),
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
const details: Details[] = [];
for (const [name, load] of Object.entries(modules)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`Measuring ${name} on Node.js ${process.versions.node} …\n`);
  const measured = await load();
  rows.push(...(await measured.rows()));
  if (measured.details !== undefined) details.push(measured.details());
}
for (const one of details) process.stdout.write(`${detailsTable(one)}\n\n`);
process.stdout.write(`${table(rows)}\n`);
if (values.json) process.stdout.write(`${JSON.stringify({ rows, details })}\n`);
