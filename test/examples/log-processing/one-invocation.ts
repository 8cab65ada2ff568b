/**
 * One invocation of a built handler, and what it cost: run as `node one-invocation.ts <bundle> <event file>`, in a
 * process of its own, with the flags that Lambda gives to a function of so much memory.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [bundle = "", eventFile = ""] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(bundle);
const untilMs = Date.now() + 120_000;
const began = performance.now();
await handler(JSON.parse(readFileSync(eventFile, "utf8")), {
  functionName: "process-log",
  awsRequestId: "one",
  getRemainingTimeInMillis: () => untilMs - Date.now(),
});
const ms = Math.round(performance.now() - began);
// Kilobytes, on every platform.
console.log(JSON.stringify({ peakMb: Math.round(process.resourceUsage().maxRSS / 1024), ms }));
process.exit();
