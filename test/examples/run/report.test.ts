import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allHeld, showApp } from "../../../examples/local/run/report.ts";
import type { RowReport } from "../../../examples/local/run/scenario.ts";
import { wrapText } from "../../../examples/local/run/wrap-text.ts";
import { recordedScreen } from "./recorded-screen.ts";

function row(change: Partial<RowReport> = {}): RowReport {
  return {
    id: "O2 transaction",
    eventsIn: 432,
    effects: 431,
    duplicates: 40,
    retries: 7,
    deadLetters: 1,
    p50Ms: 345,
    p95Ms: 1164,
    invariants: [{ name: "stored once", held: true }],
    ...change,
  };
}

function shown(rows: readonly RowReport[], notes?: readonly string[]): string[] {
  const { screen, text } = recordedScreen();
  const disturbances = {
    "workers killed": 13,
    "workers frozen": 0,
    "replies lost": 38,
    "requests lost": 9,
    "deliveries repeated": 247,
  };
  showApp(
    screen,
    { name: "orders", rows, disturbances, faults: {}, failures: new Map(), idleFaults: [] },
    notes,
  );
  return text().split("\n");
}

const broken = { name: "stored once", held: false, detail: "order-1 is missing" };

describe("whether all held", () => {
  const app = (...rows: RowReport[]) => ({ name: "orders", rows });

  it("is so when every invariant of every row of every app did", () => {
    expect(allHeld([app(row()), app(row(), row())])).toBe(true);
  });

  it("is not so when one did not", () => {
    expect(allHeld([app(row()), app(row(), row({ invariants: [broken] }))])).toBe(false);
  });

  it("is not so where nothing was proved: no app, no row, no invariant", () => {
    expect(allHeld([])).toBe(false);
    expect(allHeld([app(row()), app()])).toBe(false);
    expect(allHeld([app(row(), row({ invariants: [] }))])).toBe(false);
  });
});

describe("where something broke", () => {
  const shownWith = (held: boolean) => {
    const { screen, text } = recordedScreen();
    const invariants = [{ name: "stored once", held }];
    const failures = new Map([
      ["app-Queue gave up: received 3 times", 1],
      ["app-Fn: TypeError: no such thing", 45],
    ]);
    showApp(screen, {
      name: "a",
      rows: [row({ invariants })],
      disturbances: {},
      faults: {},
      failures,
      idleFaults: [],
    });
    return text();
  };

  it("functions' errors and what was given up are told, the most frequent first", () => {
    expect(shownWith(false)).toMatch(/45 x app-Fn: TypeError: no such thing\n +1 x app-Queue gave up/);
  });

  it("and where all held they are not", () => {
    expect(shownWith(true)).not.toContain("TypeError");
  });
});

describe("the table", () => {
  it("is followed by the faults that met nothing, whose names may be wrong", () => {
    const { screen, text } = recordedScreen();
    const idleFaults = ['{"do":"kill","function":"Plcae","at":"before-answer"}'];
    showApp(screen, {
      name: "orders",
      rows: [row()],
      disturbances: {},
      faults: {},
      failures: new Map(),
      idleFaults,
    });
    expect(text()).toContain(`Faults of the plan that met nothing of their kind:\n  ${idleFaults[0]}\n`);
  });

  it("is followed by what was made to go wrong, in figures", () => {
    expect(shown([row()]).join(" ")).toContain(
      "On the way: 13 workers killed, 38 replies lost, 9 requests lost, 247 deliveries repeated.",
    );
  });

  it("has a line for each row, its figures below their titles", () => {
    const lines = shown([row(), row({ id: "X1", p50Ms: 0, p95Ms: 0 })]);
    expect(lines.slice(0, 6)).toEqual([
      "",
      "orders",
      "                events                                   dead  p50   p95",
      "row                 in  effects  duplicates  retries  letters   ms    ms  held",
      "O2 transaction     432      431          40        7        1  345  1164   1/1",
      "X1                 432      431          40        7        1    -     -   1/1",
    ]);
  });

  it("stays within 80 columns with the figures of a large run", () => {
    const many = { eventsIn: 99_999, effects: 99_999, duplicates: 99_999, retries: 9_999 };
    const invariants = [{ ...broken, detail: "order-1 is missing; ".repeat(30) }];
    const lines = shown([row({ ...many, p50Ms: 9_999, p95Ms: 9_999, invariants })], ["word ".repeat(50)]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("names every invariant, and under a broken one what was found", () => {
    const lines = shown([row({ invariants: [{ name: "nothing is stuck", held: true }, broken] })]);
    expect(lines).toContain("held   O2 transaction: nothing is stuck");
    const at = lines.indexOf("BROKE  O2 transaction: stored once");
    expect(lines[at + 1]).toBe("       order-1 is missing");
    expect(lines.some((line) => line.endsWith("1/2"))).toBe(true);
  });

  it("says below the table what its figures mean", () => {
    expect(shown([row()], ["p50 is the middle."])).toContain("p50 is the middle.");
  });
});

describe("wrapped text", () => {
  it("keeps every word in order, within the width unless one word is longer", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/)),
        fc.integer({ min: 1, max: 40 }),
        (words, width) => {
          const lines = wrapText(words.join(" "), width);
          expect(lines.join(" ")).toBe(words.join(" "));
          for (const line of lines) expect(line.length <= width || !line.includes(" ")).toBe(true);
        },
      ),
    );
  });
});
