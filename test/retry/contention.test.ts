/** The figures of AWS's contention experiment, as docs/retry.md has them. */
import { readFileSync } from "node:fs";
import { constant, exponential, type Jitter } from "holdfast/retry";
import { seededRandom } from "holdfast/testing";
import { expect, test } from "vitest";
import { contend } from "../../bench/modules/contention/contend.ts";

/** The columns that are quick to run again; the bench prints the third. */
const WRITERS = [50, 100];
const SEEDS = Array.from({ length: 21 }, (_, seed) => seed + 1);
const page = readFileSync(new URL("../../docs/retry.md", import.meta.url), "utf8");

function cellsOf(title: string): readonly string[] {
  const [, cells = ""] = new RegExp(`^\\| \\**${title}\\** \\|(.*)\\|$`, "m").exec(page) ?? [];
  return cells.split("|").map((cell) => cell.replaceAll("*", "").trim());
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? Number.NaN;
}

const jittered = (jitter: Jitter) => exponential({ initialDelayMs: 5, maxDelayMs: 2_000, jitter });

test.each([
  ["no wait", constant({ delayMs: 0 })],
  ["exponential, no jitter", jittered("none")],
  ["equal jitter", jittered("equal")],
  ["full jitter", jittered("full")],
  ["decorrelated jitter", jittered("decorrelated")],
])("%s takes as many calls, and as long, as the page says", (title, backoff) => {
  const measured = WRITERS.map((writers) => {
    const runs = SEEDS.map((seed) => contend(writers, backoff, seededRandom(seed)));
    const calls = median(runs.map((run) => run.calls)).toLocaleString("en-US");
    const seconds = median(runs.map((run) => run.completionMs)) / 1_000;
    return `${calls} calls, ${seconds.toFixed(1)} s`;
  });
  expect(cellsOf(title).slice(0, WRITERS.length)).toEqual(measured);
});
