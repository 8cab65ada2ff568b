import type { FaultPlan } from "../faults/plan.ts";
import type { RowReport } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { wrapText } from "./wrap-text.ts";

export interface AppReport {
  readonly name: string;
  readonly rows: readonly RowReport[];
  /** What was made to go wrong, in figures: the rows held, or did not, all the same. */
  readonly disturbances: Readonly<Record<string, number>>;
  /** The plan by which they were. */
  readonly faults: FaultPlan;
  /** Errors that no handler caught, and events that were given up, with how often. */
  readonly failures: ReadonlyMap<string, number>;
  /** Faults of the plan that met nothing they could strike, as JSON: a name in them may be misspelt. */
  readonly idleFaults: readonly string[];
}

export interface RunReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly apps: readonly Omit<AppReport, "disturbances" | "failures" | "idleFaults">[];
}

/** An app without rows, or a row without invariants, has proved nothing. */
export function allHeld(apps: readonly Pick<AppReport, "rows">[]): boolean {
  return (
    apps.length > 0 &&
    apps.every(
      ({ rows }) =>
        rows.length > 0 &&
        rows.every(({ invariants }) => invariants.length > 0 && invariants.every(({ held }) => held)),
    )
  );
}

/** The whole report stays within a terminal of this many columns. */
const WIDTH = 80;

/** So many failures are told. */
const MOST_FAILURES = 8;

/** Titles stand on two lines. */
const COLUMNS: readonly {
  readonly title: readonly [string, string];
  readonly of: (row: RowReport) => string | number;
}[] = [
  { title: ["", "row"], of: (row) => row.id },
  { title: ["events", "in"], of: (row) => row.eventsIn },
  { title: ["", "effects"], of: (row) => row.effects },
  { title: ["", "duplicates"], of: (row) => row.duplicates },
  { title: ["", "retries"], of: (row) => row.retries },
  { title: ["dead", "letters"], of: (row) => row.deadLetters },
  { title: ["p50", "ms"], of: (row) => measured(row.p50Ms) },
  { title: ["p95", "ms"], of: (row) => measured(row.p95Ms) },
  {
    title: ["", "held"],
    of: (row) => `${row.invariants.filter(({ held }) => held).length}/${row.invariants.length}`,
  },
];

/** A latency of nothing is no latency of 0. */
function measured(ms: number): string | number {
  return ms === 0 ? "-" : ms;
}

/** The table of one app, what its figures mean, and every invariant by name. */
export function showApp(screen: Screen, app: AppReport, notes: readonly string[] = []): void {
  const { name, rows, disturbances, failures, idleFaults } = app;
  const [top, titles, ...lines] = aligned([
    COLUMNS.map(({ title }) => title[0]),
    COLUMNS.map(({ title }) => title[1]),
    ...rows.map((row) => COLUMNS.map(({ of }) => String(of(row)))),
  ]);
  screen.line("");
  screen.line(name);
  for (const title of [top, titles]) screen.line(screen.dim(title ?? ""));
  for (const line of lines) screen.line(line);
  screen.line("");
  const happened = Object.entries(disturbances).filter(([, count]) => count > 0);
  const onTheWay = happened.map(([what, count]) => `${count} ${what}`).join(", ") || "nothing went wrong";
  for (const line of wrapText(`On the way: ${onTheWay}.`, WIDTH)) screen.line(line);
  if (idleFaults.length > 0) screen.line("Faults of the plan that met nothing of their kind:");
  for (const fault of idleFaults) screen.line(`  ${fault}`);
  screen.line("");
  for (const note of notes) {
    for (const line of wrapText(note, WIDTH)) screen.line(screen.dim(line));
  }
  if (notes.length > 0) screen.line("");
  for (const { id, invariants } of rows) {
    for (const { name: rule, held, detail } of invariants) {
      screen.line(`${held ? screen.good("held ") : screen.bad("BROKE")}  ${id}: ${rule}`);
      if (held || detail === undefined) continue;
      for (const line of wrapText(detail, WIDTH - 7)) screen.line(`       ${line}`);
    }
  }
  // Where all held they are what was meant to happen; where not, they may be why.
  if (!allHeld([app])) showFailures(screen, failures);
}

/** The errors of functions and the events that were given up, the most frequent first. */
function showFailures(screen: Screen, failures: ReadonlyMap<string, number>): void {
  if (failures.size === 0) return;
  const sorted = [...failures].sort(([, a], [, b]) => b - a);
  screen.line("");
  screen.line("What failed on the way, the most frequent first:");
  for (const [what, count] of sorted.slice(0, MOST_FAILURES)) {
    for (const [index, line] of wrapText(shortened(what), WIDTH - 8).entries()) {
      screen.line(`${(index === 0 ? `${count} x` : "").padStart(7)} ${line}`);
    }
  }
  if (sorted.length > MOST_FAILURES) screen.line(`        and ${sorted.length - MOST_FAILURES} more`);
}

/** Two lines of it say enough to know what to look for. */
function shortened(text: string): string {
  const most = 2 * (WIDTH - 10);
  return text.length <= most ? text : `${text.slice(0, most)} …`;
}

/** Rows of cells as lines: the first column to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
