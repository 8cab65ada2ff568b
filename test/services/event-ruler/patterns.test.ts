import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern, type Matcher, PatternError } from "../../../examples/local/eventbridge/pattern.ts";
import { cases } from "./cases.ts";
import { oddPatterns } from "./odd-patterns.ts";
import { askOneByOne } from "./one-by-one.ts";
import { askRuler } from "./ruler.ts";

/** HOLDFAST_TEST_SEED repeats a run; fast-check prints the seed of one that fails. */
const seed = Number(process.env["HOLDFAST_TEST_SEED"] ?? 20_261_125);
const PATTERNS = 5_000;

test("20,000 comparisons and more: what matches, and what is refused", { timeout: 300_000 }, async () => {
  const count = { refused: 0, matched: 0, differed: 0, merged: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ pattern, events }) => {
      const judgement = await askRuler(pattern, events);
      const ours = compiled(pattern);
      if ("refused" in judgement || ours instanceof PatternError) {
        count.refused += 1;
        expect(ours instanceof PatternError ? "refused" : "taken", JSON.stringify(judgement)).toBe(
          "refused" in judgement ? "refused" : "taken",
        );
        return;
      }
      const answers = events.map(ours);
      if (answers.join() !== judgement.current.join()) {
        count.merged += 1;
        expect(answers).toEqual(await askOneByOne(pattern, events));
      }
      for (const matched of answers) count[matched ? "matched" : "differed"] += 1;
    }),
    { seed, numRuns: PATTERNS },
  );
  // Otherwise the comparison would say little.
  expect(count.matched + count.differed).toBeGreaterThan(20_000);
  expect(count.matched).toBeGreaterThan(4_000);
  expect(count.refused).toBeGreaterThan(100);
  expect(count.merged).toBeLessThan(PATTERNS / 100);
});

function compiled(pattern: unknown): Matcher | PatternError {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

/** Two mistakes that event-ruler takes, to match nothing, are refused here (see `compilePattern`). */
const deliberate = [/\$or takes an array of at least two/, /an empty list excludes nothing/];

test("what is wrong is refused by both, and nothing else", { timeout: 120_000 }, async () => {
  const count = { refused: 0, taken: 0 };
  await fc.assert(
    fc.asyncProperty(oddPatterns, async (pattern) => {
      const ours = compiled(pattern);
      if (ours instanceof PatternError && deliberate.some((reason) => reason.test(ours.message))) return;
      const judgement = await askRuler(pattern, []);
      const [here, there] = [ours instanceof PatternError ? ours.message : "taken", judgement];
      expect(here === "taken", `${here} / ${JSON.stringify(there)}`).toBe(!("refused" in judgement));
      count["refused" in judgement ? "refused" : "taken"] += 1;
    }),
    { seed, numRuns: 8_000 },
  );
  expect(Math.min(count.refused, count.taken)).toBeGreaterThan(400);
});
