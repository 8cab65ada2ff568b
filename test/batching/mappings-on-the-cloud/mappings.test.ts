import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cloud, startCloud } from "../../../examples/local/cloud.ts";
import type { CloudFact } from "../../../examples/local/services.ts";
import { temporaryFolder } from "../../examples/local/temporary-folder.ts";
import { cases, type MappingCase } from "./cases.ts";
import { type Observed, observe, type Run } from "./observed.ts";

/** Two minutes until a message comes again take two seconds, as long as a function may run. */
const SPEED = 60;

let cloud: Cloud | undefined;
const observed = new Map<MappingCase, Observed>();

/** One cloud for all: everything is sent at once, and looked at when all has come to rest. */
beforeAll(async () => {
  const facts: CloudFact[] = [];
  const started = await startCloud({
    stacks: [{ file: fileURLToPath(new URL("./template.yaml", import.meta.url)), name: "test" }],
    buildDir: join(await temporaryFolder(), "build"),
    speed: SPEED,
    // What fails once is known to the one process of its function.
    maxEnvironments: 1,
    observe: (fact) => void facts.push(fact),
  });
  cloud = started;
  await Promise.all(cases.map(({ send, records }) => send(started, records)));
  await started.idle(60_000);
  for (const one of cases) observed.set(one, await observe(started, facts, one));
}, 90_000);
afterAll(() => cloud?.stop());

const fateOf = (id: string): string => id.slice(4);
const laneOf = (id: string): string => id.slice(0, 1);

describe.each(cases)("$title", (one) => {
  const { records, givenUpAlong = [] } = one;
  const seen = (): Observed => observed.get(one) ?? { runs: [], answered: new Set(), givenUp: [] };
  const runsOf = (id: string): readonly Run[] => seen().runs.filter((run) => run.id === id);
  const isBehind = (id: string, other: string): boolean => records.indexOf(id) > records.indexOf(other);

  test("has each record done or given up, and none both", () => {
    const done = records.filter((id) => runsOf(id).some(({ ok }) => ok));
    const { givenUp } = seen();
    expect([...done, ...givenUp].sort()).toEqual([...records].sort());
    expect(givenUp).toEqual(
      records.filter((id) => fateOf(id) === "never" || givenUpAlong.includes(id)).sort(),
    );
  });

  test("runs what failed again, until it is done or given up", () => {
    for (const id of records) {
      const ends = runsOf(id).map(({ ok }) => ok);
      if (fateOf(id) === "once") expect([ends[0], ends.at(-1)]).toEqual([false, true]);
      if (fateOf(id) === "never") expect(ends).not.toContain(true);
      if (fateOf(id) !== "good") expect(ends.length).toBeGreaterThan(1);
    }
  });

  if (one.inOrder) {
    test("begins a record when all before it in its lane are done or given up", () => {
      for (const run of seen().runs) {
        for (const earlier of records.filter((id) => laneOf(id) === laneOf(run.id) && isBehind(run.id, id))) {
          const before = runsOf(earlier).filter(({ began }) => began < run.began);
          const isDone = before.some(({ ok, ended = Number.NaN }) => ok && ended < run.began);
          const isGivenUp = fateOf(earlier) === "never" && before.length === runsOf(earlier).length;
          expect({ run, earlier, isOver: before.length > 0 && (isDone || isGivenUp) }).toMatchObject({
            isOver: true,
          });
        }
      }
    });
  }

  /** Runs of what was done, with the invocation that did it and gave an answer. */
  const again = (): readonly { readonly run: Run; readonly doneIn: string }[] =>
    seen().runs.flatMap((run) => {
      const done = runsOf(run.id).findLast(
        ({ ok, began, requestId }) => ok && began < run.began && seen().answered.has(requestId),
      );
      return done === undefined ? [] : [{ run, doneIn: done.requestId }];
    });

  if (one.repeats === "none") {
    test("runs nothing again that was done", () => {
      expect(seen().answered.size).toBeGreaterThan(0);
      expect(again()).toEqual([]);
    });
    return;
  }

  const failuresIn = (invocation: string): readonly Run[] =>
    seen().runs.filter(({ requestId, ok }) => requestId === invocation && ok === false);

  test("starts nothing past a failure", () => {
    for (const run of seen().runs) {
      const past = failuresIn(run.requestId).filter(
        ({ id, ended = Number.NaN }) => isBehind(run.id, id) && run.began > ended,
      );
      expect({ run, past }).toMatchObject({ past: [] });
    }
  });

  test("runs again what was done behind a failure, and nothing else", () => {
    expect(again().length).toBeGreaterThan(0);
    for (const { run, doneIn } of again()) {
      const failures = failuresIn(doneIn).filter(({ id }) => isBehind(run.id, id));
      expect({ run, failures }).not.toMatchObject({ failures: [] });
    }
  });
});
