import type { RowReport } from "./scenario.ts";
import type { Screen } from "./screen.ts";

export interface AppReport {
  readonly name: string;
  readonly rows: readonly RowReport[];
}

export interface RunReport {
  readonly ok: boolean;
  readonly seed: number;
  readonly apps: readonly AppReport[];
}

export function allHeld(apps: readonly AppReport[]): boolean {
  return apps.every(
    ({ rows }) => rows.length > 0 && rows.every(({ invariants }) => invariants.every(({ held }) => held)),
  );
}

const COLUMNS: readonly { readonly title: string; readonly of: (row: RowReport) => string | number }[] = [
  { title: "row", of: (row) => row.id },
  { title: "events in", of: (row) => row.eventsIn },
  { title: "effects", of: (row) => row.effects },
  { title: "duplicates", of: (row) => row.duplicates },
  { title: "retries", of: (row) => row.retries },
  { title: "dead letters", of: (row) => row.deadLetters },
  { title: "p50 ms", of: (row) => row.p50Ms },
  { title: "p95 ms", of: (row) => row.p95Ms },
  {
    title: "held",
    of: (row) => `${row.invariants.filter(({ held }) => held).length}/${row.invariants.length}`,
  },
];

/** The table of one app, and under it every invariant by name. */
export function showApp(screen: Screen, { name, rows }: AppReport): void {
  const cells = [
    COLUMNS.map(({ title }) => title),
    ...rows.map((row) => COLUMNS.map(({ of }) => String(of(row)))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
  screen.line("");
  screen.line(name);
  lines.forEach((line, index) => {
    screen.line(index === 0 ? screen.dim(line) : line);
  });
  screen.line("");
  for (const { id, invariants } of rows) {
    for (const { name: rule, held, detail } of invariants) {
      screen.line(`${held ? screen.good("held ") : screen.bad("BROKE")}  ${id}: ${rule}`);
      if (!held && detail !== undefined) screen.line(`       ${detail}`);
    }
  }
}
